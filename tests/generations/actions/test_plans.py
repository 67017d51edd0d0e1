"""Plans of accounts: the day of making picks the plan; a later entry for a day replaces the earlier; receipts are kept."""

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from generations.actions.plans import declare_plan, plans_of, plans_on, receipt_of
from generations.models import Generation, PlanPeriod
from sorahub.ledger.models import Event
from sorahub.lib.errors import Forbidden, InvalidInput, NotFound
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\nreceipt no. 7\n%%EOF\n"


def declare(agency: Agency, account: Any, day: date, plan: str, **more: Any) -> PlanPeriod:
    return declare_plan(actor=agency.ada, account=account, starts_on=day, plan=plan, **more)


def test_the_day_picks_the_plan_and_a_second_entry_for_a_day_replaces_the_first(agency: Agency) -> None:
    account, other = provider_account(), provider_account()
    declare(agency, account, date(2026, 1, 1), "Basic")
    declare(agency, account, date(2026, 7, 1), "Mega")
    declare(agency, account, date(2026, 7, 1), "Pro")
    june, july = date(2026, 6, 30), date(2026, 7, 1)
    found = plans_on([(account.pk, date(2025, 12, 31)), (account.pk, june), (account.pk, july), (other.pk, july)])
    assert {asked: row.plan for asked, row in found.items()} == {(account.pk, june): "Basic", (account.pk, july): "Pro"}


def test_a_generation_keeps_the_plan_of_its_day_whatever_comes_later(agency: Agency) -> None:
    account = provider_account()
    declare(agency, account, date(2026, 1, 1), "Pro")
    declare(agency, account, date(2026, 11, 1), "Basic")
    asked = {"project": agency.aurora, "prompt": agency.prompt, "account": account, "created_by": agency.alice}
    made = Generation.objects.create(
        **asked, model="sora-2", capability_version="1", state="failed", estimate_micro=0,
        submitted_at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC),
    )  # fmt: skip
    assert plans_of([made])[made.pk].plan == "Pro"


def test_the_receipt_is_kept_under_its_hash_and_ledgered(agency: Agency) -> None:
    receipt = SimpleUploadedFile("../invoice 7.pdf", PDF)
    period = declare(
        agency, provider_account(), date(2026, 1, 1), "Pro", receipt=receipt, receipt_name="../invoice 7.pdf"
    )
    assert (period.receipt_sha256, period.receipt_name) == (sha256(PDF).hexdigest(), "invoice 7.pdf")
    assert receipt_of(actor=agency.lena, period=period).read_bytes() == PDF
    with pytest.raises(Forbidden):
        receipt_of(actor=agency.alice, period=period)
    event = Event.objects.get(kind="account.plan_declared")
    assert event.subject_id == period.pk
    assert period.receipt_sha256 in event.body


@pytest.mark.parametrize(
    ("plan", "content", "field"),
    [
        (" ", PDF, "plan"),
        ("Pro", b"<html>", "receipt"),
        ("Pro", b"", "receipt"),
        ("Pro", b"\x89PNG\r\n\x1a\nbroken", "receipt"),
    ],
)
def test_what_is_no_plan_or_no_receipt_is_refused(agency: Agency, plan: str, content: bytes, field: str) -> None:
    receipt = SimpleUploadedFile("a.pdf", content)
    with pytest.raises(InvalidInput) as refused:
        declare(agency, provider_account(), date(2026, 1, 1), plan, receipt=receipt, receipt_name="a.pdf")
    assert list(refused.value.fields) == [field]
    assert not PlanPeriod.objects.exists()


@pytest.mark.parametrize("name", ["alice", "bob", "dora"])
def test_only_those_who_look_after_accounts_or_terms_declare(agency: Agency, name: str) -> None:
    account = provider_account()
    with pytest.raises(Forbidden):
        declare_plan(actor=getattr(agency, name), account=account, starts_on=date(2026, 1, 1), plan="Pro")
    assert not PlanPeriod.objects.exists()
    assert declare_plan(actor=agency.lena, account=account, starts_on=date(2026, 1, 1), plan="Pro").plan == "Pro"


def test_a_plan_without_a_receipt_has_none_to_send(agency: Agency) -> None:
    period = declare(agency, provider_account(), date(2026, 1, 1), "Pro")
    with pytest.raises(NotFound):
        receipt_of(actor=agency.ada, period=period)
