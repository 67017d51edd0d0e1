"""Old bundles are deleted: they can be made again, and what they proved is in the ledger. Each deletion is ledgered."""

import shutil
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from generations.models import Pulse
from reviews.actions.evidence import KIND
from reviews.evidence.build import bundles
from reviews.models import Bundle
from sorahub.jobs.models import Job, JobState
from sorahub.ledger import record

AT_ONCE = 500


def due() -> QuerySet[Bundle]:
    """Finished bundles that were verified more than ``SORAHUB_BUNDLE_DAYS`` days ago; none when that is 0."""
    if settings.BUNDLE_DAYS <= 0:
        return Bundle.objects.none()
    before = timezone.now() - timedelta(days=settings.BUNDLE_DAYS)
    rows = Bundle.objects.filter(state=Bundle.State.READY, verified_at__lt=before)
    return rows.select_related("clip__project").order_by("verified_at", "id")


def discard_old(at_once: int = AT_ONCE) -> dict[str, int]:
    """Let go of the next old bundles, and of files that no bundle has any more. Returns how many of each."""
    discarded = sum(_discard(bundle) for bundle in due()[:at_once])
    return {"discarded": discarded, "strays": _sweep()}


def _discard(bundle: Bundle) -> bool:
    """Say it first, then delete: a file that is left when this dies between is a stray, and goes with the next sweep."""
    with transaction.atomic():
        if not Bundle.objects.filter(pk=bundle.pk, state=Bundle.State.READY).update(state=Bundle.State.EXPIRED):
            return False
        Pulse.objects.bump(bundle.clip.project)
        record.append(
            kind="evidence.discarded",
            actor=None,
            client=bundle.clip.project.client_id,
            subject=bundle,
            body={"bundle_sha256": bundle.sha256, "size": bundle.size, "after_days": settings.BUNDLE_DAYS},
        )
    (bundles() / f"{bundle.pk}.zip").unlink(missing_ok=True)
    return True


def _sweep() -> int:
    """Delete what lies among the bundles and belongs to none that is ready or being made: leavings of attempts that died."""
    gone = 0
    for path in bundles().iterdir() if bundles().is_dir() else ():
        name = path.name.removeprefix(".making-")[:36]
        try:
            pk = UUID(name)
        except ValueError:
            continue
        under_way = Job.objects.filter(key=f"{KIND}:{pk}", state__in=(JobState.QUEUED, JobState.RUNNING))
        kept = path.suffix == ".zip" and Bundle.objects.filter(pk=pk, state=Bundle.State.READY).exists()
        if kept or under_way.exists():
            continue
        gone += 1
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return gone
