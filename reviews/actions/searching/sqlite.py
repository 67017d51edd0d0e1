"""The index on SQLite: an FTS5 table beside the entries, written by triggers that call our own function for the words."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, QuerySet
from django.db.models.expressions import RawSQL

from reviews.actions.searching.sources import COLUMNS, SOURCES, Source, Watch
from reviews.models import SearchEntry
from reviews.rules import search_words

WORDS_MADE_BY = search_words.RULES
"""What makes an entry's words of texts: another version of it makes other words."""


def register(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Teach a new connection the function that the triggers call."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("reviews_search_words", 1, search_words.words, deterministic=True)


def definitions() -> list[str]:
    """Return the statements that make the triggers; each may run again."""
    made = [
        *_trigger(
            "reviews_search_entry_delete",
            "AFTER DELETE ON reviews_searchentry",
            "DELETE FROM reviews_searchwords WHERE rowid = OLD.id",
        )
    ]
    for source in SOURCES:
        made += _own(source)
        for number, watch in enumerate(source.watches):
            made += _watched(source, watch, number)
    return made


def removals() -> list[str]:
    """Return the statements that clear the way for migrations, which rebuild tables and stumble over triggers."""
    return [f"DROP TRIGGER IF EXISTS {name}" for name in sorted(_names())]


def rebuild() -> Iterator[tuple[str, Sequence[object]]]:
    """Yield the statements that write the whole index anew."""
    yield "DELETE FROM reviews_searchentry", ()
    yield "DELETE FROM reviews_searchwords", ()
    for source in SOURCES:
        for statement in _insert(source, ""):
            yield statement, ()


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of triggers that are not there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        there = {str(row[0]) for row in cursor.fetchall()}
    return sorted(_names() - there)


def words_of(connection: BaseDatabaseWrapper, texts: Sequence[str]) -> list[list[str]]:
    """Return the words of each text, made by the very function that made the index's."""
    return [search_words.words(text).split() for text in texts]


def matching(rows: QuerySet[SearchEntry], asked: str) -> QuerySet[SearchEntry]:
    """Narrow entries down to those whose words match."""
    found = "reviews_searchentry.id IN (SELECT rowid FROM reviews_searchwords WHERE reviews_searchwords MATCH %s)"
    return rows.extra(where=[found], params=[asked])  # noqa: S610 (a bound value)


def newest(rows: QuerySet[SearchEntry], groups: Sequence[tuple[list[str], bool, bool]]) -> QuerySet[SearchEntry]:
    """Put entries in order, the newest first."""
    return rows.order_by("-at", "-id")


def rank(asked: str) -> Expression:
    """How well an entry matches: more is better. What stands in the open part counts most."""
    score = "SELECT CAST(-1000 * bm25(reviews_searchwords, 10.0, 4.0) AS integer) FROM reviews_searchwords"
    return RawSQL(f"({score} WHERE reviews_searchwords MATCH %s AND rowid = reviews_searchentry.id)", [asked])  # noqa: S611


def expression(groups: Sequence[tuple[list[str], bool, bool]], *, open_only: bool) -> str:
    """Return the query in FTS5's words. Each group: words in their order, whether the last may go on, whether it must not be."""
    there = [_group(words, begun=begun) for words, begun, without in groups if not without]
    gone = [_group(words, begun=begun) for words, begun, without in groups if without]
    said = " AND ".join(there)
    if gone and there:
        said = f"({said}) NOT ({' OR '.join(gone)})"
    return f"{{open}} : ({said})" if open_only else said


def _group(words: list[str], *, begun: bool) -> str:
    return f'"{" ".join(words)}"' + (" *" if begun else "")


def _insert(source: Source, among: str) -> list[str]:
    rows = f"{source.select} {among}"
    return [
        f"INSERT INTO reviews_searchentry ({COLUMNS}) SELECT {COLUMNS} FROM ({rows})",  # noqa: S608 (names from sources.py)
        f"INSERT INTO reviews_searchwords (rowid, open, inside) SELECT e.id, reviews_search_words(s.open), reviews_search_words(s.inside) "  # noqa: S608
        f"FROM ({rows}) s JOIN reviews_searchentry e ON e.kind = s.kind AND e.object_id = s.object_id",
    ]


def _put(source: Source, keys: str) -> str:
    among = f"AND {source.key} IN ({keys})"
    gone = f"DELETE FROM reviews_searchentry WHERE kind = '{source.kind}' AND object_id IN ({keys})"  # noqa: S608
    return "; ".join([gone, *_insert(source, among)])


def _trigger(name: str, when: str, body: str) -> list[str]:
    return [f"DROP TRIGGER IF EXISTS {name}", f"CREATE TRIGGER {name} {when} BEGIN {body}; END"]


def _own(source: Source) -> Iterator[str]:
    name, put = f"reviews_search_{source.kind}", _put(source, "SELECT NEW.id")
    yield from _trigger(f"{name}_insert", f"AFTER INSERT ON {source.table}", put)
    gone = f"DELETE FROM {{}} WHERE kind = '{source.kind}' AND object_id = OLD.id"  # noqa: S608
    taken = f"{gone.format('reviews_searchentry')}; {gone.format('reviews_tagging')}"
    yield from _trigger(f"{name}_delete", f"AFTER DELETE ON {source.table}", taken)
    if source.changes:
        yield from _trigger(f"{name}_update", _update(source.table, source.changes), put)


def _update(table: str, columns: Sequence[str]) -> str:
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
    return f"AFTER UPDATE OF {', '.join(columns)} ON {table} WHEN {changed}"


def _watched(source: Source, watch: Watch, number: int) -> Iterator[str]:
    name, put = f"reviews_search_{source.kind}_watch_{number}", _put(source, watch.keys)
    yield from _trigger(f"{name}_update", _update(watch.table, watch.columns), put)
    if watch.inserts:
        fresh = f"AFTER INSERT ON {watch.table} WHEN NEW.{watch.columns[0]} IS NOT NULL"
        yield from _trigger(f"{name}_insert", fresh, put)


def _names() -> set[str]:
    return {statement.split()[2] for statement in definitions() if statement.startswith("CREATE TRIGGER")}
