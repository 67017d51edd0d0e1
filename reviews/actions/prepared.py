"""What the clearance of one clip asks of the database: every statement made once, and none that has nothing to find.

The first, ``at_a_glance``, says of most tables in one go that they hold nothing about the clip.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, UUIDField

from generations.models import Clip, ClipParent, Generation
from reviews.actions import governed
from reviews.models import (
    Depiction,
    GoverningMember,
    Hold,
    Incident,
    LicenceRecordVersion,
    Override,
    RecordRelease,
    ReReview,
    SignOff,
    TermsChange,
    TermsSighting,
    TermsVersion,
)
from sorahub.lib.compiled import Compiled, Later


@dataclass(frozen=True)
class Glance:
    """Whether there is anything of each kind about a clip: what is false, need not be asked for."""

    held: bool
    stopped: bool
    aside: bool
    generated: bool
    derived: bool
    used_further: bool
    promised: bool
    read: bool


def at_a_glance(clip: Clip) -> Glance:
    """Return what there is about the clip. ``promised``: somewhere these bytes were promised to somebody alone."""
    [row] = _glance().ask(pk=clip.pk)
    told: Any = row  # a dictionary, as ``values`` gives
    return Glance(**told)


@cache
def _glance() -> "Compiled[Clip]":
    generated = Generation.objects.filter(clip=OuterRef("pk"))
    versions = LicenceRecordVersion.objects.filter(exclusive=True).order_by()
    rows = Clip.objects.filter(pk=_later("pk")).order_by()
    return Compiled(
        rows.values(
            held=Exists(Hold.objects.filter(clip=OuterRef("pk"), lifted_at=None)),
            stopped=Exists(Incident.objects.filter(clip=OuterRef("pk"), closed_at=None, stops=True)),
            aside=Exists(Override.objects.filter(clip=OuterRef("pk"), approved_at__isnull=False)),
            generated=Exists(generated),
            derived=Exists(ClipParent.objects.filter(clip=OuterRef("pk"))) | Exists(generated.exclude(source=None)),
            used_further=Exists(ClipParent.objects.filter(parent=OuterRef("pk")))
            | Exists(Generation.objects.filter(source__clip=OuterRef("pk"), clip__isnull=False)),
            promised=Exists(versions.filter(clip_sha256=OuterRef("sha256")))
            | Exists(versions.filter(record__clip=OuterRef("pk"))),
            read=Exists(ReReview.objects.filter(record_version__record__clip=OuterRef("pk"))),
        )
    )


def newest_version(clip: Clip) -> LicenceRecordVersion | None:
    """Return the newest version of the clip's licence record with what ``facts.record_facts`` expects, or None."""
    found = _newest().ask(clip=clip.pk)
    if not found:
        return None
    [version] = found
    version.record.clip = clip
    _prefetched(version, "releases", _releases().ask(version=version.pk))
    _prefetched(version, "depictions", _depictions().ask(version=version.pk))
    return version


def _prefetched(version: LicenceRecordVersion, name: str, rows: Sequence[Any]) -> None:
    """Put rows where Django keeps what was prefetched."""
    kept: QuerySet[Any] = getattr(version, name).all()
    kept._result_cache = list(rows)  # type: ignore[attr-defined]
    kept._prefetch_done = True  # type: ignore[attr-defined]
    vars(version).setdefault("_prefetched_objects_cache", {})[name] = kept


@cache
def _newest() -> "Compiled[LicenceRecordVersion]":
    rows = LicenceRecordVersion.objects.filter(record__clip=_later("clip"))
    return Compiled(rows.select_related("governing_set", "record", "checklist").order_by("-version")[:1])


@cache
def _releases() -> "Compiled[RecordRelease]":
    rows = RecordRelease.objects.filter(record_version=_later("version")).select_related("release")
    return Compiled(rows.order_by("id"))


@cache
def _depictions() -> "Compiled[Depiction]":
    rows = Depiction.objects.filter(record_version=_later("version")).select_related("release")
    return Compiled(rows.order_by("position", "id"))


def signature_on(version: LicenceRecordVersion) -> SignOff | None:
    """Return the approval or rejection of this version, revoked or not, or None."""
    found = _signed().ask(version=version.pk)
    for one in found:
        one.record_version = version
    return found[0] if found else None


@cache
def _signed() -> "Compiled[SignOff]":
    rows = SignOff.objects.filter(record_version=_later("version"), revokes=None)
    return Compiled(rows.select_related("revocation", "signer__person").order_by("-signed_at", "-id")[:1])


def known_of(version: LicenceRecordVersion, clip: Clip, made: set[tuple[str, str]], *, read: bool) -> governed.Known:
    """Return the terms of the version's governing set and what became of them. ``made``: by which routes and models the clip was
    generated; ``read``: whether any record of the clip is or was read anew.
    """
    pk = version.governing_set_id
    sightings: Any = _seen().ask(pk=pk)
    changes: Any = _changes().ask(pk=pk)
    library = governed.library_from(_versions().ask(pk=pk), sightings, changes)
    places: Any = _places().ask(pk=pk)
    known = {each.pk: each for each in library.versions}
    members = [known[row["terms_version_id"]] for row in places]
    tasks = governed.tasks_on([version])[version.pk] if read else []
    return governed.Known({pk: members}, {clip.pk: made}, library, {version.pk: tasks})


def made_by(clip: Clip, glance: Glance) -> set[tuple[str, str]]:
    """Return by which routes and models the clip was generated."""
    rows: Any = _ways().ask(pk=clip.pk) if glance.generated else []
    return {(row["route"], row["model"]) for row in rows}


@cache
def _ways() -> "Compiled[Generation]":
    rows = Generation.objects.filter(clip=_later("pk")).order_by()
    return Compiled(rows.values("model", route=F("account__route")))


@cache
def _places() -> "Compiled[GoverningMember]":
    rows = GoverningMember.objects.filter(governing_set=_later("pk")).order_by("precedence")
    return Compiled(rows.values("terms_version_id"))


def _sources() -> "QuerySet[Any, Any]":
    return GoverningMember.objects.filter(governing_set=_later("pk")).order_by().values("terms_version__source")


@cache
def _versions() -> "Compiled[TermsVersion]":
    return Compiled(governed.versions_known(Q(source__in=_sources())))


@cache
def _seen() -> "Compiled[TermsSighting]":
    return Compiled(governed.seen_last(Q(version__source__in=_sources())))


@cache
def _changes() -> "Compiled[TermsChange]":
    return Compiled(governed.changes_known(Q(after__source__in=_sources())))


def _later(name: str) -> Later:
    return Later(name, UUIDField())
