"""What came of bringing in a whole archive of terms at once."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from reviews.models.scope import AgencyOnly
from sorahub.accounts.models import User
from sorahub.lib.ids import uuid7


class TermsImportQuerySet(AgencyOnly["TermsImport"]):
    """Imports of archives, for the agency's people."""


class TermsImport(models.Model):
    """One archive of terms: what is in it, which of its documents go to which sources, and how far it was read.

    ``file`` is a file of ours with the archive as it was uploaded, or, from the command line alone, the path of a clone.
    ``documents`` is the preview: service, terms type, part, records, distinct texts, first and last day. ``chosen`` says
    where documents go. ``position`` counts the archive's entries that are dealt with, in the order of their days, so that
    an attempt goes on where the one before it ended. ``errors`` names what could not be kept, and why.
    """

    class Format(models.TextChoices):
        """What kind of archive it is."""

        CLONE = "clone", "Clone of a Git repository"
        BUNDLE = "bundle", "Git bundle"
        REPOSITORY = "repository", "Zip of a Git repository"
        DATASET = "dataset", "Zip of a dataset"
        JSON = "json", "Answer of a collection's API"

    class State(models.TextChoices):
        """Where it stands."""

        LOOKING = "looking", "Being looked at"
        READY = "ready", "Waiting for your choice"
        RUNNING = "running", "Being imported"
        STOPPED = "stopped", "Stopped"
        DONE = "done", "Imported"
        FAILED = "failed", "Not readable"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    archive = models.CharField(max_length=200, help_text="The archive's name, as it is to be credited.")
    format = models.CharField(max_length=12, choices=Format)
    file = models.CharField(max_length=500)
    file_name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    licence = models.CharField(max_length=100, blank=True)
    attribution = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.LOOKING)
    words = models.TextField(blank=True, help_text="Why it is not readable.")
    documents = models.JSONField(default=list, blank=True)
    chosen = models.JSONField(default=list, blank=True)
    position = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0, help_text="Versions that are new.")
    again = models.PositiveIntegerField(default=0, help_text="Records whose bytes were here already.")
    refused = models.PositiveIntegerField(default=0, help_text="Entries that could not be kept.")
    errors = models.JSONField(default=list, blank=True)
    runs = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TermsImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["looking", "ready", "running", "stopped", "done", "failed"]),
                name="terms_import_state_known",
            ),
            models.CheckConstraint(
                condition=Q(format__in=["clone", "bundle", "repository", "dataset", "json"]),
                name="terms_import_format_known",
            ),
        ]

    def __str__(self) -> str:
        return self.archive

    @property
    def percent(self) -> int | None:
        """How much of the archive is dealt with; None while nobody knows."""
        return 100 * self.position // self.total if self.total else None
