"""manage.py doctor: try everything the hub stands on, and print the mend for what fails."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sorahub.doctoring import data, finding_things, money, processes, stamps
from sorahub.doctoring.finding import Examination, Health

EXAMINATIONS: tuple[Examination, ...] = (
    data.database,
    data.guard_triggers,
    finding_things.search_index,
    money.day_sums,
    data.database_role,
    data.storage,
    data.keys,
    data.checkpoint_copies,
    data.restored,
    data.pdf_seal,
    data.secret_key,
    processes.queue,
    processes.tracker,
    processes.media_child,
    processes.mail,
    processes.public_url,
    processes.clock,
    stamps.time_stamps,
    stamps.tokens,
    stamps.legal_clock,
)
MARKS = {Health.OK: "ok     ", Health.WARNING: "warning", Health.FAULT: "FAULT  "}


class Command(BaseCommand):
    """Examine this installation."""

    help = (
        "Test database, triggers, search index, sums of days, role, storage, keys, checkpoint copies, history, secrets, queue, tracker, media "
        "process, mail, address, clock and time-stamps."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--strict`` makes warnings count as faults."""
        parser.add_argument("--strict", action="store_true", help="exit with status 1 for warnings too")

    def handle(self, **options: Any) -> None:
        """Print one line per examination; raise CommandError (status 1) if something is broken."""
        bad = 0
        for examine in EXAMINATIONS:
            finding = examine()
            self.stdout.write(f"{MARKS[finding.health]}  {finding.name:<11} {finding.words}")
            if finding.mend:
                self.stdout.write(f"                      → {finding.mend}")
            bad += finding.health == Health.FAULT or (options["strict"] and finding.health == Health.WARNING)
            if finding.name == "database" and finding.health == Health.FAULT:
                break
        if bad:
            raise CommandError(f"{bad} of {len(EXAMINATIONS)} examinations failed.")
