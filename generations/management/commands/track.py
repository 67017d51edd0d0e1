"""manage.py track: the asynchronous poller of the providers."""

import asyncio
import signal

from django.core.management.base import BaseCommand

from generations.pipeline.track import Tracker


class Command(BaseCommand):
    """Ask the providers how their tasks stand, until SIGTERM or SIGINT."""

    help = "Follow the generations at their providers. Any number of trackers may run."

    def handle(self, **options: object) -> None:
        """Run until told to stop."""
        asyncio.run(self._track())

    async def _track(self) -> None:
        tracker, loop = Tracker(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, tracker.stopping.set)
        self.stdout.write(f"Tracking as {tracker.owner}")
        self.stdout.flush()
        await tracker.run()
