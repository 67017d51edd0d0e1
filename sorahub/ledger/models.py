"""The ledger's tables: chains of events, signed checkpoints, and the erasable side table of people's words."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from sorahub.ledger.append_only import AppendOnly, AppendOnlyQuerySet, AppendOnlyViolation
from sorahub.ledger.entry import START
from sorahub.lib.ids import uuid7

__all__ = [
    "AppendOnly",
    "AppendOnlyQuerySet",
    "AppendOnlyViolation",
    "Chain",
    "Checkpoint",
    "CheckpointCopy",
    "ClockReading",
    "Event",
    "PrivateText",
    "Subtree",
    "TimeStamp",
]


def key_for(client: UUID | None) -> str:
    """Return the key of a client's chain; ``hub`` for what belongs to no client."""
    return "hub" if client is None else str(client)


class ChainQuerySet(models.QuerySet["Chain"]):
    """Chains, found by the client they belong to."""

    def of(self, client: UUID | None) -> Chain:
        """Return the chain of a client (None: the hub's); Chain.DoesNotExist before its first event."""
        return self.get(key=key_for(client))


class Chain(models.Model):
    """One hash chain: how many events it has, the last link, and the peaks of its Merkle tree.

    The only row of the ledger that is ever updated; whoever appends locks it last.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=36, unique=True)
    client_id = models.UUIDField(null=True, blank=True, unique=True)
    size = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default=START.hex())
    peaks = models.TextField(default="", blank=True)

    objects = ChainQuerySet.as_manager()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key} ({self.size})"


class EventQuerySet(AppendOnlyQuerySet["Event"]):
    """Ledger events, append-only."""


class Event(AppendOnly):
    """One thing that was done. ``seq`` counts from 0 and is the index of the event's leaf in the Merkle tree."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # by its chain an event is found through the unique key below; an index of its own would only cost each append
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="events", db_index=False)
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=80)
    actor = models.UUIDField(null=True, blank=True, db_index=True)
    subject_type = models.CharField(max_length=80)
    subject_id = models.UUIDField()
    body = models.TextField()
    leaf_hash = models.CharField(max_length=64)
    link_hash = models.CharField(max_length=64)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["chain", "seq"]
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="ledger_event_chain_seq")]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="ledger_event_subject"),
            models.Index(fields=["kind"], name="ledger_event_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class SubtreeQuerySet(AppendOnlyQuerySet["Subtree"]):
    """Roots of perfect subtrees, append-only."""


class Subtree(AppendOnly):
    """The root of a perfect subtree of a chain's Merkle tree: of the leaves from ``number << height`` on, ``1 << height`` of them.

    Kept for heights 8, 16, 24 …, as the tiles of C2SP tlog-tiles are: one row for 256 events, then one for 256 of those. A
    proof therefore reads some hundreds of short rows, however long the chain is.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="subtrees", db_index=False)
    height = models.PositiveSmallIntegerField()
    number = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)

    objects = SubtreeQuerySet.as_manager()

    class Meta:
        ordering = ["chain", "height", "number"]
        constraints = [models.UniqueConstraint(fields=["chain", "height", "number"], name="ledger_subtree_place")]

    def __str__(self) -> str:
        return f"{self.height}:{self.number}"


class CheckpointQuerySet(AppendOnlyQuerySet["Checkpoint"]):
    """Checkpoints, append-only."""


class Checkpoint(AppendOnly):
    """A signed statement of a chain's size, Merkle root and last link (``note``: the C2SP signed note that says so)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="checkpoints")
    size = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)
    head = models.CharField(max_length=64)
    at = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=128)
    note = models.TextField()

    objects = CheckpointQuerySet.as_manager()

    class Meta:
        ordering = ["chain", "size", "at"]
        indexes = [models.Index(fields=["chain", "size"], name="ledger_checkpoint_size")]

    def __str__(self) -> str:
        return f"{self.size} {self.root[:16]}"


class CheckpointCopyQuerySet(AppendOnlyQuerySet["CheckpointCopy"]):
    """Notes of what was copied, append-only."""


class CheckpointCopy(AppendOnly):
    """A checkpoint's note has been carried to a place outside the database."""

    class Place(models.TextChoices):
        """Where copies are kept."""

        KEYS = "keys", "beside the keys"
        FOLDER = "folder", "the folder of copies"
        MAIL = "mail", "by mail"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="copies", db_index=False)
    place = models.CharField(max_length=10, choices=Place)
    at = models.DateTimeField()

    objects = CheckpointCopyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "checkpoint copies"
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["checkpoint", "place"], name="ledger_copy_once")]

    def __str__(self) -> str:
        return f"{self.checkpoint_id} {self.place}"


class TimeStampQuerySet(AppendOnlyQuerySet["TimeStamp"]):
    """Time-stamps, append-only."""

    def of(self, digest: str) -> TimeStamp | None:
        """Return the first token over these 32 bytes (hexadecimal), None while there is none."""
        return self.filter(digest=digest).order_by("at", "id").first()


class TimeStamp(AppendOnly):
    """An authority's word that a SHA-256 digest existed at ``at``: the RFC 3161 TimeStampToken (DER) over it.

    ``digest`` is the token's own message imprint: of a sign-off its payload's SHA-256, of a checkpoint its note's.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest = models.CharField(max_length=64, db_index=True)
    token = models.BinaryField()
    at = models.DateTimeField(help_text="The authority's time (genTime).")
    authority = models.CharField(max_length=300)
    received_at = models.DateTimeField()

    objects = TimeStampQuerySet.as_manager()

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.digest[:16]} at {self.at:%Y-%m-%d %H:%M}"


class ClockReadingQuerySet(AppendOnlyQuerySet["ClockReading"]):
    """Measures of our clock, append-only."""

    def newest(self) -> ClockReading | None:
        """Return the last one by sequence: by time the last one might be of a clock that was fast."""
        return self.order_by("-id").first()


class ClockReading(AppendOnly):
    """How far this server's clock was ahead of a time-stamp authority's (``ahead_ms``; negative: behind) when it was ``at``.

    ``stopwatch_ms`` is what the machine counted since it was started, ``boot`` names that start: what was set since shows by them.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    ahead_ms = models.BigIntegerField()
    round_trip_ms = models.BigIntegerField()
    authority = models.CharField(max_length=300)
    boot = models.CharField(max_length=40, blank=True)
    stopwatch_ms = models.BigIntegerField(null=True, blank=True)

    objects = ClockReadingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.ahead_ms} ms ahead at {self.at:%Y-%m-%d %H:%M}"


class PrivateText(models.Model):
    """A person's words, kept beside the ledger, which holds only their salted hash: deleting a row erases the words."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    salt = models.CharField(max_length=64)
    text = models.TextField()

    def __str__(self) -> str:
        return self.digest[:16]
