"""What one should know of the rights of references before using them, with what reviews says about releases."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from generations.announcements import references_weighed
from generations.models import Reference
from generations.rules import reference_rights


def cautions(references: Sequence[Reference]) -> dict[UUID, list[str]]:
    """Return the cautions of each reference that has any; a fixed number of queries, whatever the number of files."""
    if not references:
        return {}
    today, consents = timezone.now().date(), _consents(references)
    found = {row.pk: reference_rights.cautions(row, today, consents.get(row.pk, ())) for row in references}
    return {pk: words for pk, words in found.items() if words}


def in_lines(references: Sequence[Reference]) -> list[str]:
    """Return the same as a sentence for each file."""
    found = cautions(references)
    return [reference_rights.in_a_line(row, found[row.pk]) for row in references if row.pk in found]


def _consents(references: Sequence[Reference]) -> dict[UUID, list[str]]:
    """What is missing of consents for depicted persons, from whoever listens."""
    depicting = [row for row in references if row.names or row.depicts == "yes"]
    found: dict[UUID, list[str]] = {}
    if depicting:
        answers: list[tuple[Any, Any]] = references_weighed.send(sender=Reference, references=depicting)
        for _, answer in answers:
            for pk, words in answer.items():
                found.setdefault(pk, []).extend(words)
    return found
