"""``manage.py verify_ledger``: recompute the ledger and name the first bad row of each chain."""

from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sorahub.ledger import audit, copies
from sorahub.ledger.models import Chain, Checkpoint, Event
from sorahub.lib.errors import DomainError


class Command(BaseCommand):
    """Recompute every hash, link, root and signature of the ledger. Exit status 1 when something is wrong."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the choice of a chain and copies of checkpoints."""
        parser.add_argument("--chain", help="only this chain: hub, or a client's id")
        told = "a signed note kept elsewhere, or a folder of such notes (may be repeated)"
        parser.add_argument("--checkpoint", action="append", default=[], type=Path, help=told)

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify and tell."""
        started = monotonic()
        try:
            notes = copies.read(options["checkpoint"])
            faults = audit.verify(self._chain(options["chain"]), notes=notes)
        except (OSError, DomainError) as error:
            raise CommandError(str(error)) from error
        for fault in faults:
            self.stderr.write(str(fault))
        if faults:
            raise CommandError(f"The ledger is NOT sound: {len(faults)} fault(s).")
        self.stdout.write(self._summary(monotonic() - started))

    def _chain(self, key: str | None) -> Chain | None:
        if key is None:
            return None
        chain = Chain.objects.filter(key=key).first()
        if chain is None:
            raise CommandError(f"There is no chain {key!r}.")
        return chain

    def _summary(self, seconds: float) -> str:
        counts = [f"{model.objects.count()} {word}" for model, word in self._counted()]
        return f"The ledger is sound: {', '.join(counts)}, recomputed in {seconds:.1f} s."

    def _counted(self) -> list[tuple[Any, str]]:
        return [(Chain, "chains"), (Event, "events"), (Checkpoint, "checkpoints")]
