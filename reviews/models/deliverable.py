"""Deliverable: the file that is handed over, made from a cleared clip: labelled where a duty asks for it, marked, and signed."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from generations.models import Clip
from reviews.models.scope import ClipScoped
from reviews.models.sign_off import SignOff
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib.ids import uuid7


class DeliverableQuerySet(ClipScoped["Deliverable"]):
    """Deliverables and who may see them."""

    def visible_to(self, user: User) -> Self:
        """As the clip; a guest sees the finished ones of clips that were put before them."""
        if user.is_authenticated and user.is_active and user.kind == Kind.GUEST:
            return self.on_granted_clips(user).filter(state=Deliverable.State.READY)
        return super().visible_to(user)


class Deliverable(models.Model):
    """A copy of a cleared clip with its marks, made by a job and read again before it is offered. The clip itself is untouched.

    It is no clip: it leaves under the sign-off that it was made under, for the use, place and purpose that it was asked for, and
    clearance is asked each time. ``steps`` are ``{"step", "words"}`` in their order. ``marks`` tell what became of each mark of the
    source: ``{"mark", "state", "words", "weighty"}``. ``credentials`` say who signed it, and what the reader found afterwards.
    """

    class State(models.TextChoices):
        """Where it stands."""

        REQUESTED = "requested", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="deliverables")
    sign_off = models.ForeignKey(SignOff, on_delete=models.PROTECT, related_name="deliverables")
    use = models.CharField(max_length=30)
    territory = models.CharField(max_length=10)
    purpose = models.CharField(max_length=20, blank=True)
    source_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    storage_key = models.CharField(max_length=300, blank=True)
    media_type = models.CharField(max_length=60, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True, help_text="Bytes.")
    labels = models.JSONField(default=list, help_text="What was burned into the picture.")
    steps = models.JSONField(default=list, help_text="What was done, in order.")
    marks = models.JSONField(default=list, help_text="What became of the source's marks.")
    credentials = models.JSONField(
        default=dict, help_text="Who signed, and what the reader found in the finished file."
    )
    error_code = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = DeliverableQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["sha256"], name="deliverable_by_hash")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["requested", "ready", "failed"]), name="deliverable_state_known"
            ),
            models.CheckConstraint(condition=~Q(state="ready") | ~Q(sha256=""), name="deliverable_ready_has_hash"),
        ]

    def __str__(self) -> str:
        return f"deliverable of {self.clip_id}"
