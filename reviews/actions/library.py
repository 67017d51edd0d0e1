"""Ask a question of the whole library: what may be used so, there, then, and what lacks but one thing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Exists, OuterRef

from generations.models import Clip
from generations.models.clip import ClipQuerySet
from reviews.actions import facts, facts_of_many
from reviews.actions.descent import SOMEBODY
from reviews.actions.mirror import conditions, small
from reviews.actions.mirror.dialect import Dialect
from reviews.actions.mirror.statement import Statement
from reviews.actions.signatures import sound
from reviews.models import LicenceRecordVersion, SignOff
from reviews.rules import clearance as rules
from reviews.rules.clearance import Clearance, Question, SignatureFacts
from reviews.rules.reasons import reason
from sorahub.accounts.models import User
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


@dataclass(frozen=True)
class Found:
    """A clip of a page with its newest record version and the function's answer."""

    clip: Clip
    version: LicenceRecordVersion | None
    clearance: Clearance


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


def answers(clips: ClipQuerySet, page: Sequence[UUID], question: Question, reader: User, near: str = "") -> list[Found]:
    """Ask the function of each clip of a page (``clips`` scoped by the caller), signatures verified; in the page's order.

    The same number of queries for one clip and for many: what the database found of the clip's past and of promises to others
    (``near``) stands, and nobody is named in it.
    """
    rows = clips.in_bulk(list(page))
    versions = {version.record.clip_id: version for version in _newest(reader, rows)}
    known = facts_of_many.gather(list(versions.values()), question.at, reader, last=question.last)
    signed = _signatures(versions.values())
    conflicts = (SOMEBODY,) if near == "exclusivity-conflict" else ()
    found = []
    for clip in (rows[pk] for pk in page if pk in rows):
        version = versions.get(clip.pk)
        if version is None:
            found.append(Found(clip, None, Clearance(granted=False, reasons=[reason("no-record")])))
            continue
        signature, said = signed.get(version.pk, (None, None))
        whole = replace(known[version.pk], signature=said, approved_earlier=near == "superseded", conflicts=conflicts)
        found.append(Found(clip, version, rules.answer(whole, question, signature)))
    return found


def _newest(reader: User, clips: Collection[UUID]) -> list[LicenceRecordVersion]:
    later = LicenceRecordVersion.objects.filter(record=OuterRef("record"), version__gt=OuterRef("version"))
    rows = LicenceRecordVersion.objects.visible_to(reader).filter(~Exists(later), record__clip__in=clips)
    joined = rows.select_related("record__clip__project", "governing_set", "checklist")
    return list(joined.prefetch_related(*facts.rows_of_versions()))


def _signatures(rows: Collection[LicenceRecordVersion]) -> dict[UUID, tuple[SignOff, SignatureFacts]]:
    """The sign-off on each version with what clearance looks at; its mathematics is checked here."""
    versions = {row.pk: row for row in rows}
    signed = SignOff.objects.filter(record_version__in=list(versions), revokes=None)
    found = {}
    for one in signed.select_related("revocation", "signer__person"):
        one.record_version = versions[one.record_version_id]
        known = SignatureFacts(
            meaning=one.meaning, clip_sha256=one.clip_sha256, revoked=hasattr(one, "revocation"), sound=sound(one)
        )
        found[one.record_version_id] = (one, known)
    return found


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
