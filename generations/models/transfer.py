"""Transfer: a file on its way in, piece by piece, so that a lost connection costs one piece and not the file."""

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from generations.models.project import Project
from generations.models.scope import ProjectScoped
from sorahub.accounts.models import User
from sorahub.lib.ids import uuid7


def in_some_days() -> dt.datetime:
    """When a transfer that begins now is given up unless it is finished and used."""
    return timezone.now() + dt.timedelta(days=settings.TRANSFER_DAYS)


class TransferQuerySet(ProjectScoped["Transfer"]):
    """Transfers, scoped by their project."""

    def on_disk(self) -> Self:
        """Those whose bytes lie in the incoming folder, or are to come there."""
        return self.filter(state__in=Transfer.ON_DISK)


class Transfer(models.Model):
    """A file that comes in pieces of ``chunk_size`` bytes (the last one may be shorter), each with its own SHA-256.

    ``received`` holds the runs of pieces that are here, as [first, after last]; pieces count from 0. ``fingerprint`` is what the sender
    calls the same file by (name, size, time of change, first piece): the same person's open transfer under it is gone on with.
    ``sha256`` is what the sender announced for the whole, ``found_sha256`` what the bytes came to.
    """

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", "On its way"
        CHECKING = "checking", "Being checked"
        READY = "ready", "Here, not used yet"
        TAKEN = "taken", "Used"
        REFUSED = "refused", "Not what was announced"
        ABANDONED = "abandoned", "Given up"

    class Purpose(models.TextChoices):
        """What it is to become; each asks for its own permission and has its own limit."""

        FOOTAGE = "footage", "Footage to import"
        REFERENCE = "reference", "A reference"

    ON_DISK = ("open", "checking", "ready")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="transfers")
    purpose = models.CharField(max_length=12, choices=Purpose)
    original_name = models.CharField(max_length=255)
    folder = models.CharField(max_length=1000, blank=True, help_text="Folders that the sender had it in, with slashes.")
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="As announced.")
    found_sha256 = models.CharField(max_length=64, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    chunk_size = models.PositiveIntegerField(help_text="Bytes.")
    received = models.JSONField(default=list, blank=True)
    received_bytes = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    words = models.TextField(blank=True, help_text="Why it was refused.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now, help_text="When a piece last came.")
    expires_at = models.DateTimeField(default=in_some_days)

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["created_by", "state", "fingerprint"], name="transfer_of_person"),
            models.Index(fields=["state", "expires_at"], name="transfer_by_end"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "checking", "ready", "taken", "refused", "abandoned"]),
                name="transfer_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(purpose__in=["footage", "reference"]), name="transfer_purpose_known"
            ),
            models.CheckConstraint(
                condition=models.Q(size__gt=0, chunk_size__gt=0, received_bytes__lte=models.F("size")),
                name="transfer_numbers_sound",
            ),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def pieces(self) -> int:
        """How many pieces the whole has."""
        return -(-self.size // self.chunk_size)

    @property
    def missing(self) -> list[list[int]]:
        """The byte ranges that are still to come, as [first, after last]."""
        gaps, at = [], 0
        for first, after in [*self.received, [self.pieces, self.pieces]]:
            if first > at:
                gaps.append([at * self.chunk_size, min(first * self.chunk_size, self.size)])
            at = after
        return gaps
