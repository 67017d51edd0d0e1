"""CapabilityRecord: a row of the catalogue as it stood when something was ordered by it."""

from django.db import models
from django.utils import timezone

from sorahub.ledger.models import AppendOnly, AppendOnlyQuerySet


class CapabilityRecordQuerySet(AppendOnlyQuerySet["CapabilityRecord"]):
    """Kept rows, append-only."""


class CapabilityRecord(AppendOnly):
    """One row of the catalogue, kept when the first generation was booked by it: its price, its limits, what it says on the wire.

    The catalogue may change, or lose the row; what was ordered is sent, cancelled and billed by the row that held. ``body`` is
    the row's canonical JSON, ``digest`` its SHA-256.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    body = models.TextField()
    kept_at = models.DateTimeField(default=timezone.now)

    objects = CapabilityRecordQuerySet.as_manager()

    class Meta:
        ordering = ["kept_at", "digest"]

    def __str__(self) -> str:
        return self.digest[:12]
