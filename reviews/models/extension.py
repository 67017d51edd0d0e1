"""ExtensionRequest, ExpiryWarning: a wider scope that somebody needs, and the warning that a term ends."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from generations.models import Clip
from reviews.models.licence import LicenceRecordVersion
from reviews.models.scope import ClipScoped
from sorahub.accounts.models import User
from sorahub.lib.ids import uuid7


class ExtensionRequestQuerySet(ClipScoped["ExtensionRequest"]):
    """Requests for a wider scope, scoped by their clip's project; guests none."""

    def open(self) -> "ExtensionRequestQuerySet":
        """Requests that nobody settled."""
        return self.filter(settled_at=None)


class ExtensionRequest(models.Model):
    """Somebody needs a use that the licence record does not cover, and asks the legal approvers for it.

    What is asked is the question that clearance answered with no; ``blocks`` are the codes of all its reasons. A request
    grants nothing: only a signed record version that covers it does.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="extension_requests")
    clip_sha256 = models.CharField(max_length=64)
    use = models.CharField(max_length=30)
    territory = models.CharField(max_length=10)
    purpose = models.CharField(max_length=20, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: at that moment.")
    time_zone = models.CharField(max_length=64, default="UTC")
    blocks = models.JSONField(default=list)
    reason = models.TextField(help_text="What it is needed for.")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    granted = models.BooleanField(null=True, blank=True)
    answer = models.TextField(blank=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = ExtensionRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at=None, granted=None) | (Q(granted__isnull=False) & ~Q(answer="")),
                name="extension_settled_with_answer",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")), name="extension_term_ordered"
            ),
            models.UniqueConstraint(
                fields=["clip", "use", "territory", "purpose"],
                condition=Q(settled_at=None),
                name="extension_asked_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.use} in {self.territory} for {self.clip_id}"


class ExpiryWarning(models.Model):
    """People were told that a record version's term ends within this many days: once for each version and band."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    record_version = models.ForeignKey(LicenceRecordVersion, on_delete=models.PROTECT, related_name="expiry_warnings")
    days = models.PositiveSmallIntegerField(help_text="90, 30 or 7.")
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-told_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["record_version", "days"], name="expiry_warning_once")]

    def __str__(self) -> str:
        return f"{self.record_version_id} within {self.days} days"
