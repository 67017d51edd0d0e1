"""Examines what runs beside the pages: queue, tracker, media child, mail, public address, clock."""

import smtplib
import time
from datetime import timedelta

from django.conf import settings
from django.core.mail import get_connection
from django.db import connection
from django.utils import timezone

from generations.media import MediaError, child
from sorahub.doctoring.finding import Finding, fault, ok, warning
from sorahub.jobs import watchdog
from sorahub.jobs.models import Heartbeat, Job
from sorahub.lib import http
from sorahub.lib.errors import DomainError

TRACKER_BEAT = "tracker"
TRACKER_SILENCE = timedelta(seconds=60)
CLOCK_TOLERANCE = 2.0
CLOCK_POSTGRESQL = "SELECT extract(epoch from clock_timestamp())"
CLOCK_SQLITE = "SELECT (julianday('now') - 2440587.5) * 86400"


def queue() -> Finding:
    """Does due work wait, and have jobs been given up?"""
    waited = watchdog.oldest_waiting(timezone.now())
    dead = Job.objects.filter(state="dead").count()
    if waited > watchdog.freeze_seconds():
        return fault("queue", f"due work has waited {waited:.0f} s", "Start the worker: python manage.py run_cluster")
    if dead:
        return warning("queue", f"{dead} jobs were given up", "Look at them in the admin site under Jobs.")
    return ok("queue", "no due work waits")


def tracker() -> Finding:
    """Has the tracker said lately that it lives?"""
    beat = Heartbeat.objects.filter(pk=TRACKER_BEAT).values_list("beat_at", flat=True).first()
    if beat is None or timezone.now() - beat > TRACKER_SILENCE:
        seen = "never" if beat is None else f"{beat:%Y-%m-%d %H:%M:%S}"
        return warning("tracker", f"last seen: {seen}", "Start it: python manage.py track")
    return ok("tracker", "alive")


def media_child() -> Finding:
    """Does the confined media process start, is it refused what it must not do, and do its limits hold?"""
    try:
        answer = child.run("confinement", {}, child.Limits()).result
    except DomainError as error:
        return fault("media", f"the media process does not run: {error.message}", "Reinstall the locked requirements.")
    open_doors = [door for door in ("python_socket", "native_socket") if not answer[door]]
    if open_doors or answer["secrets_in_environment"]:
        words = f"not confined: {', '.join(open_doors) or 'it sees secrets'}"
        return warning(
            "media", words, "Allow unprivileged network namespaces for the worker's user, or use a container."
        )
    if not _memory_is_limited():
        return warning(
            "media", "takes more memory than its limit", "Run the worker where RLIMIT_AS is honoured (Linux)."
        )
    return ok("media", "the media process runs under limits, without network and without secrets")


def _memory_is_limited() -> bool:
    limits = child.Limits()
    try:
        child.run("confinement", {"hold": 2 * limits.memory // 1024**2}, limits)
    except MediaError:
        return True
    return False


def mail() -> Finding:
    """Can mail be handed over?"""
    if "smtp" not in settings.EMAIL_BACKEND:
        return warning(
            "mail", f"goes to {settings.EMAIL_BACKEND.rsplit('.', 2)[-2]}, not to people", "Set SORAHUB_EMAIL_HOST."
        )
    try:
        with get_connection(fail_silently=False):
            return ok("mail", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} answers")
    except (OSError, smtplib.SMTPException) as error:
        return fault("mail", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}: {error}", "Check SORAHUB_EMAIL_*.")


def public_url() -> Finding:
    """Does the hub answer at the address that it prints into mails?"""
    client = http.Client(
        settings.PUBLIC_URL,
        allowed_networks=settings.HTTP_ALLOWED_PRIVATE_NETWORKS,
        allow_http=settings.HTTP_ALLOW_PLAIN,
    )
    address = f"{settings.PUBLIC_URL}/healthz"
    try:
        status = client.get(address).status
    except DomainError as error:
        return warning("public URL", f"{address}: {error.message}", "Start the pages, or correct SORAHUB_PUBLIC_URL.")
    if status != 200:
        return fault("public URL", f"{address} answers {status}", "Correct SORAHUB_PUBLIC_URL or the proxy.")
    return ok("public URL", f"{settings.PUBLIC_URL} answers")


def clock() -> Finding:
    """Do this machine and the database agree on the time?"""
    with connection.cursor() as cursor:
        postgresql = connection.vendor == "postgresql"
        cursor.execute(CLOCK_POSTGRESQL if postgresql else CLOCK_SQLITE)
        theirs = float(cursor.fetchone()[0])
    skew = abs(time.time() - theirs)
    if skew > CLOCK_TOLERANCE:
        return fault("clock", f"database and machine differ by {skew:.1f} s", "Synchronise both with NTP.")
    return ok("clock", f"agrees with the database within {max(skew, 0.001):.3f} s")
