"""How far a bundle is, told on its row every second; and that nobody wants it any more, noticed in the same moment."""

import time

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from generations.models import Pulse
from reviews.evidence.gather import chosen
from reviews.models import Bundle, SignOff
from sorahub.jobs.models import Job

EVERY = 1.0
"""Seconds between two tellings."""
_BESIDES = 256 * 1024
"""About so many bytes each sign-off has beside its clip."""


class NotWanted(Exception):
    """The bundle was cancelled while it was being made."""


def wanted(bundle: Bundle) -> QuerySet[Bundle]:
    """The bundle's row, while somebody waits for it. A failed one is wanted by the attempt that comes after."""
    return Bundle.objects.filter(pk=bundle.pk, state__in=[Bundle.State.REQUESTED, Bundle.State.FAILED])


def expected_bytes(bundle: Bundle) -> int:
    """About how large it will be: its clips, and what lies beside them."""
    picked = chosen(bundle)
    clips = SignOff.objects.filter(pk__in=picked).aggregate(size=Coalesce(Sum("clip__size"), 0))["size"]
    return int(clips) + _BESIDES * len(picked)


class Progress:
    """What one attempt has done so far. Telling it renews the job's lease; raises NotWanted, or LeaseLost."""

    def __init__(self, job: Job, bundle: Bundle, *, total: int) -> None:
        self.total = total
        self._job, self._bundle = job, bundle
        self._bytes, self._files, self._told = 0, 0, 0.0

    def wrote(self, size: int, files: int) -> None:
        """Count bytes and files."""
        self._bytes += size
        self._files = files
        if time.monotonic() - self._told >= EVERY:
            self.tell()

    def tell(self) -> None:
        """Write it down."""
        self._told = time.monotonic()
        with self._job.fenced(final=False):
            done = {"files_done": self._files, "bytes_done": self._bytes, "bytes_total": self.total}
            if not wanted(self._bundle).update(**done):
                raise NotWanted
            Pulse.objects.bump(self._bundle.clip.project)
