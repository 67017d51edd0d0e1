"""``manage.py import_terms PATH``: look into a clone of an archive of terms on this machine, and import chosen documents.

Without ``--take`` and ``--take-all`` nothing is imported: it says what is in the archive and which source each document would
go to. Sources are found by name; one that is not there is added.
"""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reviews.actions import import_terms
from reviews.actions.import_terms import Choice
from reviews.models import TermsImport, TermsSource
from reviews.rules.matching_sources import proposed
from sorahub.accounts.models import User
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.runner import SKIPPED, run_one
from sorahub.lib.errors import DomainError

UNDER_WAY = (TermsImport.State.LOOKING, TermsImport.State.RUNNING)


class Command(BaseCommand):
    """Look into a clone, and import from it."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare them."""
        parser.add_argument("path", type=Path, help="the clone's folder")
        parser.add_argument("--actor", required=True, help="e-mail of the legal approver in whose name it is done")
        parser.add_argument("--archive", default="", help="the archive's name, as it is to be credited")
        parser.add_argument(
            "--take", action="append", default=[], help="a document, as Service/Terms Type; may be repeated"
        )
        parser.add_argument("--take-all", action="store_true", help="every document")
        parser.add_argument("--language", default="en")
        parser.add_argument("--jurisdiction", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, tell, and import what was chosen."""
        actor = User.objects.filter(email=options["actor"], is_active=True).select_related("person").first()
        if actor is None:
            raise CommandError(f"Nobody here has the e-mail {options['actor']}.")
        try:
            self._carry_out(actor, options)
        except DomainError as error:
            raise CommandError(error.message) from error

    def _carry_out(self, actor: User, options: dict[str, Any]) -> None:
        path: Path = options["path"]
        row = import_terms.look_into_clone(actor=actor, path=path, archive=options["archive"] or path.resolve().name)
        self._work(row)
        if row.state != TermsImport.State.READY:
            raise CommandError(row.words or import_terms.trouble_of(row))
        choices = self._choices(row, options)
        if not choices:
            self.stdout.write("Nothing is imported: choose with --take or --take-all.")
            return
        import_terms.start_import(actor=actor, row=row, choices=choices)
        self._work(row)
        self.stdout.write(
            f"{row.kept} kept, {row.again} were here already, {row.refused} could not be kept: {row.state}."
        )
        for error in row.errors:
            self.stderr.write(f"{error['where']}: {error['words']}")

    def _choices(self, row: TermsImport, options: dict[str, Any]) -> list[Choice]:
        sources = {each.pk: each for each in TermsSource.objects.all()}
        known = [(pk, each.publisher, each.title) for pk, each in sources.items()]
        choices, wanted = [], set(options["take"])
        for each in row.documents:
            name = f"{each['service']}/{each['terms_type']}{' #' + each['part'] if each['part'] else ''}"
            found = None if each["part"] else proposed(each["service"], each["terms_type"], known)
            source = sources[found] if found else None
            self.stdout.write(
                f"{name}: {each['records']} records, {each['texts']} texts, {each['first'][:10]} to {each['last'][:10]}, "
                f"for {source or 'a new source'}"
            )
            if options["take_all"] or name in wanted:
                choices.append(Choice(
                    each["service"], each["terms_type"], each["part"], source, options["language"], options["jurisdiction"]
                ))  # fmt: skip
                wanted.discard(name)
        if wanted:
            raise CommandError(f"Not in the archive: {', '.join(sorted(wanted))}.")
        return choices

    def _work(self, row: TermsImport) -> None:
        """Run this archive's own jobs here, one after another, and tell how far it is."""
        while row.state in UNDER_WAY and not import_terms.trouble_of(row):
            job = Job.objects.filter(subject_id=row.pk, state=JobState.QUEUED).order_by("created_at").first()
            if job is None or run_one(job.pk) == SKIPPED:
                time.sleep(1)  # a worker has it in hand, or it is due later
            row.refresh_from_db()
            self.stdout.write(f"{row.position} of {row.total} entries are dealt with.")
