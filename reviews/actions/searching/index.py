"""The index's upkeep: one interface over the two databases. The words themselves are written by triggers, so there is no moment
in which a change is stored and not found."""

from hashlib import sha256
from types import ModuleType

from django.db import connection as default_connection
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from reviews.actions.searching import postgresql, sqlite
from reviews.actions.searching.sources import SOURCES
from reviews.models import SearchEntry

ENGINES: dict[str, ModuleType] = {"postgresql": postgresql, "sqlite": sqlite}
VERSION = "reviews_searchversion"
"""A view that says by which definitions the index was made: it outlives a flush of all tables."""


def engine(connection: BaseDatabaseWrapper | None = None) -> ModuleType:
    """Return the module of the database in use."""
    return ENGINES[(connection or default_connection).vendor]


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place; where one was missing, or they are not those that the index was made by, write it anew."""
    if made_by(connection) != _version(connection) or engine(connection).missing(connection):
        mend(connection)


def mend(connection: BaseDatabaseWrapper) -> int:
    """Put every trigger in place and write the whole index anew; return how many things can be found."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in engine(connection).definitions():
            cursor.execute(statement)
    return rebuild(connection)


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
        cursor.execute(f"DROP VIEW IF EXISTS {VERSION}")
        cursor.execute(f"CREATE VIEW {VERSION} AS SELECT '{_version(connection)}' AS said")
    return SearchEntry.objects.using(connection.alias).count()


def made_by(connection: BaseDatabaseWrapper) -> str:
    """Return the version of the definitions that the index was made by; empty before it was made."""
    with connection.cursor() as cursor:
        if VERSION not in {table.name for table in connection.introspection.get_table_list(cursor)}:
            return ""
        cursor.execute(f"SELECT said FROM {VERSION}")  # noqa: S608
        return str(cursor.fetchone()[0])


def faults(connection: BaseDatabaseWrapper) -> list[str]:
    """Return what is wrong with the index, in words: nothing as a rule."""
    found = [f"trigger {name} is missing" for name in engine(connection).missing(connection)]
    if made_by(connection) != _version(connection):
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


def _version(connection: BaseDatabaseWrapper) -> str:
    return sha256("\n".join(engine(connection).definitions()).encode()).hexdigest()
