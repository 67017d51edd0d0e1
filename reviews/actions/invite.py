"""Write to a person who was asked into a review: that they were, that it is due, and the code that lets a guest in."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from reviews.actions import codes, letters, links
from reviews.models import Review, ReviewParticipant, Share
from sorahub.accounts.roles import Kind


def send_invitation(seat: ReviewParticipant) -> bool:
    """Mail the person who has this seat; says whether there was still something to invite them to.

    Sent at least once: a crash right after sending may send it again, with another link. Raises OSError or
    SMTPException when mail is down.
    """
    if not _stands(seat):
        return False
    review = seat.review
    letters.send("invite", seat.user, review, f"{review.project.name}: {review.title}", link=_address(seat))
    ReviewParticipant.objects.filter(pk=seat.pk).update(invited_at=timezone.now())
    return True


def send_reminder(seat: ReviewParticipant) -> bool:
    """Remind the person who has this seat, unless they are done meanwhile or the review has ended. Raises as ``send_invitation``."""
    if not _stands(seat) or seat.finished_at is not None:
        return False
    review = seat.review
    subject = f"Reminder: {review.project.name}: {review.title}"
    letters.send("remind", seat.user, review, subject, link=_address(seat), late=review.late)
    return True


def send_code(share: Share, ticket: str) -> bool:
    """Mail the link's guest a code for this ticket, unless the link has ended. Raises as ``send_invitation``."""
    link = links.standing(pk=share.pk)
    if link is None or link.participant is None:
        return False
    code = codes.make(ticket)
    subject = f"{code} is your code for “{link.review.title}”"
    letters.send("code", link.participant.user, link.review, subject, code=code, minutes=codes.SECONDS // 60)
    return True


def _stands(seat: ReviewParticipant) -> bool:
    review: Review = seat.review
    ended = review.revoked_at or review.closed_at or review.expired or seat.removed_at
    return not ended and seat.user.is_active


def _address(seat: ReviewParticipant) -> str:
    """The guest's own link, or the review's page for the agency's people, who log in as ever."""
    if seat.user.kind == Kind.GUEST:
        with transaction.atomic():
            return f"{settings.PUBLIC_URL}/r/{links.make_link(seat)}/"
    return f"{settings.PUBLIC_URL}/reviews/{seat.review_id}/"
