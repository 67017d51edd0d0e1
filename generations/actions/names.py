"""The names that prompts for a client are looked through for."""

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import KnownName
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import Conflict, InvalidInput


def add_name(
    *, actor: User, client: Client, name: str, sort: str, needs_release: bool = True, note: str = ""
) -> KnownName:
    """Watch a name for a client, or say that it is free to use. Raises Forbidden, NotFound, InvalidInput, Conflict."""
    actor.demand(Permission.WRITE_PROMPT)
    checks.require_seen(actor, Client.objects.all(), client)
    row = KnownName(
        client=client,
        name=" ".join(checks.words(name, "name", "Write the name as prompts would.").split()),
        sort=sort,
        needs_release=needs_release,
        note=note.strip(),
        created_by=actor,
    )
    with transaction.atomic():
        if KnownName.objects.open().filter(client=client, name__iexact=row.name).exists():
            message = "This client has this name already."
            raise Conflict(message, code="taken", fields={"name": message})
        checks.insert(row)
    return row


def change_name(*, actor: User, name: KnownName, sort: str, needs_release: bool, note: str = "") -> KnownName:
    """Say something else of a name. Raises Forbidden, NotFound, InvalidInput, Conflict for one that is archived."""
    _require_open(actor, name)
    if sort not in KnownName.Sort.values:
        raise InvalidInput("It is a person, a brand, a work or a place.", fields={"sort": "Choose one."})
    name.sort, name.needs_release, name.note = sort, needs_release, note.strip()
    checks.update(name, ["sort", "needs_release", "note"])
    return name


def archive_name(*, actor: User, name: KnownName) -> KnownName:
    """Stop looking for a name. It stays on record. Raises Forbidden, NotFound, Conflict."""
    _require_open(actor, name)
    name.archived_at = timezone.now()
    name.save(update_fields=["archived_at"])
    return name


def _require_open(actor: User, name: KnownName) -> None:
    actor.demand(Permission.WRITE_PROMPT)
    checks.require_seen(actor, KnownName.objects.all(), name)
    if name.archived_at is not None:
        raise Conflict("This name is archived.", code="archived")
