"""Animatic: the project's shots played in order as one file, marked for internal review, kept for some days."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from generations.models import Project
from generations.models.scope import ProjectScoped
from sorahub.accounts.models import User
from sorahub.lib.ids import uuid7


class AnimaticQuerySet(ProjectScoped["Animatic"]):
    """Animatics, scoped by their project; guests see none."""


class Animatic(models.Model):
    """One MP4 of a project's shots, made by a job from what ``plan`` says: never evidence, it can be made again.

    ``plan`` is what was asked for, frozen: the pieces in order with the takes' hashes and ranges. ``rate`` is the project's then;
    ``frames`` and ``frames_done`` count at it.
    """

    class State(models.TextChoices):
        """Where it stands."""

        REQUESTED = "requested", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Deleted after its time"

    class Slates(models.TextChoices):
        """What is told of each shot in the picture."""

        NONE = "none", "Only the mark"
        CORNER = "corner", "In the corner of the picture"
        BEFORE = "before", "On a slate of one second before each shot"
        BOTH = "both", "On a slate, and in the corner"

    class Size(models.TextChoices):
        """Width and height in pixels: of review size, as a watched copy is."""

        WIDE = "1280x720", "1280 × 720 (16:9)"
        SMALL = "640x360", "640 × 360 (16:9, quick)"
        TALL = "720x1280", "720 × 1280 (9:16)"
        SQUARE = "720x720", "720 × 720 (1:1)"
        PORTRAIT = "720x900", "720 × 900 (4:5)"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="animatics")
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    size = models.CharField(max_length=9, choices=Size, default=Size.WIDE)
    slates = models.CharField(max_length=6, choices=Slates, default=Slates.CORNER)
    sound = models.BooleanField(default=True)
    newest = models.BooleanField(default=False, help_text="The newest take stands in where none is selected.")
    rate_num = models.PositiveIntegerField()
    rate_den = models.PositiveIntegerField()
    plan = models.JSONField(default=dict)
    frames = models.PositiveIntegerField()
    frames_done = models.PositiveIntegerField(default=0)
    storage_key = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    bytes = models.PositiveBigIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = AnimaticQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["requested", "ready", "failed", "cancelled", "expired"]),
                name="animatic_state_known",
            ),
            models.CheckConstraint(condition=~Q(state="ready") | ~Q(sha256=""), name="animatic_ready_has_hash"),
            models.CheckConstraint(condition=Q(frames_done__lte=models.F("frames")), name="animatic_progress_bounded"),
        ]

    def __str__(self) -> str:
        return f"animatic of {self.project_id}, {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def percent(self) -> int:
        """How much of it is made, below 100 until it is verified, too."""
        return min(99, self.frames_done * 100 // self.frames) if self.frames else 0
