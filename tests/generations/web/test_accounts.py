"""The accounts' pages: what the route's record says is what can be chosen; secrets never come back; the brake is in reach."""

import pytest
from django.utils import timezone

from generations.catalog import route, routes
from generations.models import AccountLimit, ProviderAccount
from sorahub.accounts.roles import Kind
from tests.generations.pipeline.rows import running
from tests.generations.web.conftest import Login
from tests.people import Agency, provider_account, user

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


def test_all_of_the_agency_see_an_account_live_and_none_but_its_keepers_its_keys(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    ProviderAccount.objects.update(
        contracting_party="Studio GmbH", key_hint="6789", tested_at=timezone.now(), test_passed=True
    )
    AccountLimit.objects.create(account=account, model="sora-2", max_in_flight=3)
    address = f"/provider-accounts/{account.pk}/"
    for number, person in enumerate((agency.alice, agency.bob, agency.lena)):
        browser = login(person)
        page = browser.get(address).content.decode()
        assert f'hx-get="{address}live/"' in page
        assert f"{number} of 10 places of" in page
        assert "3 at once" in page
        assert "Studio GmbH" in page
        kept = ("6789", "whsec", 'name="api_key"', "Webhook secret", f"{address}test/")
        assert [word for word in kept if word in page] == []
        running(agency, account)
        assert f"{number + 1} of 10 places of" in browser.get(f"{address}live/").content.decode()
        before = account.wire
        assert browser.post(address, {"name": "Mine", "api_key": "sk-other-0123456789"}).status_code == 403
        account.refresh_from_db()
        assert (account.wire, account.name, account.api_key) == (before, "Account 1", "sk-sandbox-0123456789")
    assert login(agency.dora).get(address).status_code == 403
    assert login(agency.dora).get(f"{address}live/").status_code == 403


def test_an_accounts_money_is_told_as_far_as_its_projects_are_seen(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    running(agency, account)
    address = f"/provider-accounts/{account.pk}/live/"
    assert "0.40 USD" in login(agency.alice).get(address).content.decode()
    assert "0.40 USD" in login(agency.ada).get(address).content.decode()
    page = login(user("nora", Kind.PRODUCER)).get(address).content.decode()
    assert "Nothing was spent here yet." in page
    assert "1 of 10 places" in page


def test_the_queue_and_the_list_lead_to_the_account(agency: Agency, login: Login, account: ProviderAccount) -> None:
    link = f'href="/provider-accounts/{account.pk}/"'
    for page in ("/engine/", "/provider-accounts/"):
        assert link in login(agency.alice).get(page).content.decode()
