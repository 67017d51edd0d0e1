"""Review, its clips and people, what they watched, and the links that lead guests to it."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from generations.models import Clip, Project
from generations.models.scope import ProjectScoped
from reviews.models.approval import Stage
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib.ids import uuid7


class ReviewQuerySet(ProjectScoped["Review"]):
    """Reviews and who may see them."""

    def visible_to(self, user: User) -> Self:
        """As the project; a guest sees the reviews that are open to them, while they take part in the project."""
        if user.is_authenticated and user.is_active and user.kind == Kind.GUEST:
            return self.open_to(user).filter(project__in=user.memberships.values("project_id"))
        return super().visible_to(user)

    def open_to(self, guest: User) -> Self:
        """Those this guest was asked into, neither revoked nor expired, and unlocked by them where there is a password."""
        return self.filter(Exists(ReviewParticipant.objects.letting_in().filter(review=OuterRef("pk"), user=guest)))


class Review(models.Model):
    """An ordered list of clips put before named people with a due date.

    What guests are shown besides the clips and the notes for clients is off unless one of the ``shows_*`` says so.
    ``expires_at`` ends guests' access by the clock, ``password_hash`` asks them for a word besides their code.
    """

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
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Guests' access ends then.")
    password_hash = models.CharField(max_length=128, blank=True, editable=False)
    shows_prompts = models.BooleanField(default=False, help_text="Guests read the prompts.")
    shows_provider = models.BooleanField(default=False, help_text="Guests read which model and service made a clip.")
    shows_costs = models.BooleanField(default=False, help_text="Guests read what a clip cost.")
    shows_internal = models.BooleanField(default=False, help_text="Guests read the notes that are for the agency only.")
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.title

    @property
    def late(self) -> bool:
        """Whether the answer was wanted by now."""
        return self.closed_at is None and self.due_at is not None and self.due_at <= timezone.now()

    @property
    def expired(self) -> bool:
        """Whether the clock has ended guests' access."""
        return self.expires_at is not None and self.expires_at <= timezone.now()


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


class SeatQuerySet(models.QuerySet["ReviewParticipant"]):
    """The people asked into reviews."""

    def standing(self) -> Self:
        """Leave out those who were taken out again."""
        return self.filter(removed_at=None)

    def letting_in(self) -> Self:
        """Seats through which a guest comes in now: the review is neither revoked nor expired, and they unlocked it where
        there is a password.
        """
        lasting = Q(review__expires_at=None) | Q(review__expires_at__gt=timezone.now())
        used = Share.objects.filter(participant=OuterRef("pk"), revoked_at=None, last_used_at__isnull=False)
        unlocked = Q(review__password_hash="") | Exists(used)
        return self.standing().filter(lasting, unlocked, review__revoked_at=None)


class ReviewParticipant(models.Model):
    """A person asked to review: when they were told, reminded, came, and said that they were done.

    Whoever was taken out keeps the row with ``removed_at``: what they watched is still told, and they can be asked again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="review_seats")
    invited_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="Last time they were here.")
    finished_at = models.DateTimeField(null=True, blank=True, help_text="They said that they are done.")
    removed_at = models.DateTimeField(null=True, blank=True, help_text="They were taken out of the review.")

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["review", "id"]
        constraints = [models.UniqueConstraint(fields=["review", "user"], name="person_once_per_review")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.review_id}"


class ViewingQuerySet(ProjectScoped["Viewing"]):
    """Who watched how much; scoped by the review's project, and not for guests."""

    project_path = "participant__review__project"


class Viewing(models.Model):
    """How much of one clip a person has watched in a review: ``spans`` are the frames, merged: ``[[first, last], …]``."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    participant = models.ForeignKey(ReviewParticipant, on_delete=models.CASCADE, related_name="viewings")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="viewings")
    spans = models.JSONField(default=list)
    frames = models.PositiveIntegerField(default=0, help_text="How many different frames were watched.")
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)

    objects = ViewingQuerySet.as_manager()

    class Meta:
        ordering = ["participant", "first_at", "id"]
        constraints = [models.UniqueConstraint(fields=["participant", "clip"], name="viewing_once_per_clip")]

    def __str__(self) -> str:
        return f"{self.frames} frames of {self.clip_id}"


class ShareQuerySet(ProjectScoped["Share"]):
    """Shares, scoped by their review's project."""

    project_path = "review__project"


class Share(models.Model):
    """A guest's own link to one review: stored as a hash, expiring, revocable. It names who it was made for and is no
    log-in: whoever follows it must still prove the address by a code sent there. ``last_used_at`` is when they last did,
    and gave the review's password where it has one; a new password empties it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="shares")
    participant = models.ForeignKey(
        ReviewParticipant, on_delete=models.CASCADE, null=True, blank=True, related_name="shares"
    )
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
