"""manage.py backup: the whole hub into one folder, its keys into another, while it runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sorahub.operating import backing_up
from sorahub.operating.errors import OperatingError


class Command(BaseCommand):
    """Back the hub up."""

    help = "Write database and media into a new folder below INTO, and the keys into a new folder below --keys. The hub may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to, and where the keys go: one of the two ways must be chosen."""
        parser.add_argument(
            "into", type=Path, help="the place of the backups; an earlier one there makes this one small"
        )
        keys = parser.add_mutually_exclusive_group(required=True)
        keys.add_argument("--keys", type=Path, help="another place, for the keys: not on the same disk")
        keys.add_argument("--without-keys", action="store_true", help="the keys are backed up in another way")

    def handle(self, **options: Any) -> None:
        """Make it and say what it holds."""
        try:
            made = backing_up.make(options["into"], options["keys"], tell=self.stdout.write)
        except OperatingError as error:
            raise CommandError(str(error)) from error
        shared = f", {made.shared} of them shared with the backup before" if made.shared else ""
        self.stdout.write(f"{made.folder}: {made.files} files, {made.size / 1e6:.1f} MB{shared}.")
        self.stdout.write(f"Keys: {made.keys}." if made.keys else "Keys: not in this backup.")
