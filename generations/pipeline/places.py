"""Where files lie on their way in."""

from pathlib import Path

from django.conf import settings

from generations.models import Generation, Transfer, Upload

FOLDER = "generation-"
TRANSFERS = "transfers"


def incoming() -> Path:
    """The folder of everything that is not a clip yet."""
    return Path(settings.MEDIA_ROOT) / "incoming"


def incoming_path(upload: Upload) -> Path:
    """Where an upload's bytes lie until they are ingested."""
    return incoming() / str(upload.pk)


def fetch_folder(generation: Generation) -> Path:
    """Where an attempt to fetch keeps its temporary file; each attempt begins by emptying it."""
    return incoming() / f"{FOLDER}{generation.pk}"


def transfers_folder() -> Path:
    """Where files lie that come in pieces; kept apart, as they may lie longer than anything else on its way."""
    return incoming() / TRANSFERS


def transfer_path(transfer: Transfer) -> Path:
    """Where a transfer's bytes lie until they are used."""
    return transfers_folder() / str(transfer.pk)
