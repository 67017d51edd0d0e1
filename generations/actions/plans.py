"""Plans of provider accounts: which plan an account was on from a day, with the receipt that shows it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from generations.actions import checks
from generations.actions.receipts import Receipt, keep_receipt
from generations.actions.receiving import FileInput
from generations.models import Generation, PlanPeriod, ProviderAccount
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib import storage
from sorahub.lib.canonical import Json
from sorahub.lib.errors import NotFound

NO_RECEIPT = Receipt("", "", "", 0, "")


def declare_plan(
    *,
    actor: User,
    account: ProviderAccount,
    starts_on: date,
    plan: str,
    contracting_party: str = "",
    order_number: str = "",
    receipt: "FileInput | None" = None,
    receipt_name: str = "",
) -> PlanPeriod:
    """Say which plan an account is on from a day until the next period begins. A second entry for a day replaces the first.

    For administrators and legal approvers. Raises Forbidden, NotFound, InvalidInput (no plan named; a receipt that is no PDF,
    PNG or JPEG of at most 20 MiB), Unavailable for a full disk.
    """
    demand_contracts(actor)
    checks.require_seen(actor, ProviderAccount.objects.all(), account)
    named = checks.words(plan, "plan", "Name the plan, such as API, Pro or Enterprise.")
    kept = keep_receipt(receipt, receipt_name) if receipt else NO_RECEIPT
    period = PlanPeriod(
        account=account,
        starts_on=starts_on,
        plan=named,
        contracting_party=contracting_party.strip() or account.contracting_party,
        order_number=order_number.strip(),
        receipt_key=kept.key,
        receipt_name=kept.name,
        receipt_sha256=kept.sha256,
        receipt_size=kept.size or None,
        receipt_media_type=kept.media_type,
        declared_by=actor,
    )
    with transaction.atomic():
        checks.insert(period)
        body: dict[str, Json] = {
            "account": str(account.pk),
            "starts_on": starts_on.isoformat(),
            "plan": named,
            "order_number": record.conceal(period.order_number) if period.order_number else None,
            "receipt_sha256": period.receipt_sha256 or None,
        }
        record.append(kind="account.plan_declared", actor=actor.pk, client=None, subject=period, body=body)
    return period


def may_keep_contracts(actor: User) -> bool:
    """Say whether this person looks after accounts or after terms: receipts are for them alone."""
    return actor.may(Permission.CAPTURE_TERMS) or actor.may(Permission.MANAGE_PEOPLE)


def demand_contracts(actor: User) -> None:
    """Raise Forbidden unless this person may keep contracts."""
    if not may_keep_contracts(actor):
        actor.demand(Permission.MANAGE_PEOPLE)


def receipt_of(*, actor: User, period: PlanPeriod) -> Path:
    """Return where the receipt lies. Raises Forbidden, NotFound where there is none."""
    demand_contracts(actor)
    checks.require_seen(actor, PlanPeriod.objects.all(), period)
    if not period.receipt_key:
        raise NotFound("No receipt was kept for this plan.")
    return storage.path_for(period.receipt_key, Path(settings.MEDIA_ROOT))


def plans_on(wanted: Iterable[tuple[UUID, date]]) -> Mapping[tuple[UUID, date], PlanPeriod]:
    """Return the plan of each account on each day: the newest entry of the last period that had begun by then.

    Where nobody said, it is left out. One query for any number.
    """
    asked = set(wanted)
    rows = PlanPeriod.objects.filter(account__in={account for account, _ in asked})
    found: dict[tuple[UUID, date], PlanPeriod] = {}
    for row in rows.order_by("starts_on", "declared_at", "id"):
        for account, day in asked:
            if row.account_id == account and row.starts_on <= day:
                found[account, day] = row
    return found


def plans_of(generations: Iterable[Generation]) -> dict[UUID, PlanPeriod]:
    """Return under which plan each generation was made; where nobody said, it is left out. One query for any number."""
    rows = list(generations)
    found = plans_on((row.account_id, made_on(row)) for row in rows)
    return {row.pk: found[row.account_id, made_on(row)] for row in rows if (row.account_id, made_on(row)) in found}


def made_on(generation: Generation) -> date:
    """Return the day (UTC) on which it was asked for: as the provider says, else when it was sent, else when it was launched."""
    at = generation.provider_created_at or generation.submitted_at or generation.created_at
    return at.astimezone(UTC).date()
