"""Mails to people outside and inside: plain text, and the same as simple HTML, in the agency's name and the reader's time zone."""

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
    """Mail the letter ``reviews/mail/<name>`` about a review to a person. Raises OSError or SMTPException when mail is down."""
    post(name, to, subject, reply_to=review.created_by.email, context={**about(review), **more})


def post(name: str, to: User, subject: str, *, reply_to: str, context: dict[str, Any]) -> None:
    """Mail the letter ``reviews/mail/<name>`` to a person. Raises OSError or SMTPException when mail is down."""
    agency = AgencyProfile.objects.current()
    context = {"agency": agency, "to": to, "zone": to.time_zone, **context}
    with timezone.override(zoneinfo.ZoneInfo(to.time_zone)):
        text = render_to_string(f"reviews/mail/{name}.txt", context)
        html = render_to_string(f"reviews/mail/{name}.html", context)
    letter = EmailMultiAlternatives(
        " ".join(subject.split()), text.strip() + "\n", _sender(agency), [to.email], reply_to=[reply_to]
    )
    letter.attach_alternative(html, "text/html")
    letter.send()


def about(review: Review) -> dict[str, Any]:
    """What every letter about a review may say."""
    return {"review": review, "clips": review.items.count()}


def _sender(agency: AgencyProfile) -> str:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((agency.name or name, address))
