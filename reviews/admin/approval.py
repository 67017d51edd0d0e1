"""Stages, reviews, decisions, shares. Decisions are read-only for everybody."""

from django.contrib import admin

from generations.admin.pictures import PicturedAdmin, address, links
from reviews.actions.reviews import close_review, revoke_review
from reviews.models import Decision, Review, ReviewItem, ReviewParticipant, Share, Stage
from sorahub.accounts.admin.looks import short, state
from sorahub.accounts.admin.scoped import ScopedAdmin, ScopedInline
from sorahub.accounts.admin.verbs import Cleaned, Verb
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission


def _close(actor: User, row: Review, said: Cleaned) -> Review:
    return close_review(actor=actor, review=row)


def _revoke(actor: User, row: Review, said: Cleaned) -> Review:
    return revoke_review(actor=actor, review=row)


class ItemInline(ScopedInline):
    """The clips of a review, in order."""

    model = ReviewItem
    fields = readonly_fields = ("position", "clip")
    joins = ("clip__shot",)


class ParticipantInline(ScopedInline):
    """The people asked."""

    model = ReviewParticipant
    fields = readonly_fields = ("user", "invited_at", "opened_at", "finished_at", "removed_at")
    joins = ("user__person",)


@admin.register(Stage)
class StageAdmin(ScopedAdmin):
    """Steps of approval, set on the project's own pages."""

    list_display = ("name", "project", "position", "role", "needed")
    list_filter = ("project", "role")
    list_select_related = ("project",)
    search_fields = ("name", "project__name")


@admin.register(Review)
class ReviewAdmin(ScopedAdmin):
    """Clips put before people."""

    list_display = ("title", "project", "stage", "due_at", "created_by", "created_at", "closed_at", "revoked_at")
    list_filter = ("project", "stage__role", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("project", "stage", "created_by__person")
    search_fields = ("title", "project__name")
    date_hierarchy = "created_at"
    inlines = (ItemInline, ParticipantInline)
    hidden = frozenset({"password_hash"})
    verbs = (
        Verb(
            "close",
            "Close",
            Permission.SEND_REVIEW,
            _close,
            intro="Nobody is asked any more. What people saw and said stays.",
            done="The review is closed.",
            applies=lambda row: row.closed_at is None,
        ),
        Verb(
            "revoke",
            "Revoke",
            Permission.SEND_REVIEW,
            _revoke,
            intro="Its guests no longer see its clips, unless another open review shows them.",
            done="The review is revoked.",
            applies=lambda row: row.closed_at is None,
            danger=True,
        ),
    )

    def links_for(self, row: Review) -> list[dict[str, object]]:
        """Link to the review's own page."""
        page = address("reviews:review", row.pk)
        return links(Open_the_review=page)


@admin.register(Decision)
class DecisionAdmin(PicturedAdmin):
    """What each person said about exact bytes. Never changed: a later decision supersedes."""

    list_display = ("clip", "picture", "stage", "said", "user", "hash", "decided_at")
    list_filter = ("verdict", "clip__project", "stage__role")
    list_select_related = ("clip__shot", "stage", "user__person")
    search_fields = ("clip__sha256", "clip__shot__code", "reason", "user__person__name")
    ordering = ("-decided_at",)
    date_hierarchy = "decided_at"

    @admin.display(description="Verdict", ordering="verdict")
    def said(self, row: Decision) -> str:
        """The verdict as a badge."""
        return state(row.verdict, row.get_verdict_display())

    @admin.display(description="Bytes", ordering="clip_sha256")
    def hash(self, row: Decision) -> str:
        """The hash that was judged."""
        return short(row.clip_sha256)


@admin.register(Share)
class ShareAdmin(ScopedAdmin):
    """Links for guests. The link itself is known to those who have it."""

    list_display = ("review", "created_by", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("review__project",)
    list_select_related = ("review", "created_by__person")
    search_fields = ("review__title",)
    date_hierarchy = "created_at"
    hidden = frozenset({"token_digest"})
