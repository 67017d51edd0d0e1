"""Ways to tamper with a ledger behind its triggers, each at a random place, with what an audit must name first.

For ``tests.bench.evidence_ledger`` and the ledger's tests: each change is made in a transaction that is taken back.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import connection, models, transaction

from sorahub.ledger import audit
from sorahub.ledger.models import Chain, Event
from tests.database import unguarded

BEYOND = 1_000_000_000


class Expected(NamedTuple):
    """What must be named: the event's number, or the row where it is not about an event."""

    seq: int | None
    row: str = ""


Tampering = Callable[[Chain, random.Random], Expected]


def altered_event(chain: Chain, chance: random.Random) -> Expected:
    """One byte of one column of one event."""
    event = chain.events.get(seq=chance.randrange(chain.size))
    field = chance.choice([each for each in Event._meta.concrete_fields if each.name not in {"chain", "seq"}])
    _set(event, field.attname, _byte_changed(getattr(event, field.attname), chance))
    return Expected(event.seq)


def dropped(chain: Chain, chance: random.Random) -> Expected:
    """One event is gone."""
    seq = chance.randrange(chain.size)
    _run("DELETE FROM ledger_event WHERE seq = %s", seq)
    return Expected(seq)


def added(chain: Chain, chance: random.Random) -> Expected:
    """A copy of one event in another place; those behind it move on by one."""
    source, seq = chain.events.get(seq=chance.randrange(chain.size)), chance.randrange(chain.size + 1)
    _run("UPDATE ledger_event SET seq = seq + %s WHERE seq >= %s", BEYOND, seq)
    _run("UPDATE ledger_event SET seq = seq - %s WHERE seq >= %s", BEYOND - 1, BEYOND)
    source.pk, source.seq, source._state.adding = uuid4(), seq, True
    source.save(force_insert=True)
    return Expected(seq)


def reordered(chain: Chain, chance: random.Random) -> Expected:
    """Two events change places."""
    first, second = sorted(chance.sample(range(chain.size), 2))
    for before, after in ((first, BEYOND), (second, first), (BEYOND, second)):
        _run("UPDATE ledger_event SET seq = %s WHERE seq = %s", after, before)
    return Expected(first)


def swapped(chain: Chain, chance: random.Random) -> Expected:
    """Two events exchange what they tell, and keep everything else."""
    first, second = (chain.events.get(seq=seq) for seq in sorted(chance.sample(range(chain.size), 2)))
    _set(first, "body", second.body)
    _set(second, "body", first.body)
    return Expected(first.seq)


def altered_checkpoint(chain: Chain, chance: random.Random) -> Expected:
    """One byte of one column of one checkpoint."""
    return _altered(chance, chain.checkpoints.all(), {"id", "chain"})


def altered_subtree(chain: Chain, chance: random.Random) -> Expected:
    """One byte of one kept hash."""
    row = chance.choice(list(chain.subtrees.all()))
    _set(row, "root", _byte_changed(row.root, chance))
    return Expected(None, f"{row.height}:{row.number}")


def altered_head(chain: Chain, chance: random.Random) -> Expected:
    """One byte of the head row."""
    return _altered(chance, Chain.objects.filter(pk=chain.pk), {"id", "size", "key"})


WAYS: tuple[Tampering, ...] = (
    altered_event,
    altered_event,
    dropped,
    added,
    reordered,
    swapped,
    altered_checkpoint,
    altered_subtree,
    altered_head,
)


def unnamed(chain: Chain, chance: random.Random, times: int) -> list[str]:
    """Tamper so many times, in all ways in turn; return what the audit did not name rightly (none: all is well)."""
    missed = []
    for number in range(times):
        way = WAYS[number % len(WAYS)]
        with taken_back():
            expected = way(chain, chance)
            faults = audit.verify()
        first = faults[0] if faults else None
        if first is None or first.seq != expected.seq or expected.row not in {"", first.row}:
            missed.append(f"{way.__name__}: expected {expected}, found {first}")
    return missed


@contextmanager
def taken_back() -> Iterator[None]:
    """Let the block change anything, and undo it."""
    with transaction.atomic():
        with unguarded(connection):
            yield
        transaction.set_rollback(True)


def _altered(chance: random.Random, rows: "models.QuerySet[Any]", but: set[str]) -> Expected:
    row = chance.choice(list(rows))
    field = chance.choice([each for each in row._meta.concrete_fields if each.name not in but])
    _set(row, field.attname, _byte_changed(getattr(row, field.attname), chance))
    return Expected(None, str(row.pk))


def _byte_changed(value: Any, chance: random.Random) -> Any:
    bit = chance.randrange(8)
    if isinstance(value, UUID):
        return UUID(int=value.int ^ 1 << chance.randrange(16) * 8 + bit)
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1 << chance.randrange(4) * 8 + bit)
    if isinstance(value, int):
        return value ^ 1 << bit
    place = chance.randrange(len(value))
    changed = chr(ord(value[place]) ^ 1 << bit % 4)  # stays a letter that any column can hold
    return f"{value[:place]}{changed}{value[place + 1 :]}"


def _set(row: models.Model, column: str, value: Any) -> None:
    field = row._meta.get_field(column.removesuffix("_id") if column.endswith("chain_id") else column)
    pk = row._meta.pk
    assert pk is not None
    assert isinstance(field, models.Field)
    stored = [field.get_db_prep_save(value, connection), pk.get_db_prep_save(row.pk, connection)]
    _run(f"UPDATE {row._meta.db_table} SET {field.column} = %s WHERE id = %s", *stored)  # noqa: S608 (a model's own names)


def _run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
