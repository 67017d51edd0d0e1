"""manage.py rotate_sealing_key: a new key for the stored provider keys and webhook secrets."""

from django.core.management.base import BaseCommand, CommandError

from generations.actions.resealing import rotate_sealing_key
from sorahub.lib.errors import DomainError


class Command(BaseCommand):
    """Begin a new sealing key and seal every stored secret with it, while the hub runs."""

    help = "Rotate the key that seals provider keys and webhook secrets. Back the key folder up afterwards."

    def handle(self, **options: object) -> None:
        """Rotate, and say what was done."""
        try:
            version, resealed = rotate_sealing_key()
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Sealing key {version} is in use; {resealed} secrets were sealed anew.")
        self.stdout.write("Back the key folder up. Older keys stay in it: backups of the database may need them.")
