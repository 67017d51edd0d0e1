"""The facts about the clips of many licence record versions at once: a handful of queries, however many there are.

The same facts as reviews.actions.facts.gather, which tests hold it to.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import CharField, UUIDField, Value

from generations.models import Clip
from reviews.actions import descent, duties, facts, governed
from reviews.actions.governed import TermsFacts
from reviews.actions.standing import standing_of
from reviews.models import Hold, Incident, LicenceRecordVersion, Override
from reviews.rules import separation
from reviews.rules.clearance import Facts, RecordFacts
from reviews.rules.stages import not_passed
from sorahub.accounts.models import User


def gather(
    rows: Sequence[LicenceRecordVersion], at: datetime, reader: User | None = None, *, last: datetime | None = None
) -> Mapping[UUID, Facts]:
    """Return the facts of each version's clip, without its signature, which a list does not verify; as ``facts.gather``."""
    last = last or at
    clips = [row.record.clip for row in rows]
    states = standing_of(clips, signed=False)
    stops = _stops(clips, at, last)
    parents = descent.parents_of([clip.pk for clip in clips], reader)
    made = governed.made_by([clip.pk for clip in clips])
    known = governed.Known(governed.members_of(row.governing_set_id for row in rows), made)
    terms = governed.terms_facts([(row, row.record.clip) for row in rows], last, known)
    what = duties.asked()
    return {
        row.pk: Facts(
            clip_sha256=row.record.clip.sha256,
            route=facts.one_route((route for route, _ in made[row.record.clip_id]), row.record.clip.declared_route),
            quarantined=row.record.clip.quarantined_at is not None,
            withdrawn=row.record.clip.withdrawn_at is not None,
            holds=stops[row.record.clip_id].holds,
            incidents=stops[row.record.clip_id].incidents,
            stages_not_passed=not_passed(states[row.record.clip_id]),
            record=duties.told(_record_facts(row, known, terms[row.pk]), row, what),
            parents=parents[row.record.clip_id],
            overridden=stops[row.record.clip_id].overridden,
        )
        for row in rows
    }


class _Stops(NamedTuple):
    """What stops a clip, in words, newest first, and the blocks that two persons set aside for its bytes."""

    holds: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    overridden: frozenset[str] = frozenset()


def _stops(clips: Sequence[Clip], at: datetime, last: datetime) -> defaultdict[UUID, _Stops]:
    """Holds, incidents and exceptions. One query."""
    aside = Override.objects.filter(clip__in=clips, approved_at__lte=at, expires_at__gt=last)
    holds = Hold.objects.filter(clip__in=clips, lifted_at=None)
    incidents = Incident.objects.open().filter(clip__in=clips, stops=True)
    persons = ("requested_by__person", "approved_by__person")
    nothing, nobody = Value(""), [Value(None, UUIDField())] * len(persons)
    rows = (
        # first the one with a column for everything: the others take its types
        aside.order_by().values_list("clip", "block", "approved_at", "clip_sha256", *persons, _kind("exception")),
        holds.order_by().values_list("clip", "reason", "placed_at", nothing, *nobody, _kind("hold")),
        incidents.order_by().values_list("clip", "words", "opened_at", nothing, *nobody, _kind("incident")),
    )
    hashes = {clip.pk: clip.sha256 for clip in clips}
    found: defaultdict[UUID, _Stops] = defaultdict(_Stops)
    for clip, words, _, digest, asked, approved, kind in sorted(rows[0].union(*rows[1:], all=True), key=_newest_first):
        known = found[clip]
        if kind == "hold":
            found[clip] = known._replace(holds=(*known.holds, words))
        elif kind == "incident":
            found[clip] = known._replace(incidents=(*known.incidents, words))
        elif digest == hashes[clip] and separation.two_persons(asked, approved):
            found[clip] = known._replace(overridden=known.overridden | {words})
    return found


def _kind(name: str) -> Value:
    return Value(name, CharField())


def _newest_first(row: tuple[Any, ...]) -> float:
    return -float(row[2].timestamp())


def _record_facts(row: LicenceRecordVersion, known: governed.Known, terms: TermsFacts) -> RecordFacts:
    governs = facts.governs(row.governing_set, known.members[row.governing_set_id])
    return facts.record_facts(row, governs=governs, terms=terms)
