"""What the clearance of one clip asks of the database about its licence record and its terms: every statement made once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, UUIDField

from generations.models import Clip, Generation
from generations.models.descent import Walk, ancestors
from reviews.actions import duties, governed, stages
from reviews.actions.glance import Glance, looking
from reviews.models import (
    Depiction,
    DisclosureRule,
    GoverningMember,
    LicenceRecordVersion,
    RecordRelease,
    ReReview,
    SignOff,
    TermsVersion,
)
from reviews.rules.following import Library
from sorahub.lib.compiled import Asking, Compiled, Later, together


@dataclass(frozen=True)
class Read:
    """What was read about a clip: ``made`` are the routes and models by which it was generated, ``signature`` the approval or
    rejection of the newest version, revoked or not, ``known`` what became of its terms, ``elders`` the way back to what it was
    made from (None: from nothing).
    """

    glance: Glance
    version: LicenceRecordVersion | None
    signature: SignOff | None
    known: governed.Known | None
    made: set[tuple[str, str]]
    stages_not_passed: tuple[str, ...]
    duties: list[DisclosureRule]
    elders: Walk | None


def read(clip: Clip) -> Read:
    """Read what nearly every clip has something of: two ways to the database and back, where it can be asked many things at once."""
    looked, newest, ways, owed, asked, said = together(
        looking().of(pk=clip.pk),
        _newest().of(clip=clip.pk),
        _ways().of(pk=clip.pk),
        duties.all_rules().of(),
        *stages.asking(clip),
    )
    glance, made = Glance(**looked[0]), {(row["route"], row["model"]) for row in ways}
    version = signature = known = None
    elders = ancestors([clip.pk], singly=True) if glance.derived else None
    if newest:
        version = _of(newest[0], clip)
        readings = [_tasks().of(version=version.pk)] if glance.read else []
        releases, depictions, signed, versions, changes, *tasks = together(
            *_about(version), _signed().of(version=version.pk), *_terms(version.governing_set_id), *readings
        )
        _filled(version, releases, depictions)
        signature = _signature(version, signed)
        members, library = _library(versions, changes)
        known = governed.Known(
            {version.governing_set_id: members}, {clip.pk: made}, library, {version.pk: list(chain(*tasks))}
        )
    return Read(glance, version, signature, known, made, stages.not_passed(clip, asked, said), owed, elders)


def newest_version(clip: Clip) -> LicenceRecordVersion | None:
    """Return the newest version of the clip's licence record with what ``facts.record_facts`` expects, or None."""
    found = _newest().ask(clip=clip.pk)
    if not found:
        return None
    version = _of(found[0], clip)
    return _filled(version, *together(*_about(version)))


def _of(version: LicenceRecordVersion, clip: Clip) -> LicenceRecordVersion:
    version.record.clip = clip
    return version


def _about(version: LicenceRecordVersion) -> tuple[Asking, Asking]:
    return _releases().of(version=version.pk), _depictions().of(version=version.pk)


def _filled(
    version: LicenceRecordVersion, releases: Sequence[RecordRelease], depictions: Sequence[Depiction]
) -> LicenceRecordVersion:
    _prefetched(version, "releases", releases)
    _prefetched(version, "depictions", depictions)
    return version


def _prefetched(version: LicenceRecordVersion, name: str, rows: Sequence[Any]) -> None:
    """Put rows where Django keeps what was prefetched."""
    kept: Any = getattr(version, name).all()
    kept._result_cache, kept._prefetch_done = list(rows), True
    vars(version).setdefault("_prefetched_objects_cache", {})[name] = kept


@cache
def _newest() -> Compiled[LicenceRecordVersion]:
    rows = LicenceRecordVersion.objects.filter(record__clip=_later("clip"))
    return Compiled(rows.select_related("governing_set", "record", "checklist").order_by("-version")[:1])


@cache
def _releases() -> Compiled[RecordRelease]:
    rows = RecordRelease.objects.filter(record_version=_later("version")).select_related("release")
    return Compiled(rows.order_by("id"))


@cache
def _depictions() -> Compiled[Depiction]:
    rows = Depiction.objects.filter(record_version=_later("version")).select_related("release")
    return Compiled(rows.order_by("position", "id"))


def signature_on(version: LicenceRecordVersion) -> SignOff | None:
    """Return the approval or rejection of this version, revoked or not, or None."""
    return _signature(version, _signed().ask(version=version.pk))


def _signature(version: LicenceRecordVersion, signed: Sequence[SignOff]) -> SignOff | None:
    for one in signed:
        one.record_version = version
    return signed[0] if signed else None


@cache
def _tasks() -> Compiled[ReReview]:
    return Compiled(governed.tasks_known(Q(record_version=_later("version"))))


@cache
def _signed() -> Compiled[SignOff]:
    rows = SignOff.objects.verdicts().filter(record_version=_later("version")).with_suspension().with_stamps()
    return Compiled(rows.select_related("revocation", "signer__person").order_by("-signed_at", "-id")[:1])


def _terms(governing: UUID) -> tuple[Asking, Asking]:
    return _versions().of(pk=governing), _changes().of(pk=governing)


def _library(versions: Sequence[Any], changes: Sequence[Any]) -> tuple[list[TermsVersion], Library]:
    """The terms of a governing set in their order, and what there is to know of their documents."""
    members = [each for each in versions if each.place is not None]
    return sorted(members, key=lambda each: each.place), governed.library_from(versions, changes)


@cache
def _ways() -> Compiled[Any]:
    rows = Generation.objects.filter(clip=_later("pk")).order_by()
    return Compiled(rows.values("model", route=F("account__route")))


def _sources() -> "QuerySet[Any, Any]":
    return GoverningMember.objects.filter(governing_set=_later("pk")).order_by().values("terms_version__source")


@cache
def _versions() -> Compiled[Any]:
    """Versions with their ``place`` in the governing set (None: not in it)."""
    place = GoverningMember.objects.filter(governing_set=_later("pk"), terms_version=OuterRef("pk"))
    rows = governed.versions_known(Q(source__in=_sources()))
    return Compiled(rows.annotate(place=Subquery(place.order_by().values("precedence")[:1])))


@cache
def _changes() -> Compiled[Any]:
    return Compiled(governed.changes_known(Q(after__source__in=_sources())))


def _later(name: str) -> Later:
    return Later(name, UUIDField())
