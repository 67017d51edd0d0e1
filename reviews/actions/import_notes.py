"""Bring notes in from a file: first a plan that shows what would be written and what was guessed, then the same plan, written.

Nobody's name is faked: whoever imports is the author; whose words they were is said in front of them and in ``source``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.actions.annotate import shapes_of
from reviews.interchange import reading as files
from reviews.interchange.planning import AT_ONCE, KNOWN, NEW, Planned, Planning
from reviews.interchange.values import Problem
from reviews.models import Annotation, Shape, Visibility
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import Conflict, InvalidInput
from sorahub.lib.timecode import Rate

__all__ = ["KNOWN", "NEW", "Plan", "Planned", "import_notes", "plan_import"]

OTHER_CLIP = "The file was made of another clip; its frames are taken as they are."


@dataclass(frozen=True)
class Plan:
    """What a file would do to a clip."""

    kind: str
    label: str
    notes: Sequence[Planned]
    problems: Sequence[Problem]
    guesses: Sequence[str] = field(default_factory=tuple)

    @property
    def new(self) -> list[Planned]:
        """Those that would be written."""
        return [note for note in self.notes if note.fate == NEW]

    @property
    def known(self) -> int:
        """How many the clip has already."""
        return len(self.notes) - len(self.new)


def plan_import(*, actor: User, clip: Clip, data: bytes, start: str = "", visibility: str = "") -> Plan:
    """Read a file and say what it would write on this clip; nothing is written.

    ``start`` is the timecode of frame 0 (empty: guessed), ``visibility`` overrules the file's (empty: as the file says, else
    for the agency). Raises Forbidden, NotFound, Conflict for an archived project, InvalidInput for a file that is none.
    """
    actor.demand(Permission.ANNOTATE)
    checks.require_seen(actor, Clip.objects.all(), clip)
    checks.require_open(clip.project)
    if visibility and visibility not in Visibility.values:
        words = f"Choose one of: {', '.join(Visibility.values)}."
        raise InvalidInput(words, fields={"visibility": words})
    read = files.read(data, Rate(clip.rate_num, clip.rate_den), clip.frame_count, start)
    planning = Planning(actor, clip, read, visibility)
    notes = planning.plan(read.notes)
    problems = sorted([*read.problems, *planning.problems], key=lambda problem: problem.row)
    guesses = [*read.guesses, *([OTHER_CLIP] if read.sha256 not in ("", clip.sha256) else [])]
    return Plan(read.kind, files.LABELS[read.kind], notes, problems, guesses)


def import_notes(*, actor: User, clip: Clip, data: bytes, start: str = "", visibility: str = "") -> Plan:
    """Write what ``plan_import`` plans, all or nothing, and return the plan. The same file again writes nothing.

    Raises what ``plan_import`` does, and Conflict when somebody brought the same notes in at this moment.
    """
    plan = plan_import(actor=actor, clip=clip, data=data, start=start, visibility=visibility)
    if not plan.new:
        return plan
    rows = [_row(actor, clip, plan, note, order) for order, note in enumerate(plan.new)]
    heads = [row for row in rows if row.parent_id is None]
    answers = [row for row in rows if row.parent_id is not None]
    marks = [shape for row, note in zip(rows, plan.new, strict=True) for shape in shapes_of(row, actor, note.marks)]
    try:
        with transaction.atomic():
            for some in (heads, answers):
                Annotation.objects.bulk_create(some, batch_size=AT_ONCE)
            Shape.objects.bulk_create(marks, batch_size=AT_ONCE)
            Pulse.objects.bump(clip.project)
    except IntegrityError as error:
        raise Conflict("The same notes were brought in at this moment: look again.", code="id-taken") from error
    return plan


def _row(actor: User, clip: Clip, plan: Plan, note: Planned, order: int) -> Annotation:
    at = timezone.now() + timedelta(microseconds=order)  # keeps the file's order
    named = bool(note.author) and note.author != actor.get_full_name()
    return Annotation(
        id=note.id,
        clip=clip,
        clip_sha256=clip.sha256,
        parent_id=note.parent,
        frame_in=note.frame_in,
        frame_out=note.frame_out,
        body=note.body,
        category=note.category,
        visibility=note.visibility,
        author=actor,
        source=(f"{plan.kind}: {note.author}" if named else plan.kind)[:40],
        created_at=at,
        touched_at=at,
        resolved_at=at if note.resolved else None,
        resolved_by=actor if note.resolved else None,
    )
