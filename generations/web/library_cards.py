"""How files of a library are shown: their picture, their measures, where else they are, and what to know of their rights."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, prefetch_related_objects

from generations.actions import library_cautions
from generations.actions.reference_facts import labels_of
from generations.catalog import roles
from generations.models import Generation, GenerationReference, Project, Reference, ReferenceChange
from generations.models.prompt import ReferenceQuerySet
from generations.models.rights_words import Known, Licence, Role
from sorahub.lib.timecode import Rate

FIELDS = {
    "source": "Where it comes from", "rights": "Under which right", "licence": "Licence", "licence_number": "Licence number",
    "licence_url": "Where it can be read", "licensed_until": "Last day", "credit": "Credit line",
    "ai_use": "May be given to a model", "depicts": "Real persons", "depicted": "Who", "roles": "Good as", "tags": "Tags",
}  # fmt: skip


@dataclass(frozen=True)
class Card:
    """A file as the library shows it. ``here``: the row of the project that it is to be used in, if it is there already."""

    row: Reference
    measures: str
    roles: list[str]
    tags: list[str]
    cautions: list[str]
    projects: list[Project]
    used: int
    here: Reference | None


def cards(shown: Sequence[Reference], rows: ReferenceQuerySet, into: Project | None) -> list[Card]:
    """Return the cards of these files; ``rows`` are those among which the same bytes are looked for. Few queries, however many files."""
    prefetch_related_objects(shown, "labels")
    found = library_cautions.cautions(shown)
    same: dict[tuple[str, UUID], list[Reference]] = {}
    alike = rows.filter(sha256__in={row.sha256 for row in shown}).select_related("project").annotate(used=Count("uses"))
    for each in alike.order_by("-id"):
        same.setdefault((each.sha256, each.project.client_id), []).append(each)
    return [_card(row, same.get((row.sha256, row.project.client_id), []), found, into) for row in shown]


def measures(row: Reference) -> str:
    """Return pixels, length and rate in a line, as far as the file has them."""
    said = [
        f"{row.width} × {row.height}" if row.width else "",
        f"{row.duration_ms / 1000:.1f} s" if row.duration_ms is not None else "",
        f"{Rate(row.rate_num, row.rate_den).label} fps" if row.rate_num and row.rate_den else "",
        row.media_type.partition("/")[2].upper(),
    ]
    return " · ".join(each for each in said if each)


def uses_told(uses: Iterable[GenerationReference]) -> list[tuple[Generation, str]]:
    """Return each generation that a file was given to, with the place at which, in words."""
    return [(use.generation, roles.title(use.reference.kind, use.role)) for use in uses]


def changes_told(changes: Iterable[ReferenceChange]) -> list[tuple[ReferenceChange, list[tuple[str, str, str]]]]:
    """Return each change with its fields: name, what was said before, what is said since."""
    return [(each, [_change(each, name) for name in FIELDS if name in each.after]) for each in changes]


def _change(change: ReferenceChange, name: str) -> tuple[str, str, str]:
    return FIELDS[name], _said(name, change.before.get(name)), _said(name, change.after.get(name))


def _said(name: str, value: Any) -> str:
    """A fact in words; "" for nothing."""
    labels: dict[str, Any] = {"licence": Licence, "ai_use": Known, "depicts": Known}
    if name in labels and value in labels[name]:
        return str(labels[name](value).label)
    if name == "roles":
        return ", ".join(Role(each).label for each in value or [])
    return ", ".join(value) if isinstance(value, list) else str(value or "")


def _card(row: Reference, same: list[Reference], found: dict[UUID, list[str]], into: Project | None) -> Card:
    words = labels_of(row)
    return Card(
        row=row,
        measures=measures(row),
        roles=[Role(each).label for each in words["roles"] if each in Role],
        tags=words["tags"],
        cautions=found.get(row.pk, []),
        projects=[each.project for each in same],
        used=sum(each.used for each in same),  # type: ignore[attr-defined]  # annotated
        here=next((each for each in same if into and each.project_id == into.pk), None),
    )
