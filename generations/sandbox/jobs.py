"""The service's memory: one JSON file for each job, one folder of files for each clip, one line for each create call."""

import fcntl
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from generations.sandbox.orders import Order
from sorahub.lib.ids import uuid7

Status = Literal["queued", "in_progress", "completed", "failed"]
Json = dict[str, object]
ASSET_LIFETIME_SECONDS = 3600


@dataclass(frozen=True)
class Job:
    """One video job. Times are Unix seconds; ``told`` says that its webhook was delivered, ``truncated`` that its fault is spent."""

    id: str
    model: str
    prompt: str
    seconds: int
    width: int
    height: int
    seed: int
    created_at: int
    status: Status = "queued"
    progress: int = 0
    completed_at: int | None = None
    remixed_from: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    with_reference: bool = False
    told: bool = False
    truncated: bool = False

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to this job."""
        return self.status in ("completed", "failed")

    @property
    def expires_at(self) -> int | None:
        """When the files can no longer be downloaded."""
        return self.completed_at + ASSET_LIFETIME_SECONDS if self.completed_at and self.status == "completed" else None

    def as_resource(self) -> Json:
        """Return the dialect's video object."""
        error = {"code": self.error_code, "message": self.error_message} if self.error_code else None
        return {
            "id": self.id,
            "object": "video",
            "model": self.model,
            "status": self.status,
            "progress": self.progress,
            "created_at": self.created_at,
            "completed_at": self.completed_at,
            "expires_at": self.expires_at,
            "prompt": self.prompt,
            "size": f"{self.width}x{self.height}",
            "seconds": str(self.seconds),
            "remixed_from_video_id": self.remixed_from,
            "error": error,
        }


class StateInUse(Exception):
    """Another service works in this folder."""


class JobStore:
    """Keeps the jobs in a folder so that they outlive the process; one process at a time. Order of ids is order of creation."""

    def __init__(self, folder: Path) -> None:
        self._jobs_folder, self._clips_folder = folder / "jobs", folder / "clips"
        for each in (self._jobs_folder, self._clips_folder):
            each.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise StateInUse(f"Another sandbox works in {folder}.") from error
        stored = (Job(**json.loads(path.read_text())) for path in self._jobs_folder.glob("*.json"))
        self._jobs: dict[str, Job] = {job.id: job for job in sorted(stored, key=lambda job: job.id)}

    def close(self) -> None:
        """Let another process have the folder."""
        self._lock.close()

    def add(self, order: Order, *, remixed_from: str | None = None) -> Job:
        """Store a new queued job for an order."""
        job = Job(
            id=f"video_{uuid7().hex}",
            model=order.model,
            prompt=order.prompt,
            seconds=order.seconds,
            width=order.width,
            height=order.height,
            seed=order.seed,
            created_at=int(time.time()),
            remixed_from=remixed_from,
            with_reference=order.reference is not None,
        )
        if order.reference is not None:
            self.reference_path(job.id).write_bytes(order.reference)
        return self._keep(job)

    def get(self, job_id: str) -> Job | None:
        """Return a job, or None."""
        return self._jobs.get(job_id)

    def newest_first(self) -> list[Job]:
        """Return all jobs, the youngest first."""
        return list(reversed(self._jobs.values()))

    def unfinished(self) -> Iterable[Job]:
        """Return the jobs that still wait or run, the eldest first."""
        return [job for job in self._jobs.values() if not job.finished]

    def untold(self) -> Iterable[Job]:
        """Return the finished jobs whose webhook has not been delivered."""
        return [job for job in self._jobs.values() if job.finished and not job.told]

    def progressed(self, job_id: str, progress: int) -> None:
        """Note a running job's progress, in memory only."""
        self._jobs[job_id] = replace(self._jobs[job_id], status="in_progress", progress=progress)

    def completed(self, job_id: str) -> None:
        """A job's files are there."""
        self._keep(replace(self._jobs[job_id], status="completed", progress=100, completed_at=int(time.time())))

    def failed(self, job_id: str, code: str, message: str) -> None:
        """A job has failed; its files, if any, go away."""
        shutil.rmtree(self.clip_folder(job_id), ignore_errors=True)
        job = replace(self._jobs[job_id], status="failed", error_code=code, error_message=message)
        self._keep(replace(job, completed_at=int(time.time())))

    def note(self, job_id: str, *, told: bool | None = None, truncated: bool | None = None) -> None:
        """Remember that a webhook was delivered or that a fault is spent. A deleted job is left alone."""
        if job := self._jobs.get(job_id):
            now_told = job.told if told is None else told
            self._keep(replace(job, told=now_told, truncated=job.truncated if truncated is None else truncated))

    def delete(self, job_id: str) -> None:
        """Forget a job and its files."""
        del self._jobs[job_id]
        (self._jobs_folder / f"{job_id}.json").unlink()
        self.reference_path(job_id).unlink(missing_ok=True)
        shutil.rmtree(self.clip_folder(job_id), ignore_errors=True)

    def clip_folder(self, job_id: str) -> Path:
        """Return the folder of a job's finished files."""
        return self._clips_folder / job_id

    def reference_path(self, job_id: str) -> Path:
        """Return the place of a job's input image."""
        return self._jobs_folder / f"{job_id}.reference"

    def _keep(self, job: Job) -> Job:
        path = self._jobs_folder / f"{job.id}.json"
        draft = path.with_suffix(".part")
        draft.write_text(json.dumps(asdict(job)))
        draft.rename(path)
        self._jobs[job.id] = job
        return job


class CreateLog:
    """Counts every create and remix call by prompt text, refused ones included, across restarts."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "creates.jsonl"
        self._path.touch()
        self._times: dict[str, list[float]] = {}
        for line in self._path.read_text().splitlines():
            self._times.setdefault((entry := json.loads(line))["prompt"], []).append(entry["at"])

    def add(self, prompt: str) -> int:
        """Note a call, in one write that a kill cannot split; return how many there were for this prompt before."""
        earlier = self._times.setdefault(prompt, [])
        earlier.append(time.time())
        line = json.dumps({"prompt": prompt, "at": earlier[-1]}) + "\n"
        with self._path.open("ab", buffering=0) as log:
            log.write(line.encode())
        return len(earlier) - 1

    def since_first(self, prompt: str) -> float:
        """Return the seconds since the first call with this prompt."""
        return time.time() - self._times[prompt][0]

    def counts(self) -> Counter[str]:
        """Return the number of calls for each prompt text."""
        return Counter({prompt: len(times) for prompt, times in self._times.items()})
