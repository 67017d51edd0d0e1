"""manage.py rotate_key: a new signing key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sorahub.accounts.actions.keys import rotate_signing_key
from sorahub.accounts.management import acting
from sorahub.lib import signing
from sorahub.lib.errors import DomainError


class Command(BaseCommand):
    """Begin a new signing key while the hub runs; the ledger tells of it."""

    help = "Begin a new signing key for the ledger's checkpoints or for records. Back the key folder up afterwards."

    def add_arguments(self, parser: CommandParser) -> None:
        """The purpose, and who does it."""
        parser.add_argument("purpose", choices=signing.PURPOSES)
        acting.add_actor(parser)

    def handle(self, **options: Any) -> None:
        """Rotate, and say what was done."""
        try:
            key = rotate_signing_key(actor=acting.actor(options["actor"]), purpose=options["purpose"])
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Key {key.key_id} signs for {key.purpose} since {key.valid_from:%Y-%m-%d %H:%M:%S} UTC.")
        self.stdout.write("Back the key folder up. Older keys stay in it: what they signed is verified with them.")
