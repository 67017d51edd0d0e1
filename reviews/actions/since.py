"""What happened to licence records since somebody last looked at them: drafts, terms, releases, decisions, holds, notes, signatures."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from reviews.models import (
    ChangeJudgement,
    Decision,
    GoverningMember,
    Hold,
    Incident,
    LicenceRecordVersion,
    LicensingNote,
    Look,
    RecordRelease,
    SignOff,
    TermsVersion,
)
from reviews.rules.redrafted import differing
from sorahub.accounts.models import User

_DID = {
    "approved": "approved in",
    "changes_requested": "asked for changes in",
    "taken_back": "took their decision back in",
}


@dataclass(frozen=True)
class Change:
    """Something that happened, and when."""

    at: datetime
    words: str


@dataclass(frozen=True)
class _Asked:
    """Records that are asked about: each version's row, and since when; ``first`` is the earliest of these."""

    rows: Sequence[LicenceRecordVersion]
    since: Mapping[UUID, datetime]
    reader: User

    @property
    def first(self) -> datetime:
        return min(self.since.values())

    @property
    def clips(self) -> Mapping[UUID, UUID]:
        return {row.record.clip_id: row.pk for row in self.rows}


Told = Iterator[tuple[UUID, Change]]


def last_looks(rows: Sequence[LicenceRecordVersion], reader: User) -> Mapping[UUID, datetime]:
    """Return, for each of these versions, when this person last looked at its record; those never looked at are left out."""
    looks = Look.objects.visible_to(reader).filter(record__in=[row.record_id for row in rows])
    newest = dict(looks.order_by("last_at").values_list("record", "last_at"))
    return {row.pk: newest[row.record_id] for row in rows if row.record_id in newest}


def changes_since(
    rows: Sequence[LicenceRecordVersion], since: Mapping[UUID, datetime], reader: User
) -> Mapping[UUID, list[Change]]:
    """Return what happened to each version's record after its moment, oldest first, as far as this person may read it.

    ``since`` has the moments by ids of versions; what is not in there is not asked about. Nine queries for any number of rows.
    """
    wanted = [row for row in rows if row.pk in since]
    found: defaultdict[UUID, list[Change]] = defaultdict(list)
    if not wanted:
        return found
    asked = _Asked(wanted, since, reader)
    for part in (_drafts, _terms, _judgements, _releases, _decisions, _holds, _incidents, _notes, _signatures):
        for pk, change in part(asked):
            if change.at > since[pk]:
                found[pk].append(change)
    for changes in found.values():
        changes.sort(key=lambda each: each.at)
    return found


def differences(version: LicenceRecordVersion, since: datetime) -> list[str]:
    """Return in what this version differs from the one that was the newest at that moment; nothing where it was that one. One query."""
    older = LicenceRecordVersion.objects.filter(record=version.record_id, version__lt=version.version)
    before = older.filter(drafted_at__lte=since).order_by("-version").first()
    if before is None or version.drafted_at <= since:
        return []
    return differing(json.loads(before.canonical), json.loads(version.canonical))


def _drafts(asked: _Asked) -> Told:
    of_record = {row.record_id: row.pk for row in asked.rows}
    rows = LicenceRecordVersion.objects.filter(record__in=of_record, drafted_at__gt=asked.first)
    for record, number, at, name in rows.values_list("record", "version", "drafted_at", "drafted_by__person__name"):
        yield of_record[record], Change(at, f"{name} drafted version {number}.")


def _by_set(asked: _Asked) -> Mapping[UUID, list[UUID]]:
    """The versions of each governing set."""
    by_set: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for row in asked.rows:
        by_set[row.governing_set_id].append(row.pk)
    return by_set


def _terms(asked: _Asked) -> Told:
    by_set = _by_set(asked)
    rows = TermsVersion.objects.filter(
        captured_at__gt=asked.first, source__versions__in=_members(by_set).values("terms_version")
    ).distinct()
    known = list(rows.select_related("source").defer("raw", "text"))
    holders = _holders(by_set) if known else {}
    for text in known:
        for pk in holders.get(text.source_id, ()):
            yield pk, Change(text.captured_at, f"New terms were captured: {text}.")


def _judgements(asked: _Asked) -> Told:
    by_set = _by_set(asked)
    sources = _members(by_set).values("terms_version__source")
    rows = ChangeJudgement.objects.filter(judged_at__gt=asked.first, change__after__source__in=sources)
    known = list(
        rows.select_related("change__after__source", "judged_by__person").defer(
            "change__after__raw", "change__after__text"
        )
    )
    holders = _holders(by_set) if known else {}
    for each in known:
        words = f"{each.judged_by.get_full_name()} judged a change of terms as {each.verdict}: {each.change.after}."
        for pk in holders.get(each.change.after.source_id, ()):
            yield pk, Change(each.judged_at, words)


def _members(by_set: Mapping[UUID, list[UUID]]) -> "QuerySet[GoverningMember]":
    return GoverningMember.objects.filter(governing_set__in=list(by_set)).order_by()


def _holders(by_set: Mapping[UUID, list[UUID]]) -> Mapping[UUID, set[UUID]]:
    """Of each document, the versions whose set holds a text of it."""
    holders: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for governing, source in _members(by_set).values_list("governing_set", "terms_version__source"):
        holders[source].update(by_set[governing])
    return holders


def _releases(asked: _Asked) -> Told:
    rows = RecordRelease.objects.filter(record_version__in=[row.pk for row in asked.rows])
    changed = Q(release__created_at__gt=asked.first) | Q(release__withdrawn_at__gt=asked.first)
    for link in rows.filter(changed).select_related("release"):
        release = link.release
        yield link.record_version_id, Change(release.created_at, f"A release was put on file: {release}.")
        if release.withdrawn_at is not None:
            yield link.record_version_id, Change(release.withdrawn_at, f"A release was withdrawn: {release}.")


def _decisions(asked: _Asked) -> Told:
    rows = Decision.objects.filter(clip__in=list(asked.clips), decided_at__gt=asked.first)
    for each in rows.select_related("user__person", "stage"):
        words = f"{each.user.get_full_name()} {_DID[each.verdict]} “{each.stage.name}”."
        yield asked.clips[each.clip_id], Change(each.decided_at, words)


def _holds(asked: _Asked) -> Told:
    changed = Q(placed_at__gt=asked.first) | Q(lifted_at__gt=asked.first)
    rows = Hold.objects.filter(changed, clip__in=list(asked.clips))
    for each in rows.select_related("placed_by__person", "lifted_by__person"):
        pk = asked.clips[each.clip_id]
        yield pk, Change(each.placed_at, f"{each.placed_by.get_full_name()} put the clip on hold: {each.reason}")
        if each.lifted_at is not None and each.lifted_by is not None:
            yield pk, Change(each.lifted_at, f"{each.lifted_by.get_full_name()} lifted a hold: {each.lift_reason}")


def _incidents(asked: _Asked) -> Told:
    changed = Q(opened_at__gt=asked.first) | Q(closed_at__gt=asked.first)
    for each in Incident.objects.filter(changed, clip__in=list(asked.clips)):
        pk = asked.clips[each.clip_id]
        yield pk, Change(each.opened_at, f"An incident was opened: {each.words}")
        if each.closed_at is not None:
            yield pk, Change(each.closed_at, f"An incident was closed: {each.outcome}")


def _notes(asked: _Asked) -> Told:
    rows = LicensingNote.objects.visible_to(asked.reader).filter(clip__in=list(asked.clips))
    for each in rows.filter(created_at__gt=asked.first).select_related("author__person"):
        words = f"{each.author.get_full_name()} wrote a licensing note: {each.body}"
        yield asked.clips[each.clip_id], Change(each.created_at, words)


def _signatures(asked: _Asked) -> Told:
    of_record = {row.record_id: row.pk for row in asked.rows}
    rows = SignOff.objects.filter(record_version__record__in=of_record, signed_at__gt=asked.first)
    for each in rows.select_related("record_version").defer("record_version__canonical"):
        number = each.record_version.version
        words = f"{each.signed_name} signed version {number}: {each.get_meaning_display().lower()}."
        yield of_record[each.record_version.record_id], Change(each.signed_at, words)
