"""What stands between records and the terms that govern them: changes, re-reviews, hops. A handful of queries for any number."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from generations import catalog
from generations.models import Clip, Generation
from reviews.models import (
    ChangeJudgement,
    GoverningMember,
    LicenceRecordVersion,
    ReReview,
    TermsChange,
    TermsSighting,
    TermsVersion,
)
from reviews.rules import following, hops
from reviews.rules.following import Library, Reading, Step


@dataclass(frozen=True)
class TermsFacts:
    """What a record's terms say against relying on it now, as RecordFacts names it."""

    changed: tuple[str, ...] = ()
    suspended_by: tuple[str, ...] = ()
    hops_open: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """What has been read already (None: not read): the terms of governing sets, by which routes clips were generated, what became
    of the terms, and the re-reviews of records.
    """

    members: Mapping[UUID, list[TermsVersion]]
    generated: Mapping[UUID, set[tuple[str, str]]] | None = None
    library: Library | None = None
    tasks: Mapping[UUID, list[ReReview]] | None = None


def terms_facts(
    pairs: Sequence[tuple[LicenceRecordVersion, Clip]], by: datetime, known: Known | None = None
) -> dict[UUID, TermsFacts]:
    """Return the facts of each record version (its governing set joined), by its key: what binds by that instant.

    Days are of the record's own zone.
    """
    known = known or Known(members_of(version.governing_set_id for version, _ in pairs))
    members = known.members
    library = known.library or library_of({member.source_id for each in members.values() for member in each})
    tasks = tasks_on([version for version, _ in pairs]) if known.tasks is None else known.tasks
    open_hops = _open_hops(pairs, known)
    return {
        version.pk: _facts(
            version, clip, members[version.governing_set_id], library, tasks[version.pk], open_hops[version.pk], by
        )
        for version, clip in pairs
    }


def members_of(sets: Iterable[UUID]) -> defaultdict[UUID, list[TermsVersion]]:
    """Return the terms versions of these governing sets by precedence, their sources joined, bytes and text left out."""
    rows = GoverningMember.objects.filter(governing_set__in=set(sets)).select_related("terms_version__source")
    found: defaultdict[UUID, list[TermsVersion]] = defaultdict(list)
    for row in rows.defer("terms_version__raw", "terms_version__text").order_by("precedence"):
        found[row.governing_set_id].append(row.terms_version)
    return found


def library_of(sources: Collection[UUID]) -> Library:
    """Return every known version of these documents, when each was seen last, and the changes between them. Two queries."""
    return library_from(versions_known(Q(source__in=sources)), changes_known(Q(after__source__in=sources)))


def library_from(versions: Iterable[Any], changes: Iterable[Mapping[str, Any]]) -> Library:
    """Put together what the two queries below have found."""
    known = list(versions)
    seen = {each.pk: each.last_seen for each in known if each.last_seen is not None}
    return Library(known, [_step(**row) for row in changes], seen)


def versions_known(which: Q) -> QuerySet[Any]:
    """Ask for versions with their sources and ``last_seen``, the moment of the last sighting; bytes and text left out."""
    again = TermsSighting.objects.filter(version=OuterRef("pk")).order_by("-seen_at").values("seen_at")[:1]
    known: Any = TermsVersion.objects.filter(which).annotate(
        last_seen=Subquery(again)
    )  # a column that the model has not
    rows: QuerySet[Any] = known.select_related("source").defer("raw", "text")
    return rows


def changes_known(which: Q) -> QuerySet[Any, Any]:
    """Ask for changes with the newest judgement on each, in the order of the judgements."""
    changes: Any = judged(TermsChange.objects.filter(which))  # with columns that a model has not
    rows = changes.order_by(F("judged_at").asc(nulls_first=True), "pk")
    named: QuerySet[Any, Any] = rows.values("pk", "before_id", "after_id", "suggestion", "verdict", "binds_from")
    return named


def _step(
    *, pk: UUID, before_id: UUID, after_id: UUID, suggestion: str, verdict: str | None, binds_from: date | None
) -> Step:
    return Step(pk, before_id, after_id, suggestion, verdict or "", binds_from)


def judged(changes: "QuerySet[TermsChange]") -> "QuerySet[TermsChange]":
    """Join the newest judgement to each change: ``verdict``, ``binds_from`` and ``judged_at``, None where nobody judged."""
    newest = ChangeJudgement.objects.filter(change=OuterRef("pk")).order_by("-judged_at", "-id")
    return changes.annotate(
        verdict=Subquery(newest.values("verdict")[:1]),
        binds_from=Subquery(newest.values("binds_from")[:1]),
        judged_at=Subquery(newest.values("judged_at")[:1]),
    )


def made_by(clips: Collection[UUID]) -> defaultdict[UUID, set[tuple[str, str]]]:
    """Return by which route and model each clip was generated; clips that were uploaded are not in it. One query."""
    rows = Generation.objects.filter(clip__in=clips).values_list("clip_id", "account__route", "model")
    found: defaultdict[UUID, set[tuple[str, str]]] = defaultdict(set)
    for clip_id, route, model in rows:
        if clip_id is not None:
            found[clip_id].add((route, model))
    return found


def ways_of(clip: Clip, generated: Mapping[UUID, set[tuple[str, str]]]) -> set[tuple[str, str]]:
    """Return the routes and models that a clip was made by: its generations', else what its uploader declared."""
    return generated.get(clip.pk) or {(clip.declared_route, clip.declared_model)}


def _facts(
    version: LicenceRecordVersion,
    clip: Clip,
    members: Sequence[TermsVersion],
    library: Library,
    tasks: Sequence[ReReview],
    open_hops: tuple[str, ...],
    by: datetime,
) -> TermsFacts:
    zone, rule = ZoneInfo(version.time_zone), version.governing_set.rule
    today = by.astimezone(zone).date()
    readings = {task.change_id: Reading(task.suspends, task.outcome) for task in tasks}
    return TermsFacts(
        following.changed(rule, members, library, following.made_on(clip, zone), today, readings),
        following.suspending(rule, library, tasks, today),
        open_hops,
    )


def tasks_on(versions: Sequence[LicenceRecordVersion]) -> defaultdict[UUID, list[ReReview]]:
    """Return the re-reviews of each of these versions. One query."""
    found: defaultdict[UUID, list[ReReview]] = defaultdict(list)
    for row in tasks_known(Q(record_version__in=versions)):
        found[row.record_version_id].append(row)
    return found


def tasks_known(which: Q) -> QuerySet[ReReview]:
    """Ask for re-reviews with what ``following.suspending`` expects."""
    rows = ReReview.objects.filter(which).select_related("change__after__source")
    return rows.defer("change__after__raw", "change__after__text", "reason")


def _open_hops(pairs: Sequence[tuple[LicenceRecordVersion, Clip]], known: Known) -> dict[UUID, tuple[str, ...]]:
    """What each set lacks of its clip's hops; nobody is asked for a set none of whose documents is classified."""
    parties = {version.pk: parties_of(known.members.get(version.governing_set_id, ())) for version, _ in pairs}
    classified = {pk for pk, named in parties.items() if named}
    generated: Mapping[UUID, set[tuple[str, str]]] = known.generated or {}
    if classified and known.generated is None:
        generated = made_by([clip.pk for version, clip in pairs if version.pk in classified])
    return {
        version.pk: hops.not_governed(_hops(clip, generated), parties[version.pk]) if version.pk in classified else ()
        for version, clip in pairs
    }


def parties_of(members: Iterable[TermsVersion]) -> list[str]:
    """Return whose contracts these terms are, as the catalogue names parties; documents that are not classified say nothing."""
    named = (member.source.party.strip().casefold() for member in members)
    return [party for party in named if party]


def _hops(clip: Clip, generated: Mapping[UUID, set[tuple[str, str]]]) -> list[catalog.Party]:
    ways = sorted(ways_of(clip, generated))
    return [party for route, model in ways for party in catalog.hops(route, model)]
