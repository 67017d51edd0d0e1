"""The index's upkeep: one interface over the two databases. The words themselves are written by triggers, so there is no moment
in which a change is stored and not found."""

import re
from collections.abc import Iterable
from hashlib import sha256
from types import ModuleType

from django.db import connection as default_connection
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from reviews.actions.searching import postgresql, sqlite
from reviews.actions.searching.sources import COLUMNS, SOURCES
from reviews.models import SearchEntry

ENGINES: dict[str, ModuleType] = {"postgresql": postgresql, "sqlite": sqlite}
VERSION = "reviews_searchversion"
"""A view that says what the index was made of and by which triggers it is kept: it outlives a flush of all tables. Without it the
index is not trusted."""
WORD = re.compile(r"\w+")
TABLE_NAMED = re.compile(r"(?:FROM|JOIN) (\w+)")


def engine(connection: BaseDatabaseWrapper | None = None) -> ModuleType:
    """Return the module of the database in use."""
    return ENGINES[(connection or default_connection).vendor]


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers in place where one is missing or they have changed. The index itself is written anew only where it is made of
    something else than it would be today, is not trusted, or holds another number of rows than there are.
    """
    made, kept = made_by(connection)
    if made != _made_of(connection) or _miscounted(connection):
        mend(connection)
    elif kept != _kept_by(connection) or engine(connection).missing(connection):
        with transaction.atomic(using=connection.alias):
            _put(connection)
            _trust(connection)


def mend(connection: BaseDatabaseWrapper) -> int:
    """Put every trigger in place and write the whole index anew; return how many things can be found."""
    with transaction.atomic(using=connection.alias):
        _put(connection)
        return rebuild(connection)


def _put(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for statement in engine(connection).definitions():
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away, where they would be in the way of migrations."""
    with connection.cursor() as cursor:
        for statement in engine(connection).removals():
            cursor.execute(statement)


def rebuild(connection: BaseDatabaseWrapper) -> int:
    """Write the whole index anew in one transaction, and return how many things can be found."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement, values in engine(connection).rebuild():
            cursor.execute(statement, values or None)
        _trust(connection)
    return SearchEntry.objects.using(connection.alias).count()


def distrust(connection: BaseDatabaseWrapper) -> None:
    """Have the whole index written anew at the next ``install``: something may have changed while nobody watched."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP VIEW IF EXISTS {VERSION}")


def _trust(connection: BaseDatabaseWrapper) -> None:
    distrust(connection)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE VIEW {VERSION} AS SELECT '{_made_of(connection)}.{_kept_by(connection)}' AS said")


def made_by(connection: BaseDatabaseWrapper) -> tuple[str, str]:
    """Return what the index was made of, and the triggers that keep it; both are empty where it is not trusted."""
    with connection.cursor() as cursor:
        if VERSION not in {table.name for table in connection.introspection.get_table_list(cursor)}:
            return "", ""
        cursor.execute(f"SELECT said FROM {VERSION}")  # noqa: S608
        made, _, kept = str(cursor.fetchone()[0]).partition(".")
        return made, kept


def watched() -> set[tuple[str, str]]:
    """Return the tables and columns whose changes are watched."""
    own = {(source.table, name) for source in SOURCES for name in source.changes}
    return own | {(watch.table, name) for source in SOURCES for watch in source.watches for name in watch.columns}


def columns() -> set[str]:
    """Return the names of columns that entries are made of or that a trigger names (and some words of SQL)."""
    watched = {name for source in SOURCES for watch in source.watches for name in watch.columns}
    return watched | {
        name for source in SOURCES for text in (source.select, *source.changes) for name in WORD.findall(text)
    }


def tables() -> set[str]:
    """Return the tables that entries are made of or that have a trigger of ours, and those that a trigger writes."""
    named = {name for source in SOURCES for name in TABLE_NAMED.findall(source.select)}
    return named | {table for table, _ in watched()} | {"reviews_searchentry", "reviews_tagging"}


def faults(connection: BaseDatabaseWrapper) -> list[str]:
    """Return what is wrong with the index, in words: nothing as a rule."""
    found = [f"trigger {name} is missing" for name in engine(connection).missing(connection)]
    if made_by(connection) != (_made_of(connection), _kept_by(connection)):
        found.append("it was made by another version")
    return found + _miscounted(connection)


def _miscounted(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, count(*) FROM reviews_searchentry GROUP BY kind")
        entries = dict(cursor.fetchall())
        told = []
        for source in SOURCES:
            cursor.execute(f"SELECT count(*) FROM ({source.select}) s")  # noqa: S608 (from sources.py)
            there = cursor.fetchone()[0]
            if there != entries.get(source.kind, 0):
                told.append(f"{entries.get(source.kind, 0)} of {there} rows of kind {source.kind} are in it")
    return told


def _made_of(connection: BaseDatabaseWrapper) -> str:
    """What decides of the entries' content: the sources' words and columns, and how words are made of them."""
    return _fingerprint([COLUMNS, *engine(connection).WORDS_MADE_BY, *(source.select for source in SOURCES)])


def _kept_by(connection: BaseDatabaseWrapper) -> str:
    return _fingerprint(engine(connection).definitions())


def _fingerprint(texts: Iterable[str]) -> str:
    return sha256("\n".join(texts).encode()).hexdigest()
