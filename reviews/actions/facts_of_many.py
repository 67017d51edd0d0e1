"""The facts about the clips of many licence record versions at once: a handful of queries, however many there are.

The same facts as reviews.actions.facts.gather, which tests hold it to.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from generations.models import Clip
from reviews.actions import descent, duties, facts, governed
from reviews.actions.governed import TermsFacts
from reviews.actions.standing import standing_of
from reviews.models import Hold, LicenceRecordVersion, Override
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
    states = standing_of(clips)
    holds = _grouped(Hold.objects.filter(clip__in=clips, lifted_at=None))
    incidents = descent.incidents_on([clip.pk for clip in clips])
    parents = descent.parents_of([clip.pk for clip in clips], reader)
    aside = _overridden(clips, at, last)
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
            holds=tuple(hold.reason for hold in holds[row.record.clip_id]),
            incidents=incidents.get(row.record.clip_id, ()),
            stages_not_passed=not_passed(states[row.record.clip_id]),
            record=duties.told(_record_facts(row, known, terms[row.pk]), row, what),
            parents=parents[row.record.clip_id],
            overridden=aside[row.record.clip_id],
        )
        for row in rows
    }


def _grouped(rows: Iterable[Hold]) -> defaultdict[UUID, list[Hold]]:
    groups: defaultdict[UUID, list[Hold]] = defaultdict(list)
    for row in rows:
        groups[row.clip_id].append(row)
    return groups


def _overridden(clips: Sequence[Clip], at: datetime, last: datetime) -> defaultdict[UUID, frozenset[str]]:
    rows = Override.objects.filter(clip__in=clips, approved_at__lte=at, expires_at__gt=last)
    hashes = {clip.pk: clip.sha256 for clip in clips}
    found: defaultdict[UUID, frozenset[str]] = defaultdict(frozenset)
    for row in rows.select_related("requested_by", "approved_by"):
        same = row.approved_by and separation.two_persons(row.requested_by.person_id, row.approved_by.person_id)
        if same and row.clip_sha256 == hashes[row.clip_id]:
            found[row.clip_id] |= {row.block}
    return found


def _record_facts(row: LicenceRecordVersion, known: governed.Known, terms: TermsFacts) -> RecordFacts:
    governs = facts.governs(row.governing_set, known.members[row.governing_set_id])
    return facts.record_facts(row, governs=governs, terms=terms)
