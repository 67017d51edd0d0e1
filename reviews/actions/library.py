"""Ask a question of the whole library: what may be used so, there, then, and what lacks but one thing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from generations.models import Clip
from generations.models.clip import ClipQuerySet
from reviews.actions import facts, facts_of_many
from reviews.actions.descent import SOMEBODY
from reviews.actions.mirror import conditions
from reviews.actions.mirror.dialect import Dialect
from reviews.actions.mirror.small import Small
from reviews.actions.mirror.statement import Statement
from reviews.models import LicenceRecordVersion, SignOff
from reviews.rules import clearance as rules
from reviews.rules.clearance import Clearance, Question, SignatureFacts
from reviews.rules.reasons import reason
from sorahub.accounts.models import User
from sorahub.lib.errors import InvalidInput
from sorahub.lib.ids import read_id


@dataclass(frozen=True)
class Shelf:
    """What the library answers: how many clips are ``cleared`` of ``total``, and one page of ids, newest first.

    It is the database's word, which does not verify signatures: whoever shows or hands over a clip asks the function again.
    """

    total: int
    cleared: int
    page: tuple[UUID, ...]
    next_cursor: str


@dataclass(frozen=True)
class Near:
    """For how many clips one code alone is in the way, most first; and one page of ids of those whom one such code keeps."""

    groups: tuple[tuple[str, int], ...]
    page: tuple[UUID, ...]
    next_cursor: str


@dataclass(frozen=True)
class Found:
    """A clip of a page with its newest record version and the function's answer."""

    clip: Clip
    version: LicenceRecordVersion | None
    clearance: Clearance


def ask(clips: ClipQuerySet, question: Question, *, cursor: str = "", size: int = 25) -> Shelf:
    """Ask of these clips (scoped by the caller) which are cleared.

    One statement, beside the few that read what there is little of. A cursor that is no id is ignored.
    """
    told = Statement(clips, question, Small(question), most=0)
    rows = told.answer(f"""
        {_page(told, 0, cursor, size)}
        UNION ALL SELECT 'all', 0, count(*), NULL FROM asked
        UNION ALL SELECT 'cleared', 0, count(*), NULL FROM judged WHERE codes = 0""")
    many = {kind: number for kind, _, number, _ in rows}
    return Shelf(many["all"], many["cleared"], *_cut(rows, size))


def nearly(clips: ClipQuerySet, question: Question, *, code: str = "", cursor: str = "", size: int = 25) -> Near:
    """Ask of these clips (scoped by the caller) which lack but one thing; ``code``: give a page of those that this one keeps.

    It looks at many more clips than ``ask``, and takes some times as long. Raises InvalidInput for a code that does not exist.
    """
    if code and code not in conditions.BITS:
        raise InvalidInput("No such reason.", fields={"near": "The code of a reason."})
    told = Statement(clips, question, Small(question), most=1)
    page = f"{_page(told, conditions.BITS[code], cursor, size)} UNION ALL" if code else ""
    rows = told.answer(f"""
        {page} SELECT 'group', codes, count(*), NULL FROM judged WHERE codes > 0 AND (codes & (codes - 1)) = 0 GROUP BY codes""")
    groups = [(next(iter(conditions.codes(number))), many) for kind, number, many, _ in rows if kind == "group"]
    return Near(tuple(sorted(groups, key=lambda one: (-one[1], one[0]))), *_cut(rows, size))


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
    signed = SignOff.objects.verdicts().filter(record_version__in=list(versions)).with_suspension().with_stamps()
    found = {}
    for one in signed.select_related("revocation", "signer__person"):
        one.record_version = versions[one.record_version_id]
        found[one.record_version_id] = (one, facts.signature_facts(one))
    return found


def all_codes(clips: ClipQuerySet, question: Question) -> Mapping[UUID, frozenset[str]]:
    """Return every code against each of these clips, as the database finds them: all but the mathematics of signatures."""
    told = Statement(clips, question, Small(question), most=len(conditions.BITS))
    rows = told.answer("SELECT id, codes FROM judged")
    return {Dialect.id(pk): conditions.codes(number) for pk, number in rows}


def _page(told: Statement, codes: int, cursor: str, size: int) -> str:
    """A page of the clips against which exactly these codes stand, and one more."""
    put, after = told.parameters.put, read_id(cursor)
    further = f"AND id < {put(after)}" if after else ""
    return f"""SELECT * FROM (
            SELECT 'clip', codes, 0, id FROM judged WHERE codes = {put(codes)} {further} ORDER BY id DESC LIMIT {put(size + 1)}
        ) page"""


def _cut(rows: Sequence[tuple[Any, ...]], size: int) -> tuple[tuple[UUID, ...], str]:
    """The ids of the page, newest first, and the cursor of the next page."""
    found = sorted((Dialect.id(pk) for kind, _, _, pk in rows if kind == "clip"), reverse=True)
    return tuple(found[:size]), str(found[size - 1]) if len(found) > size else ""
