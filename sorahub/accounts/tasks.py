"""Jobs of the ledger: state each hour what it holds, carry copies of that away, and look whether the database is still the same.

And one of log-in: sessions that ended are deleted.
"""

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from sorahub.jobs.models import Job, JobState
from sorahub.jobs.queue import enqueue
from sorahub.jobs.registry import every, handler
from sorahub.jobs.values import Json
from sorahub.ledger import checkpoints, copies, watch
from sorahub.ledger.models import CheckpointCopy
from sorahub.lib import read_only

COPY = "ledger.copy"
PATIENCE = 1000
"""Attempts, ten minutes apart in the end: a week. Whatever is pending then gets a new job."""


@every("sorahub.ledger.checkpoints", minutes=60)
def state_what_is_there() -> Json:
    """Make a checkpoint of every chain."""
    return None if read_only.reason() else {"checkpoints": len(checkpoints.make_all())}


@every("sorahub.ledger.watch", minutes=10)
def look() -> Json:
    """Compare copies with the chains, roots included; what differs makes the hub read-only."""
    return {"differ": [str(each) for each in watch.look(thorough=True)]}


@every("sorahub.ledger.copies", minutes=1)
def carry_away() -> Json:
    """Begin a job for each place that lacks a copy, unless one is under way."""
    waiting = [place for place in copies.places() if _begin(place)]
    return {"places": [str(place) for place in waiting]}


@every("sorahub.accounts.sessions", minutes=60)
def forget_sessions() -> Json:
    """Delete sessions that ended."""
    return {"ended": Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]}


@handler(COPY)
def copy(job: Job) -> Json:
    """Copy what one place lacks; a place that is away is tried again."""
    return {"copied": copies.copy(CheckpointCopy.Place(str(job.payload["place"])))}


def _begin(place: CheckpointCopy.Place) -> bool:
    pending = copies.pending(place)
    under_way = Job.objects.filter(kind=COPY, payload__place=str(place), state__in=[JobState.QUEUED, JobState.RUNNING])
    if not pending or under_way.exists():
        return False
    with transaction.atomic():
        key = f"{COPY}:{place}:{pending[-1].pk}:{Job.objects.filter(kind=COPY).count()}"
        enqueue(COPY, key=key, payload={"place": str(place)}, max_attempts=PATIENCE)
    return True
