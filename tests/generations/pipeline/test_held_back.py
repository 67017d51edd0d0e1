"""A refused key or want of credit fails one generation, not everything that waits behind it."""

import pytest

from generations.actions.provider_accounts import change_account
from generations.models import Alarm, ErrorClass, Generation, ProviderAccount, State
from generations.pipeline import admission
from sorahub.jobs.runner import drain
from tests.generations.pipeline.test_moods import job_of, launch
from tests.generations.providers.canned import said
from tests.lib.servers import serving
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


def at(url: str, agency: Agency, count: int) -> tuple[ProviderAccount, list[Generation]]:
    account = provider_account(f"{url}/v1")
    return account, [launch(agency, account, f"Words {number}") for number in range(count)]


def states(rows: list[Generation]) -> list[str]:
    return [Generation.objects.get(pk=row.pk).state for row in rows]


def test_a_refused_key_pauses_the_account_until_there_is_another(agency: Agency) -> None:
    with serving(said(401, {"error": {"code": "invalid_api_key", "message": "No."}})) as server:
        account, rows = at(server.url, agency, 3)
        drain()
        assert states(rows) == [State.FAILED, State.RESERVED, State.RESERVED]
        assert len(server.received) == 1
    rows[0].refresh_from_db()
    assert rows[0].error_class == ErrorClass.AUTH
    account.refresh_from_db()
    assert (account.paused_by, "refuses the account's key" in account.pause_reason) == (None, True)
    assert job_of(rows[1], "submit").error_code == "account-paused"
    alarm = Alarm.objects.get(kind=Alarm.Kind.KEY)
    assert "Enter the right key" in alarm.mend
    change_account(actor=agency.ada, account=account, api_key="sk-another-0123456789")
    account.refresh_from_db()
    assert (account.paused_at, account.pause_reason) == (None, "")


def test_what_a_person_paused_is_not_resumed_by_a_new_key(agency: Agency) -> None:
    account = provider_account()
    ProviderAccount.objects.filter(pk=account.pk).update(
        paused_at=account.created_at, paused_by=agency.alice, pause_reason="Budget talk"
    )
    change_account(actor=agency.ada, account=account, api_key="sk-another-0123456789")
    account.refresh_from_db()
    assert account.pause_reason == "Budget talk"


def test_an_account_without_credit_rests_before_the_next_is_sent(agency: Agency) -> None:
    with serving(said(429, {"error": {"code": "insufficient_quota", "message": "No."}})) as server:
        account, rows = at(server.url, agency, 3)
        drain()
        assert states(rows) == [State.FAILED, State.RESERVED, State.RESERVED]
        assert len(server.received) == 1
    account.refresh_from_db()
    assert account.resume_at is not None
    assert account.paused_at is None
    assert admission.standstill(account, account.created_at) is not None
