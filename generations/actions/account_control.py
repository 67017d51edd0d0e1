"""Hold an account's reins: pause and resume it, limit a model there."""

from django.db import transaction
from django.utils import timezone

from generations import catalog
from generations.actions import checks
from generations.models import AccountLimit, ProviderAccount
from generations.pipeline.admission import wake_next
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.errors import InvalidInput


def pause_account(*, actor: User, account: ProviderAccount, reason: str) -> ProviderAccount:
    """Send nothing new to an account until somebody resumes it. Launches are accepted and wait; what runs there goes on.

    For those who launch and those who keep the accounts: a brake must be within reach. Paused again, nothing changes.
    Raises Forbidden, NotFound, InvalidInput without a reason.
    """
    _require_driver(actor, account)
    why = checks.words(reason, "reason", "Say why: others will wonder what they wait for.")[:300]
    facts = {"paused_at": timezone.now(), "paused_by": actor, "pause_reason": why}
    with transaction.atomic():
        if ProviderAccount.objects.filter(pk=account.pk, paused_at=None).update(**facts):
            body = {"reason": record.conceal(why)}
            record.append(kind="account.paused", actor=actor.pk, client=None, subject=account, body=body)
    account.refresh_from_db()
    return account


def resume_account(*, actor: User, account: ProviderAccount) -> ProviderAccount:
    """Send again what has waited; those who are next are tried at once. Raises Forbidden, NotFound."""
    _require_driver(actor, account)
    with transaction.atomic():
        facts = {"paused_at": None, "paused_by": None, "pause_reason": ""}
        if ProviderAccount.objects.filter(pk=account.pk, paused_at__isnull=False).update(**facts):
            wake_next(account)
            record.append(kind="account.resumed", actor=actor.pk, client=None, subject=account, body={})
    account.refresh_from_db()
    return account


def set_limit(
    *,
    actor: User,
    account: ProviderAccount,
    model: str,
    max_in_flight: int | None = None,
    creates_per_minute: int | None = None,
) -> AccountLimit | None:
    """Limit a model at an account, where the provider gives it less than the account's own limits; None twice: no limit.

    The catalogue's own limits hold beside it: the narrower counts. Raises Forbidden, NotFound, InvalidInput.
    """
    actor.demand(Permission.MANAGE_PEOPLE)
    checks.require_seen(actor, ProviderAccount.objects.all(), account)
    _require_offered(account, model)
    limits = {"max_in_flight": max_in_flight, "creates_per_minute": creates_per_minute}
    for name, value in limits.items():
        checks.at_least_one(value, name)
    with transaction.atomic():
        if any(limits.values()):
            AccountLimit.objects.update_or_create(account=account, model=model, defaults=limits)
        else:
            AccountLimit.objects.filter(account=account, model=model).delete()
        wake_next(account)
        body = {"model": model, **limits}
        record.append(kind="account.limited", actor=actor.pk, client=None, subject=account, body=body)
    return AccountLimit.objects.filter(account=account, model=model).first()


def _require_driver(actor: User, account: ProviderAccount) -> None:
    if not actor.may(Permission.MANAGE_PEOPLE):
        actor.demand(Permission.GENERATE)
    checks.require_seen(actor, ProviderAccount.objects.all(), account)


def _require_offered(account: ProviderAccount, model: str) -> None:
    offered = sorted({row.model for row in catalog.rows() if row.route == account.route})
    if model not in offered:
        message = f"The route {account.route} offers no such model. Choose one of: {', '.join(offered)}."
        raise InvalidInput(message, fields={"model": message})
