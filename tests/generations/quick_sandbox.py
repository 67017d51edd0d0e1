"""The embedded service with a memory for renders: each length and size is rendered once, and copied for later jobs.

Everything else is the real thing: HTTP, states, files, faults. Jobs of the same shape then have the same bytes.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management import execute_from_command_line

from generations.sandbox.jobs import Job
from generations.sandbox.studio import Studio

RENDERS = Path(settings.VAR_DIR) / "renders"
render_for_real = Studio._render


async def render(studio: Studio, job: Job) -> None:
    """Copy what was rendered for the same shape before; render it where there is nothing yet."""
    known = RENDERS / f"{job.width}x{job.height}-{job.seconds}{'' if job.audio else '-silent'}"
    final = studio._store.clip_folder(job.id)
    if not known.exists():
        await render_for_real(studio, job)
        draft = Path(tempfile.mkdtemp(dir=RENDERS)) / "files"
        shutil.copytree(final, draft)
        if not known.exists():
            draft.rename(known)
        shutil.rmtree(draft.parent)
        return
    shutil.rmtree(final, ignore_errors=True)
    shutil.copytree(known, final)


if __name__ == "__main__":
    RENDERS.mkdir(parents=True, exist_ok=True)
    setattr(Studio, "_render", render)  # noqa: B010 (the sandbox is left as it is; only this process of it is quicker)
    execute_from_command_line(["manage.py", "sandbox", *sys.argv[1:]])
