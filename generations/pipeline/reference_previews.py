"""Job "reference.preview": draw the small picture of a reference, once for all rows that hold the same bytes."""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from generations import media
from generations.media import MediaError
from generations.models import Pulse, Reference
from sorahub.jobs.models import Job
from sorahub.jobs.queue import enqueue
from sorahub.jobs.values import Json
from sorahub.lib import storage

KIND = "reference.preview"
MACHINE = frozenset({"timeout", "crashed", "memory", "disk_full"})
"""What says something about this machine rather than about the file."""


def ask_for(reference: Reference) -> None:
    """Have the picture drawn if it is not there yet. Inside the transaction that writes the row."""
    if not reference.preview_key:
        payload: dict[str, Json] = {"reference": str(reference.pk)}
        enqueue(KIND, key=f"{KIND}:{reference.pk}", payload=payload, subject_id=reference.pk)


def draw(job: Job) -> Json:
    """Draw it, and tell every row of the same bytes."""
    reference = Reference.objects.get(pk=job.payload["reference"])
    root, key = Path(settings.MEDIA_ROOT), f"renditions/references/{reference.sha256[:2]}/{reference.sha256}.webp"
    if not (root / key).exists():
        try:
            media.preview(storage.path_for(reference.storage_key, root), reference.kind, root / key)
        except MediaError as error:
            if error.code in MACHINE:
                raise
            return error.code  # a sound without samples and the like: pages show its kind instead
    with transaction.atomic():
        rows = Reference.objects.filter(sha256=reference.sha256, preview_key="")
        projects = set(rows.values_list("project_id", flat=True))
        rows.update(preview_key=key)
        Pulse.objects.bump_all(projects)
    return key
