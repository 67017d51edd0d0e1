"""An account's reins: the brake, limits for a model, the dialect its route speaks, and its secrets under a new key."""

from collections.abc import Callable

import pytest
from django.core.management import call_command

from generations.actions.account_control import pause_account, resume_account, set_limit
from generations.actions.provider_accounts import add_account, change_account
from generations.actions.resealing import rotate_sealing_key
from generations.models import AccountLimit, ProviderAccount
from sorahub.ledger.models import Event
from sorahub.lib import sealing
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput
from tests.generations.pipeline.rows import running
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


def test_the_wire_stays_while_tasks_run_there_and_the_key_may_change(agency: Agency) -> None:
    account = running(agency).account
    wire = {"route": "sandbox-kling", "dialect": "kling"}
    error = refused(Conflict, lambda: change_account(actor=agency.ada, account=account, **wire))
    assert error.code == "account-in-use"
    changed = change_account(actor=agency.ada, account=account, api_key="sk-new-0123456789")
    assert (changed.route, changed.api_key) == ("sandbox", "sk-new-0123456789")


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
