"""What a generation cost: the provider's own money first, then its tokens or units at the catalogue's price, else the estimate."""

from typing import Any

import pytest

from generations.models import Alarm, Generation, State
from generations.pipeline import money
from generations.pipeline.billing import settle
from generations.pipeline.comparing import differences
from generations.pipeline.endings import Ending, end
from generations.pipeline.lookout import look_out
from tests.generations.pipeline.rows import running
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


def made(agency: Agency, route: str, model: str, size: str, actual: dict[str, Any]) -> Generation:
    """A finished one for which 0.40 USD were set aside."""
    account = provider_account(route=route)
    params = {"seconds": 5, "size": size}
    return running(agency, account, model=model, params=params, actual=actual, state=State.FETCHING)


def cost(generation: Generation) -> tuple[int | None, str]:
    settle(generation, "Delivered")
    generation.refresh_from_db()
    return generation.settled_micro, generation.settled_currency


def test_money_that_the_provider_names_is_what_it_cost(agency: Agency) -> None:
    said = {"cost_micro": 1_234_567, "currency": "CNY", "units_milli": 3000}
    generation = made(agency, "sandbox-kling", "kling-3.0", "1280x720", said)
    assert cost(generation) == (1_234_567, "CNY")
    assert "1.234567 CNY" in generation.timeline.get(kind="money").words


@pytest.mark.parametrize("figure", [-1, 10**18])
def test_a_figure_that_cannot_be_a_price_is_none(agency: Agency, figure: int) -> None:
    said = {"cost_micro": figure, "currency": "USD"}
    assert cost(made(agency, "sandbox-kling", "kling-3.0", "1280x720", said)) == (400_000, "USD")


def test_units_cost_what_the_catalogue_says_a_unit_costs(agency: Agency) -> None:
    assert cost(made(agency, "sandbox-kling", "kling-3.0", "1280x720", {"units_milli": 4500})) == (630_000, "USD")


def test_a_bill_paid_partly_in_units_and_partly_in_cash_counts_both(agency: Agency) -> None:
    said = {"cost_micro": 140_000, "currency": "USD", "units_milli": 4500}
    assert cost(made(agency, "sandbox-kling", "kling-3.0", "1280x720", said)) == (770_000, "USD")


def test_the_observed_tokens_come_to_the_observed_bill(agency: Agency) -> None:
    """245,025 tokens for 5 s at 1080p were billed at 1.89 USD."""
    paid, currency = cost(made(agency, "byteplus-modelark", "seedance-2.0", "1920x1080", {"tokens": 245_025}))
    assert currency == "USD"
    assert paid is not None
    assert round(paid / 1_000_000, 2) == 1.89


def test_where_nobody_names_a_price_the_estimate_stands(agency: Agency) -> None:
    generation = made(agency, "sandbox", "sora-2", "1280x720", {"seconds": 5})
    assert cost(generation) == (400_000, "USD")
    assert "the estimate stands" in generation.spend.get(kind="settled").basis


def test_what_was_rendered_and_lost_costs_what_the_provider_says_too(agency: Agency) -> None:
    generation = made(agency, "sandbox-kling", "kling-3.0", "1280x720", {"units_milli": 4500})
    end(generation, State.EXPIRED, Ending(None, "expired", "Too late", charged=True))
    assert generation.settled_micro == 630_000


def test_money_of_which_nobody_knows_stays_set_aside(agency: Agency) -> None:
    generation = made(agency, "sandbox", "sora-2", "1280x720", {})
    end(generation, State.LOST, Ending(None, "not-found", "Lost", charged=None))
    assert list(generation.spend.values_list("kind", flat=True)) == ["reserved"]
    assert "stay set aside" in generation.timeline.get(kind="money").words


def test_another_figure_after_the_settlement_changes_nothing_and_asks_a_person(agency: Agency) -> None:
    generation = made(agency, "sandbox-kling", "kling-3.0", "1280x720", {"units_milli": 4500})
    assert cost(generation) == (630_000, "USD")
    assert cost(generation) == (630_000, "USD")
    assert not Alarm.objects.open().exists()
    generation.actual = {"units_milli": 9000}
    assert cost(generation) == (630_000, "USD")
    alarm = Alarm.objects.open().get(kind=Alarm.Kind.MONEY)
    assert alarm.generation == generation
    assert "settled at 0.63 USD" in alarm.message
    assert "now says 1.26 USD" in alarm.message
    look_out()
    assert Alarm.objects.open().filter(pk=alarm.pk).exists()
    money.correct(generation, 1_260_000, "The bill of November", agency.alice)
    look_out()
    assert not Alarm.objects.open().filter(pk=alarm.pk).exists()
    assert cost(generation) == (1_260_000, "USD")


@pytest.mark.parametrize(
    ("actual", "told"),
    [
        ({}, []),
        ({"width": 1280, "height": 720, "seconds": 5, "model": "sora-2"}, []),
        ({"model": "openai/sora-2-2025-12-08"}, []),
        ({"width": 854, "height": 480}, ["854x480 instead of 1280x720"]),
        ({"seconds": 4}, ["4 seconds instead of 5"]),
        ({"model": "wan-2"}, ["the model wan-2 instead of sora-2"]),
    ],
)
def test_what_differs_from_what_was_asked_is_said(agency: Agency, actual: dict[str, Any], told: list[str]) -> None:
    assert differences(made(agency, "sandbox", "sora-2", "1280x720", actual)) == told
