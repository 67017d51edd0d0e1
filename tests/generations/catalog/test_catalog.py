"""What the catalogue says, what it refuses, what it reckons, and how it complains about its own files."""

import datetime as dt
from dataclasses import replace

import pytest

from generations import catalog
from generations.catalog import Capability, Params, ReferenceFacts
from sorahub.lib.errors import NotFound

TODAY = dt.date(2026, 11, 22)
HD = Params(prompt="A fox in the snow", seconds=4, width=1280, height=720)


def sora(route: str = "sandbox", model: str = "sora-2", mode: str = "text_to_video") -> Capability:
    return catalog.capability(route, model, mode)


def codes(capability: Capability, params: Params, at: dt.date = TODAY) -> list[str]:
    return [refusal.code for refusal in catalog.refusals(capability, params, at)]


def test_only_living_routes_can_be_launched_today() -> None:
    offered = {(row.route, row.model) for row in catalog.launchable(TODAY)}
    assert offered == {(route, model) for route in ("sandbox", "compatible") for model in ("sora-2", "sora-2-pro")}


def test_openai_itself_could_be_launched_until_the_day_it_was_shut_down() -> None:
    assert sora("openai") in catalog.launchable(dt.date(2026, 9, 23))
    assert sora("openai") not in catalog.launchable(dt.date(2026, 9, 24))
    assert codes(sora("openai"), HD) == ["retired"]


def test_sora_1_is_there_for_uploads_and_never_launched() -> None:
    first = sora("openai", "sora-1")
    assert codes(first, replace(HD, seconds=5), dt.date(2025, 1, 1)) == ["import-only"]
    assert not any(row.model == "sora-1" for row in catalog.launchable(dt.date(2025, 1, 1)))


def test_an_unknown_combination_is_not_found() -> None:
    with pytest.raises(NotFound):
        catalog.capability("sandbox", "sora-3", "text_to_video")


def test_what_the_model_can_do_is_not_refused() -> None:
    assert codes(sora(), replace(HD, seed=7)) == []
    assert codes(sora(model="sora-2-pro"), replace(HD, seconds=20, width=1920, height=1080)) == []


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (replace(HD, seconds=5), ["seconds"]),
        (replace(HD, width=1920, height=1080), ["size"]),
        (replace(HD, prompt=" "), ["prompt-empty"]),
        (replace(HD, prompt="x" * 32001), ["prompt-too-long"]),
        (replace(HD, seed=-1), ["seed-range"]),
        (replace(HD, seconds=20, width=1, height=1, prompt=""), ["prompt-empty", "seconds", "size"]),
    ],
)
def test_what_it_cannot_do_is_refused_with_every_reason(params: Params, expected: list[str]) -> None:
    assert codes(sora(), params) == expected


def test_a_refusal_names_field_and_remedy() -> None:
    (refusal,) = catalog.refusals(sora(), replace(HD, seconds=5), TODAY)
    assert (refusal.field, refusal.message) == (
        "seconds",
        "Sora 2 (embedded service) makes clips of 4, 8, 12 seconds.",
    )


def test_a_seed_is_refused_where_the_route_takes_none() -> None:
    assert codes(sora("compatible"), replace(HD, seed=7)) == ["seed-unsupported"]


def frame(**changes: object) -> ReferenceFacts:
    given = ReferenceFacts("image", "first_frame", "image/png", 1000, 1280, 720)
    return replace(given, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        ((frame(),), []),
        ((), ["reference-missing"]),
        ((frame(), frame()), ["reference-count"]),
        ((frame(media_type="image/gif"),), ["reference-format"]),
        ((frame(size_bytes=20 * 1024**2 + 1),), ["reference-bytes"]),
        ((frame(width=640, height=360),), ["reference-size"]),
        ((frame(), frame(kind="video", role="reference")), ["reference-kind"]),
    ],
)
def test_references_are_checked_slot_by_slot(references: tuple[ReferenceFacts, ...], expected: list[str]) -> None:
    assert codes(sora(mode="image_to_video"), replace(HD, references=references)) == expected


def test_text_to_video_takes_no_reference() -> None:
    assert codes(sora(), replace(HD, references=(frame(),))) == ["reference-kind"]


@pytest.mark.parametrize(
    ("model", "seconds", "width", "height", "micro"),
    [
        ("sora-2", 4, 1280, 720, 400_000),
        ("sora-2", 12, 720, 1280, 1_200_000),
        ("sora-2-pro", 8, 1280, 720, 2_400_000),
        ("sora-2-pro", 8, 1792, 1024, 4_000_000),
        ("sora-2-pro", 20, 1920, 1080, 14_000_000),
    ],
)
def test_an_estimate_is_seconds_times_the_price_of_the_size(
    model: str, seconds: int, width: int, height: int, micro: int
) -> None:
    money = catalog.estimate(sora(model=model), replace(HD, seconds=seconds, width=width, height=height))
    assert money is not None
    assert (money.micro, money.currency) == (micro, "USD")


def test_an_estimate_says_where_it_comes_from_and_none_is_invented() -> None:
    money = catalog.estimate(sora("openai"), HD)
    assert money is not None
    assert money.basis == "4 s × 0.10 USD at 1280x720 (OpenAI's model page, 2026-03-12)"
    assert catalog.estimate(sora("openai", "sora-1"), HD) is None
    assert catalog.estimate(sora(), replace(HD, width=2, height=2)) is None
