"""Add, change and test provider accounts."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from generations import catalog
from generations.actions import checks
from generations.models import ProviderAccount, State
from generations.pipeline.admission import AT_PROVIDER, wake_next
from generations.providers import unusable
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs.queue import enqueue
from sorahub.ledger import record
from sorahub.lib import http
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput
from sorahub.lib.ids import uuid7

CHANGEABLE = frozenset(
    {
        "name", "base_url", "contracting_party", "plan", "region", "enabled", "max_in_flight", "creates_per_minute",
        "polls_per_minute", "route", "dialect",
    }
)  # fmt: skip
SECRETS = {
    "api_key": ("sealed_key", "key_hint"),
    "webhook_secret": ("sealed_webhook_secret", "sealed_old_webhook_secret", "old_webhook_secret_until"),
}
"""The columns that a new secret changes; a replaced webhook secret stays good for a while."""


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
    creates_per_minute: int | None = None,
    polls_per_minute: int = 600,
) -> ProviderAccount:
    """Add an account with a provider; key and webhook secret are sealed and never shown again.

    Raises Forbidden, InvalidInput (address that may not be called, missing words, a dialect that the route does not
    speak, a region whose address is another, a limit of nothing), Conflict for a name in use.
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
        creates_per_minute=creates_per_minute,
        polls_per_minute=polls_per_minute,
        created_by=actor,
    )
    _check(account)
    _check_region(account)
    account.set_api_key(checks.words(api_key, "api_key", "Enter the key."))
    account.set_webhook_secret(webhook_secret.strip())
    with transaction.atomic():
        checks.insert(account)
        body = {"route": account.route, "dialect": account.dialect, "name": record.conceal(account.name)}
        record.append(kind="account.added", actor=actor.pk, client=None, subject=account, body=body)
    return account


def change_account(*, actor: User, account: ProviderAccount, **fields: object) -> ProviderAccount:
    """Change an account's fields; ``api_key`` and ``webhook_secret`` are sealed anew, an empty one is left as it was.

    Takes name, base_url, route, dialect, contracting_party, plan, region, enabled, max_in_flight, creates_per_minute,
    polls_per_minute and the two secrets. Workers and the tracker take a new key up with their next call. Raises Forbidden,
    NotFound, InvalidInput, Conflict (account-in-use: route, wire format, address and region stay as they are while tasks
    run there).
    """
    actor.demand(Permission.MANAGE_PEOPLE)
    checks.require_seen(actor, ProviderAccount.objects.all(), account)
    if unknown := sorted(set(fields) - CHANGEABLE - set(SECRETS)):
        raise InvalidInput(f"These cannot be changed: {', '.join(unknown)}.")
    with transaction.atomic():
        row = ProviderAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
        before = row.wire
        changed = _apply(row, fields)
        _check(row)
        if before != row.wire:
            _check_region(row)
            _require_idle(row)
        checks.update(row, [*changed, *_resumed(row, changed)])
        wake_next(row)
        body: dict[str, Json] = {"fields": [*sorted(changed)], "enabled": row.enabled}
        record.append(kind="account.changed", actor=actor.pk, client=None, subject=row, body=body)
    account.refresh_from_db()
    return account


def _resumed(row: ProviderAccount, changed: list[str]) -> list[str]:
    """A new key resumes an account that was paused by nobody, but because the provider refused the old one."""
    if "sealed_key" not in changed or row.paused_at is None or row.paused_by_id is not None:
        return []
    row.paused_at, row.pause_reason = None, ""
    return ["paused_at", "pause_reason"]


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
    changed: list[str] = []
    for name, value in fields.items():
        if name in SECRETS:
            if not value:
                continue
            seal = row.set_api_key if name == "api_key" else row.set_webhook_secret
            seal(str(value))
            changed += SECRETS[name]
        else:
            setattr(row, name, MEANING[name](str(value)) if name in MEANING else value)
            changed.append(name)
    return changed


def _check(row: ProviderAccount) -> None:
    """What no single field shows: the route speaks this dialect; a limit lets something through."""
    spoken = catalog.route(row.route).dialects
    if row.dialect not in spoken:
        message = f"The route {row.route} does not speak that. Choose: {', '.join(spoken)}."
        raise InvalidInput(message, fields={"dialect": message})
    if row.enabled and (why := unusable(row.dialect)):
        raise InvalidInput(why, code="declared-incomplete", fields={"dialect": why})
    for name in ("max_in_flight", "polls_per_minute", "creates_per_minute"):
        checks.at_least_one(getattr(row, name), name)


def _check_region(row: ProviderAccount) -> None:
    """A key works in one region: an address that the route's record gives to one region is no other's."""
    hosts = {region: urlsplit(address).hostname for region, address in catalog.route(row.route).addresses if region}
    there = [region for region, host in hosts.items() if host == urlsplit(row.base_url).hostname]
    if row.region and there and row.region not in there:
        message = f"This address belongs to the region {there[0]}, not to {row.region}. Choose one of the two."
        raise InvalidInput(message, code="region-mismatch", fields={"region": message})


def _require_idle(row: ProviderAccount) -> None:
    """A task must be asked for where it was ordered: elsewhere nobody knows it, and it would be launched, and paid, again."""
    there = row.generations.filter(state__in=(*AT_PROVIDER, State.FETCHING)).count()
    if there:
        tasks = "1 generation is" if there == 1 else f"{there} generations are"
        raise Conflict(
            f"{tasks} under way at this account, and what was ordered at one address is known at no other. Pause the account and "
            "let them finish before its route, wire format, address or region changes, or add another account. A new key "
            "can be entered at any time.",
            code="account-in-use",
        )


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
    routes = [each.name for each in catalog.routes()]
    if route.strip() not in routes:
        message = f"The model catalogue has no such route. Choose one of: {', '.join(routes)}."
        raise InvalidInput(message, fields={"route": message})
    return route.strip()


MEANING = {"base_url": _allowed, "route": _known, "region": str.strip}
