"""What stands against signing each of many licence record versions: the facts of all of them in a handful of queries.

The same facts as reviews.actions.facts.gather, which tests hold it to; a page of the rights board costs the same number
of queries for one record and for fifty.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from generations.models import Clip, Generation
from reviews.actions import descent, duties, facts, governed, promises
from reviews.actions.governed import TermsFacts
from reviews.actions.promises import Met
from reviews.models import Hold, LicenceRecordVersion, Override, SignOff
from reviews.rules import separation, signing
from reviews.rules.clearance import Facts, RecordFacts
from reviews.rules.reasons import Reason
from reviews.rules.separation import Involvement
from reviews.rules.stages import not_passed
from reviews.web import mends
from reviews.web.standing import standing_of
from sorahub.accounts.models import User


@dataclass(frozen=True)
class Case:
    """A record version on the board: the row, its signature if there is one, and what stands against approving it."""

    version: LicenceRecordVersion
    signature: SignOff | None
    against: list[Reason]

    @property
    def clip(self) -> Clip:
        """The clip that it is about."""
        return self.version.record.clip

    @property
    def words(self) -> list[str]:
        """What stands against it, one line for each reason, and one for many questions of a checklist."""
        told = mends.told_once(self.against)
        return [f"{one.message.removesuffix(':')}." if points else one.message for one, points in told]

    @property
    def state(self) -> str:
        """The word for its badge."""
        if self.signature is None:
            return "blocked" if self.against else "ready"
        if hasattr(self.signature, "revocation"):
            return "revoked"
        if self.signature.meaning != SignOff.Meaning.APPROVED:
            return "rejected"
        return "blocked" if self.against else "signed"


def joined(rows: QuerySet[LicenceRecordVersion]) -> QuerySet[LicenceRecordVersion]:
    """Join and prefetch what a case needs. A handful of queries for any number of rows."""
    signed = SignOff.objects.filter(revokes=None).select_related("revocation", "signer__person").defer("payload")
    return rows.select_related(
        "record__clip__project__client", "record__clip__shot", "record__clip__created_by", "record__clip__declared_by",
        "governing_set", "checklist", "drafted_by__person",
    ).prefetch_related(
        *facts.rows_of_versions(),
        Prefetch("sign_offs", signed, to_attr="signatures"),
    )  # fmt: skip


def cases(versions: Iterable[LicenceRecordVersion], user: User, at: datetime) -> list[Case]:
    """Return the cases of these newest versions (made by ``joined``) as this person sees them."""
    rows = list(versions)
    found = gather_many(rows, at, user)
    hands = _involvements(rows)
    met = promises.met_by(rows, user)
    return [
        _case(row, replace(found[row.pk], conflicts=met[row.pk].promised), met[row.pk], hands[row.pk], user, at)
        for row in rows
    ]


def _case(row: LicenceRecordVersion, known: Facts, met: Met, hands: Involvement, user: User, at: datetime) -> Case:
    signature = next(iter(row.signatures), None)  # type: ignore[attr-defined]  # prefetched by joined()
    own = separation.against_signing(user.person_id, hands) if signature is None else []
    # Hashing a large file is the signing's own matter; a list does not ask for it.
    taken = met.taken if signature is None else ()
    against = [*own, *signing.against_approval(known, at, bytes_verified=True, taken=taken)]
    return Case(row, signature, against)


def gather_many(
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


def _involvements(rows: Sequence[LicenceRecordVersion]) -> dict[UUID, Involvement]:
    clips = [row.record.clip_id for row in rows]
    made = _made_by(clips)
    drafted = _pairs(
        LicenceRecordVersion.objects.filter(record__clip__in=clips).values_list("record__clip", "drafted_by__person")
    )
    uploaded = _pairs(
        Clip.objects.filter(pk__in=clips, uploads__isnull=False).values_list("pk", "uploads__created_by__person")
    )
    return {
        row.pk: Involvement(
            brought=frozenset(uploaded[row.record.clip_id] | _brought(row.record.clip)),
            launched=frozenset(person for person, _ in made[row.record.clip_id]),
            wrote_prompt=frozenset(person for _, person in made[row.record.clip_id]),
            drafted=frozenset(drafted[row.record.clip_id]),
        )
        for row in rows
    }


def _brought(clip: Clip) -> set[UUID]:
    return {clip.created_by.person_id} | ({clip.declared_by.person_id} if clip.declared_by else set())


def _made_by(clips: Sequence[UUID]) -> defaultdict[UUID, set[tuple[UUID, UUID]]]:
    rows = Generation.objects.filter(clip__in=clips)
    found: defaultdict[UUID, set[tuple[UUID, UUID]]] = defaultdict(set)
    for clip_id, launcher, writer in rows.values_list("clip_id", "created_by__person", "prompt__created_by__person"):
        if clip_id is not None:
            found[clip_id].add((launcher, writer))
    return found


def _pairs(rows: Iterable[tuple[UUID, UUID]]) -> defaultdict[UUID, set[UUID]]:
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for key, value in rows:
        found[key].add(value)
    return found
