"""manage.py restore: a hub from its backup, checked before and proven after."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from sorahub.operating import described, restoring
from sorahub.operating.errors import OperatingError


class Command(BaseCommand):
    """Restore the hub."""

    help = (
        "Check a backup, put its database, media and keys back, and prove the ledger. Stop the hub's processes first."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which backup, its keys, and how far to go."""
        parser.add_argument("folder", type=Path, help="a folder that manage.py backup made")
        parser.add_argument("--keys", type=Path, help="the folder with the keys of that backup")
        parser.add_argument("--check", action="store_true", help="only read the backup and say whether it is whole")
        parser.add_argument("--replace", action="store_true", help="put it in the place of the hub that is there")
        parser.add_argument("--no-input", action="store_true", help="do not ask before replacing")

    def handle(self, **options: Any) -> None:
        """Do it and say what stands."""
        try:
            if options["check"]:
                self._check(options["folder"])
            else:
                self._restore(options)
        except OperatingError as error:
            raise CommandError(str(error)) from error

    def _check(self, folder: Path) -> None:
        description = described.Description.read(folder)
        wrong = list(described.faults(folder))
        for line in wrong:
            self.stderr.write(line)
        if wrong:
            raise OperatingError(f"{folder} is damaged: {len(wrong)} fault(s).")
        events = sum(head.size for head in description.heads)
        self.stdout.write(
            f"{folder} is whole: {description.vendor}, {events} ledger events, made {description.made_at}."
        )

    def _restore(self, options: dict[str, Any]) -> None:
        if options["replace"] and not options["no_input"]:
            self._confirm()
        done = restoring.restore(options["folder"], options["keys"], replace=options["replace"], tell=self.stdout.write)
        if done.aside:
            self.stdout.write(f"The media that were there lie in {done.aside} now.")
        proven = (
            f"{done.events} ledger events proven" if done.proven else f"{done.events} ledger events, not proven yet"
        )
        self.stdout.write(f"Restored: {done.files} media files, {proven}.")
        if not done.proven:
            self.stdout.write(
                "This code is younger than the backup. Next: manage.py migrate, then manage.py verify_ledger."
            )
        if connection.vendor == "postgresql":
            self.stdout.write("Next: manage.py grant_app_role ROLE, so that the hub may use what was restored.")
        self.stdout.write(
            "Then: manage.py doctor. It says whether a younger checkpoint is known than what was restored."
        )

    def _confirm(self) -> None:
        name = str(connection.settings_dict["NAME"])
        self.stdout.write(
            f"Everything in the database {name} will be gone; media are moved aside. Type its name to go on:"
        )
        if input().strip() != name:
            raise CommandError("Nothing was touched.")
