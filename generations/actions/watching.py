"""Look at a clip's own bytes. Watching is not egress: it asks no clearance, but it is for the project's own people."""

from pathlib import Path

from django.conf import settings

from generations.actions import checks
from generations.models import Clip
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib import storage
from sorahub.lib.errors import Conflict, NotFound

VIDEO_TYPES = {".mp4": "video/mp4", ".mov": "video/quicktime", ".mkv": "video/x-matroska", ".webm": "video/webm"}


def original_of(*, actor: User, clip: Clip) -> tuple[Path, str]:
    """Return where the clip's own bytes lie, and their media type.

    Raises NotFound for guests, for whom originals do not exist, and Conflict while the bytes do not match their hash.
    """
    checks.require_seen(actor, Clip.objects.all(), clip)
    if actor.kind == Kind.GUEST:
        raise NotFound("There is no such clip.")
    if clip.quarantined_at is not None:
        raise Conflict("The stored file no longer matches its hash. Restore it from a backup.", code="quarantined")
    path = storage.path_for(clip.storage_key, Path(settings.MEDIA_ROOT))
    return path, VIDEO_TYPES.get(path.suffix, "application/octet-stream")
