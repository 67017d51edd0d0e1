"""Is the cluster alive? A dead worker can leave django-q2's processes up but deaf, so only work done counts
as life.
"""

import datetime as dt
import os
import time
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django_q.models import OrmQ

from sorahub.jobs.models import Heartbeat, Job
from sorahub.jobs.queue import kick_function

NAME_VARIABLE = "SORAHUB_CLUSTER"
BEAT = "sorahub.jobs.tasks.beat"
DEFAULT_FREEZE_SECONDS = 180
START_SECONDS = 30


def cluster_name() -> str:
    """The name this process's cluster beats under; ``run_cluster --name`` passes it to the cluster's
    processes.
    """
    return os.environ.get(NAME_VARIABLE, "default")


def freeze_seconds() -> int:
    """How long a cluster may do nothing while due work waits."""
    return int(getattr(settings, "JOBS_FREEZE_SECONDS", DEFAULT_FREEZE_SECONDS))


def stamp() -> None:
    """Write this cluster's sign of life."""
    values = {"beat_at": timezone.now(), "process": f"{os.uname().nodename}:{os.getpid()}"}
    Heartbeat.objects.update_or_create(name=cluster_name(), defaults=values)


@dataclass(frozen=True)
class Signs:
    """What the verdict rests on; ages in seconds. ``waited`` is that of the oldest due work, 0 when there is
    none.
    """

    silent: float
    waited: float
    busy: int
    workers: int


def frozen(signs: Signs, *, limit: float) -> bool:
    """Judge a cluster: silent for longer than ``limit`` while work has waited as long, and not merely busy.

    Busy means that every worker holds a job whose lease is alive; leases end, so a hung cluster is found all
    the same.
    """
    return signs.silent > limit and signs.waited > limit and signs.busy < signs.workers


def signs(name: str, *, since: dt.datetime) -> Signs:
    """Read the signs of a cluster started at ``since``; until its first beat it has half a minute to get up."""
    now = timezone.now()
    beat = Heartbeat.objects.filter(name=name).values_list("beat_at", flat=True).first()
    alive = beat if beat and beat > since else since + dt.timedelta(seconds=START_SECONDS)
    return Signs(
        silent=(now - alive).total_seconds(),
        waited=oldest_waiting(now),
        busy=Job.objects.all().leased(now).count(),
        workers=int(settings.Q_CLUSTER["workers"]),
    )


def oldest_waiting(now: dt.datetime) -> float:
    """Seconds that the oldest due queue row or job has been waiting; 0 when nothing is due."""
    row = OrmQ.objects.filter(lock__lt=now).order_by("lock").values_list("lock", flat=True).first()
    job = Job.objects.all().claimable(now).order_by("run_at").values_list("run_at", flat=True).first()
    starts = [start for start in (row, job) if start is not None]
    return max((now - start).total_seconds() for start in starts) if starts else 0.0


class Prober:
    """Sends a beat through the queue at the start, and when a cluster has been silent for a third of the limit.

    It also knows for how long the database has not answered: a worker stopped in the middle of a write may hold SQLite's
    lock, and nobody can work until it is gone.
    """

    def __init__(self, *, limit: float) -> None:
        self.limit = limit
        self.row: int | None = None
        self.seen = time.monotonic()

    def probe(self, silent: float) -> None:
        """Queue a beat if none was sent yet or the cluster is silent, unless the last one is still waiting."""
        quiet = self.row is not None and silent < self.limit / 3
        if quiet or OrmQ.objects.filter(pk=self.row).exists():
            return
        self.row = kick_function(BEAT)

    def saw(self) -> None:
        """Note that the database has answered."""
        self.seen = time.monotonic()

    def blind(self) -> bool:
        """Whether the database has not answered for longer than the limit."""
        return time.monotonic() - self.seen > self.limit
