"""Writing to the ledger: append an event to a chain, and keep a person's words out of it."""

import re
import secrets
from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from sorahub.ledger import entry, watch, writing
from sorahub.ledger.models import Chain, Event, PrivateText
from sorahub.lib import canonical, read_only
from sorahub.lib.canonical import Json
from sorahub.lib.errors import InvalidInput

KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


def append(
    *, kind: str, actor: UUID | None, client: UUID | None, subject: models.Model, body: Mapping[str, Json]
) -> Event:
    """Append one event to the client's chain (``client=None``: the hub's) and return it.

    Must be the last statement of the caller's ``atomic``: it locks the chain's head row until the transaction ends.
    ``actor`` is None for what the hub does by itself. ``body`` holds ids, numbers and ``conceal``-ed words, never a
    person in clear. Raises TransactionManagementError outside a transaction, InvalidInput for a malformed kind or body,
    ReadOnly while the hub takes no changes.
    """
    _require_transaction()
    watch.at_start()
    read_only.require_writable()
    text = canonical.dumps(body).decode()
    chain = writing.locked_chain(client)
    event = _event(chain, _checked(kind), actor, subject, text)
    writing.write(event)
    return event


def conceal(text: str) -> str:
    """Put a person's words into the erasable side table and return what the ledger holds instead: ``sha256:<hex>``."""
    salt = secrets.token_bytes(32)
    digest = salted(salt, text)
    PrivateText.objects.create(digest=digest, salt=salt.hex(), text=text)
    return f"sha256:{digest}"


def reveal(concealed: str) -> str | None:
    """Return the words behind ``sha256:<hex>``, or None once they have been erased."""
    row = PrivateText.objects.filter(digest=concealed.removeprefix("sha256:")).first()
    return row.text if row else None


def erase(concealed: str) -> bool:
    """Delete the words behind ``sha256:<hex>``; the chain stays whole. Says whether there was something to delete."""
    return bool(PrivateText.objects.filter(digest=concealed.removeprefix("sha256:")).delete()[0])


def salted(salt: bytes, text: str) -> str:
    """Return the hexadecimal SHA-256 over a 32-byte salt and the text."""
    return sha256(salt + text.encode("utf-8", "surrogatepass")).hexdigest()


def _require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A ledger event is appended inside the transaction it tells of.")


def _checked(kind: str) -> str:
    if not KIND.fullmatch(kind) or len(kind) > 80:
        raise InvalidInput(f"An event's kind is dotted lower-case words, such as decision.made, not {kind!r}.")
    return kind


def _event(chain: Chain, kind: str, actor: UUID | None, subject: models.Model, body: str) -> Event:
    event = Event(
        chain=chain,
        seq=chain.size,
        at=timezone.now(),
        kind=kind,
        actor=actor,
        subject_type=subject._meta.label_lower,
        subject_id=_uuid(subject),
        body=body,
    )
    leaf = entry.leaf(text_of(event))
    event.pk = entry.identifier(event.at, leaf)
    event.leaf_hash = leaf.hex()
    event.link_hash = entry.link(bytes.fromhex(chain.head), leaf).hex()
    return event


def text_of(event: Event) -> str:
    """Return the canonical JSON of the event's entry: the bytes under its leaf hash."""
    return entry.text(
        chain=event.chain.key,
        seq=event.seq,
        at=event.at,
        kind=event.kind,
        actor=event.actor,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        body=event.body,
    )


def _uuid(subject: models.Model) -> UUID:
    if not isinstance(subject.pk, UUID):
        raise InvalidInput(f"A ledger event's subject has a UUID as its key; {subject._meta.label} has not.")
    return subject.pk
