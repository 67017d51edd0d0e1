"""What a clip carries with it, in words, and the deliverables that were made of it: two sections of its rights page."""

from dataclasses import dataclass
from typing import Any

from generations.media.findings import Findings, Line, story
from generations.models import Clip, ProvenanceReport
from reviews.actions import lost_marks
from reviews.models import Deliverable
from reviews.rules.clearance import purpose_label, use_label
from reviews.rules.countries import within
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind

MOST = 20


@dataclass(frozen=True)
class Shown:
    """A deliverable, for what it is, and whether a mark was lost or does not verify."""

    row: Deliverable
    words: str
    warning: bool


def carried_context(clip: Clip, user: User) -> dict[str, Any]:
    """Return what the file said at ingest, the marks that were lost on its way, and its deliverables."""
    if user.kind == Kind.GUEST:
        return {"made_deliverables": deliverables(clip, user)}
    report = ProvenanceReport.objects.filter(clip=clip).first()
    return {
        "provenance": report,
        "provenance_story": told(report),
        "lost_marks": lost_marks.warnings(clip, user),
        "made_deliverables": deliverables(clip, user),
    }


def told(report: ProvenanceReport | None) -> list[Line]:
    """Return the report's lines; none while the file has not been looked at."""
    return story(Findings.of_report(report)) if report else []


def deliverables(clip: Clip, user: User) -> list[Shown]:
    """Return the newest deliverables that this person may see."""
    rows = Deliverable.objects.visible_to(user).filter(clip=clip).select_related("created_by__person")
    return [_shown(row) for row in rows.order_by("-created_at", "-id")[:MOST]]


def _shown(row: Deliverable) -> Shown:
    end = f", {purpose_label(row.purpose).lower()}" if row.purpose else ""
    warning = any(each["state"] in {"lost", "broken", "unknown"} for each in row.marks)
    return Shown(row, f"{use_label(row.use)} {within(row.territory)}{end}", warning)
