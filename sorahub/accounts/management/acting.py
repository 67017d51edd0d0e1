"""Who acts when a command of the hub's machine is run: an account, named by its address."""

from django.core.management.base import CommandError, CommandParser

from sorahub.accounts.models import User


def add_actor(parser: CommandParser) -> None:
    """Add ``--actor``."""
    parser.add_argument("--actor", required=True, metavar="E-MAIL", help="the administrator's account that does this")


def actor(address: str) -> User:
    """Return the account; CommandError when there is none."""
    user = User.objects.select_related("person").filter(email=address.strip().lower()).first()
    if user is None:
        raise CommandError(f"There is no account {address!r}.")
    return user
