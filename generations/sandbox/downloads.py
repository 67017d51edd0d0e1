"""Sends a clip's files, whole or, where the prompt asks for it, cut off half-way."""

import time

import anyio
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from generations.sandbox.faults import TRANSPORT, until_gone
from generations.sandbox.jobs import Job
from generations.sandbox.render import SPRITESHEET, THUMBNAIL, VIDEO
from generations.sandbox.store import JobStore
from generations.sandbox.words import SpecialWord

VARIANTS = {
    "video": (VIDEO, "video/mp4"),
    "thumbnail": (THUMBNAIL, "image/webp"),
    "spritesheet": (SPRITESHEET, "image/jpeg"),
}


def is_gone(job: Job) -> bool:
    """Whether a completed job's files have expired."""
    return job.expires_at is not None and time.time() >= job.expires_at


async def send_file(store: JobStore, job: Job, variant: str = "video") -> Response | None:
    """Return the answer that sends one variant of a completed job, faults included; None where there is no file."""
    name, media_type = VARIANTS[variant]
    path = anyio.Path(store.clip_folder(job.id) / name)
    if not await path.exists():
        return None
    if variant == "video" and store.spend(job.id, SpecialWord.TRUNCATED_DOWNLOAD):
        return _Truncated(await path.read_bytes(), media_type=media_type)
    return FileResponse(path, media_type=media_type)


class _Truncated(Response):
    """Promises all of the bytes, sends half of them and closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope[TRANSPORT].close()
        await until_gone(receive)
