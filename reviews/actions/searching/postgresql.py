"""The index on PostgreSQL: a column of words (tsvector) under a GIN index, written by triggers.

The words are made by our own function, not by a text search configuration: what the stock parser takes for a word hangs on
the database's locale, and no stock dictionary knows what language a note is in. Nothing here needs an extension.
"""

from collections.abc import Iterator, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, QuerySet
from django.db.models.expressions import RawSQL

from reviews.actions.searching.sources import COLUMNS, SOURCES, Source, Watch
from reviews.models import SearchEntry
from reviews.rules.search_words import LONGEST, PLAIN, SPELT_OUT, UNSPACED

FOLDED = (
    "normalize(lower(regexp_replace(normalize(said, NFKD), '[\\u0300-\\u036f]+', '', 'g') COLLATE \"und-x-icu\"), NFC)"
)
LAST_PLACE = 16_383
"""PostgreSQL counts a word's place in a text up to here; phrases that stand later are not found as phrases."""


def _spelt_out() -> str:
    said = "said"
    for letter, letters in SPELT_OUT.items():
        said = f"replace({said}, '{letter}', '{letters}')"
    return f"translate({said}, '{PLAIN[0]}', '{PLAIN[1]}')"


WORDS = f"""
CREATE OR REPLACE FUNCTION reviews_search_words(given text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $words$
DECLARE said text := left(given, {LONGEST});
BEGIN
    IF octet_length(said) = length(said) THEN
        RETURN btrim(regexp_replace(lower(said COLLATE "C"), '[^a-z0-9]+', ' ', 'g'));
    END IF;
    said := {FOLDED};
    said := regexp_replace({_spelt_out()}, '([{UNSPACED}])', ' \\1 ', 'g');
    RETURN btrim(regexp_replace(said COLLATE "und-x-icu", '[^[:alnum:]]+', ' ', 'g'));
END $words$"""
PLACED = """
CREATE OR REPLACE FUNCTION reviews_search_placed(said text, first integer, weight text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $placed$
    SELECT coalesce(string_agg('''' || word || ''':' || least(place + first, 16383) || weight, ' ')::tsvector, ''::tsvector)
    FROM unnest(string_to_array(reviews_search_words(said), ' ')) WITH ORDINALITY AS each(word, place)
    WHERE word <> '' AND length(word) < 500
$placed$"""
VECTOR = """
CREATE OR REPLACE FUNCTION reviews_search_vector(open text, inside text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $vector$
BEGIN
    IF length(inside) < 50000 THEN
        RETURN reviews_search_placed(open, 0, 'A') || reviews_search_placed(inside, 1, 'B');
    END IF;
    BEGIN
        RETURN reviews_search_placed(open, 0, 'A') || reviews_search_placed(inside, 1, 'B');
    EXCEPTION WHEN program_limit_exceeded THEN
        RETURN reviews_search_placed(left(open, 20000), 0, 'A') || reviews_search_placed(left(inside, 50000), 1, 'B');
    END;
END $vector$"""

WORDS_MADE_BY = (WORDS, PLACED, VECTOR)
"""What makes an entry's words of texts: another version of it makes other words."""


def definitions() -> list[str]:
    """Return the statements that make the functions and triggers; each may run again."""
    made = list(WORDS_MADE_BY)
    for source in SOURCES:
        made += [_put(source), *_own(source)]
        for number, watch in enumerate(source.watches):
            made += _watched(source, watch, number)
    return made


def removals() -> list[str]:
    """Return the statements that clear the way for migrations: a column that a trigger names can neither be altered nor dropped."""
    return [statement for statement in definitions() if statement.startswith("DROP TRIGGER")]


def rebuild() -> Iterator[tuple[str, Sequence[object]]]:
    """Yield the statements that write the whole index anew."""
    yield "TRUNCATE reviews_searchentry", ()
    for source in SOURCES:
        yield f"{_insert(source)} ORDER BY at", ()


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of triggers that are not there, or are switched off."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        there = {str(row[0]) for row in cursor.fetchall()}
    return sorted(_names() - there)


def words_of(connection: BaseDatabaseWrapper, texts: Sequence[str]) -> list[list[str]]:
    """Return the words of each text, made by the very function that made the index's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reviews_search_words(said) FROM unnest(%s::text[]) WITH ORDINALITY AS t(said, n) ORDER BY n",
            [list(texts)],
        )
        return [str(row[0]).split() for row in cursor.fetchall()]


def matching(rows: QuerySet[SearchEntry], asked: str) -> QuerySet[SearchEntry]:
    """Narrow entries down to those whose words match."""
    return rows.extra(where=["reviews_searchentry.words @@ %s::tsquery"], params=[asked])


def newest(rows: QuerySet[SearchEntry], groups: Sequence[tuple[list[str], bool, bool]]) -> QuerySet[SearchEntry]:
    """Put entries in order, the newest first. Walking down the index by time pays where matches are many, and PostgreSQL takes a
    phrase for as common as its words are: for phrases that way is closed, and the index of words is asked.
    """
    if any(len(words) > 1 for words, _, _ in groups):
        return rows.order_by(RawSQL("(reviews_searchentry.at + interval '0')", []).desc(), "-id")
    return rows.order_by("-at", "-id")


ANEW = ", ".join(f"{name} = EXCLUDED.{name}" for name in (*COLUMNS.split(", ")[2:], "words"))


def rank(asked: str) -> Expression:
    """How well an entry matches: more is better. What stands in the open part counts most."""
    return RawSQL("round((ts_rank_cd(reviews_searchentry.words, %s::tsquery) * 1000)::numeric)::integer", [asked])


def expression(groups: Sequence[tuple[list[str], bool, bool]], *, open_only: bool) -> str:
    """Return the query in PostgreSQL's words. Each group: words in their order, whether the last may go on, whether it must not be."""
    return " & ".join(
        _group(words, begun=begun, without=without, weight="A" if open_only else "") for words, begun, without in groups
    )


def _group(words: list[str], *, begun: bool, without: bool, weight: str) -> str:
    last = len(words) - 1
    marks = [
        (":" if weight or (begun and at == last) else "") + ("*" if begun and at == last else "") + weight
        for at in range(len(words))
    ]
    said = " <-> ".join(f"'{word}'{mark}" for word, mark in zip(words, marks, strict=True))
    return f"!({said})" if without else f"({said})"


def _select(source: Source, among: str = "") -> str:
    return f"SELECT {COLUMNS}, reviews_search_vector(open, inside) FROM ({_typed(source)} {among}) said"  # noqa: S608 (names from sources.py)


def _typed(source: Source) -> str:
    """PostgreSQL wants to know what a NULL would have been."""
    typed = {"clip_id": "uuid", "project_id": "uuid", "width": "integer", "height": "integer"}
    text = source.select
    for column, kind in typed.items():
        text = text.replace(f"NULL AS {column}", f"NULL::{kind} AS {column}")
    return text


def _insert(source: Source, among: str = "") -> str:
    return f"INSERT INTO reviews_searchentry ({COLUMNS}, words) {_select(source, among)}"


def _put(source: Source) -> str:
    """What writes some entries anew. Who changed the same thing at the same time may have written one that the first step cannot see:
    it is overwritten with what holds now.
    """
    return f"""
CREATE OR REPLACE FUNCTION reviews_search_put_{source.kind}(keys uuid[]) RETURNS void LANGUAGE plpgsql AS $put$
BEGIN
    DELETE FROM reviews_searchentry WHERE kind = '{source.kind}' AND object_id = ANY (keys);
    {_insert(source, f"AND {source.key} = ANY (keys)")} ON CONFLICT (kind, object_id) DO UPDATE SET {ANEW};
END $put$"""  # noqa: S608


def _function(name: str, body: str) -> str:
    return f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $said$ BEGIN {body}; RETURN NULL; END $said$"


def _trigger(name: str, table: str, when: str, tail: str) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} AFTER {when} ON {table} {tail} EXECUTE FUNCTION {name}()",
    ]


def _own(source: Source) -> Iterator[str]:
    """A row's own coming, changing and going. Many rows that come with one statement are written at once."""
    put, table = f"PERFORM reviews_search_put_{source.kind}", source.table
    name = f"reviews_search_{source.kind}"
    yield _function(f"{name}_insert", f"{put}(ARRAY(SELECT id FROM fresh))")  # noqa: S608 (names from sources.py)
    yield from _trigger(f"{name}_insert", table, "INSERT", "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT")
    gone = f"DELETE FROM {{}} WHERE kind = '{source.kind}' AND object_id = OLD.id"  # noqa: S608
    yield _function(f"{name}_delete", f"{gone.format('reviews_searchentry')}; {gone.format('reviews_tagging')}")
    yield from _trigger(f"{name}_delete", table, "DELETE", "FOR EACH ROW")
    if source.changes:
        yield _function(f"{name}_update", f"{put}(ARRAY[NEW.id])")
        yield from _trigger(f"{name}_update", table, *_update(source.changes))


def _update(columns: Sequence[str]) -> tuple[str, str]:
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return f"UPDATE OF {', '.join(columns)}", f"FOR EACH ROW WHEN ({changed})"


def _watched(source: Source, watch: Watch, number: int) -> Iterator[str]:
    name = f"reviews_search_{source.kind}_watch_{number}"
    yield _function(f"{name}_update", f"PERFORM reviews_search_put_{source.kind}(ARRAY({watch.keys}))")
    yield from _trigger(f"{name}_update", watch.table, *_update(watch.columns))
    if watch.inserts:
        yield _function(f"{name}_insert", f"PERFORM reviews_search_put_{source.kind}(ARRAY({watch.keys}))")
        yield from _trigger(
            f"{name}_insert", watch.table, "INSERT", f"FOR EACH ROW WHEN (NEW.{watch.columns[0]} IS NOT NULL)"
        )


def _names() -> set[str]:
    return {statement.split()[2] for statement in definitions() if statement.startswith("CREATE TRIGGER")}
