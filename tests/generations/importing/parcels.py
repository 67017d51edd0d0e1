"""Footage for the tests of importing: small real videos, zips of them, manifests; and the way they are sent and imported."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from generations.models import ImportRow, ImportRun, Project
from sorahub.jobs.models import Job
from sorahub.jobs.runner import run_one
from tests.generations.factories import small_mp4

COLOURS = ("navy", "teal", "maroon", "olive", "purple", "green", "gray", "black")
STORY = {"model": "sora-2", "route": "OpenAI"}
CHUNK = 4 * 1024**2


def videos(folder: Path, count: int) -> list[Path]:
    """So many videos, no two of the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    return [small_mp4(folder / f"clip{number}.mp4", frames=3, colour=COLOURS[number]) for number in range(count)]


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of these names and contents."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def table(rows: Sequence[Mapping[str, str]]) -> bytes:
    """A CSV manifest."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def send(client: APIClient, project: Project, name: str, content: bytes, folder: str = "") -> str:
    """Send a file in pieces; return its transfer's id."""
    asked = {
        "project": str(project.pk),
        "purpose": "footage",
        "original_name": name,
        "folder": folder,
        "size": len(content),
    }
    pk = client.post("/api/v1/transfers/", asked, format="json").json()["id"]
    for at in range(0, len(content), CHUNK):
        piece = content[at : at + CHUNK]
        where = f"offset={at}&sha256={hashlib.sha256(piece).hexdigest()}"
        sent = client.put(f"/api/v1/transfers/{pk}/chunk/?{where}", piece, content_type="application/octet-stream")
        assert sent.status_code == 200, sent.content
    assert client.post(f"/api/v1/transfers/{pk}/finish/").json()["state"] == "ready"
    return str(pk)


def hand_over(client: APIClient, project: Project, files: Mapping[str, bytes] | None = None, **more: Any) -> ImportRun:
    """Send files, hand them over, and have them looked into."""
    ids = [send(client, project, Path(name).name, content) for name, content in (files or {}).items()]
    asked = {"project": str(project.pk), "transfers": ids, "options": STORY, **more}
    answer = client.post("/api/v1/imports/", asked, format="json")
    assert answer.status_code == 202, answer.content
    work()
    return ImportRun.objects.get(pk=answer.json()["id"])


def work() -> None:
    """Do the imports' jobs, and leave what follows from them."""
    jobs = Job.objects.all()
    while job := jobs.claimable(timezone.now()).filter(kind__startswith="import.").first():
        run_one(job.pk)


def start(client: APIClient, run: ImportRun) -> ImportRun:
    """Import what is new, and wait for it."""
    answer = client.post(f"/api/v1/imports/{run.pk}/start/", {"declaration": True}, format="json")
    assert answer.status_code == 202, answer.content
    work()
    run.refresh_from_db()
    return run


def states(run: ImportRun) -> list[tuple[str, str]]:
    """Each row's state and code, in order."""
    return list(ImportRow.objects.filter(run=run).order_by("number").values_list("state", "code"))
