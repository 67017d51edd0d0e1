"""What the clearance of one clip asks of the database: every statement made once, and none that has nothing to find.

The first, ``at_a_glance``, says of most tables in one go that they hold nothing about the clip.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, UUIDField
from django.db.models.query import prefetch_related_objects

from generations.models import Clip, ClipParent, Generation
from reviews.actions import governed
from reviews.models import (
    ChecklistTemplate,
    Decision,
    Depiction,
    DisclosureRule,
    GoverningMember,
    Hold,
    Incident,
    LicenceRecordVersion,
    Override,
    RecordRelease,
    ReReview,
    SignOff,
    Stage,
    TermsChange,
    TermsVersion,
)
from reviews.rules.following import Library
from sorahub.accounts.roles import Kind
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
    releases = _releases().ask(version=version.pk)
    depictions = _depictions().ask(version=version.pk)
    version._prefetched_objects_cache = {  # type: ignore[attr-defined]  # where Django looks for what was prefetched
        "releases": _cached(version.releases.all(), releases),
        "depictions": _cached(version.depictions.all(), depictions),
    }
    return version
