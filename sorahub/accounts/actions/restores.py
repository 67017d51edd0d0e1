"""Accept that the database is not the one that was signed last: an older one was restored, and the rest is lost."""

from uuid import UUID

from django.db import transaction

from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import checkpoints, record, watch
from sorahub.ledger.models import Chain
from sorahub.ledger.watch import Discrepancy
from sorahub.lib import read_only
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput


def accept_restore(*, actor: User, reason: str) -> list[Discrepancy]:
    """Write into each chain concerned, and the hub's, what was signed and is not there; then let changes in again.

    Returns what was accepted: none where the hub was read-only although the database now fits again. Raises Forbidden,
    InvalidInput without a reason, Conflict when the hub is not read-only and nothing differs.
    """
    actor.demand(Permission.MANAGE_PEOPLE)
    if not reason.strip():
        raise InvalidInput("Say why the rest is lost.", fields={"reason": "Say why."})
    found = watch.look(thorough=True)
    if not found and read_only.reason() is None:
        raise Conflict("The database is what was signed: there is nothing to accept.", code="nothing-to-accept")
    if found:
        with read_only.overruled(), transaction.atomic():
            _tell(actor, reason.strip(), found)
        watch.accept(found)
    read_only.lift()
    checkpoints.make_all()
    return found


def _tell(actor: User, reason: str, found: list[Discrepancy]) -> None:
    """Clients' chains first, the hub's last, as everywhere."""
    words = record.conceal(reason)
    there = dict(Chain.objects.exclude(client_id=None).values_list("key", "client_id"))
    told = {each.signed.chain: each for each in found}
    for key in sorted(told.keys() & there.keys()):
        _append(actor, there[key], {"words": words, "lost": [_lost(told[key])]})
    _append(actor, None, {"words": words, "lost": [_lost(told[key]) for key in sorted(told)]})


def _append(actor: User, client: UUID | None, body: dict[str, Json]) -> None:
    record.append(kind="ledger.restore_accepted", actor=actor.pk, client=client, subject=actor, body=body)


def _lost(each: Discrepancy) -> Json:
    signed: dict[str, Json] = {
        "chain": each.signed.chain,
        "signed_size": each.signed.size,
        "signed_root": each.signed.root.hex(),
    }
    return {**signed, "signed_at": each.signed.at.isoformat(), "size": each.size}
