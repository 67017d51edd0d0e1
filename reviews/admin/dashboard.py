"""The front page's panel about judging: what waits for people, and what stops clips."""

import datetime as dt
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from generations.models import Clip
from reviews.models import Annotation, Bundle, Decision, Hold, Override, Review, ReviewItem
from sorahub.accounts.admin_site import add_panel
from sorahub.accounts.models import User
from sorahub.lib.charts import Part, line

SHOWN = 6
# How long a clip has waited for a first decision: up to so many days, in words, in which tone.
AGES = (
    (1, "up to a day", "ok"),
    (3, "one to three days", "info"),
    (7, "three days to a week", "warn"),
    (None, "over a week", "bad"),
)


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


def ages(user: User) -> dict[str, Any]:
    """Return how long clips in open reviews have waited for a first decision in their stage, and the longest."""
    now = timezone.now()
    open_reviews = Review.objects.visible_to(user).filter(closed_at=None, revoked_at=None)
    decided = Decision.objects.not_taken_back().filter(clip=OuterRef("clip"), stage=OuterRef("review__stage"))
    sound = {"clip__withdrawn_at": None, "clip__quarantined_at": None}
    waits = ReviewItem.objects.filter(review__in=open_reviews, **sound).exclude(Exists(decided)).order_by()
    counts = waits.aggregate(**{f"age_{number}": Count("pk", filter=each) for number, each in enumerate(_ages(now))})
    rows = [{"label": label, "count": counts[f"age_{n}"], "tone": tone} for n, (_, label, tone) in enumerate(AGES)]
    parts = [Part(row["count"], row["tone"], f"{row['count']}: {row['label']}") for row in rows]
    oldest = open_reviews.filter(items__in=waits).order_by("created_at").first() if any(counts.values()) else None
    return {
        "ages": rows,
        "total": sum(counts.values()),
        "old": rows[-1]["count"],
        "drawn": line(parts),
        "oldest": oldest,
    }


def _ages(now: dt.datetime) -> list[Q]:
    """One condition for each age, each from where the one before ends."""
    bounds = [None if days is None else now - dt.timedelta(days=days) for days, _, _ in AGES]
    found = []
    for newer, older in zip([None, *bounds], bounds, strict=False):
        since = Q() if older is None else Q(review__created_at__gt=older)
        found.append(since if newer is None else since & Q(review__created_at__lte=newer))
    return found


add_panel("admin/panels/waiting.html", waiting)
add_panel("admin/panels/waiting_ages.html", ages)
