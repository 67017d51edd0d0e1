"""The statements of an append, made once: lock the chain's head row, then write the event and move the head in one go.

Django makes SQL anew for each row that it saves, which takes longer than PostgreSQL takes to insert it. Here the text stays
the same, so that the database keeps it planned (``sorahub.lib.compiled``), and the writes travel together.
"""

from functools import cache
from typing import Any
from uuid import UUID

from django.db import models, transaction

from sorahub.ledger.dialect import quoted
from sorahub.ledger.models import Chain, Event, Subtree, key_for
from sorahub.lib.compiled import Compiled, Later, prepared
from sorahub.lib.merkle import Frontier

TILE = 8
"""Subtrees are kept for heights that this divides."""


def locked_chain(client: UUID | None) -> Chain:
    """Lock the head row of the client's chain (None: the hub's) until the transaction ends; make it if it is not there yet."""
    key = key_for(client)
    for chain in _head().ask(key=key):
        return chain
    Chain.objects.get_or_create(key=key, defaults={"client_id": client})
    return _head().ask(key=key)[0]


def write(event: Event) -> None:
    """Insert the event, move its chain's head (whose row is locked) past it, and keep what subtrees it completes."""
    chain = event.chain
    completed = _advance(chain, event)
    connection: Any = transaction.get_connection()
    with prepared(connection), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_both(), [chain.size, chain.head, chain.peaks, chain.pk, *_as_they_are(event)])
        else:
            cursor.execute(_move(), [chain.size, chain.head, chain.peaks, _stored_id(chain, connection)])
            cursor.execute(_insertion(Event), _values(event, connection))
        for subtree in completed:
            cursor.execute(_insertion(Subtree), _values(subtree, connection))
    event._state.adding, event._state.db = False, connection.alias


def _advance(chain: Chain, event: Event) -> list[Subtree]:
    """Move the chain's columns past the event; return the subtrees that are complete with it."""
    tree = Frontier.from_hex(chain.size, chain.peaks)
    completed = tree.completing(bytes.fromhex(event.leaf_hash))
    chain.size, chain.head, chain.peaks = tree.size, event.link_hash, tree.hex()
    kept = range(TILE, len(completed), TILE)
    return [
        Subtree(chain=chain, height=height, number=event.seq >> height, root=completed[height].hex()) for height in kept
    ]


@cache
def _head() -> Compiled[Chain]:
    rows = Chain.objects.select_for_update().filter(key=Later("key", models.CharField()))
    return Compiled(rows.order_by())


@cache
def _insertion(model: type[models.Model]) -> str:
    columns = [str(field.column) for field in model._meta.concrete_fields]
    places = ", ".join(["%s"] * len(columns))
    names = ", ".join(map(quoted, columns))
    return f"INSERT INTO {quoted(model._meta.db_table)} ({names}) VALUES ({places})"  # noqa: S608 (names from the model)


@cache
def _move() -> str:
    table = quoted(Chain._meta.db_table)
    return f"UPDATE {table} SET size = %s, head = %s, peaks = %s WHERE id = %s"  # noqa: S608 (a name from the model)


@cache
def _both() -> str:
    """Both in one statement, where the database can."""
    return f"WITH moved AS ({_move()}) {_insertion(Event)}"


def _as_they_are(event: Event) -> list[Any]:
    """An event's values: PostgreSQL's driver takes each as Python has it."""
    return [getattr(event, name) for name in _names()]


@cache
def _names() -> list[str]:
    return [field.attname for field in Event._meta.concrete_fields]


def _values(row: models.Model, connection: Any) -> list[Any]:
    fields = row._meta.concrete_fields
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]


def _stored_id(chain: Chain, connection: Any) -> Any:
    return Chain._meta.pk.get_db_prep_save(chain.pk, connection)
