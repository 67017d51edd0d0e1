"""Sends a clip's files, whole or, where the prompt asks for it, cut off half-way."""

import time

import anyio
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from generations.sandbox.errors import ApiError, not_found
from generations.sandbox.faults import TRANSPORT, until_gone
from generations.sandbox.jobs import Job, JobStore
from generations.sandbox.render import SPRITESHEET, THUMBNAIL, VIDEO
from generations.sandbox.words import SpecialWord, words_in

VARIANTS = {
    "video": (VIDEO, "video/mp4"),
    "thumbnail": (THUMBNAIL, "image/webp"),
    "spritesheet": (SPRITESHEET, "image/jpeg"),
}


async def download(request: Request, store: JobStore, job: Job, variant: str) -> Response:
    """Return the answer that sends one variant. Raises ApiError while there is no file, and once it has expired."""
    if job.status == "failed":
        raise ApiError(404, "The video failed and has no content.", param="video_id", code="video_failed")
    if job.status != "completed":
        raise ApiError(404, "The video is not ready yet.", param="video_id", code="video_not_ready")
    if job.expires_at is not None and time.time() > job.expires_at:
        raise ApiError(404, "The video's content has expired.", param="video_id", code="video_expired")
    name, media_type = VARIANTS[variant]
    path = store.clip_folder(job.id) / name
    if not await anyio.Path(path).exists():
        raise not_found(job.id)
    if variant == "video" and not job.truncated and SpecialWord.TRUNCATED_DOWNLOAD in words_in(job.prompt):
        store.note(job.id, truncated=True)
        return _Truncated(await anyio.Path(path).read_bytes(), media_type=media_type)
    return FileResponse(path, media_type=media_type)


class _Truncated(Response):
    """Promises all of the bytes, sends half of them and closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope[TRANSPORT].close()
        await until_gone(receive)
