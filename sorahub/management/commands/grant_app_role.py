"""manage.py grant_app_role: what the running hub's own PostgreSQL role may do."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sorahub.operating import roles
from sorahub.operating.errors import OperatingError


class Command(BaseCommand):
    """Narrow the rights of the role that the hub runs as."""

    help = "As the database's owner, after each migrate: let ROLE use all tables, but only add to those that are written once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which role."""
        parser.add_argument("role", help="an existing PostgreSQL role that owns nothing here")

    def handle(self, **options: Any) -> None:
        """Grant, and print what was granted."""
        try:
            statements = roles.grant(options["role"])
        except OperatingError as error:
            raise CommandError(str(error)) from error
        for statement in statements:
            self.stdout.write(f"{statement};")
