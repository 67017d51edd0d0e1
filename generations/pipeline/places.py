"""Where files lie on their way in."""

from pathlib import Path

from django.conf import settings

from generations.models import Upload


def incoming() -> Path:
    """The folder of everything that is not a clip yet."""
    return Path(settings.MEDIA_ROOT) / "incoming"


def incoming_path(upload: Upload) -> Path:
    """Where an upload's bytes lie until they are ingested."""
    return incoming() / str(upload.pk)
