"""manage.py sandbox: the embedded generation service."""

import os
from argparse import ArgumentParser
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from standardwebhooks import Webhook

from generations.sandbox.serve import serve
from generations.sandbox.server import Setup
from generations.sandbox.store import StateInUse
from generations.sandbox.webhooks import Subscription


class Command(BaseCommand):
    """Serve every dialect on the loopback interface until stopped."""

    help = "Run the embedded generation service (loopback only; real MP4)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options; the webhook also by environment variable, since a secret should not stand on a command line."""
        add, env = parser.add_argument, os.environ.get
        own_port = urlsplit(settings.SANDBOX_URL).port or 80
        add("--port", type=int, default=own_port, help="loopback port; 0 takes a free one (default: SANDBOX_URL's)")
        add("--state", type=Path, default=None, help="folder for jobs and clips (default: VAR_DIR/sandbox)")
        add("--speed", type=float, default=0.3, metavar="SECONDS", help="how long a job waits in the queue")
        add("--renders", type=int, choices=(1, 2), default=2, help="renders at once")
        add("--asset-seconds", type=int, metavar="SECONDS", help="how long files stay, instead of each dialect's time")
        add("--key", default=env("SORAHUB_SANDBOX_KEY", ""), help="the only API key that opens it (default: any)")
        add("--webhook-url", default=env("SORAHUB_SANDBOX_WEBHOOK_URL", ""), help="where to send signed events")
        add(
            "--webhook-secret",
            default=env("SORAHUB_SANDBOX_WEBHOOK_SECRET", ""),
            help="whsec_ and base64; also signs callbacks",
        )

    def handle(self, **options: object) -> None:
        """Run until SIGTERM or SIGINT."""
        setup = Setup(
            folder=_path(options["state"]),
            queue_seconds=float(str(options["speed"])),
            renders=int(str(options["renders"])),
            subscription=_subscription(str(options["webhook_url"]), str(options["webhook_secret"])),
            webhook_secret=_secret(str(options["webhook_secret"])),
            key=str(options["key"]) or None,
            asset_seconds=_seconds(options["asset_seconds"]),
        )
        port = int(str(options["port"]))
        try:
            serve(setup, port, self._say)
        except (OSError, StateInUse) as error:
            raise CommandError(f"The sandbox cannot start on port {port}: {error}") from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _path(given: object) -> Path:
    return given if isinstance(given, Path) else Path(settings.VAR_DIR) / "sandbox"


def _seconds(given: object) -> int | None:
    return given if isinstance(given, int) else None


def _secret(given: str) -> str | None:
    if not given:
        return None
    try:
        Webhook(given)
    except (ValueError, RuntimeError) as error:
        raise CommandError(f"--webhook-secret is not usable: {error}") from error
    return given


def _subscription(url: str, secret: str) -> Subscription | None:
    if not url:
        return None
    try:
        return Subscription(url, secret)
    except (ValueError, RuntimeError) as error:
        raise CommandError(f"--webhook-url or --webhook-secret is not usable: {error}") from error
