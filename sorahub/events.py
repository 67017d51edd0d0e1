"""Server-sent events: one small message each time something that the person can see has changed.

A message carries a counter and nothing else: the page then asks for its parts again through the ordinary doors, so the
stream can leak nothing. One query a tick serves all open streams of the process.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from generations.models import Clip, Project, Pulse
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib.errors import Unavailable

TICK = 0.5
KEEP_ALIVE_TICKS = 30
STREAMS_PER_PERSON = 12


class Watch:
    """The newest counters of all projects that somebody listens to; asks the database only while somebody does."""

    def __init__(self) -> None:
        self.listeners: Counter[UUID] = Counter()
        self.versions: dict[UUID, int] = {}
        self.task: asyncio.Task[None] | None = None

    def join(self, project: UUID) -> None:
        """Count a listener in and make sure the counters are being read."""
        self.listeners[project] += 1
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._read())

    def leave(self, project: UUID) -> None:
        """Count a listener out."""
        self.listeners[project] -= 1
        if self.listeners[project] <= 0:
            del self.listeners[project]
            self.versions.pop(project, None)

    async def _read(self) -> None:
        while self.listeners:
            rows = Pulse.objects.filter(project_id__in=list(self.listeners)).values_list("project_id", "version")
            self.versions |= {project: version async for project, version in rows}
            await asyncio.sleep(TICK)


watch = Watch()
open_streams: Counter[UUID] = Counter()


async def stream(project: UUID, user: UUID, still: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
    """Yield an event at once and after each change; a comment line every 15 s keeps proxies from closing the stream.

    After each change ``still`` is asked whether the person may listen on; when not, they hear of the change that ended
    it, and the stream ends.
    """
    watch.join(project)
    open_streams[user] += 1
    seen: int | None = None
    quiet = 0
    try:
        yield "retry: 2000\n\n"
        while True:
            version = watch.versions.get(project, 0)
            if version != seen:
                seen, quiet = version, 0
                yield f"event: changed\ndata: {version}\n\n"
                if not await still():
                    return
            elif (quiet := quiet + 1) >= KEEP_ALIVE_TICKS:
                quiet = 0
                yield ": still here\n\n"
            await asyncio.sleep(TICK)
    finally:
        watch.leave(project)
        open_streams[user] -= 1


def project_seen_by(user: User, kind: str, pk: UUID) -> UUID | None:
    """Return the project to listen to, or None where the person may not see the project or clip."""
    if kind == "clips":
        return Clip.objects.visible_to(user).filter(pk=pk).values_list("project_id", flat=True).first()
    return Project.objects.visible_to(user).filter(pk=pk).values_list("pk", flat=True).first()


async def _still(user: User, kind: str, pk: UUID) -> bool:
    """Say whether access goes on. Only guests' can end while they look: for others nothing is asked."""
    return user.kind != Kind.GUEST or await sync_to_async(project_seen_by)(user, kind, pk) is not None


@require_GET
async def events(request: HttpRequest, kind: str, pk: UUID) -> HttpResponseBase:
    """Stream changes of one project, or of the project of one clip (kind ``projects`` or ``clips``)."""
    if not isinstance(request, ASGIRequest):
        raise Unavailable("Events are served by the event server.")
    user = await request.auser()
    if not isinstance(user, User):
        raise Http404
    project = await sync_to_async(project_seen_by)(user, kind, pk)
    if project is None:
        raise Http404
    if open_streams[user.pk] >= STREAMS_PER_PERSON:
        raise Unavailable("Too many open pages for live updates; this one updates when you reload it.")
    response = StreamingHttpResponse(
        stream(project, user.pk, partial(_still, user, kind, pk)), content_type="text/event-stream"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    response.headers["Access-Control-Allow-Origin"] = settings.PUBLIC_URL
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Vary"] = "Origin, Cookie"
    return response
