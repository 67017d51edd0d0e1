"""Carry notes to another take as linked copies: once each, with their marks, on the frames that hold the same moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.models import Annotation, Shape
from reviews.models.annotation import AnnotationQuerySet
from reviews.rules.carrying import Landing, land
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import InvalidInput
from sorahub.lib.ids import uuid7
from sorahub.lib.timecode import Rate


@dataclass(frozen=True)
class Carried:
    """The copies on the other take, how many of them are new, and in words what did not keep its frames."""

    notes: list[Annotation]
    new: int
    words: list[str]


def carry_annotation(*, actor: User, annotation: Annotation, clip: Clip) -> Carried:
    """Carry the first note of a thread to another clip of its project. Where the same remark stands already, carried there before
    or carried from there, it stays as it is.

    The copy is its carrier's, says where it comes from, and has the marks of the original under ids of their own; replies
    and files stay behind. A copy that was deleted comes back. Raises Forbidden, NotFound, InvalidInput, Conflict for an
    archived project.
    """
    _require(actor, annotation.clip, clip)
    checks.require_seen(actor, Annotation.objects.standing(), annotation)
    if annotation.parent_id is not None:
        raise InvalidInput("A thread is carried by its first note.", code="not-a-thread")
    return _carried(actor, [annotation], annotation.clip, clip)


def carry_open(*, actor: User, clip: Clip, to: Clip) -> Carried:
    """Carry every open note that one reads on a clip to another of its project. Errors as ``carry_annotation``."""
    _require(actor, clip, to)
    rows = Annotation.objects.visible_to(actor).standing().filter(clip=clip, parent=None, resolved_at=None)
    return _carried(actor, list(rows), clip, to)


def _require(actor: User, clip: Clip, to: Clip) -> None:
    actor.demand(Permission.ANNOTATE)
    for each in (clip, to):
        checks.require_seen(actor, Clip.objects.all(), each)
    checks.require_open(to.project)
    if clip.project_id != to.project_id or clip.pk == to.pk:
        words = "Notes are carried to another take of the same project."
        raise InvalidInput(words, fields={"clip": words})


def _carried(actor: User, notes: Sequence[Annotation], clip: Clip, to: Clip) -> Carried:
    rates = Rate(clip.rate_num, clip.rate_den), Rate(to.rate_num, to.rate_den)
    there = _there_already(actor, notes, to)
    notes = [note for note in notes if note.pk not in there]
    landings = {note.pk: land(note.frame_in, note.frame_out, *rates, to.frame_count) for note in notes}
    with transaction.atomic():
        before = set(_copies(notes, to).filter(deleted_at=None).values_list("pk", flat=True))
        made = [_copy(actor, note, to, landings[note.pk]) for note in notes]
        Annotation.objects.bulk_create(made, ignore_conflicts=True)
        _copies(notes, to).exclude(deleted_at=None).update(deleted_at=None, touched_at=timezone.now())
        kept = {copy.carried_from_id: copy for copy in _copies(notes, to)}
        _copy_marks(actor, notes, kept, {copy.pk for copy in made})
        copies = [kept[note.pk] for note in notes]
        if copies:
            Pulse.objects.bump(to.project)
    words = [landing.words for landing in landings.values() if landing.words]
    return Carried([*copies, *there.values()], len({copy.pk for copy in copies} - before), words)


def _there_already(actor: User, notes: Sequence[Annotation], to: Clip) -> dict[UUID, Annotation]:
    """Return what stands on the other take of the same origin, by note: what it was carried from, or a copy of it or of that.

    Two queries for each step between takes.
    """
    kin = {note.pk: note.pk for note in notes}
    found: dict[UUID, Annotation] = {}
    rows = Annotation.objects.visible_to(actor).standing().filter(clip=to)
    above = {note.carried_from_id: note.pk for note in notes if note.carried_from_id}
    while above:
        kin |= above
        ups = Annotation.objects.filter(pk__in=above).exclude(carried_from=None).values_list("pk", "carried_from")
        above = {up: above[pk] for pk, up in ups if up and up not in kin}
    below = dict(kin)
    while below:
        found |= {below[one.pk]: one for one in rows.filter(pk__in=below)}
        downs = Annotation.objects.filter(carried_from__in=below).values_list("pk", "carried_from")
        below = {pk: below[up] for pk, up in downs if up and pk not in kin}
        kin |= below
    return found


def _copies(notes: Sequence[Annotation], to: Clip) -> AnnotationQuerySet:
    return Annotation.objects.filter(clip=to, carried_from__in=[note.pk for note in notes])


def _copy(actor: User, note: Annotation, to: Clip, landing: Landing) -> Annotation:
    return Annotation(
        id=uuid7(),
        clip=to,
        clip_sha256=to.sha256,
        frame_in=landing.frame_in,
        frame_out=landing.frame_out,
        body=note.body,
        category=note.category,
        visibility=note.visibility,
        author=actor,
        carried_from=note,
    )


def _copy_marks(
    actor: User, notes: Sequence[Annotation], kept: Mapping[UUID | None, Annotation], made: set[UUID]
) -> None:
    """Give each copy that was made just now the marks of its original, as they lie."""
    fresh = {note.pk: kept[note.pk] for note in notes if kept[note.pk].pk in made}
    marks = list(Shape.objects.filter(annotation__in=fresh, deleted_at=None))
    for mark in marks:
        mark.annotation = fresh[mark.annotation_id]
        mark.pk, mark.author, mark.created_at, mark.moved_at = uuid7(), actor, timezone.now(), None
        mark._state.adding = True
    Shape.objects.bulk_create(marks)
