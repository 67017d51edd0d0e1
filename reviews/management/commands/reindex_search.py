"""``manage.py reindex_search``: write the search index anew, or with ``--check`` only say whether it is right."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from reviews.actions.searching import index


class Command(BaseCommand):
    """Write the search index anew. The database's triggers keep it; this mends what somebody broke past them."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare them."""
        parser.add_argument("--check", action="store_true", help="only look; status 1 if something is wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, or rebuild and tell how many things can be found."""
        faults = index.faults(connection)
        if options["check"]:
            if faults:
                raise CommandError(f"The search index is not right: {'; '.join(faults)}. Run: manage.py reindex_search")
            self.stdout.write("The search index is right.")
            return
        many = index.mend(connection)
        self.stdout.write(f"{many} things can be found." + (f" Mended: {'; '.join(faults)}." if faults else ""))
