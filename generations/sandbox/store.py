"""The service's memory: one JSON file for each job, one folder of files for each clip."""

import fcntl
import json
import shutil
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from generations.sandbox.jobs import Job, Order, Status, revived
from generations.sandbox.words import SpecialWord, words_in
from sorahub.lib.ids import uuid7


class StateInUse(Exception):
    """Another service works in this folder."""


class JobStore:
    """Keeps the jobs in a folder so that they outlive the process; one process at a time. In order of creation.

    ``asset_seconds`` overrides how long every job's files stay.
    """

    def __init__(self, folder: Path, *, asset_seconds: int | None = None) -> None:
        self.folder = folder
        self._jobs_folder, self._clips_folder = folder / "jobs", folder / "clips"
        for each in (self._jobs_folder, self._clips_folder):
            each.mkdir(parents=True, exist_ok=True)
        self._asset_seconds = asset_seconds
        self._lock = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise StateInUse(f"Another sandbox works in {folder}.") from error
        stored = (revived(json.loads(path.read_text())) for path in self._jobs_folder.glob("*.json"))
        self._jobs = {job.id: job for job in sorted(stored, key=lambda job: (job.created_ms, job.id))}
        self._by_client = {(job.dialect, job.client_id): job.id for job in self._jobs.values() if job.client_id}

    def close(self) -> None:
        """Let another process have the folder."""
        self._lock.close()

    def add(self, order: Order, *, job_id: str | None = None) -> Job:
        """Store a new queued job for an order, under an id of the dialect's making. Ids are file names."""
        now = _now()
        wish: dict[str, Any] = order.wish()
        if self._asset_seconds is not None:
            wish["asset_seconds"] = self._asset_seconds
        job = Job(
            **wish,
            id=job_id or f"video_{uuid7().hex}",
            created_ms=now,
            changed_ms=now,
            with_reference=order.reference is not None,
        )
        if order.reference is not None:
            self.reference_path(job.id).write_bytes(order.reference)
        if isinstance(order.lead, Path):
            self.lead_path(job.id).hardlink_to(order.lead)
        elif order.lead is not None:
            self.lead_path(job.id).write_bytes(order.lead)
        if job.client_id:
            self._by_client[job.dialect, job.client_id] = job.id
        return self._keep(job)

    def get(self, job_id: str, dialect: str | None = None) -> Job | None:
        """Return a job, or None where there is none (of this dialect)."""
        job = self._jobs.get(job_id)
        return job if job is not None and dialect in (None, job.dialect) else None

    def by_client_id(self, dialect: str, client_id: str) -> Job | None:
        """Return the job that a caller named so, or None."""
        return self._jobs.get(self._by_client.get((dialect, client_id), ""))

    def newest_first(self, dialect: str | None = None) -> list[Job]:
        """Return the jobs (of one dialect), the youngest first."""
        return [job for job in reversed(self._jobs.values()) if dialect in (None, job.dialect)]

    def unfinished(self) -> Iterable[Job]:
        """Return the jobs that still wait or run, the eldest first."""
        return [job for job in self._jobs.values() if not job.finished]

    def untold(self) -> Iterable[Job]:
        """Return the finished jobs whose end nobody has been told."""
        return [
            job for job in self._jobs.values() if job.finished and not job.told and job.status not in job.told_states
        ]

    def progressed(self, job_id: str, progress: int) -> bool:
        """Note a running job's progress, in memory only; False where the job has ended or is gone."""
        return self._moved(job_id, "in_progress", progress)

    def pondered(self, job_id: str) -> bool:
        """Put a running job in a state whose name no dialect knows, in memory only; False where it has ended."""
        return self._moved(job_id, "pondering", 99)

    def completed(self, job_id: str, error_code: str | None = None, error_message: str | None = None) -> None:
        """A job's files are there; with an error, the job contradicts itself."""
        job = replace(self._jobs[job_id], progress=100, error_code=error_code, error_message=error_message)
        gone = SpecialWord.EXPIRED in words_in(job.prompt)
        self._end(replace(job, asset_seconds=0) if gone else job, "completed")

    def failed(self, job_id: str, code: str, message: str) -> None:
        """A job has failed; its files, if any, go away."""
        shutil.rmtree(self.clip_folder(job_id), ignore_errors=True)
        self._end(replace(self._jobs[job_id], error_code=code, error_message=message), "failed")

    def cancel(self, job_id: str, *, running: bool = False) -> bool:
        """End a job that waits (or, if asked, runs) as cancelled; False where it is too late."""
        job = self._jobs.get(job_id)
        if job is None or job.finished or (job.status != "queued" and not running):
            return False
        self._end(job, "cancelled")
        return True

    def expire(self, job_id: str) -> bool:
        """End a job that has not finished in time; False where it has."""
        job = self._jobs.get(job_id)
        if job is None or job.finished:
            return False
        self._end(job, "expired")
        return True

    def tell(self, job_id: str, *, state: Status | None = None) -> None:
        """Remember that the subscriber heard of a job's end, or its callback of a state. A deleted job is left alone."""
        if job := self._jobs.get(job_id):
            self._keep(replace(job, told_states=(*job.told_states, state)) if state else replace(job, told=True))

    def spend(self, job_id: str, word: SpecialWord) -> bool:
        """Return whether a prompt asks for a fault that happens once and has not happened to this job; now it has."""
        job = self._jobs[job_id]
        if word not in words_in(job.prompt) or word.value in job.spent:
            return False
        self._keep(replace(job, spent=(*job.spent, word.value)))
        return True

    def delete(self, job_id: str) -> None:
        """Forget a job and its files."""
        job = self._jobs.pop(job_id)
        self._by_client.pop((job.dialect, job.client_id), None)
        (self._jobs_folder / f"{job_id}.json").unlink()
        self.reference_path(job_id).unlink(missing_ok=True)
        self.lead_path(job_id).unlink(missing_ok=True)
        shutil.rmtree(self.clip_folder(job_id), ignore_errors=True)

    def clip_folder(self, job_id: str) -> Path:
        """Return the folder of a job's finished files."""
        return self._clips_folder / job_id

    def reference_path(self, job_id: str) -> Path:
        """Return the place of a job's input image."""
        return self._jobs_folder / f"{job_id}.reference"

    def lead_path(self, job_id: str) -> Path:
        """Return the place of the clip that a job's own opens with."""
        return self._jobs_folder / f"{job_id}.lead"

    def _moved(self, job_id: str, status: Status, progress: int) -> bool:
        job = self._jobs.get(job_id)
        if job is None or job.finished:
            return False
        changed = job.changed_ms if job.status == status else _now()
        self._jobs[job_id] = replace(job, status=status, progress=progress, changed_ms=changed)
        return True

    def _end(self, job: Job, status: Status) -> None:
        now = _now()
        self._keep(replace(job, status=status, completed_ms=now, changed_ms=now))

    def _keep(self, job: Job) -> Job:
        path = self._jobs_folder / f"{job.id}.json"
        draft = path.with_suffix(".part")
        draft.write_text(json.dumps(job.stored()))
        draft.rename(path)
        self._jobs[job.id] = job
        return job


def _now() -> int:
    return time.time_ns() // 1_000_000
