"""Stage, Decision, Review: the steps of approval, what each person said, and what was put before whom."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from generations.models import Clip, Project
from generations.models.scope import ProjectScoped
from reviews.models.scope import AppendOnlyClipScoped
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import AppendOnly
from sorahub.lib.ids import uuid7


class StageQuerySet(ProjectScoped["Stage"]):
    """Stages, scoped by their project."""


class Stage(models.Model):
    """A step of approval: who decides (a kind of person) and how many of them must approve.

    The stage with role ``legal`` is passed by the sign-off itself, not by decisions.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="stages")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    role = models.CharField(
        max_length=20, choices=[(k.value, k.label) for k in (Kind.REVIEWER, Kind.GUEST, Kind.LEGAL)]
    )
    needed = models.PositiveSmallIntegerField(default=1, help_text="How many people must approve.")

    objects = StageQuerySet.as_manager()

    class Meta:
        ordering = ["project", "position"]
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="stage_position_unique"),
            models.UniqueConstraint(fields=["project", "name"], name="stage_name_unique"),
            models.CheckConstraint(condition=Q(needed__gte=1), name="stage_needs_somebody"),
            models.CheckConstraint(condition=Q(role__in=["reviewer", "guest", "legal"]), name="stage_role_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Verdict(models.TextChoices):
    """What a person decided."""

    APPROVED = "approved", "Approved"
    CHANGES_REQUESTED = "changes_requested", "Changes requested"


class DecisionQuerySet(AppendOnlyClipScoped["Decision"]):  # type: ignore[override]  # as_manager, by the plugin
    """Decisions and who may see them."""

    def visible_to(self, user: User) -> Self:
        """As the clip; a guest sees decisions of the client stage on their clips."""
        if user.is_authenticated and user.is_active and user.kind == Kind.GUEST:
            return self.on_granted_clips(user).filter(stage__role=Kind.GUEST)
        return super().visible_to(user)


class Decision(AppendOnly):
    """One person's verdict in one stage about exact bytes. Appended, never changed; a later one by the same person supersedes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="decisions")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="decisions")
    clip_sha256 = models.CharField(max_length=64)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="decisions")
    person_id = models.UUIDField(help_text="The human being behind the account, fixed at the time.")
    verdict = models.CharField(max_length=20, choices=Verdict)
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(default=timezone.now)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["decided_at", "id"]
        indexes = [models.Index(fields=["clip", "stage"], name="decision_by_clip")]
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="decision_verdict_known"),
            models.CheckConstraint(
                condition=~Q(verdict="changes_requested") | ~Q(reason=""),
                name="decision_changes_have_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.user_id}"


class ReviewQuerySet(ProjectScoped["Review"]):
    """Reviews and who may see them."""

    def visible_to(self, user: User) -> Self:
        """As the project; a guest sees the reviews they were asked into."""
        if user.is_authenticated and user.is_active and user.kind == Kind.GUEST:
            return self.filter(participants__user=user, revoked_at=None).distinct()
        return super().visible_to(user)


class Review(models.Model):
    """An ordered list of clips put before named people with a due date."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="reviews")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="reviews")
    title = models.CharField(max_length=200)
    message = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.title


class ReviewItem(models.Model):
    """A clip in a review, in order. It names the bytes, never “latest”."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="items")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="review_items")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["review", "position"]
        constraints = [models.UniqueConstraint(fields=["review", "clip"], name="clip_once_per_review")]

    def __str__(self) -> str:
        return f"{self.position} in {self.review_id}"


class ReviewParticipant(models.Model):
    """A person asked to review."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="review_seats")
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["review", "id"]
        constraints = [models.UniqueConstraint(fields=["review", "user"], name="person_once_per_review")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.review_id}"


class ShareQuerySet(ProjectScoped["Share"]):
    """Shares, scoped by their review's project."""

    project_path = "review__project"


class Share(models.Model):
    """A link for guests to one review: stored as a hash, expiring, revocable."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="shares")
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"link to {self.review_id}"
