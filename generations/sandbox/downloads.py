"""Sends a clip's files, whole or with the fault that the prompt asks for."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from generations.sandbox.faults import TRANSPORT, until_gone
from generations.sandbox.jobs import Job
from generations.sandbox.render import SPRITESHEET, THUMBNAIL, VIDEO
from generations.sandbox.store import JobStore
from generations.sandbox.words import DRIP_BYTES, DRIP_SECONDS, SpecialWord, words_in

VARIANTS = {
    "video": (VIDEO, "video/mp4"),
    "thumbnail": (THUMBNAIL, "image/webp"),
    "spritesheet": (SPRITESHEET, "image/jpeg"),
}
TEBIBYTE = 2**40
_NO_VIDEO = b"These bytes are no video. "


def is_gone(job: Job) -> bool:
    """Whether a completed job's files have expired."""
    return job.expires_at is not None and time.time() >= job.expires_at


async def send_file(store: JobStore, job: Job, variant: str = "video") -> Response | None:
    """Return the answer that sends one variant of a completed job, faults included; None where there is no file."""
    name, media_type = VARIANTS[variant]
    path = store.clip_folder(job.id) / name
    if not await anyio.Path(path).exists():
        return None
    faulty = await _faulty(store, job, path) if variant == "video" else None
    return faulty or FileResponse(path, media_type=media_type)


async def _faulty(store: JobStore, job: Job, path: Path) -> Response | None:
    """The answer with the fault that the prompt asks for, if it still applies."""
    if SpecialWord.WRONG_BYTES in words_in(job.prompt):
        size = (await anyio.Path(path).stat()).st_size
        return Response((_NO_VIDEO * (size // len(_NO_VIDEO) + 1))[:size], media_type="video/mp4")
    if store.spend(job.id, SpecialWord.WRONG_CONTENT_TYPE):
        return HTMLResponse("<!doctype html><title>Please log in</title><p>Please log in to see this video.")
    if store.spend(job.id, SpecialWord.TRUNCATED_DOWNLOAD):
        data = await anyio.Path(path).read_bytes()
        return _BrokenPromise(data[: len(data) // 2], promised=len(data))
    if store.spend(job.id, SpecialWord.OVERSIZED):
        return _BrokenPromise(await anyio.Path(path).read_bytes(), promised=TEBIBYTE)
    if store.spend(job.id, SpecialWord.SLOW_DRIP):
        size = (await anyio.Path(path).stat()).st_size
        return StreamingResponse(_drip(path), media_type="video/mp4", headers={"content-length": str(size)})
    return None


async def _drip(path: Path) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        while piece := await file.read(DRIP_BYTES):
            yield piece
            await anyio.sleep(DRIP_SECONDS)


class _BrokenPromise(Response):
    """Promises more bytes than it sends, then closes the connection."""

    def __init__(self, content: bytes, *, promised: int) -> None:
        super().__init__(content, media_type="video/mp4")
        self.headers["content-length"] = str(promised)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": bytes(self.body), "more_body": True})
        scope[TRANSPORT].close()
        await until_gone(receive)
