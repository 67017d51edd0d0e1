"""``manage.py tally_spend``: throw the days' sums of the journal away and make them anew."""

from typing import Any

from django.core.management.base import BaseCommand

from generations.pipeline import tallying


class Command(BaseCommand):
    """Sum every closed day of the journal again. The hub may run meanwhile: its pages then read the journal itself."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Sum and tell."""
        tallying.forget()
        done = tallying.tally()
        self.stdout.write(f"{done['days']} days are summed, in {done['rows']} rows.")
