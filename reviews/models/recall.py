"""Incident, Recall: what was claimed against a clip, and what is called back after it was handed over."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from generations.models import Clip
from reviews.models.licence import Release
from reviews.models.scope import ClipScoped
from reviews.models.sign_off import Delivery, SignOff
from sorahub.accounts.models import User
from sorahub.lib.ids import uuid7


class IncidentQuerySet(ClipScoped["Incident"]):
    """Incidents, scoped by their clip's project; guests none."""

    def open(self) -> "IncidentQuerySet":
        """Incidents that nobody closed."""
        return self.filter(closed_at=None)


class Incident(models.Model):
    """Something happened to a clip's rights: a claim, a takedown, bytes that changed. While it is open and stops, nothing leaves."""

    class Kind(models.TextChoices):
        """What happened."""

        CLAIM = "claim", "Claim by a third party"
        TAKEDOWN = "takedown", "Takedown notice"
        BYTES_CHANGED = "bytes_changed", "The stored bytes changed"
        LEAK = "leak", "Used or published without clearance"
        OTHER = "other", "Something else"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="incidents")
    clip_sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, choices=Kind)
    words = models.TextField(help_text="What happened.")
    claimant = models.CharField(max_length=200, blank=True)
    stops = models.BooleanField(default=True, help_text="Nothing leaves while it is open.")
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(closed_at=None) | ~Q(outcome=""), name="incident_closed_with_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.clip_id}"


class RecallQuerySet(ClipScoped["Recall"]):
    """Recalls, scoped by their clip's project; a guest sees their own."""

    clip_path = "delivery__clip"
    project_path = "delivery__clip__project"

    def visible_to(self, user: User) -> "RecallQuerySet":
        """As the clip; a guest sees what they themselves are asked to take back."""
        if user.is_authenticated and user.is_active and user.kind == "guest":
            return self.filter(delivery__delivered_to=user)
        return super().visible_to(user)

    def open(self) -> "RecallQuerySet":
        """Recalls without a receipt."""
        return self.filter(acknowledged_at=None)


class Recall(models.Model):
    """Whoever was given bytes is asked to stop using them, and answers with a receipt. One for each delivery and cause."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="recalls")
    revocation = models.ForeignKey(SignOff, on_delete=models.PROTECT, null=True, blank=True, related_name="recalls")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, blank=True, related_name="recalls")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="recalls")
    reason = models.TextField()
    opened_at = models.DateTimeField(default=timezone.now)
    notified_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    receipt = models.TextField(blank=True, help_text="What the recipient did with the copies.")

    objects = RecallQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "revocation"],
                condition=Q(revocation__isnull=False),
                name="recall_once_per_revocation",
            ),
            models.UniqueConstraint(
                fields=["delivery", "release"], condition=Q(release__isnull=False), name="recall_once_per_release"
            ),
            models.UniqueConstraint(
                fields=["delivery", "incident"], condition=Q(incident__isnull=False), name="recall_once_per_incident"
            ),
            models.CheckConstraint(condition=Q(acknowledged_at=None) | ~Q(receipt=""), name="recall_receipt_has_words"),
        ]

    def __str__(self) -> str:
        return f"recall of {self.delivery_id}"
