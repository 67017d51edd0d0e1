"""The terms on which guests come into a review: until when, with which password, and what they are shown."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from reviews.models import Review, Share
from sorahub.lib.canonical import Json

SHOWN = ("prompts", "provider", "costs", "internal")
"""What guests are shown only where a review says so: each is a switch ``shows_…`` of it."""
SHORTEST_PASSWORD = 6


@dataclass(frozen=True)
class Admission:
    """How guests come in. ``password``: None leaves it as it is, empty takes it away."""

    expires_at: datetime | None = None
    password: str | None = None
    shows: Collection[str] = ()


NO_TERMS = Admission()


def problems(due_at: datetime | None, admission: Admission) -> dict[str, str]:
    """Return what is wrong with a (new) due date and these terms, by field."""
    found: dict[str, str] = {}
    now = timezone.now()
    if due_at is not None and due_at <= now:
        found["due_at"] = "Choose a time in the future."
    if admission.expires_at is not None and admission.expires_at <= max(now, due_at or now):
        found["expires_at"] = "Access ends in the future, and after the answer is wanted."
    if admission.password and len(admission.password) < SHORTEST_PASSWORD:
        found["password"] = f"At least {SHORTEST_PASSWORD} characters."
    if unknown := [name for name in admission.shows if name not in SHOWN]:
        found["shows"] = f"Guests can be shown: {', '.join(SHOWN)}; not {', '.join(unknown)}."
    return found


def columns(admission: Admission) -> dict[str, Any]:
    """Return the review's columns that say so. Hashing a password takes a moment: call it outside the transaction."""
    said: dict[str, Any] = {f"shows_{name}": name in admission.shows for name in SHOWN}
    said["expires_at"] = admission.expires_at
    if admission.password is not None:
        said["password_hash"] = make_password(admission.password) if admission.password else ""
    return said


def renew_links(review: Review, admission: Admission) -> None:
    """Let the links end with the review, and ask everybody anew when the password is another."""
    links = Share.objects.filter(review=review, revoked_at=None)
    if admission.expires_at is not None:
        links.update(expires_at=admission.expires_at)
    if admission.password is not None:
        links.update(last_used_at=None)


def told(review: Review) -> dict[str, Json]:
    """Return the terms as the ledger keeps them: never the password."""
    return {
        "expires_at": review.expires_at.isoformat() if review.expires_at else None,
        "password": bool(review.password_hash),
        "shows": [name for name in SHOWN if getattr(review, f"shows_{name}")],
    }
