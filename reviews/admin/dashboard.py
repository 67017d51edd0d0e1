"""The front page's panel about judging: what waits for people, and what stops clips."""

from typing import Any

from django.db.models import Count
from django.utils import timezone

from generations.models import Clip
from reviews.models import Annotation, Bundle, Hold, Override, Review
from sorahub.accounts.admin_site import add_panel
from sorahub.accounts.models import User

SHOWN = 6


def waiting(user: User) -> dict[str, Any]:
    """Return open reviews by due date, and counts of what else waits or stops."""
    now = timezone.now()
    reviews = Review.objects.visible_to(user).filter(closed_at=None, revoked_at=None)
    by_date = reviews.select_related("project", "stage").annotate(clips=Count("items")).order_by("due_at", "created_at")
    clips = Clip.objects.visible_to(user).filter(withdrawn_at=None)
    return {
        "reviews": [{"row": row, "late": row.due_at is not None and row.due_at < now} for row in by_date[:SHOWN]],
        "total": reviews.count(),
        "unsigned": clips.filter(sign_offs=None).count(),
        "notes": Annotation.objects.visible_to(user).standing().filter(resolved_at=None, parent=None).count(),
        "holds": Hold.objects.visible_to(user).filter(lifted_at=None).count(),
        "overrides": Override.objects.visible_to(user).filter(approved_at=None, expires_at__gt=now).count(),
        "bundles": Bundle.objects.visible_to(user).filter(state=Bundle.State.FAILED).count(),
    }


add_panel("admin/panels/waiting.html", waiting)
