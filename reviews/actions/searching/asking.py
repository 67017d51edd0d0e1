"""Asking the index: which entries match, how many of what kind, in which order. Whatever a person may not see is not counted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Value

from reviews.actions.searching import index
from reviews.actions.searching.narrowing import Narrowing, narrowed
from reviews.models import SearchEntry
from reviews.models.finding import SearchEntryQuerySet
from reviews.rules import search_query
from reviews.rules.search_query import Query
from reviews.rules.search_words import Group
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib.errors import InvalidInput

MOST = 1000
"""So many matches, the newest, are ranked and counted; beyond it is said that there are more."""
PAGE_SIZE = 20
LONGEST_MS = 5000
BEST, NEWEST = "best", "newest"
QUICKLY = f"""SET LOCAL jit = off; SET LOCAL work_mem = '32MB'; SET LOCAL random_page_cost = 1.1;
    SET LOCAL statement_timeout = {LONGEST_MS}"""


class Row(NamedTuple):
    """A matching entry, as it is counted and ordered."""

    id: int
    kind: str
    object_id: UUID
    project_id: UUID | None
    author_id: UUID | None
    state: str
    model: str
    width: int | None
    height: int | None
    at: Any
    rank: int


COLUMNS = ("id", "kind", "object_id", "project_id", "author_id", "state", "model", "width", "height", "at", "ranked")


@dataclass(frozen=True)
class Question:
    """What is asked: the words as typed, what was chosen beside them, the order, and after which row the page begins."""

    text: str = ""
    chosen: Narrowing = field(default_factory=Narrowing)
    sort: str = BEST
    cursor: str = ""
    size: int = PAGE_SIZE


class Asked(NamedTuple):
    """What is asked of the words, in the database's own way (empty: nothing), and the groups that it was made of."""

    words: str
    groups: Sequence[tuple[list[str], bool, bool]]


@dataclass(frozen=True)
class Found:
    """What matches. ``rows`` are counted over; ``page`` is shown. ``more``: there are others beyond those counted."""

    rows: list[Row]
    page: list[Row]
    more: bool
    next_cursor: str
    groups: list[Group]

    @property
    def count(self) -> int:
        """How many match, up to the most that are counted."""
        return len(self.rows)


def ask(user: User, question: Question) -> Found:
    """Return what this person finds. Raises InvalidInput for a query that makes no sense, or one that would take too long."""
    guest = user.kind == Kind.GUEST
    chosen = question.chosen
    query = search_query.read(question.text, chosen.own_keys(user))
    groups = _groups(query)
    rows = narrowed(SearchEntry.objects.visible_to(user), user, chosen, query.filters)
    asked = Asked(index.engine().expression(groups, open_only=guest) if groups else "", groups)
    with _quick():
        found = _matching(rows, asked, question)
        page, cursor = _page(rows, found, asked, question)
    positive = [Group(tuple(words), begun) for words, begun, without in groups if not without]
    return Found(found[:MOST], page, len(found) > MOST, cursor, positive)


def _groups(query: Query) -> list[tuple[list[str], bool, bool]]:
    if not query.terms:
        return []
    made = index.engine().words_of(connection, [term.text for term in query.terms])
    pairs = zip(query.terms, made, strict=True)
    groups = [(words, term.begun, term.without) for term, words in pairs if words]
    if groups and all(without for _, _, without in groups):
        words = "Say at least one word that should be there."
        raise InvalidInput(words, code="bad-query", fields={"q": words})
    return groups


def _matching(rows: SearchEntryQuerySet, asked: Asked, question: Question) -> list[Row]:
    """The newest matches, one more than are counted, in the order that was asked for."""
    found = _read(rows, asked, MOST + 1)
    if question.sort == BEST and asked.words:
        found[:MOST] = sorted(found[:MOST], key=_best, reverse=True)
    return found


def _best(row: Row) -> tuple[Any, ...]:
    return (row.rank, row.at, row.id)


def _read(rows: SearchEntryQuerySet, asked: Asked, many: int) -> list[Row]:
    if asked.words:
        engine = index.engine()
        newest = engine.newest(engine.matching(rows, asked.words), asked.groups).annotate(
            ranked=engine.rank(asked.words)
        )
    else:
        newest = rows.order_by("-at", "-id").annotate(ranked=Value(0))
    return [Row(*values) for values in newest.values_list(*COLUMNS)[:many]]


def _page(rows: SearchEntryQuerySet, found: list[Row], asked: Asked, question: Question) -> tuple[list[Row], str]:
    """The page after the cursor, and the next cursor. By time one may go on beyond what is counted; by rank there is no end to seek."""
    by_rank = question.sort == BEST and bool(asked.words)
    shown = found[:MOST] if by_rank else found
    after = _last(rows, found, asked, question.cursor)
    size = question.size
    if after is not None:
        key = _best if by_rank else _newest
        shown = [row for row in shown if key(row) < key(after)]
        if not by_rank and len(found) > MOST and len(shown) <= size:
            from_here = rows.filter(at__lte=after.at).exclude(at=after.at, id__gte=after.id)
            shown = _read(from_here, asked, size + 1)
    page = shown[:size]
    return page, _said(page[-1]) if len(shown) > size else ""


def _newest(row: Row) -> tuple[Any, ...]:
    return (row.at, row.id)


def _said(row: Row) -> str:
    """A cursor names the last thing that was shown: ranks and numbers of entries tell of what one may not see."""
    return str(row.object_id)


def _last(rows: SearchEntryQuerySet, found: list[Row], asked: Asked, said: str) -> Row | None:
    """The row that a cursor names; a damaged one, or one that is gone, is as good as none."""
    try:
        pk = UUID(said)
    except ValueError:
        return None
    here = next((row for row in found if row.object_id == pk), None)
    return here or next(iter(_read(rows.filter(object_id=pk), asked, 1)), None)


@contextmanager
def _quick() -> Iterator[None]:
    """Ask PostgreSQL as one asks for a page: little compiling, much in memory, and not for ever."""
    if connection.vendor != "postgresql":
        yield
        return
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(QUICKLY)
            yield
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
        words = "That takes too long. Look for a rarer word, or choose a project."
        raise InvalidInput(words, code="bad-query", fields={"q": words}) from error


def kinds(rows: Sequence[Row]) -> dict[str, list[UUID]]:
    """Return the ids of rows by their kind."""
    found: dict[str, list[UUID]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row.object_id)
    return found
