"""Notices: what people should know of. Shown in the hub, and mailed by a job where they wish it."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generations.models import Clip, Project
from reviews.models import Annotation, Notice, Ranking, Review
from sorahub.accounts.models import User
from sorahub.jobs import queue

MAIL = "notice.mail"


def notify(
    *,
    kind: str,
    people: Collection[User],
    project: Project,
    actor: User | None = None,
    clip: Clip | None = None,
    annotation: Annotation | None = None,
    review: Review | None = None,
    ranking: Ranking | None = None,
) -> list[Notice]:
    """Tell these people (but never the one who did it) and enqueue one mail job for all, inside the caller's transaction.

    About one note a person is told once of each kind. Whether somebody wants mail, and may still see what it is about,
    is asked when it is sent.
    """
    told = [user for user in people if actor is None or user.pk != actor.pk]
    about = {"project": project, "clip": clip, "annotation": annotation, "review": review, "ranking": ranking}
    rows = [Notice(user=user, kind=kind, actor=actor, **about) for user in told]
    if rows:
        Notice.objects.bulk_create(rows, ignore_conflicts=True)
        ids = [str(row.pk) for row in rows]
        queue.enqueue(MAIL, key=f"{MAIL}:{ids[0]}", payload={"notices": list(ids)}, subject_id=project.pk)
    return rows


def notify_of_note(*, kind: str, people: Collection[User], note: Annotation, actor: User) -> list[Notice]:
    """Tell these people of a note; see ``notify``."""
    return notify(kind=kind, people=people, project=note.clip.project, actor=actor, clip=note.clip, annotation=note)


def mark_read(*, actor: User, notice: Notice) -> Notice:
    """Remember that its person has seen a notice; a second time changes nothing. Expects a row of ``visible_to(actor)``."""
    Notice.objects.filter(pk=notice.pk, user=actor).unread().update(read_at=timezone.now())
    notice.refresh_from_db()
    return notice


def mark_read_about(*, actor: User, annotation: UUID) -> None:
    """Remember that a person has gone to a note: what they were told about it is read."""
    Notice.objects.filter(user=actor, annotation=annotation).unread().update(read_at=timezone.now())


def mark_all_read(*, actor: User) -> int:
    """Remember that a person has seen all their notices; returns how many were new to them."""
    with transaction.atomic():
        return Notice.objects.filter(user=actor).unread().update(read_at=timezone.now())
