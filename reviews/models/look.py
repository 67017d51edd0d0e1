"""Look: what a person was shown of a licence record, and when, so that they can be told what changed since."""

from typing import Self

from django.db import models
from django.utils import timezone

from reviews.models.licence import LicenceRecord, LicenceRecordVersion
from sorahub.accounts.models import User
from sorahub.lib.ids import uuid7


class LookQuerySet(models.QuerySet["Look"]):
    """Looks: everybody's own, by whichever of their accounts."""

    def visible_to(self, user: User) -> Self:
        """What this person looked at."""
        known = user.is_authenticated and user.is_active
        return self.filter(user__person=user.person_id) if known else self.none()


class Look(models.Model):
    """Somebody opened the page on which a licence record is signed.

    ``shown_sha256`` is of all that the page showed and a signature covers; the same shown again moves ``last_at``. ``before_at``:
    when the person had last looked at the record before they sat down to it this time; None for the first time.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="looks")
    record = models.ForeignKey(LicenceRecord, on_delete=models.CASCADE, related_name="looks")
    record_version = models.ForeignKey(LicenceRecordVersion, on_delete=models.CASCADE, related_name="looks")
    shown_sha256 = models.CharField(max_length=64)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    before_at = models.DateTimeField(null=True, blank=True)

    objects = LookQuerySet.as_manager()

    class Meta:
        ordering = ["-last_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "record_version", "shown_sha256"], name="look_once_at_the_same")
        ]
        indexes = [models.Index(fields=["record", "-last_at"], name="look_newest_first")]

    def __str__(self) -> str:
        return f"{self.user_id} looked at {self.record_version_id}"
