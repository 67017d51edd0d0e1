"""manage.py erase_person: take a person's name and addresses out of the hub."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sorahub.accounts.actions.erasing import erase_person
from sorahub.accounts.management import acting
from sorahub.lib.errors import DomainError


class Command(BaseCommand):
    """Erase the person behind an account: for good."""

    help = "Erase a person's name and addresses for good and close their accounts. What they signed stays as it was signed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whom, and who does it."""
        parser.add_argument("email", help="an address of the person's")
        acting.add_actor(parser)

    def handle(self, **options: Any) -> None:
        """Erase, and say what was done."""
        person = acting.actor(options["email"]).person
        try:
            erased = erase_person(actor=acting.actor(options["actor"]), person=person)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(
            f"Erased: the name, {person.accounts.count()} accounts, {erased} concealed words. Backups still hold them."
        )
