"""What stands between the records of many clips and another governing set: judged for any number in a handful of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from generations.models import Clip
from reviews.actions import facts, governed
from reviews.models import ChecklistTemplate, GoverningSet, LicenceRecordVersion, SignOff
from reviews.rules import redrafting
from reviews.rules.drafting import DepictionInput
from reviews.rules.reasons import Reason
from reviews.rules.redrafting import Candidate


@dataclass(frozen=True)
class Row:
    """A clip in the preview: the version that would be drawn anew, and what stands against that.

    ``approved``: an approval of that version stands. It goes on standing, but the clip clears nothing under it from the moment
    that a newer version is drafted until that one is signed.
    """

    clip: Clip
    version: LicenceRecordVersion | None
    against: list[Reason]
    approved: bool = False


def joined(versions: QuerySet[LicenceRecordVersion]) -> QuerySet[LicenceRecordVersion]:
    """Join and prefetch what judging and drawing anew need. A handful of queries for any number of rows."""
    signed = SignOff.objects.verdicts().select_related("revocation").defer("payload")
    rows = versions.select_related("record__clip__project", "governing_set", "checklist").defer("canonical")
    return rows.prefetch_related(*facts.rows_of_versions(), Prefetch("sign_offs", signed, to_attr="signatures"))


def judged(clips: Sequence[Clip], versions: Mapping[UUID, LicenceRecordVersion], other: GoverningSet) -> list[Row]:
    """Say for each clip (its project joined) what stands against drawing its newest version (by clip, ``joined``) anew."""
    newest = {each.key: each for each in ChecklistTemplate.objects.newest()}
    made = governed.made_by([clip.pk for clip in clips])
    wanted = {clip.pk: _imagined(versions[clip.pk], other) for clip in clips if clip.pk in versions}
    known = governed.Known(governed.members_of([other.pk]), made)
    pairs = [(wanted[clip.pk], clip) for clip in clips if clip.pk in wanted]
    terms = governed.terms_facts(pairs, timezone.now(), known)
    found = []
    for clip in clips:
        version = versions.get(clip.pk)
        lacking = terms[wanted[clip.pk].pk] if version is not None else governed.TermsFacts()
        signature = next(iter(version.signatures), None) if version is not None else None  # type: ignore[attr-defined]  # prefetched
        candidate = Candidate(
            withdrawn=clip.withdrawn_at is not None,
            version=version,
            ended=_ended(signature),
            route=facts.one_route((route for route, _ in made[clip.pk]), clip.declared_route),
            hops_open=lacking.hops_open,
            changed_terms=lacking.changed,
            depictions=depictions_of(version) if version is not None else (),
        )
        approved = signature is not None and not candidate.ended
        found.append(Row(clip, version, redrafting.against(candidate, other, newest), approved))
    return found


def _imagined(version: LicenceRecordVersion, other: GoverningSet) -> LicenceRecordVersion:
    """The version that would be drafted, as far as its terms are asked: it is not in the database."""
    return LicenceRecordVersion(record=version.record, governing_set=other, time_zone=version.time_zone)


def _ended(signature: SignOff | None) -> str:
    if signature is None:
        return ""
    if hasattr(signature, "revocation"):
        return "revoked"
    return "" if signature.meaning == SignOff.Meaning.APPROVED else "rejected"


def depictions_of(version: LicenceRecordVersion) -> list[DepictionInput]:
    """Return what a version says can be recognised, as a draft takes it."""
    rows = sorted(version.depictions.all(), key=lambda row: row.position)
    return [
        DepictionInput(kind=row.kind, name=row.name, real=row.real, words=row.words, release=row.release)
        for row in rows
    ]
