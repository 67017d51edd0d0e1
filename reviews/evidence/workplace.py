"""A folder for one attempt of a job that makes a file: empty when it begins, gone when it ends, on the disk that the file will lie on."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from sorahub.jobs.models import Job
from sorahub.lib.errors import Unavailable


@contextmanager
def workplace(job: Job, folder: Path, pk: UUID, *, what: str) -> Iterator[Path]:
    """Yield the folder, inside ``folder``; what earlier attempts at ``pk`` left is removed.

    Raises Unavailable (``<what>-not-written``) when the disk does not take what is written meanwhile.
    """
    prefix = f".making-{pk}-"
    for leftover in folder.glob(f"{prefix}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    place = folder / f"{prefix}{job.attempt}"
    try:
        place.mkdir(parents=True)
        yield place
    except OSError as error:
        raise Unavailable(f"The {what} could not be written: {error}", code=f"{what}-not-written") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
