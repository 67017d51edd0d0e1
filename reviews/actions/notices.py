"""Notices: what people should know of. Shown in the hub, and mailed by a job where they wish it."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from generations.models import Alarm, Budget, Clip, Membership, Project
from reviews.models import Annotation, Notice, Ranking, Review
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.jobs import queue

MAIL = "notice.mail"


def notify(
    *,
    kind: str,
    people: Collection[User],
    project: Project | None,
    actor: User | None = None,
    clip: Clip | None = None,
    annotation: Annotation | None = None,
    review: Review | None = None,
    ranking: Ranking | None = None,
    alarm: Alarm | None = None,
) -> list[Notice]:
    """Tell these people (but never the one who did it) and enqueue one mail job for all, inside the caller's transaction.

    About one note a person is told once of each kind. Whether somebody wants mail, and may still see what it is about,
    is asked when it is sent.
    """
    told = [user for user in people if actor is None or user.pk != actor.pk]
    about: dict[str, Any] = {"project": project, "clip": clip, "annotation": annotation, "review": review}
    about |= {"ranking": ranking, "alarm": alarm}
    rows = [Notice(user=user, kind=kind, actor=actor, **about) for user in told]
    if rows:
        Notice.objects.bulk_create(rows, ignore_conflicts=True)
        ids = [str(row.pk) for row in rows]
        subject = project.pk if project else alarm.pk if alarm else None
        queue.enqueue(MAIL, key=f"{MAIL}:{ids[0]}", payload={"notices": list(ids)}, subject_id=subject)
    return rows


def notify_of_note(*, kind: str, people: Collection[User], note: Annotation, actor: User) -> list[Notice]:
    """Tell these people of a note; see ``notify``."""
    return notify(kind=kind, people=people, project=note.clip.project, actor=actor, clip=note.clip, annotation=note)


def notify_of_budget(*, alarm: Alarm, budget: Budget) -> list[Notice]:
    """Tell administrators, and the producers in the budget's scope: of its project, of its client's projects, or all."""
    producers = User.objects.filter(kind=Kind.PRODUCER)
    if budget.project_id:
        producers = producers.filter(pk__in=Membership.objects.filter(project=budget.project_id).values("user"))
    elif budget.client_id:
        inside = Membership.objects.filter(project__client=budget.client_id)
        producers = producers.filter(pk__in=inside.values("user"))
    people = User.objects.filter(Q(kind=Kind.ADMINISTRATOR) | Q(pk__in=producers.values("pk")), is_active=True)
    return notify(kind=Notice.Kind.BUDGET, people=list(people), project=budget.project, alarm=alarm)


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
