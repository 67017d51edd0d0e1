"""Bundle: the evidence of one sign-off, or of several of one project, in one file."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from generations.models import Clip
from reviews.models.scope import ClipScoped
from reviews.models.sign_off import SignOff
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import Checkpoint
from sorahub.lib.ids import uuid7


class BundleQuerySet(ClipScoped["Bundle"]):
    """Evidence bundles, scoped by their clip's project."""

    def visible_to(self, user: User) -> Self:
        """As every row on a clip; a guest sees the redacted ones that they asked for, while they see the clip."""
        if user.is_authenticated and user.is_active and user.kind == Kind.GUEST:
            return self.on_granted_clips(user).filter(created_by=user, variant=Bundle.Variant.REDACTED)
        return super().visible_to(user)


class Bundle(models.Model):
    """An evidence bundle: made by a job, verified before it is offered, deleted after some days (it can be made again).

    ``sign_off`` and its ``clip`` are what it is about; of several, the first, and ``sign_offs`` are all of them, of one project.
    ``checkpoint`` is the state of the ledger that it proves.
    """

    class State(models.TextChoices):
        """Where it stands."""

        REQUESTED = "requested", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Deleted after its time"

    class Variant(models.TextChoices):
        """How much it tells."""

        FULL = "full", "Full"
        REDACTED = "redacted", "Redacted"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="bundles")
    sign_off = models.ForeignKey(SignOff, on_delete=models.PROTECT, related_name="bundles")
    sign_offs = models.ManyToManyField(
        SignOff, related_name="+", blank=True, help_text="All of them, when it is about several."
    )
    variant = models.CharField(max_length=10, choices=Variant, default=Variant.FULL)
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    files_done = models.PositiveIntegerField(default=0)
    bytes_done = models.PositiveBigIntegerField(default=0)
    bytes_total = models.PositiveBigIntegerField(default=0, help_text="About so many bytes it will have.")
    storage_key = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True, help_text="Bytes.")
    error_code = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = BundleQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["requested", "ready", "failed", "cancelled", "expired"]),
                name="bundle_state_known",
            ),
            models.CheckConstraint(condition=~Q(state="ready") | ~Q(sha256=""), name="bundle_ready_has_hash"),
            models.CheckConstraint(condition=Q(variant__in=["full", "redacted"]), name="bundle_variant_known"),
        ]

    def __str__(self) -> str:
        return f"bundle of {self.clip_id}"

    @property
    def percent(self) -> int:
        """How much of it is written, below 100 until it is verified, too."""
        return min(99, self.bytes_done * 100 // self.bytes_total) if self.bytes_total else 0
