"""What a clip should cost, and what a provider's own figure comes to."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from generations import catalog
from generations.catalog import Capability, Money, Params, ReferenceFacts, Size, SourceFacts
from generations.catalog.prices import divided, tokens

HD = Params(prompt="A fox in the snow", seconds=4, width=1280, height=720)
VIDEO = ReferenceFacts("video", "reference", "video/mp4", 1000, 1280, 720, 5.0, 24.0)


def row(route: str, model: str, mode: str = "text_to_video") -> Capability:
    return catalog.capability(route, model, mode)


def micro(money: Money | None) -> int | None:
    return money.micro if money else None


@pytest.mark.parametrize(
    ("model", "seconds", "width", "height", "expected"),
    [
        ("sora-2", 4, 1280, 720, 400_000),
        ("sora-2", 12, 720, 1280, 1_200_000),
        ("sora-2-pro", 8, 1280, 720, 2_400_000),
        ("sora-2-pro", 8, 1792, 1024, 4_000_000),
        ("sora-2-pro", 20, 1920, 1080, 14_000_000),
    ],
)
def test_sora_costs_seconds_times_the_price_of_the_size(
    model: str, seconds: int, width: int, height: int, expected: int
) -> None:
    for route in ("openai", "compatible", "sandbox"):
        money = catalog.estimate(row(route, model), replace(HD, seconds=seconds, width=width, height=height))
        assert money is not None
        assert (money.micro, money.currency) == (expected, "USD")


def test_an_estimate_says_where_it_comes_from_and_none_is_invented() -> None:
    money = catalog.estimate(row("openai", "sora-2"), HD)
    assert money is not None
    assert money.basis == "4 s × 0.10 USD at 1280x720 (OpenAI's model page, 2026-03-12)"
    assert catalog.estimate(row("openai", "sora-1"), HD) is None
    assert catalog.estimate(row("sandbox", "sora-2"), replace(HD, width=2, height=2)) is None
    assert catalog.estimate(row("volcengine-ark", "seedance-2.0-fast"), HD) is None


@pytest.mark.parametrize(
    ("model", "params", "per_second"),
    [
        ("kling-3.0", replace(HD, audio="off"), 84_000),
        ("kling-3.0", replace(HD, audio="off", width=1920, height=1080), 112_000),
        ("kling-3.0", replace(HD, audio="off", width=3840, height=2160), 420_000),
        ("kling-3.0", replace(HD, audio="on", width=2160, height=3840), 420_000),
        ("kling-3.0", HD, 126_000),
        ("kling-3.0", replace(HD, width=1080, height=1920), 168_000),
        ("kling-3.0-turbo", HD, 112_000),
        ("kling-3.0-turbo", replace(HD, width=1920, height=1080), 140_000),
        ("kling-3.0-omni", replace(HD, audio="off"), 84_000),
        ("kling-3.0-omni", HD, 112_000),
        ("kling-3.0-omni", replace(HD, width=1920, height=1080), 140_000),
    ],
)
def test_kling_costs_units_of_14_cents_by_resolution_and_sound(model: str, params: Params, per_second: int) -> None:
    assert micro(catalog.estimate(row("kling", model), replace(params, seconds=5))) == 5 * per_second


def test_omni_costs_more_with_a_video_and_nobody_knows_its_4k_price() -> None:
    omni = row("kling", "kling-3.0-omni", "reference_to_video")
    given_video = replace(HD, seconds=5, references=(replace(VIDEO, role="feature_video"),))
    assert micro(catalog.estimate(omni, given_video)) == 5 * 126_000
    assert micro(catalog.estimate(omni, replace(given_video, width=1920, height=1080))) == 5 * 168_000
    assert catalog.estimate(omni, replace(HD, width=3840, height=2160)) is None


def test_units_are_told_in_words() -> None:
    money = catalog.estimate(row("kling", "kling-3.0"), replace(HD, seconds=5, audio="off"))
    assert money is not None
    assert money.basis.startswith("5 s × 0.6 units × 0.14 USD at 1280x720 (Kling's price page")


@pytest.mark.parametrize(
    ("size", "seconds", "bill"),
    [(Size(1280, 720), 5, 108_900), (Size(1920, 1080), 5, 245_025), (Size(864, 496), 4, 40_595)],
)
def test_tokens_equal_the_two_known_bills_and_are_whole(size: Size, seconds: int, bill: int) -> None:
    assert tokens(size, seconds, (24, 1)) == bill


def test_five_seconds_of_1080p_cost_what_was_billed() -> None:
    seedance = row("byteplus-modelark", "seedance-2.0")
    estimated = catalog.estimate(seedance, replace(HD, seconds=5, width=1920, height=1080))
    assert estimated is not None
    assert (estimated.micro, round(estimated.micro / 1_000_000, 2)) == (1_889_143, 1.89)
    assert estimated.basis.startswith("245025 tokens × 7.71 USD per million")
    assert catalog.charge(seedance, tokens=245_025) == estimated


@pytest.mark.parametrize(
    ("width", "height", "per_second"),
    [(864, 496, 66_000), (1280, 720, 142_000), (1920, 1080, 354_000), (3840, 2160, 722_000)],
)
def test_volcengines_token_prices_give_the_listed_price_per_second(width: int, height: int, per_second: int) -> None:
    money = catalog.estimate(row("volcengine-ark", "seedance-2.0"), replace(HD, seconds=10, width=width, height=height))
    assert money is not None
    assert abs(money.micro / 10 / per_second - 1) < 0.01


def test_a_figure_of_the_provider_becomes_money_by_the_line_of_its_size() -> None:
    seedance = row("volcengine-ark", "seedance-2.0")
    assert micro(catalog.charge(seedance, tokens=1_000_000, size=Size(1280, 720))) == 6_570_000
    assert micro(catalog.charge(seedance, tokens=1_000_000, size=Size(3840, 2160))) == 3_710_000
    assert catalog.charge(seedance, tokens=1_000_000) is None


def test_units_become_money_and_a_figure_without_a_price_does_not() -> None:
    assert micro(catalog.charge(row("kling", "kling-3.0"), units_milli=4500)) == 630_000
    assert micro(catalog.charge(row("sandbox-example", "example"), units_milli=40_000)) == 400_000
    assert catalog.charge(row("kling", "kling-3.0"), tokens=1000) is None
    assert catalog.charge(row("kling", "kling-3.0")) is None
    assert catalog.charge(row("sandbox", "sora-2"), tokens=1000) is None
    assert catalog.charge(row("volcengine-ark", "seedance-2.0-mini"), tokens=1000) is None


def test_a_remix_without_a_length_costs_the_length_of_its_source() -> None:
    source = SourceFacts("sora-2", 12, 0, same_account=True, reachable=True)
    remix = row("sandbox", "sora-2", "remix")
    assert micro(catalog.estimate(remix, replace(HD, seconds=0, source=source))) == 1_200_000


def test_a_length_that_the_model_alone_chooses_cannot_be_reckoned() -> None:
    assert catalog.estimate(row("google", "gemini-omni"), replace(HD, seconds=0)) is None


@pytest.mark.parametrize(("amount", "by", "whole"), [(1, 2, 1), (49, 100, 0), (50, 100, 1), (7, 7, 1), (0, 3, 0)])
def test_halves_are_rounded_up(amount: int, by: int, whole: int) -> None:
    assert divided(amount, by) == whole


PRICED = [each for each in catalog.launchable(dt.date(2026, 11, 22)) if each.pricing and each.seconds]


@given(each=some.sampled_from(PRICED), choice=some.integers(0, 10_000))
def test_a_longer_clip_never_costs_less(each: Capability, choice: int) -> None:
    shape = each.shapes[choice % len(each.shapes)]
    asked = replace(HD, width=shape.size.width, height=shape.size.height)
    costs = [catalog.estimate(each, replace(asked, seconds=seconds)) for seconds in each.seconds]
    known = [money.micro for money in costs if money]
    assert len(known) in (0, len(costs))
    assert all(shorter < longer for shorter, longer in pairwise(known))


def test_every_priced_row_knows_a_price_for_each_of_its_shapes_but_omnis_4k() -> None:
    without = {
        (each.model, shape.resolution)
        for each in PRICED
        for shape in each.shapes
        for audio in each.audio.choices
        if not catalog.estimate(
            each, replace(HD, seconds=each.seconds[0], width=shape.size.width, height=shape.size.height, audio=audio)
        )
    }
    assert without == {("kling-3.0-omni", "4k")}
