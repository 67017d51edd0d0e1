"""Put clips before named people and guests, add to it, change its terms, and end it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.actions.projects import add_member
from generations.models import Clip, Project
from reviews.actions import access, changing
from reviews.actions.admission import NO_TERMS, Admission, renew_links, told
from reviews.actions.admission import columns as columns_of
from reviews.actions.admission import problems as wrong_terms
from reviews.models import Review, ReviewItem, Share, Stage
from reviews.rules.addressees import Addressee
from sorahub.accounts.actions.guests import admit_guest, check_guest
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.lib.errors import Conflict, NotFound


def send_review(
    *,
    actor: User,
    project: Project,
    stage: Stage,
    title: str,
    clips: Sequence[Clip],
    people: Sequence[User] = (),
    guests: Sequence[Addressee] = (),
    due_at: datetime | None = None,
    message: str = "",
    admission: Admission = NO_TERMS,
) -> Review:
    """Put these clips, in this order, before these people and guests for one stage, and write to each of them.

    The people take part in the project and are of the kind that decides in the stage; guests named by their address
    get an account without a password and take part from now on. Guests see the clips as watermarked proxies.
    Raises Forbidden, NotFound, InvalidInput, Conflict for an archived project.
    """
    words = check_review(
        actor=actor, project=project, stage=stage, title=title, clips=clips, people=people, guests=guests,
        due_at=due_at, admission=admission,
    )  # fmt: skip
    columns = columns_of(admission)
    with transaction.atomic():
        asked = [*people, *_admit(actor, project, guests)]
        review = Review.objects.create(
            project=project, stage=stage, title=words, message=message.strip(), due_at=due_at, created_by=actor,
            **columns,
        )  # fmt: skip
        _fill(actor, review, clips, asked)
        changing.write_down("review.sent", actor, review, **told(review))
    return review


def check_review(
    *,
    actor: User,
    project: Project,
    stage: Stage,
    title: str,
    clips: Sequence[Clip],
    people: Sequence[User],
    guests: Sequence[Addressee],
    due_at: datetime | None,
    admission: Admission,
) -> str:
    """Return the title as it would be kept, and write nothing: what ``send_review`` would refuse raises here as there."""
    actor.demand(Permission.SEND_REVIEW)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)
    words = checks.words(title, "title", "Give the review a title.")
    problems = _about_clips(project, stage, clips) | _about_people(project, stage, people, guests)
    changing.refuse(problems | wrong_terms(due_at, admission))
    for one in guests:
        check_guest(one.email)
    return words


def add_to_review(
    *,
    actor: User,
    review: Review,
    clips: Sequence[Clip] = (),
    people: Sequence[User] = (),
    guests: Sequence[Addressee] = (),
) -> Review:
    """Put more clips into a review, and more people before it; who and what is there already stays as it is.

    New people, and those who come back after they were taken out, are written to. Whoever was done is not, once there is
    another clip. Raises Forbidden, NotFound, InvalidInput, Conflict for a review that has ended, and for people where its
    time is over.
    """
    changing.require_open(actor, review)
    if people or guests:
        changing.require_lasting(review)
    problems = _about_clips(review.project, review.stage, clips) if clips else {}
    if people or guests:
        problems |= _about_people(review.project, review.stage, people, guests)
    elif not clips:
        problems["clips"] = "Choose a clip or a person to add."
    changing.refuse(problems)
    with transaction.atomic():
        asked = [*people, *_admit(actor, review.project, guests)]
        _fill(actor, review, clips, asked)
        if clips:
            review.participants.update(finished_at=None)
        changing.write_down("review.extended", actor, review)
    review.refresh_from_db()
    return review


def change_review(*, actor: User, review: Review, due_at: datetime | None, admission: Admission) -> Review:
    """Give a review another due date and its guests other terms; what holds for them holds from this instant.

    A new password asks everybody anew. Raises Forbidden, NotFound, InvalidInput, Conflict for a review that has ended.
    """
    changing.require_open(actor, review)
    changing.refuse(wrong_terms(None if due_at == review.due_at else due_at, admission))
    columns = columns_of(admission)
    with transaction.atomic():
        Review.objects.filter(pk=review.pk).update(due_at=due_at, **columns)
        if due_at != review.due_at:
            Review.objects.filter(pk=review.pk).update(reminded_at=None)
        renew_links(review, admission)
        review.refresh_from_db()
        access.settle(review, by=actor)
        changing.write_down("review.changed", actor, review, **told(review))
    return review


def close_review(*, actor: User, review: Review) -> Review:
    """End a review; what people saw and said stays. Raises Forbidden, NotFound, Conflict if it has ended."""
    return _move("review.closed", actor, review, {"revoked_at": None, "closed_at": None}, closed_at=timezone.now())


def reopen_review(*, actor: User, review: Review) -> Review:
    """Take a closed review up again. Raises Forbidden, NotFound, Conflict for one that is open or was revoked."""
    closed = {"revoked_at": None, "closed_at__isnull": False}
    return _move("review.reopened", actor, review, closed, closed_at=None)


def revoke_review(*, actor: User, review: Review) -> Review:
    """Take a review back: its links end, and its guests no longer see its clips, unless another open review shows them.

    Raises Forbidden, NotFound, Conflict.
    """
    now = timezone.now()
    return _move("review.revoked", actor, review, {"revoked_at": None}, closed_at=now, revoked_at=now)


def _about_clips(project: Project, stage: Stage, clips: Sequence[Clip]) -> dict[str, str]:
    if stage.project_id != project.pk or any(clip.project_id != project.pk for clip in clips):
        raise NotFound("The stage and the clips of a review belong to its project.")
    if not clips:
        return {"clips": "Choose at least one clip."}
    if any(clip.quarantined_at or clip.withdrawn_at for clip in clips):
        return {"clips": "A clip that is quarantined or withdrawn is not put before anybody."}
    return {}


def _about_people(
    project: Project, stage: Stage, people: Sequence[User], guests: Sequence[Addressee]
) -> dict[str, str]:
    if not people and not guests:
        return {"people": "Choose at least one person."}
    if guests and stage.role != Kind.GUEST:
        return {
            "guests": f"“{stage.name}” is decided by: {Kind(stage.role).label}. Guests are asked in a client stage."
        }
    wrong = [user for user in people if not user.is_active or user.kind != stage.role]
    if wrong:
        return {"people": f"“{stage.name}” is decided by: {Kind(stage.role).label}. Not so: {_names(wrong)}."}
    members = set(project.memberships.filter(user__in=people).values_list("user_id", flat=True))
    outside = [user for user in people if user.pk not in members]
    return {"people": f"Add to the project first: {_names(outside)}."} if outside else {}


def _names(people: Iterable[User]) -> str:
    return ", ".join(user.get_full_name() for user in people)


def _admit(actor: User, project: Project, guests: Sequence[Addressee]) -> list[User]:
    admitted = [admit_guest(actor=actor, email=one.email, name=one.name) for one in guests]
    for guest in admitted:
        add_member(actor=actor, project=project, user=guest)
    return admitted


def _fill(actor: User, review: Review, clips: Sequence[Clip], people: Sequence[User]) -> None:
    """Place clips and people, tell the new people, and let the guests among all of them see what there is."""
    changing.claim(review)
    there = set(review.items.values_list("clip_id", flat=True))
    last = len(there)
    for position, clip in enumerate((one for one in dict.fromkeys(clips) if one.pk not in there), start=last + 1):
        ReviewItem.objects.create(review=review, clip=clip, position=position)
    for user in dict.fromkeys(people):
        changing.ask(actor, review, user)
    access.settle(review, by=actor)
    access.prepare(review)


def _move(kind: str, actor: User, review: Review, only_if: Mapping[str, object], **columns: datetime | None) -> Review:
    changing.require_sending(actor, review)
    with transaction.atomic():
        if not Review.objects.filter(pk=review.pk, **only_if).update(**columns):
            raise Conflict("This review has moved on: load the page again.", code="review-ended")
        if "revoked_at" in columns:
            Share.objects.filter(review=review, revoked_at=None).update(revoked_at=timezone.now())
            access.settle(review, by=actor)
        changing.write_down(kind, actor, review)
    review.refresh_from_db()
    return review
