"""``manage.py install_schedules``: bring the schedule rows in line with the code; safe to run at every
deployment.
"""

from typing import Any

from django.core.management.base import BaseCommand

from sorahub.jobs import schedules


class Command(BaseCommand):
    """Prints the schedules that are in force afterwards."""

    help = "Create or mend the rows of every declared schedule."

    def handle(self, *args: Any, **options: Any) -> None:
        """Install and name them."""
        for name in schedules.install():
            self.stdout.write(name)
