"""The accounts' pages: what the route's record says is what can be chosen; secrets never come back; the brake is in reach."""

import pytest

from generations.catalog import route, routes
from generations.models import AccountLimit, ProviderAccount
from tests.generations.web.conftest import Login
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db
KLING = {"name": "Kling", "route": "kling", "dialect": "kling", "api_key": "sk-kling-0123456789", "max_in_flight": "4"}


@pytest.mark.parametrize("name", [each.name for each in routes()])
def test_every_route_has_a_form_that_offers_only_what_it_speaks(agency: Agency, login: Login, name: str) -> None:
    provider_account()
    form = login(agency.ada).get("/provider-accounts/new/", {"route": name}).context["form"]
    assert [value for value, _ in form.fields["dialect"].choices] == list(route(name).dialects)


def test_a_region_brings_its_own_address(agency: Agency, login: Login) -> None:
    login(agency.ada).post("/provider-accounts/new/", {**KLING, "region": "beijing"})
    made = ProviderAccount.objects.get()
    assert (made.region, made.base_url) == ("beijing", "https://api-beijing.klingai.com")
    address = f"/provider-accounts/{made.pk}/"
    assert login(agency.ada).get(address).context["form"].initial["base_url"] == ""
    login(agency.ada).post(address, {**KLING, "api_key": "", "region": "singapore", "enabled": "on"})
    made.refresh_from_db()
    assert (made.base_url, made.api_key) == ("https://api-singapore.klingai.com", "sk-kling-0123456789")


def test_without_region_or_address_the_form_asks_for_one(agency: Agency, login: Login) -> None:
    answer = login(agency.ada).post("/provider-accounts/new/", {**KLING, "region": ""})
    assert "Choose a region, or enter an address." in answer.content.decode()
    assert not ProviderAccount.objects.exists()


def test_a_new_key_is_taken_and_neither_is_ever_shown(agency: Agency, login: Login, account: ProviderAccount) -> None:
    browser, address = login(agency.ada), f"/provider-accounts/{account.pk}/"
    values = {
        "name": account.name, "dialect": account.dialect, "base_url": account.base_url, "max_in_flight": "7",
        "api_key": "sk-new-abcdefgh-7777", "webhook_secret": "whsec_bmV3IHNlY3JldCBmb3IgdGVzdHM=", "enabled": "on",
    }  # fmt: skip
    old = account.webhook_secret
    browser.post(address, values)
    account.refresh_from_db()
    page = browser.get(address).content.decode()
    assert (account.api_key, account.max_in_flight) == ("sk-new-abcdefgh-7777", 7)
    assert account.webhook_secrets == ("whsec_bmV3IHNlY3JldCBmb3IgdGVzdHM=", old)
    assert [word in page for word in (account.api_key, account.webhook_secret, old, "7777")] == [
        False,
        False,
        False,
        True,
    ]


def test_a_producer_pauses_with_a_reason_and_resumes(agency: Agency, login: Login, account: ProviderAccount) -> None:
    browser, address = login(agency.alice), f"/provider-accounts/{account.pk}"
    assert "This field is required." in browser.post(f"{address}/pause/", {"reason": " "}).content.decode()
    browser.post(f"{address}/pause/", {"reason": "Credit is being renewed."})
    account.refresh_from_db()
    assert (account.paused_by, account.pause_reason) == (agency.alice, "Credit is being renewed.")
    assert "Credit is being renewed." in browser.get("/engine/").content.decode()
    browser.post(f"{address}/resume/")
    account.refresh_from_db()
    assert account.paused_at is None


def test_a_single_model_is_limited_and_let_go_again(agency: Agency, login: Login, account: ProviderAccount) -> None:
    browser, address = login(agency.ada), f"/provider-accounts/{account.pk}/limit/"
    browser.post(address, {"model": "sora-2", "max_in_flight": "3", "creates_per_minute": ""})
    assert [*AccountLimit.objects.values_list("model", "max_in_flight", "creates_per_minute")] == [("sora-2", 3, None)]
    browser.post(address, {"model": "sora-2", "max_in_flight": "-1"})
    browser.post(address, {"model": "no-such", "max_in_flight": "1"})
    assert AccountLimit.objects.count() == 1
    browser.post(address, {"model": "sora-2"})
    assert not AccountLimit.objects.exists()


def test_an_incomplete_provider_says_what_is_missing(agency: Agency, login: Login) -> None:
    provider_account()
    page = login(agency.ada).get("/provider-accounts/new/", {"route": "vofy"})
    assert "the base address of an HTTP API for servers" in page.context["unknown"]
    assert "nothing can be sent yet" in page.content.decode()


def test_a_route_whose_file_is_incomplete_says_what_is_missing_and_asks_for_no_key(
    agency: Agency, login: Login
) -> None:
    provider_account()
    page = login(agency.ada).get("/provider-accounts/new/", {"route": "google"}).content.decode()
    assert "whether and how a task is cancelled" in page
    assert 'name="api_key"' not in page
    assert 'name="api_key"' in login(agency.ada).get("/provider-accounts/new/", {"route": "vofy"}).content.decode()
