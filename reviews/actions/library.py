"""Ask a question of the whole library: what may be used so, there, then, and what lacks but one thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from generations.models.clip import ClipQuerySet
from reviews.actions.mirror import conditions, small
from reviews.actions.mirror.dialect import Dialect
from reviews.actions.mirror.statement import Statement
from reviews.rules.clearance import Question
from sorahub.lib.errors import InvalidInput


@dataclass(frozen=True)
class Shelf:
    """What the library answers: ``cleared`` of ``total`` clips; for how many one code alone is in the way; and one page of ids.

    The page holds what is cleared, or what one code keeps from it, newest first. It is the database's word, which does not
    verify signatures: whoever shows or hands over a clip asks the function again.
    """

    total: int
    cleared: int
    near: tuple[tuple[str, int], ...]
    page: tuple[UUID, ...]
    next_cursor: str


def ask(clips: ClipQuerySet, question: Question, *, near: str = "", cursor: str = "", size: int = 25) -> Shelf:
    """Ask of these clips (scoped by the caller). ``near``: give the page of clips that this code alone keeps from clearance.

    One statement, beside the few that read what there is little of. Raises InvalidInput for a code that does not exist; a
    cursor that is no id is ignored.
    """
    if near and near not in conditions.BITS:
        raise InvalidInput("No such reason.", fields={"near": "The code of a reason."})
    told = Statement(clips, question, small.gather(question), most=1)
    put = told.parameters.put
    after = _uuid(cursor)
    further = f"AND id < {put(after)}" if after else ""
    rows = told.parameters.fetched(f"""{told.text}
        SELECT 'count', codes, count(*), NULL FROM judged WHERE (codes & (codes - 1)) = 0 GROUP BY codes
        UNION ALL SELECT * FROM (
            SELECT 'clip', codes, 0, id FROM judged WHERE codes = {put(conditions.BITS.get(near, 0))} {further}
            ORDER BY id DESC LIMIT {put(size + 1)}
        ) page
        UNION ALL SELECT 'all', 0, count(*), NULL FROM asked""")
    counts = {number: many for kind, number, many, _ in rows if kind == "count"}
    found = sorted((Dialect.id(pk) for kind, _, _, pk in rows if kind == "clip"), reverse=True)
    lacking = [(next(iter(conditions.codes(number))), many) for number, many in counts.items() if number]
    return Shelf(
        total=next(many for kind, _, many, _ in rows if kind == "all"),
        cleared=counts.get(0, 0),
        near=tuple(sorted(lacking, key=lambda one: (-one[1], one[0]))),
        page=tuple(found[:size]),
        next_cursor=str(found[size - 1]) if len(found) > size else "",
    )


def all_codes(clips: ClipQuerySet, question: Question) -> Mapping[UUID, frozenset[str]]:
    """Return every code against each of these clips, as the database finds them: all but the mathematics of signatures."""
    told = Statement(clips, question, small.gather(question), most=len(conditions.BITS))
    rows = told.parameters.fetched(f"{told.text} SELECT id, codes FROM judged")
    return {Dialect.id(pk): conditions.codes(number) for pk, number in rows}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
