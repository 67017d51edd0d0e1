"""A guest's own link: made when it is mailed, followed to a proof of the address, ended with the review."""

import secrets
from datetime import timedelta

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils import timezone

from generations.models import Pulse
from reviews.actions import access
from reviews.models import ReviewParticipant, Share
from sorahub.accounts.models import User
from sorahub.accounts.models.token import digest
from sorahub.accounts.roles import Kind
from sorahub.ledger import record
from sorahub.lib.errors import NotFound

LASTS = timedelta(days=60)


def make_link(seat: ReviewParticipant) -> str:
    """Make one more link for this guest's seat and return its token, which nobody can learn later: only its hash is kept."""
    token = secrets.token_urlsafe(32)
    review = seat.review
    with transaction.atomic():
        share = Share.objects.create(
            review=review,
            participant=seat,
            token_digest=digest(token),
            expires_at=review.expires_at or timezone.now() + LASTS,
            created_by=review.created_by,
        )
        body = {"review": str(review.pk), "user": str(seat.user_id), "expires_at": share.expires_at.isoformat()}
        record.append(kind="share.made", actor=None, client=review.project.client_id, subject=share, body=body)
    return token


def find_link(token: str) -> Share | None:
    """Return the link with this token if it still leads somewhere, else None: wrong, expired and revoked look alike."""
    return standing(token_digest=digest(token))


def standing(**which: object) -> Share | None:
    """Return the link found by these values if neither it nor its review has ended and its guest may come in."""
    rows = Share.objects.filter(**which).select_related(
        "review__project__client", "review__stage", "review__created_by__person", "participant__user__person"
    )
    share = rows.first()
    return share if share is not None and _leads(share) else None


def _leads(share: Share) -> bool:
    review = share.review
    lasting = share.expires_at > timezone.now() and not review.expired
    seat = share.participant
    if seat is None or seat.removed_at or share.revoked_at or review.revoked_at or not lasting:
        return False
    guest = seat.user
    member = guest.memberships.filter(project=review.project_id).exists()
    return guest.is_active and guest.kind == Kind.GUEST and member


def password_fits(share: Share, password: str) -> bool:
    """Say whether this is the review's password."""
    return check_password(password, share.review.password_hash)


def enter(share: Share) -> User:
    """Let in the guest who has proved the address, and the password where there is one: what the review shows is theirs to see.

    Raises NotFound when it ended meanwhile.
    """
    with transaction.atomic():
        if not Share.objects.filter(pk=share.pk, revoked_at=None).update(last_used_at=timezone.now()):
            raise NotFound("This link has ended.")
        assert share.participant is not None  # noqa: S101 (for the type checker: only such a link leads anywhere)
        access.settle(share.review, by=share.review.created_by, only=[share.participant.user])
        Pulse.objects.bump(share.review.project)
    return share.participant.user


def shut_protected(guest: User) -> None:
    """Shut the reviews with a password that this guest had opened: they give it again."""
    opened = Share.objects.filter(participant__user=guest, last_used_at__isnull=False).exclude(review__password_hash="")
    reviews = list({share.review_id: share.review for share in opened.select_related("review__created_by")}.values())
    if not reviews:
        return
    with transaction.atomic():
        opened.update(last_used_at=None)
        for review in reviews:
            access.settle(review, by=review.created_by, only=[guest])
