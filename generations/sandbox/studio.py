"""Takes jobs from the queue to their end: waits, renders in a child process, reports progress, has people told."""

import asyncio
import json
import logging
import shutil
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from generations.sandbox.jobs import Job
from generations.sandbox.render import RenderSpec
from generations.sandbox.store import JobStore
from generations.sandbox.webhooks import Messenger
from generations.sandbox.words import PONDER_SECONDS, SpecialWord, late_seconds, words_in

RENDER_SECONDS = 900
PAUSE_SECONDS = 2
STUCK_AT = 37
_ROOT = Path(__file__).resolve().parents[2]
_log = logging.getLogger(__name__)


class RenderFailed(Exception):
    """The child process did not bring the files."""


class RendererKilled(RenderFailed):
    """A signal from outside ended the child process, for example where memory was short."""


class JobEnded(Exception):
    """The job was cancelled, has expired or was deleted while it was rendered."""


class Studio:
    """Renders queued jobs, at most ``renders`` at once, each at the earliest ``queue_seconds`` after it was queued."""

    def __init__(self, store: JobStore, messenger: Messenger, *, queue_seconds: float, renders: int) -> None:
        self._store = store
        self._messenger = messenger
        self._queue_seconds = queue_seconds
        self._renders = renders
        self._queue: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._dwelling: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to work; jobs and messages left over from the last run come first."""
        for job in self._store.unfinished():
            self.enqueue(job)
        for job in self._store.untold():
            self._messenger.tell(job)
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._renders)]

    def enqueue(self, job: Job) -> None:
        """Put a job at the end of the queue; one that expires does so in time, wherever it is by then."""
        loop = asyncio.get_running_loop()
        self._queue.put_nowait((loop.time() + self._queue_seconds, job.id))
        if job.expires_after:
            left = job.created_ms / 1000 + job.expires_after - time.time()
            loop.call_later(max(0, left), self._expire, job.id)

    async def close(self) -> None:
        """Stop the workers and end their child processes; unfinished jobs start again with the next run."""
        tasks = [*self._workers, *self._dwelling]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _expire(self, job_id: str) -> None:
        if self._store.expire(job_id):
            self._tell(job_id)

    def _tell(self, job_id: str) -> None:
        if job := self._store.get(job_id):
            self._messenger.tell(job)

    async def _work(self) -> None:
        while True:
            due, job_id = await self._queue.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            job = self._store.get(job_id)
            if job is not None and not _is_overdue(job) and self._store.progressed(job_id, 0):
                self._tell(job_id)
                try:
                    await self._make(job)
                except OSError as error:
                    self._put_back(job_id, error)

    async def _make(self, job: Job) -> None:
        words = words_in(job.prompt)
        if SpecialWord.NEVER_FINISHES in words:
            self._store.progressed(job.id, STUCK_AT)
        elif SpecialWord.FAILED_RENDER in words:
            self._fail(job.id)
        elif await self._rendered(job):
            self._start_dwelling(job)

    async def _rendered(self, job: Job) -> bool:
        """Render a job's files; False where it failed or has ended meanwhile. What the kernel killed is tried once more."""
        try:
            try:
                await asyncio.wait_for(self._render(job), RENDER_SECONDS)
            except RendererKilled as killed:
                _log.warning("Rendering %s again: %s", job.id, killed)
                await asyncio.wait_for(self._render(job), RENDER_SECONDS)
        except JobEnded:
            return False
        except (RenderFailed, TimeoutError) as error:
            _log.error("Rendering %s failed: %s", job.id, error)
            self._fail(job.id)
            return False
        return True

    def _fail(self, job_id: str) -> None:
        self._store.failed(job_id, "internal_error", "The sandbox could not render this video.")
        self._tell(job_id)

    def _start_dwelling(self, job: Job) -> None:
        """End a rendered job, at once or as late as its prompt asks, while the worker takes the next one."""
        task = asyncio.create_task(self._dwell(job))
        self._dwelling.add(task)
        task.add_done_callback(self._dwelling.discard)

    async def _dwell(self, job: Job) -> None:
        words = words_in(job.prompt)
        if SpecialWord.LATE in words:
            await asyncio.sleep(late_seconds(job.prompt))
        if SpecialWord.UNKNOWN_WORD in words and self._store.pondered(job.id):
            self._tell(job.id)
            await asyncio.sleep(PONDER_SECONDS)
        if not self._store.progressed(job.id, 99):
            return
        try:
            self._judge(job.id, words)
        except OSError as error:
            self._put_back(job.id, error)
        else:
            self._tell(job.id)

    def _judge(self, job_id: str, words: frozenset[SpecialWord]) -> None:
        if SpecialWord.MODERATED_OUTPUT in words:
            self._store.failed(
                job_id, "moderation_blocked", "The generated video was blocked by our moderation system."
            )
        elif SpecialWord.CONTRADICTORY in words:
            self._store.completed(job_id, "internal_error", "The sandbox says that it could not render this video.")
        else:
            self._store.completed(job_id)

    def _put_back(self, job_id: str, error: OSError) -> None:
        """A full disk delays a job, it does not lose it."""
        _log.error("The state of %s could not be written, so it starts again: %s", job_id, error)
        asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._queue.put_nowait, (0.0, job_id))

    async def _render(self, job: Job) -> None:
        """Run the child to its end in a draft folder, then put the whole folder in place."""
        final = self._store.clip_folder(job.id)
        draft = final.with_suffix(".part")
        for each in (draft, final):
            shutil.rmtree(each, ignore_errors=True)
        draft.mkdir()
        order = {"spec": asdict(self._spec(job)), "folder": str(draft)}
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "generations.sandbox.render",
            cwd=_ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            await self._follow(child, job.id, json.dumps(order).encode())
        except JobEnded:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        finally:
            await _end(child)
        draft.rename(final)

    async def _follow(self, child: asyncio.subprocess.Process, job_id: str, order: bytes) -> None:
        assert child.stdin is not None and child.stdout is not None  # noqa: S101 - both are pipes
        child.stdin.write(order)
        child.stdin.close()
        async for line in child.stdout:
            if not self._store.progressed(job_id, int(line)):
                raise JobEnded
        status = await child.wait()
        if status < 0:
            raise RendererKilled(f"signal {-status} ended the child process")
        if status:
            raise RenderFailed(f"the child process ended with status {status}")

    def _spec(self, job: Job) -> RenderSpec:
        backdrop = str(self._store.reference_path(job.id)) if job.with_reference else None
        lead = str(self._store.lead_path(job.id)) if job.lead_seconds else None
        return RenderSpec(
            job.prompt,
            job.seed,
            job.width,
            job.height,
            job.seconds,
            backdrop=backdrop,
            audio=job.audio,
            lead=lead,
            lead_seconds=job.lead_seconds,
            insets=job.insets,
        )


def _is_overdue(job: Job) -> bool:
    """Whether the prompt asks that nobody ever starts this job."""
    return SpecialWord.OVERDUE in words_in(job.prompt)


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
