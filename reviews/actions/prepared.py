"""What the clearance of one clip asks of the database about its licence record and its terms: every statement made once."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db.models import F, Q, QuerySet, UUIDField

from generations.models import Clip, Generation
from reviews.actions import governed
from reviews.actions.glance import Glance
from reviews.models import (
    Depiction,
    GoverningMember,
    LicenceRecordVersion,
    RecordRelease,
    SignOff,
    TermsVersion,
)
from sorahub.lib.compiled import Compiled, Later


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
    found = _signed().ask(version=version.pk)
    for one in found:
        one.record_version = version
    return found[0] if found else None


@cache
def _signed() -> Compiled[SignOff]:
    rows = SignOff.objects.filter(record_version=_later("version"), revokes=None)
    return Compiled(rows.select_related("revocation", "signer__person").order_by("-signed_at", "-id")[:1])


def known_of(version: LicenceRecordVersion, clip: Clip, made: set[tuple[str, str]], *, read: bool) -> governed.Known:
    """Return the terms of the version's governing set and what became of them. ``made``: by which routes and models the clip was
    generated; ``read``: whether any record of the clip is or was read anew.
    """
    pk = version.governing_set_id
    library = governed.library_from(_versions().ask(pk=pk), _seen().ask(pk=pk), _changes().ask(pk=pk))
    known = {each.pk: each for each in library.versions}
    members = [known[row["terms_version_id"]] for row in _places().ask(pk=pk)]
    tasks = governed.tasks_on([version])[version.pk] if read else []
    return governed.Known({pk: members}, {clip.pk: made}, library, {version.pk: tasks})


def made_by(clip: Clip, glance: Glance) -> set[tuple[str, str]]:
    """Return by which routes and models the clip was generated."""
    rows = _ways().ask(pk=clip.pk) if glance.generated else []
    return {(row["route"], row["model"]) for row in rows}


@cache
def _ways() -> Compiled[Any]:
    rows = Generation.objects.filter(clip=_later("pk")).order_by()
    return Compiled(rows.values("model", route=F("account__route")))


@cache
def _places() -> Compiled[Any]:
    rows = GoverningMember.objects.filter(governing_set=_later("pk")).order_by("precedence")
    return Compiled(rows.values("terms_version_id"))


def _sources() -> "QuerySet[Any, Any]":
    return GoverningMember.objects.filter(governing_set=_later("pk")).order_by().values("terms_version__source")


@cache
def _versions() -> Compiled[TermsVersion]:
    return Compiled(governed.versions_known(Q(source__in=_sources())))


@cache
def _seen() -> Compiled[Any]:
    return Compiled(governed.seen_last(Q(version__source__in=_sources())))


@cache
def _changes() -> Compiled[Any]:
    return Compiled(governed.changes_known(Q(after__source__in=_sources())))


def _later(name: str) -> Later:
    return Later(name, UUIDField())
