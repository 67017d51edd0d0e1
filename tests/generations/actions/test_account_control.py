"""An account's reins: the brake, limits for a model, the dialect its route speaks, and its secrets under a new key."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import transaction

from generations.actions.account_control import pause_account, resume_account, set_limit
from generations.actions.provider_accounts import add_account, change_account
from generations.actions.resealing import rotate_sealing_key
from generations.models import AccountLimit, Generation, ProviderAccount, State
from generations.pipeline import admission
from sorahub.ledger.models import Event
from sorahub.lib import sealing
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput
from tests.generations.pipeline.rows import launched, running
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


def refused(error: type[DomainError], act: Callable[[], object]) -> DomainError:
    with pytest.raises(error) as caught:
        act()
    return caught.value


def events() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("kind", flat=True))


def test_who_launches_may_pull_the_brake_and_let_it_go(agency: Agency) -> None:
    account = provider_account()
    for actor in (agency.alice, agency.ada):
        paused = pause_account(actor=actor, account=account, reason="  Looking at the bill ")
        assert (paused.paused_by, paused.pause_reason) == (actor, "Looking at the bill")
        at = paused.paused_at
        assert pause_account(actor=agency.ada, account=account, reason="Once more").paused_at == at
        resumed = resume_account(actor=actor, account=account)
        assert (resumed.paused_at, resumed.paused_by, resumed.pause_reason) == (None, None, "")
        resume_account(actor=actor, account=account)
    assert events() == ["account.paused", "account.resumed"] * 2
    assert "bill" not in Event.objects.first().body  # type: ignore[union-attr]


def test_others_may_not_and_nobody_without_a_reason(agency: Agency) -> None:
    account = provider_account()
    for other in (agency.bob, agency.lena, agency.dora):
        refused(Forbidden, lambda other=other: pause_account(actor=other, account=account, reason="No"))  # type: ignore[misc]
    refused(InvalidInput, lambda: pause_account(actor=agency.alice, account=account, reason=" "))
    account.refresh_from_db()
    assert account.paused_at is None
    assert events() == []


def test_a_models_limit_is_set_changed_and_lifted(agency: Agency) -> None:
    account, ada = provider_account(), agency.ada
    limit = set_limit(actor=ada, account=account, model="sora-2-pro", max_in_flight=2)
    assert limit is not None
    assert (limit.max_in_flight, limit.creates_per_minute) == (2, None)
    set_limit(actor=ada, account=account, model="sora-2-pro", creates_per_minute=5)
    assert AccountLimit.objects.values_list("max_in_flight", "creates_per_minute").get() == (None, 5)
    assert set_limit(actor=ada, account=account, model="sora-2-pro") is None
    assert not AccountLimit.objects.exists()
    assert events() == ["account.limited"] * 3


def test_a_limit_of_nothing_or_of_a_model_that_is_not_there_is_refused(agency: Agency) -> None:
    account = provider_account()
    refused(InvalidInput, lambda: set_limit(actor=agency.ada, account=account, model="sora-2", max_in_flight=0))
    error = refused(InvalidInput, lambda: set_limit(actor=agency.ada, account=account, model="kling-3.0"))
    assert "sora-2" in error.fields["model"]
    refused(Forbidden, lambda: set_limit(actor=agency.alice, account=account, model="sora-2", max_in_flight=1))
    refused(InvalidInput, lambda: change_account(actor=agency.ada, account=account, max_in_flight=0))
    assert not AccountLimit.objects.exists()


def test_an_account_speaks_a_dialect_of_its_route(agency: Agency) -> None:
    facts = {"name": "Kling", "route": "kling", "base_url": "http://localhost:9", "api_key": "sk-0123456789"}
    error = refused(InvalidInput, lambda: add_account(actor=agency.ada, dialect="openai_videos", **facts))  # type: ignore[arg-type]
    assert "kling" in error.fields["dialect"]
    added = add_account(actor=agency.ada, dialect="kling", **facts)  # type: ignore[arg-type]
    refused(InvalidInput, lambda: change_account(actor=agency.ada, account=added, route="sandbox"))
    changed = change_account(actor=agency.ada, account=added, route="sandbox", dialect="openai_videos")
    assert (changed.route, changed.dialect) == ("sandbox", "openai_videos")


@pytest.mark.parametrize(
    "change",
    [
        {"route": "sandbox-kling", "dialect": "kling"},
        {"base_url": "http://localhost:10/v1"},
        {"region": "elsewhere"},
        {"name": "Another", "base_url": "http://localhost:10/v1"},
    ],
)
def test_a_task_is_asked_for_where_it_was_ordered(agency: Agency, change: dict[str, str]) -> None:
    """The tracker would ask the new host, which does not know the task: it would be lost, launched again and paid twice."""
    generation = running(agency)
    account, before = generation.account, generation.account.wire
    running(agency, account, state=State.FETCHING)
    error = refused(Conflict, lambda: change_account(actor=agency.ada, account=account, **change))
    assert error.code == "account-in-use"
    assert error.message.startswith("2 generations are under way at this account")
    account.refresh_from_db()
    assert (account.wire, account.name) == (before, "Account 1")
    assert events() == []
    Generation.objects.all().update(state=State.FAILED)
    change_account(actor=agency.ada, account=account, **change)
    assert events() == ["account.changed"]


def test_a_new_key_is_taken_while_tasks_run_there(agency: Agency) -> None:
    account = running(agency).account
    same = {"base_url": f"{account.base_url}/", "region": " ", "route": account.route, "dialect": account.dialect}
    changed = change_account(actor=agency.ada, account=account, api_key="sk-new-0123456789", **same)
    assert (changed.base_url, changed.api_key) == ("http://localhost:9/v1", "sk-new-0123456789")


def test_what_was_read_before_the_account_moved_is_not_sent(agency: Agency) -> None:
    """A worker reads the account, somebody gives it another address, and only then is the place asked for."""
    generation = launched(agency)
    read = Generation.objects.select_related("account").get(pk=generation.pk)
    change_account(actor=agency.ada, account=generation.account, base_url="http://localhost:10/v1")
    with transaction.atomic():
        answer = admission.ask(read)
    assert answer.wait is not None
    assert answer.wait.code in admission.PATIENT
    again = Generation.objects.select_related("account").get(pk=generation.pk)
    with transaction.atomic():
        assert admission.ask(again).wait is None


KLING = {"name": "Kling", "route": "kling", "dialect": "kling", "api_key": "sk-0123456789"}
BEIJING, GATEWAY = "https://api-beijing.klingai.com", "https://kling.gateway.example"


@pytest.mark.parametrize(("region", "address"), [("singapore", BEIJING), ("mars", f"{BEIJING}/v1")])
def test_a_region_whose_address_is_another_is_refused(agency: Agency, region: str, address: str) -> None:
    ask = {**KLING, "region": region, "base_url": address}
    error = refused(InvalidInput, lambda: add_account(actor=agency.ada, **ask))  # type: ignore[arg-type]
    assert error.fields["region"].startswith(f"This address belongs to the region beijing, not to {region}.")
    assert not ProviderAccount.objects.exists()
    assert events() == []


@pytest.mark.parametrize(("region", "address"), [("beijing", BEIJING), ("", BEIJING), ("beijing", GATEWAY)])
def test_a_region_goes_with_its_own_address_and_with_a_gateways(agency: Agency, region: str, address: str) -> None:
    ask = {**KLING, "region": region, "base_url": address}
    account = add_account(actor=agency.ada, **ask)  # type: ignore[arg-type]
    refused(
        InvalidInput, lambda: change_account(actor=agency.ada, account=account, region="singapore", base_url=BEIJING)
    )
    account.refresh_from_db()
    assert (account.region, account.base_url) == (region, address)


def test_a_replaced_webhook_secret_stays_good_for_a_while(agency: Agency) -> None:
    account = provider_account()
    old, new = account.webhook_secret, "whsec_" + "bmV3IHNlY3JldCBmb3IgdGVzdHMhIQ=="
    assert change_account(actor=agency.ada, account=account, webhook_secret=new).webhook_secrets == (new, old)


def test_every_secret_is_sealed_anew_and_still_opens(agency: Agency) -> None:
    accounts = [provider_account() for _ in range(3)]
    change_account(actor=agency.ada, account=accounts[0], webhook_secret="whsec_" + "bmV3IHNlY3JldCBmb3IgdGVzdHMhIQ==")
    before = {row.pk: (row.sealed_key, row.api_key, row.webhook_secrets) for row in ProviderAccount.objects.all()}
    version, resealed = rotate_sealing_key()
    assert (version > 1, resealed) == (True, 7)
    for row in ProviderAccount.objects.all():
        sealed, key, secrets = before[row.pk]
        assert row.sealed_key != sealed
        assert (row.api_key, row.webhook_secrets) == (key, secrets)
        assert sealing.unseal(sealed) == key
    assert Event.objects.filter(kind="account.resealed", actor=None).count() == 3


def test_the_command_says_what_it_did_and_no_secret(agency: Agency, capsys: pytest.CaptureFixture[str]) -> None:
    provider_account()
    call_command("rotate_sealing_key")
    said = capsys.readouterr().out
    assert "2 secrets were sealed anew" in said
    assert "sk-" not in said
