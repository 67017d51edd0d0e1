"""The nightly scrub: every original is hashed anew within a week, those first that waited longest."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from generations.models import Clip
from reviews.actions import incidents, verification
from sorahub.jobs.models import Job, JobState
from sorahub.lib.errors import NotFound

EVERY = timedelta(days=7)
AT_ONCE = 200


def due() -> QuerySet[Clip]:
    """Clips whose bytes no job has found right within a week, and none is looking at; the oldest first."""
    since = timezone.now() - EVERY
    jobs = Job.objects.filter(kind=verification.KIND, subject_id=OuterRef("pk"))
    looked = jobs.filter(state=JobState.SUCCEEDED, started_at__gt=since)
    looking = jobs.filter(state__in=(JobState.QUEUED, JobState.RUNNING))
    rows = Clip.objects.filter(quarantined_at=None, created_at__lt=since)
    return rows.filter(~Exists(looked), ~Exists(looking)).order_by("id")


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
