"""Say from which clips a clip was made. What binds them binds it, so it is written once and never taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from generations.actions import checks
from generations.models import Clip, ClipParent, Project, Pulse
from generations.models.descent import ancestors
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.errors import Conflict, InvalidInput

MOST_PARENTS = 50
_SAY_WHAT = "Say what was done, such as: cut to 6 s."


@dataclass(frozen=True)
class MadeFrom:
    """A clip that another was made from, and what was done."""

    parent: Clip
    operation: str


def declare_parent(*, actor: User, clip: Clip, parent: Clip, operation: str) -> ClipParent:
    """Declare that a clip was made from another; what binds the other binds it from now on. It cannot be taken back.

    For whoever may upload clips and sees both. Raises Forbidden, NotFound, InvalidInput (itself, no words), Conflict when
    it is declared already or when the other was made from this one.
    """
    actor.demand(Permission.UPLOAD)
    checks.require_seen(actor, Clip.objects.all(), clip)
    said = checked(actor, [MadeFrom(parent, operation)])[0]
    if parent.pk == clip.pk:
        raise InvalidInput("A clip is not made from itself.", fields={"parent": "Choose another clip."})
    with transaction.atomic():
        lock(clip.project_id, [parent.pk])
        _require_no_circle(clip, parent)
        if ClipParent.objects.filter(clip=clip, parent=parent).exists():
            raise Conflict("This is declared already.", code="parent-declared", fields={"parent": "Declared already."})
        made = _write(actor, clip, said)
        Pulse.objects.bump(clip.project)
        _append(actor, made)
    return made


def checked(actor: User, made_from: Sequence[MadeFrom]) -> list[MadeFrom]:
    """Return the parents with their words tidied. Raises NotFound for what the actor does not see, InvalidInput."""
    if len(made_from) > MOST_PARENTS:
        message = f"Name at most {MOST_PARENTS} clips."
        raise InvalidInput(message, fields={"made_from": message})
    for each in made_from:
        checks.require_seen(actor, Clip.objects.all(), each.parent)
    return [MadeFrom(each.parent, checks.words(each.operation, "operation", _SAY_WHAT)) for each in made_from]


def lock(project: UUID, parents: Sequence[UUID]) -> None:
    """Let nobody else declare parents in these projects until the transaction ends: two at once could close a circle."""
    theirs = Clip.objects.filter(pk__in=parents).values("project")
    places = Project.objects.select_for_update(no_key=True).filter(Q(pk=project) | Q(pk__in=theirs))
    list(places.order_by("pk"))


def inherit(*, actor: User, clip: Clip, made_from: Sequence[tuple[UUID, str]]) -> None:
    """Write the parents that an upload named when its file came, inside the caller's transaction, which begins with ``lock``.

    Those that are written already, the clip itself (the same bytes came again) and what was made from it are left out.
    """
    parents = Clip.objects.filter(pk__in=[parent for parent, _ in made_from]).select_related("project").in_bulk()
    known = set(ClipParent.objects.filter(clip=clip).values_list("parent_id", flat=True))
    for parent_id, operation in made_from:
        parent = parents[parent_id]
        if parent_id in known | {clip.pk} or clip.pk in ancestors([parent_id]).of(parent_id):
            continue
        known.add(parent_id)
        _append(actor, _write(actor, clip, MadeFrom(parent, operation)))


def _write(actor: User, clip: Clip, said: MadeFrom) -> ClipParent:
    row = ClipParent(clip=clip, parent=said.parent, operation=said.operation, declared_by=actor)
    checks.insert(row)
    return row


def _require_no_circle(clip: Clip, parent: Clip) -> None:
    if clip.pk in ancestors([parent.pk]).of(parent.pk):
        message = "That clip was itself made from this one."
        raise Conflict(message, code="parent-circle", fields={"parent": message})


def _append(actor: User, made: ClipParent) -> None:
    record.append(
        kind="clip.parent_declared",
        actor=actor.pk,
        client=made.clip.project.client_id,
        subject=made.clip,
        body={
            "sha256": made.clip.sha256,
            "parent": str(made.parent_id),
            "parent_sha256": made.parent.sha256,
            "words": record.conceal(made.operation),
        },
    )
