"""The five processes of a hub on one machine, as rows for the supervisor."""

import os
import sys
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.utils import timezone

from sorahub.jobs.models import Heartbeat
from sorahub.supervise import Service

LOOPBACK = "127.0.0.1"
TRACKER = "tracker"
TRACKER_FROZEN_SECONDS = 45.0
WORKER_GRACE_SECONDS = 10.0
"""Less than the supervisor's own patience with it: the cluster is a group of its own, and only its watchdog can end it."""


def port_of(url: str) -> int:
    """Return the port of an address from the settings."""
    return urlsplit(url).port or 80


def services(*, webhook_url: str, webhook_secret: str) -> list[Service]:
    """Return the services in the order in which they start: sandbox, events, tracker, worker, pages."""
    return [_sandbox(webhook_url, webhook_secret), _events(), _tracker(), _worker(), _web()]


def _manage(*words: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]


def _environment(**extra: str) -> dict[str, str]:
    return {"DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"], "PYTHONUNBUFFERED": "1", **extra}


def _sandbox(webhook_url: str, webhook_secret: str) -> Service:
    port = port_of(settings.SANDBOX_URL)
    return Service(
        name="sandbox",
        argv=_manage("sandbox", "--port", str(port)),
        env=_environment(SORAHUB_SANDBOX_WEBHOOK_URL=webhook_url, SORAHUB_SANDBOX_WEBHOOK_SECRET=webhook_secret),
        port=port,
        ready=f"http://{LOOPBACK}:{port}/healthz",
    )


def _events() -> Service:
    port = port_of(settings.EVENTS_URL)
    words = ["sorahub.asgi:application", "--host", LOOPBACK, "--port", str(port), "--lifespan", "off"]
    return Service(
        name="events",
        argv=[sys.executable, "-m", "uvicorn", *words, "--no-access-log", "--timeout-graceful-shutdown", "2"],
        env=_environment(),
        port=port,
        ready=f"http://{LOOPBACK}:{port}/healthz",
    )


def _tracker() -> Service:
    return Service(
        name="tracker",
        argv=_manage("track"),
        env=_environment(),
        beat=lambda: beat_age(TRACKER),
        frozen_after=TRACKER_FROZEN_SECONDS,
    )


def _worker() -> Service:
    patience = ["--grace", str(WORKER_GRACE_SECONDS)]
    return Service(
        name="worker", argv=_manage("run_cluster", *patience), env=_environment(), grace=WORKER_GRACE_SECONDS + 5
    )


def _web() -> Service:
    port = port_of(settings.PUBLIC_URL)
    words = ["sorahub.wsgi:application", "--bind", f"{LOOPBACK}:{port}", "--worker-class", "gthread", "--threads", "8"]
    return Service(
        name="web",
        argv=[
            sys.executable,
            "-m",
            "gunicorn",
            *words,
            "--workers",
            "1",
            "--access-logfile",
            "-",
            "--no-control-socket",
        ],
        env=_environment(),
        port=port,
        ready=f"http://{LOOPBACK}:{port}/readyz",
    )


def beat_age(name: str) -> float | None:
    """Return the seconds since a process last said that it lives; None before its first word."""
    try:
        beat = Heartbeat.objects.filter(pk=name).values_list("beat_at", flat=True).first()
    finally:
        connection.close()
    return (timezone.now() - beat) / timedelta(seconds=1) if beat else None
