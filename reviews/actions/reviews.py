"""Put clips before named people, and end it again."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Project, Pulse
from generations.models.clip import ClipGrant
from generations.pipeline import ingest
from reviews.models import Review, ReviewItem, ReviewParticipant, Stage
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.jobs import queue
from sorahub.ledger import record
from sorahub.lib.errors import Conflict, InvalidInput, NotFound


def send_review(
    *,
    actor: User,
    project: Project,
    stage: Stage,
    title: str,
    clips: Sequence[Clip],
    people: Sequence[User],
    due_at: datetime | None = None,
    message: str = "",
) -> Review:
    """Put these clips, in this order, before these people for one stage, and write to each of them.

    The people take part in the project and are of the kind that decides in the stage. Guests may see the clips from now
    on, as watermarked proxies. Raises Forbidden, NotFound, InvalidInput, Conflict for an archived project.
    """
    actor.demand(Permission.SEND_REVIEW)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)
    words = checks.words(title, "title", "Give the review a title.")
    _check(project, stage, clips, people, due_at)
    with transaction.atomic():
        review = Review.objects.create(
            project=project, stage=stage, title=words, message=message.strip(), due_at=due_at, created_by=actor
        )
        _fill(review, clips, people)
        _grant(actor, clips, people)
        _append("review.sent", actor, review)
    return review


def close_review(*, actor: User, review: Review) -> Review:
    """End a review; what people saw and said stays. Raises Forbidden, NotFound, Conflict if it has ended."""
    return _end("review.closed", actor, review, closed_at=timezone.now())


def revoke_review(*, actor: User, review: Review) -> Review:
    """Take a review back: its guests no longer see its clips, unless another open review shows them. Raises Forbidden, NotFound, Conflict."""
    return _end("review.revoked", actor, review, closed_at=timezone.now(), revoked_at=timezone.now())


def mark_opened(*, actor: User, review: Review) -> None:
    """Remember when a person first opened a review they were asked into; for others nothing happens. Raises NotFound."""
    checks.require_seen(actor, Review.objects.all(), review)
    with transaction.atomic():
        seat = ReviewParticipant.objects.filter(review=review, user=actor, opened_at=None)
        if seat.update(opened_at=timezone.now()):
            Pulse.objects.bump(review.project)


def _check(
    project: Project, stage: Stage, clips: Sequence[Clip], people: Sequence[User], due_at: datetime | None
) -> None:
    if stage.project_id != project.pk or any(clip.project_id != project.pk for clip in clips):
        raise NotFound("The stage and the clips of a review belong to its project.")
    problems: dict[str, str] = {}
    if not clips:
        problems["clips"] = "Choose at least one clip."
    if any(clip.quarantined_at or clip.withdrawn_at for clip in clips):
        problems["clips"] = "A clip that is quarantined or withdrawn is not put before anybody."
    if due_at is not None and due_at <= timezone.now():
        problems["due_at"] = "Choose a time in the future."
    people_problem = _about_people(project, stage, people)
    if people_problem:
        problems["people"] = people_problem
    if problems:
        raise InvalidInput(" ".join(problems.values()), fields=problems)


def _about_people(project: Project, stage: Stage, people: Sequence[User]) -> str:
    if not people:
        return "Choose at least one person."
    wrong = [user for user in people if not user.is_active or user.kind != stage.role]
    if wrong:
        return f"“{stage.name}” is decided by: {Kind(stage.role).label}. Not so: {_names(wrong)}."
    members = set(project.memberships.filter(user__in=people).values_list("user_id", flat=True))
    outside = [user for user in people if user.pk not in members]
    return f"Add to the project first: {_names(outside)}." if outside else ""


def _names(people: Iterable[User]) -> str:
    return ", ".join(user.get_full_name() for user in people)


def _fill(review: Review, clips: Sequence[Clip], people: Sequence[User]) -> None:
    for position, clip in enumerate(dict.fromkeys(clips), start=1):
        ReviewItem.objects.create(review=review, clip=clip, position=position)
    for user in dict.fromkeys(people):
        seat = ReviewParticipant.objects.create(review=review, user=user)
        queue.enqueue(
            "review.invite", key=f"review.invite:{seat.pk}", payload={"participant": str(seat.pk)}, subject_id=review.pk
        )


def _grant(actor: User, clips: Sequence[Clip], people: Sequence[User]) -> None:
    guests = [user for user in people if user.kind == Kind.GUEST]
    for clip in clips:
        for guest in guests:
            ClipGrant.objects.get_or_create(clip=clip, user=guest, revoked_at=None, defaults={"granted_by": actor})
        if guests:
            ingest.ensure_guest_proxy(clip)


def _end(kind: str, actor: User, review: Review, **ended: datetime) -> Review:
    actor.demand(Permission.SEND_REVIEW)
    checks.require_seen(actor, Review.objects.all(), review)
    with transaction.atomic():
        still = Review.objects.filter(pk=review.pk, revoked_at=None)
        still = still if "revoked_at" in ended else still.filter(closed_at=None)
        if not still.update(**ended):
            raise Conflict("This review has ended already.", code="review-ended")
        if "revoked_at" in ended:
            _end_grants(review)
        _append(kind, actor, review)
    review.refresh_from_db()
    return review


def _end_grants(review: Review) -> None:
    guests = review.participants.filter(user__kind=Kind.GUEST).values_list("user_id", flat=True)
    for guest in guests:
        shown = ReviewItem.objects.filter(review__participants__user=guest, review__revoked_at=None).values("clip")
        ended = ClipGrant.objects.filter(user=guest, revoked_at=None, clip__in=review.items.values("clip"))
        ended.exclude(clip__in=shown).update(revoked_at=timezone.now())


def _append(kind: str, actor: User, review: Review) -> None:
    clips = [str(pk) for pk in review.items.values_list("clip_id", flat=True)]
    people = [str(pk) for pk in review.participants.values_list("user_id", flat=True)]
    Pulse.objects.bump(review.project)
    record.append(
        kind=kind,
        actor=actor.pk,
        client=review.project.client_id,
        subject=review,
        body={"stage_id": str(review.stage_id), "clips": clips, "people": people},
    )
