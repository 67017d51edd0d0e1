"""``manage.py terms_sources``: add the pointers that a library of terms begins with, as far as they are not there."""

from typing import Any

from django.core.management.base import BaseCommand

from reviews.actions.first_sources import add_first_sources, entries


class Command(BaseCommand):
    """Add pointers. What people changed is left alone; migrations do the same by themselves."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Add and tell."""
        added = add_first_sources()
        for source in added:
            self.stdout.write(f"added: {source}")
        self.stdout.write(f"{len(added)} added, {len(entries()) - len(added)} were there.")
