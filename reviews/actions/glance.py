"""One look at a clip that says of most tables that they hold nothing about it: what is not there need not be asked for."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, UUIDField

from generations.models import Clip, ClipParent, Generation
from generations.models.descent import given_takes
from reviews.models import Hold, Incident, LicenceRecordVersion, Override, ReReview
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
    promised_here: bool
    read: bool


def at_a_glance(clip: Clip) -> Glance:
    """Return what there is about the clip. ``promised``: elsewhere these bytes were promised to somebody alone; ``promised_here``:
    by a record of the clip's own.
    """
    [told] = looking().ask(pk=clip.pk)
    return Glance(**told)


@cache
def looking() -> Compiled[Any]:
    """The question that is a glance: what it gives for a clip makes a ``Glance``."""
    generated = Generation.objects.filter(clip=OuterRef("pk"))
    versions = LicenceRecordVersion.objects.filter(exclusive=True).order_by()
    rows = Clip.objects.filter(pk=Later("pk", UUIDField())).order_by()
    return Compiled(
        rows.values(
            held=Exists(Hold.objects.filter(clip=OuterRef("pk"), lifted_at=None)),
            stopped=Exists(Incident.objects.filter(clip=OuterRef("pk"), closed_at=None, stops=True)),
            aside=Exists(Override.objects.filter(clip=OuterRef("pk"), approved_at__isnull=False)),
            generated=Exists(generated),
            derived=Exists(ClipParent.objects.filter(clip=OuterRef("pk")))
            | Exists(generated.exclude(source=None))
            | Exists(given_takes(generation__clip=OuterRef("pk"))),
            used_further=Exists(ClipParent.objects.filter(parent=OuterRef("pk")))
            | Exists(Generation.objects.filter(source__clip=OuterRef("pk"), clip__isnull=False))
            | Exists(given_takes(reference__from_clip=OuterRef("pk"))),
            promised=Exists(versions.filter(clip_sha256=OuterRef("sha256")).exclude(record__clip=OuterRef("pk"))),
            promised_here=Exists(versions.filter(record__clip=OuterRef("pk"))),
            read=Exists(ReReview.objects.filter(record_version__record__clip=OuterRef("pk"))),
        )
    )
