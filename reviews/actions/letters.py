"""Mails about reviews: plain text, and the same as simple HTML, in the agency's name and the reader's time zone."""

import zoneinfo
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from reviews.models import Review
from sorahub.accounts.models import AgencyProfile, User


def send(name: str, to: User, review: Review, subject: str, **more: Any) -> None:
    """Mail the letter ``reviews/mail/<name>`` to a person. Raises OSError or SMTPException when mail is down."""
    context = {**about(to, review), **more}
    with timezone.override(zoneinfo.ZoneInfo(to.time_zone)):
        text = render_to_string(f"reviews/mail/{name}.txt", context)
        html = render_to_string(f"reviews/mail/{name}.html", context)
    letter = EmailMultiAlternatives(
        " ".join(subject.split()), text.strip() + "\n", _sender(context["agency"]), [to.email],
        reply_to=[review.created_by.email],
    )  # fmt: skip
    letter.attach_alternative(html, "text/html")
    letter.send()


def about(to: User, review: Review) -> dict[str, Any]:
    """What every letter about a review may say."""
    return {
        "agency": AgencyProfile.objects.current(),
        "to": to,
        "review": review,
        "clips": review.items.count(),
        "zone": to.time_zone,
    }


def _sender(agency: AgencyProfile) -> str:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((agency.name or name, address))
