"""manage.py accept_restore: go on with a database that is older than what was signed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sorahub.accounts.actions.restores import accept_restore
from sorahub.accounts.management import acting
from sorahub.lib.errors import DomainError


class Command(BaseCommand):
    """Write into the ledger what is lost, and let changes in again."""

    help = "Accept that an older database was restored. Only when the newer one is lost: what it held is gone for good."

    def add_arguments(self, parser: CommandParser) -> None:
        """Why, and who says so."""
        parser.add_argument("--reason", required=True, help="why the newer database is lost; the ledger keeps it")
        acting.add_actor(parser)

    def handle(self, **options: Any) -> None:
        """Accept, and say what was accepted."""
        try:
            accepted = accept_restore(actor=acting.actor(options["actor"]), reason=options["reason"])
        except DomainError as error:
            raise CommandError(error.message) from error
        for each in accepted:
            self.stdout.write(f"Accepted: {each}.")
        self.stdout.write("The hub takes changes again.")
