"""Write to a person who was asked into a review."""

from django.conf import settings
from django.core.mail import send_mail

from reviews.models import ReviewParticipant


def send_invitation(seat: ReviewParticipant) -> bool:
    """Mail the person who has this seat; says whether there was still something to invite them to.

    Sent at least once: a crash right after sending may send it again. Raises OSError or SMTPException when mail is down.
    """
    review = seat.review
    if review.revoked_at or review.closed_at or not seat.user.is_active:
        return False
    clips = review.items.count()
    subject = " ".join(f"{review.project.name}: {review.title}".split())
    send_mail(subject, _body(seat, clips), settings.DEFAULT_FROM_EMAIL, [seat.user.email])
    return True


def _body(seat: ReviewParticipant, clips: int) -> str:
    review = seat.review
    lines = [
        f"Hello {seat.user.get_short_name()},",
        "",
        f"{review.created_by.get_full_name()} asks you to review {clips} clip{'' if clips == 1 else 's'}: “{review.title}”.",
        *(["", review.message] if review.message else []),
        *(["", f"Please answer by {review.due_at:%Y-%m-%d %H:%M} UTC."] if review.due_at else []),
        "",
        f"Log in to see what waits for you: {settings.PUBLIC_URL}/",
    ]
    return "\n".join(lines)
