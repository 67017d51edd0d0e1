"""What the catalogue says, what it refuses, what it reckons, and how it complains about its own files."""

import datetime as dt
from dataclasses import replace

import pytest

from generations import catalog
from generations.catalog import Capability, Params
from sorahub.lib.errors import NotFound

TODAY = dt.date(2026, 11, 22)
HD = Params(prompt="A fox in the snow", seconds=4, width=1280, height=720)


def sora(route: str = "sandbox", model: str = "sora-2", mode: str = "text_to_video") -> Capability:
    return catalog.capability(route, model, mode)


def codes(capability: Capability, params: Params, at: dt.date = TODAY) -> list[str]:
    return [refusal.code for refusal in catalog.refusals(capability, params, at)]


def test_only_living_routes_can_be_launched_today() -> None:
    offered = {(row.route, row.model) for row in catalog.launchable(TODAY)}
    sora_2, kling = ["sora-2", "sora-2-pro"], ["kling-3.0", "kling-3.0-turbo", "kling-3.0-omni"]
    seedance = ["seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini"]
    assert offered == {
        (route, model)
        for route, models in {
            "compatible": sora_2,
            "kling": kling,
            "kling-legacy": ["kling-3.0"],
            "volcengine-ark": seedance,
            "byteplus-modelark": seedance,
            "google": ["gemini-omni"],
            "sandbox": sora_2,
            "sandbox-kling": kling,
            "sandbox-ark": [*seedance, "seedance-2.5"],
            "sandbox-example": ["example"],
        }.items()
        for model in models
    }


def test_openai_itself_could_be_launched_until_the_day_it_was_shut_down() -> None:
    assert sora("openai") in catalog.launchable(dt.date(2026, 9, 23))
    assert sora("openai") not in catalog.launchable(dt.date(2026, 9, 24))
    assert codes(sora("openai"), HD) == ["retired"]


def test_a_retired_model_names_its_day_and_what_could_serve_instead() -> None:
    (refusal,) = catalog.refusals(sora("openai"), HD, TODAY)
    assert refusal.message == (
        "Sora 2 on OpenAI was shut down on 2026-09-24. These could serve instead: Sora 2 (compatible service), "
        "Seedance 2.0, Gemini Omni 1.1 Flash, Kling 3.0, Seedance 2.0 fast."
    )


def test_alternatives_are_the_same_model_first_one_of_each_provider_next_and_the_embedded_service_last() -> None:
    rows = catalog.alternatives(sora("openai", "sora-2-pro"), TODAY)
    assert (rows[0].route, rows[0].model) == ("compatible", "sora-2-pro")
    assert len({row.provider for row in rows[:5]}) == 5
    assert {row.mode for row in rows} == {"text_to_video"}
    embedded = [row.provider == "sandbox" for row in rows]
    assert embedded == sorted(embedded)
    assert all(row.launchable(TODAY) for row in rows)


def test_before_their_day_and_after_it_models_are_no_alternative() -> None:
    early = catalog.alternatives(sora("openai"), dt.date(2025, 12, 31))
    assert {row.model for row in early} == {"sora-2", "sora-2-pro", "example"}
    assert early[0].route == "compatible"


def test_a_model_is_refused_before_its_day() -> None:
    row = catalog.capability("sandbox-ark", "seedance-2.0", "text_to_video")
    (refusal,) = catalog.refusals(row, HD, dt.date(2026, 1, 27))
    assert refusal.code == "not-yet"
    assert "available from 2026-01-28" in refusal.message
    assert codes(row, HD, dt.date(2026, 1, 28)) == []


def test_a_model_whose_wire_name_nobody_knows_is_refused_with_what_to_do() -> None:
    row = catalog.capability("volcengine-ark", "seedance-2.5", "text_to_video")
    (refusal,) = catalog.refusals(row, HD, TODAY)
    assert refusal.code == "unnamed"
    assert "an operator names it in the hub's own catalogue (wire_model)" in refusal.message


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
        (replace(HD, seconds=25, width=1, height=1, prompt=""), ["prompt-empty", "seconds", "size"]),
    ],
)
def test_what_it_cannot_do_is_refused_with_every_reason(params: Params, expected: list[str]) -> None:
    assert codes(sora(), params) == expected


def test_a_refusal_names_field_and_remedy() -> None:
    (refusal,) = catalog.refusals(sora(), replace(HD, seconds=5), TODAY)
    assert (refusal.field, refusal.message) == (
        "seconds",
        "Sora 2 (embedded service) makes clips of 4, 8, 12, 16, 20 seconds.",
    )


def test_a_seed_is_refused_where_the_route_takes_none() -> None:
    assert codes(sora("compatible"), replace(HD, seed=7)) == ["seed-unsupported"]
