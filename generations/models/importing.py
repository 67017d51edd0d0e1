"""ImportRun, ImportFile, ImportRow, ImportMapping: finished footage that comes in by the hundred, and what became of each row."""

from django.db import models
from django.utils import timezone

from generations.models.clip import Clip
from generations.models.project import Project
from generations.models.scope import ProjectScoped
from generations.models.transfer import Transfer
from sorahub.accounts.models import User
from sorahub.lib.ids import uuid7


class ImportRunQuerySet(ProjectScoped["ImportRun"]):
    """Imports, scoped by their project."""


class ImportRun(models.Model):
    """One import: what was handed over, how its manifest is read, what would happen, and how far it is.

    ``inputs`` holds what was handed over, in order: {"transfer": id} or {"folder": path}. ``manifest`` is what was found of it: name,
    encoding, delimiter, columns, rows, sample. ``mapping`` says which column fills which field, ``options`` how to read and file it,
    ``counts`` how many rows stand how. ``position`` is the number of the last row that is dealt with: an attempt goes on after it.
    """

    class State(models.TextChoices):
        """Where it stands."""

        LOOKING = "looking", "Being looked at"
        READY = "ready", "Waiting for your word"
        RUNNING = "running", "Being imported"
        STOPPED = "stopped", "Stopped"
        DONE = "done", "Imported"
        FAILED = "failed", "Not readable"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="imports")
    name = models.CharField(max_length=200)
    mends = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="mended_by")
    state = models.CharField(max_length=10, choices=State, default=State.LOOKING)
    words = models.TextField(blank=True, help_text="Why it is not readable.")
    inputs = models.JSONField(default=list, blank=True)
    manifest = models.JSONField(default=dict, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
    options = models.JSONField(default=dict, blank=True)
    declaration = models.BooleanField(default=False, help_text="Whoever imports vouches for the stories.")
    counts = models.JSONField(default=dict, blank=True)
    total = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    bytes_total = models.PositiveBigIntegerField(default=0)
    bytes_done = models.PositiveBigIntegerField(default=0)
    files_total = models.PositiveIntegerField(default=0)
    files_hashed = models.PositiveIntegerField(default=0)
    runs = models.PositiveIntegerField(default=0)
    work_seconds = models.FloatField(default=0.0, help_text="Spent importing, stops left out.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["project", "-created_at"], name="import_by_project")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["looking", "ready", "running", "stopped", "done", "failed"]),
                name="import_state_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["running", "stopped", "done"]) | models.Q(declaration=True),
                name="import_is_declared",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def percent(self) -> int | None:
        """How much is dealt with; None while nobody knows."""
        if self.state == self.State.LOOKING:
            return 100 * self.files_hashed // self.files_total if self.files_total else None
        return 100 * self.position // self.total if self.total else None


class ImportFileQuerySet(ProjectScoped["ImportFile"]):
    """An import's files, scoped by its project."""

    project_path = "run__project"


class ImportFile(models.Model):
    """A file that an import found, and where: in a transfer, a zip that was one, or a folder of this machine."""

    class Kind(models.TextChoices):
        """What the import makes of it."""

        VIDEO = "video", "Video"
        MANIFEST = "manifest", "Manifest"
        METADATA = "metadata", "Metadata"
        OTHER = "other", "Something else"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="files")
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=1000, help_text="With its folders, as it came.")
    member = models.CharField(max_length=1000, blank=True, help_text="Its name in the zip.")
    path = models.CharField(max_length=1500, blank=True, help_text="Its path on this machine.")
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=60, blank=True)
    words = models.TextField(blank=True, help_text="Why it is not taken.")

    objects = ImportFileQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["run", "kind", "sha256"], name="import_file_of_run")]

    def __str__(self) -> str:
        return self.name


class ImportRowQuerySet(ProjectScoped["ImportRow"]):
    """An import's rows, scoped by its project."""

    project_path = "run__project"


class ImportRow(models.Model):
    """A row of the manifest, or a file without one: what would happen to it, and then what did.

    ``raw`` is the row or the provider's metadata, as it came, unknown fields included: kept for good with the clip. ``facts`` is what was
    read of it. ``key`` is the SHA-256 over what the row says and over the bytes: the same row is never imported twice in a project.
    """

    class State(models.TextChoices):
        """What would happen, or did."""

        NEW = "new", "A new take"
        REPEAT = "repeat", "The same file as another row"
        IMPORTED = "imported", "Imported"
        SAME = "same", "Here already"
        AGAIN = "again", "Imported before"
        UNLISTED = "unlisted", "Not in the manifest"
        UNMATCHED = "unmatched", "No file for it"
        REFUSED = "refused", "Refused"

    OPEN = ("new", "repeat")
    AMISS = ("unmatched", "refused")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField(
        null=True, blank=True, help_text="In the manifest, counted from 1 after its head."
    )
    file = models.ForeignKey(ImportFile, on_delete=models.PROTECT, null=True, blank=True, related_name="rows")
    name = models.CharField(max_length=1000, blank=True, help_text="The file, as the row calls it.")
    raw = models.JSONField(default=dict, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    key = models.CharField(max_length=64)
    completeness = models.CharField(max_length=10, choices=Clip.Completeness, default=Clip.Completeness.DECLARED)
    state = models.CharField(max_length=10, choices=State)
    code = models.CharField(max_length=60, blank=True)
    words = models.TextField(blank=True, help_text="What happens, or why not.")
    mend = models.TextField(blank=True, help_text="What to mend.")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, null=True, blank=True, related_name="import_rows")

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        ordering = ["run", "number"]
        indexes = [
            models.Index(fields=["run", "state", "number"], name="import_row_by_state"),
            models.Index(fields=["key"], name="import_row_by_key"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="import_row_number_once"),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["new", "repeat", "imported", "same", "again", "unlisted", "unmatched", "refused"]
                ),
                name="import_row_state_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="imported") | models.Q(clip__isnull=False), name="import_row_done_has_clip"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class ImportMappingQuerySet(ProjectScoped["ImportMapping"]):
    """Kept mappings, scoped by the project that they were made in."""


class ImportMapping(models.Model):
    """Which column fills which field, and the options, kept under a name for the next manifest of the kind."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="import_mappings")
    name = models.CharField(max_length=100)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ImportMappingQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="import_mapping_name_once")]

    def __str__(self) -> str:
        return self.name
