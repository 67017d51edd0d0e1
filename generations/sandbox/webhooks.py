"""Sends signed webhooks (Standard Webhooks) about finished jobs and tries again until they are taken."""

import asyncio
import http.client
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from generations.sandbox.jobs import Job, JobStore

TIMEOUT_SECONDS = 5
RETRY_SECONDS = (0.5, 1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True)
class Subscription:
    """Where to send events, and the secret (``whsec_`` and base64) that signs them."""

    url: str
    secret: str

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).hostname:
            raise ValueError(f"The webhook address must be an http or https URL, not {self.url!r}.")
        Webhook(self.secret)


class Messenger:
    """Tells a subscriber about finished jobs. A redirect, an error or silence is a failure and is tried again."""

    def __init__(self, store: JobStore, subscription: Subscription | None) -> None:
        self._store = store
        self._subscription = subscription
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, job: Job) -> None:
        """Start telling about a finished job; returns at once."""
        if self._subscription is not None:
            task = asyncio.create_task(self._deliver(self._subscription, job))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop trying; what is untold is told after the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, subscription: Subscription, job: Job) -> None:
        for pause in (*RETRY_SECONDS, None):
            if await asyncio.to_thread(post_event, subscription, job):
                self._store.note(job.id, told=True)
                return
            if pause is not None:
                await asyncio.sleep(pause)


def post_event(subscription: Subscription, job: Job) -> bool:
    """Send the event of a finished job once; return whether the answer was a 2xx."""
    event_id = f"evt_{job.id.removeprefix('video_')}"
    kind = "video.completed" if job.status == "completed" else "video.failed"
    body = json.dumps(
        {"id": event_id, "object": "event", "created_at": job.completed_at, "type": kind, "data": {"id": job.id}}
    )
    now = datetime.now(tz=UTC)
    headers = {
        "content-type": "application/json",
        "user-agent": "SoraHub-sandbox",
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(subscription.secret).sign(event_id, now, body),
    }
    return _post(subscription.url, body.encode(), headers)


def _post(url: str, body: bytes, headers: dict[str, str]) -> bool:
    parts = urlsplit(url)
    maker = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = maker(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, headers)
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
