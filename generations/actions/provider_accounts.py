"""Add, change and test provider accounts."""

from django.conf import settings
from django.db import transaction

from generations import catalog
from generations.actions import checks
from generations.models import ProviderAccount
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs.queue import enqueue
from sorahub.ledger import record
from sorahub.lib import http
from sorahub.lib.canonical import Json
from sorahub.lib.errors import InvalidInput
from sorahub.lib.ids import uuid7

CHANGEABLE = frozenset(
    {"name", "base_url", "contracting_party", "plan", "region", "enabled", "max_in_flight", "route", "dialect"}
)
SECRETS = frozenset({"api_key", "webhook_secret"})


def add_account(
    *,
    actor: User,
    name: str,
    route: str,
    dialect: str,
    base_url: str,
    api_key: str,
    webhook_secret: str = "",
    contracting_party: str = "",
    plan: str = "",
    region: str = "",
    max_in_flight: int = 10,
) -> ProviderAccount:
    """Add an account with a provider; key and webhook secret are sealed and never shown again.

    Raises Forbidden, InvalidInput (address that may not be called, missing words), Conflict for a name in use.
    """
    actor.demand(Permission.MANAGE_PEOPLE)
    account = ProviderAccount(
        name=checks.words(name, "name", "Give the account a name."),
        route=_known(route),
        dialect=dialect,
        base_url=_allowed(base_url),
        contracting_party=contracting_party.strip(),
        plan=plan.strip(),
        region=region.strip(),
        max_in_flight=max_in_flight,
        created_by=actor,
    )
    account.set_api_key(checks.words(api_key, "api_key", "Enter the key."))
    account.set_webhook_secret(webhook_secret.strip())
    with transaction.atomic():
        checks.insert(account)
        body = {"route": account.route, "dialect": account.dialect, "name": record.conceal(account.name)}
        record.append(kind="account.added", actor=actor.pk, client=None, subject=account, body=body)
    return account


def change_account(*, actor: User, account: ProviderAccount, **fields: object) -> ProviderAccount:
    """Change an account's fields; ``api_key`` and ``webhook_secret`` are sealed anew, an empty one is left as it was.

    Takes name, base_url, route, dialect, contracting_party, plan, region, enabled, max_in_flight and the two secrets.
    Raises Forbidden, NotFound, InvalidInput, Conflict.
    """
    actor.demand(Permission.MANAGE_PEOPLE)
    checks.require_seen(actor, ProviderAccount.objects.all(), account)
    if unknown := sorted(set(fields) - CHANGEABLE - SECRETS):
        raise InvalidInput(f"These cannot be changed: {', '.join(unknown)}.")
    with transaction.atomic():
        row = ProviderAccount.objects.select_for_update().get(pk=account.pk)
        changed = _apply(row, fields)
        checks.update(row, changed)
        body: dict[str, Json] = {"fields": [*sorted(changed)], "enabled": row.enabled}
        record.append(kind="account.changed", actor=actor.pk, client=None, subject=row, body=body)
    account.refresh_from_db()
    return account


def request_test(*, actor: User, account: ProviderAccount) -> ProviderAccount:
    """Ask for a test call; a job makes it and writes the result on the account. Raises Forbidden, NotFound."""
    actor.demand(Permission.MANAGE_PEOPLE)
    checks.require_seen(actor, ProviderAccount.objects.all(), account)
    with transaction.atomic():
        ProviderAccount.objects.filter(pk=account.pk).update(tested_at=None, test_passed=None, test_message="")
        key = f"provider.test:{account.pk}:{uuid7()}"
        enqueue("provider.test", key=key, payload={"account": str(account.pk)}, max_attempts=2, subject_id=account.pk)
    account.refresh_from_db()
    return account


def _apply(row: ProviderAccount, fields: dict[str, object]) -> list[str]:
    changed = []
    for name, value in fields.items():
        if name in SECRETS:
            if not value:
                continue
            seal = row.set_api_key if name == "api_key" else row.set_webhook_secret
            seal(str(value))
            changed += ["sealed_key", "key_hint"] if name == "api_key" else ["sealed_webhook_secret"]
        else:
            setattr(row, name, MEANING[name](str(value)) if name in MEANING else value)
            changed.append(name)
    return changed


def _allowed(base_url: str) -> str:
    """Return the address if our HTTP client would call it. Raises InvalidInput."""
    address = base_url.strip().rstrip("/")
    try:
        client = http.Client(
            address,
            allowed_networks=settings.HTTP_ALLOWED_PRIVATE_NETWORKS,
            allow_http=settings.HTTP_ALLOW_PLAIN,
        )
        client.policy.check(address)
    except http.Blocked as error:
        raise InvalidInput(error.message, fields={"base_url": error.message}) from error
    return address


def _known(route: str) -> str:
    """Return the route if the model catalogue has it: anything else could neither launch nor be governed."""
    routes = sorted({row.route for row in catalog.rows()})
    if route.strip() not in routes:
        message = f"The model catalogue has no such route. Choose one of: {', '.join(routes)}."
        raise InvalidInput(message, fields={"route": message})
    return route.strip()


MEANING = {"base_url": _allowed, "route": _known}
