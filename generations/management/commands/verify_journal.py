"""``manage.py verify_journal``: prove that the money journal is in balance and budgets count what binds them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from generations.models import SpendEntry
from generations.pipeline.bookkeeping import faults


class Command(BaseCommand):
    """Check the money journal. Exit status 1 when something is wrong."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and tell."""
        found = faults()
        for fault in found:
            self.stderr.write(str(fault))
        if found:
            raise CommandError(f"The journal is NOT sound: {len(found)} fault(s).")
        self.stdout.write(f"The journal is sound: {SpendEntry.objects.count()} entries in balance.")
