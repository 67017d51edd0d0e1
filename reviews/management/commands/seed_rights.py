"""``manage.py seed_rights``: give a new installation a checklist of rights and the reported duties of disclosure; safe to run again."""

from typing import Any

from django.core.management.base import BaseCommand

from reviews.actions.seeds import seed_rights


class Command(BaseCommand):
    """Prints what was written."""

    help = "Write the checklist and the duties of disclosure that come with the hub, where they are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write and name them."""
        written = seed_rights()
        for title in written:
            self.stdout.write(title)
        self.stdout.write(
            f"{len(written)} written; counsel reads, confirms and edits them under Rights."
            if written
            else "Nothing to write."
        )
