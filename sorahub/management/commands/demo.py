"""manage.py demo: set up, start everything, walk one clip from prompt to cleared evidence, stay up."""

import errno
import fcntl
import json
import logging
import os
import secrets
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

from sorahub.demo import agency, processes
from sorahub.demo.story import Outcome, Story
from sorahub.demo.telling import StepFailed, Teller
from sorahub.ports import PortTaken, require_free
from sorahub.supervise import ServiceFailed, Supervisor, interruptible

REPORT = "demo.json"
NEEDED_BYTES = 500_000_000
LEAST_BYTES = 10_000_000


class Command(BaseCommand):
    """The demonstration on one machine."""

    help = "Start the whole hub on this machine with a demo agency and walk one clip from prompt to cleared evidence."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--once``: stop everything after the main job; the exit status says whether every step held."""
        parser.add_argument("--once", action="store_true", help="exit after the main job")

    def handle(self, **options: Any) -> None:
        """Run; every foreseeable trouble is one clear line and exit status 1."""
        logging.getLogger("django-q").setLevel(logging.WARNING)  # it tells of every enqueued task
        teller = Teller(self._say)
        self._say("SoraHub demo")
        try:
            with interruptible() as interruption, alone(settings.VAR_DIR):
                teller.check = interruption.check
                self._run(teller, once=options["once"])
        except KeyboardInterrupt:
            self._say("\nStopped; all of its processes have ended.")
        except (PortTaken, ServiceFailed, StepFailed) as error:
            raise CommandError(cause(error)) from error
        except OSError as error:
            raise CommandError(explain(error)) from error
        except OperationalError as error:
            if "disk is full" not in str(error):
                raise
            raise CommandError(f"The disk is full: free {NEEDED_BYTES // 1_000_000} MB and start again.") from error

    def _run(self, teller: Teller, *, once: bool) -> None:
        require_ports()
        require_space(settings.VAR_DIR)
        password = kept_password()
        teller.step("database", lambda: (prepare(), None))
        made = teller.step("agency", lambda: self._found(password))
        webhook = f"{settings.PUBLIC_URL}/webhooks/{made.account.pk}/"
        rows = processes.services(webhook_url=webhook, webhook_secret=made.account.webhook_secret)
        with Supervisor(rows, log_dir=settings.VAR_DIR / "log", say=self._say) as supervisor:
            teller.step("services", lambda: (start(supervisor), None))
            outcome = Story(made, password, teller, partial(require_health, supervisor)).run()
            report(made, password, outcome, teller)
            self._say(f"Every step held. {teller.total:.1f} s in all.")
            if once:
                return
            self._invite(password, outcome)
            supervisor.wait()

    def _found(self, password: str) -> tuple[str, agency.Agency]:
        made = agency.found(password)
        return f"{len(agency.PROJECTS)} projects of 2 clients, {len(made.people)} people", made

    def _invite(self, password: str, outcome: Outcome) -> None:
        base = settings.PUBLIC_URL
        self._say(f"\nOpen  {base}/            the hub")
        self._say(f"      {base}/clips/{outcome.clips[0].pk}/   the cleared clip on the review page")
        self._say(f"      {base}/admin/      where producers work")
        self._say(f"      {settings.SANDBOX_URL}/            the embedded generation service")
        self._say("Log in as")
        for who in (*agency.PEOPLE, agency.ADMINISTRATOR):
            self._say(f"      {who.email:<28} {who.kind.label}")
        self._say(
            f"with the password {password}\nThe API's tokens are in {settings.VAR_DIR / REPORT}. Ctrl-C stops everything."
        )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def require_ports() -> None:
    """Raise PortTaken, naming the port and what takes it, before anything is written."""
    for name, url in (("web", settings.PUBLIC_URL), ("events", settings.EVENTS_URL), ("sandbox", settings.SANDBOX_URL)):
        require_free(processes.port_of(url), wanted_by=name)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one demo run on a folder: a second one would turn the first one's database to its own services."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StepFailed(f"Another demo is running on {folder}: use that one, or end it first.") from error
        yield


def require_space(folder: Path, needed: int = NEEDED_BYTES) -> None:
    """Raise OSError ENOSPC when fewer than ``needed`` bytes are left, by default what the demonstration takes."""
    folder.mkdir(parents=True, exist_ok=True)
    room = os.statvfs(folder)
    if room.f_bavail * room.f_frsize < needed:
        raise OSError(errno.ENOSPC, "not enough room", str(folder))


def require_health(supervisor: Supervisor) -> None:
    """Raise when a service is lost for good, or OSError ENOSPC when the disk has filled up meanwhile."""
    require_space(settings.VAR_DIR, LEAST_BYTES)
    supervisor.raise_failure()


def cause(error: Exception) -> str:
    """Return what to tell of a failure: a full disk where there is one, since it breaks services in many ways."""
    try:
        require_space(settings.VAR_DIR, LEAST_BYTES)
    except OSError as trouble:
        return explain(trouble)
    return str(error)


def explain(error: OSError) -> str:
    """Return one line for trouble with files."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk is full at {error.filename or settings.VAR_DIR}: free {NEEDED_BYTES // 1_000_000} MB and start again."
    return f"{error.filename or settings.VAR_DIR}: {error.strerror or error}."


def kept_password() -> str:
    """Return the demo's password: the one of an earlier run, or a new one."""
    path = settings.VAR_DIR / REPORT
    if path.exists():
        return str(json.loads(path.read_text(encoding="utf-8"))["password"])
    draft = settings.VAR_DIR / "keys" / "demo-password"
    if not draft.exists():
        draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_text(f"demo-{secrets.token_hex(4)}", encoding="ascii")
        draft.chmod(0o600)
    return draft.read_text(encoding="ascii")


def prepare() -> str:
    """Bring the database, the cache table, the static files and the media folders up to date; say what they are."""
    for folder in ("incoming", "originals", "renditions", "bundles", "received"):
        (settings.MEDIA_ROOT / folder).mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    return f"{connection.vendor} ready, static files collected"


def start(supervisor: Supervisor) -> str:
    """Start the services; the connection is closed first so that no child shares it."""
    connection.close()
    supervisor.start(together=True)
    return f"{', '.join(supervisor.pids())} up"


def report(made: agency.Agency, password: str, outcome: Outcome, teller: Teller) -> None:
    """Write var/demo.json in one piece, readable by its owner only."""
    facts = {
        "base_url": settings.PUBLIC_URL,
        "events_url": settings.EVENTS_URL,
        "sandbox_url": settings.SANDBOX_URL,
        "api_url": f"{settings.PUBLIC_URL}/api/v1/",
        "password": password,
        "people": {
            key: {"email": user.email, "kind": user.kind, "id": str(user.pk)} for key, user in made.people.items()
        },
        "tokens": agency.issue_tokens(made.people),
        "clients": {p.client.name: str(p.client_id) for p in made.projects.values()},
        "projects": {code: str(project.pk) for code, project in made.projects.items()},
        "provider_account": str(made.account.pk),
        "clips": [str(clip.pk) for clip in outcome.clips],
        "generations": [str(pk) for clip in outcome.clips for pk in clip.generations.values_list("pk", flat=True)],
        "sign_off": str(outcome.sign_off.pk),
        "licence_record_version": str(outcome.sign_off.record_version_id),
        "bundle": str(outcome.bundle.pk),
        "bundle_folder": str(outcome.bundle_folder),
        "bundle_zip": str(settings.MEDIA_ROOT / outcome.bundle.storage_key),
        "step_seconds": teller.times,
        "seconds": teller.total,
        "python": sys.version.split()[0],
    }
    path = settings.VAR_DIR / REPORT
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)
