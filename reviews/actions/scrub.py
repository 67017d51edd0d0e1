"""The nightly scrub: every original is hashed anew within a week, those first whose last sound hash is oldest."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OrderBy, OuterRef, QuerySet, Subquery
from django.utils import timezone

from generations.models import Clip
from reviews.actions import incidents, verification
from reviews.models import Incident
from sorahub.jobs.models import Job, JobState
from sorahub.lib.errors import NotFound

EVERY = timedelta(days=7)
AT_ONCE = 200


def due() -> QuerySet[Clip]:
    """Clips whose bytes no job has found right within a week, and none is looking at; first those that were never found right.

    What is known to be missing or changed is left out: it would be looked at before all others, for ever.
    """
    since = timezone.now() - EVERY
    jobs = Job.objects.filter(kind=verification.KIND, subject_id=OuterRef("pk"))
    looked = jobs.filter(state=JobState.SUCCEEDED, started_at__gt=since)
    looking = jobs.filter(state__in=(JobState.QUEUED, JobState.RUNNING))
    known = Incident.objects.open().filter(clip=OuterRef("pk"), kind=Incident.Kind.BYTES_CHANGED)
    sound = jobs.filter(state=JobState.SUCCEEDED, result__matches=True).order_by("-started_at")
    rows = Clip.objects.filter(
        ~Exists(looked), ~Exists(looking), ~Exists(known), quarantined_at=None, created_at__lt=since
    )
    last = Subquery(sound.values("started_at")[:1])
    return rows.order_by(OrderBy(last, nulls_first=True), "id")


def scrub(at_once: int = AT_ONCE) -> dict[str, int]:
    """Have the next clips hashed, each by a job of its own; a missing file is an incident, which stops the clip."""
    asked = missing = 0
    for clip in due()[:at_once]:
        try:
            verification.request_verification(clip)
            asked += 1
        except NotFound:
            missing += 1
            with transaction.atomic():
                incidents.bytes_changed(clip, missing=True)
    return {"asked": asked, "missing": missing}
