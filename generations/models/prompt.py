"""Prompt and Reference: the words for a shot, version by version, and the files given along with them."""

from django.db import models
from django.utils import timezone

from generations.models.project import Project, Shot
from generations.models.scope import AppendOnlyProjectScoped, ProjectScoped
from sorahub.accounts.models import User
from sorahub.ledger.models import AppendOnly
from sorahub.lib.ids import uuid7


class PromptQuerySet(AppendOnlyProjectScoped["Prompt"]):  # type: ignore[override]  # as_manager, by the plugin
    """Prompts, scoped by their shot's project."""

    project_path = "shot__project"


class Prompt(AppendOnly):
    """One immutable version of the words for a shot. Editing makes the next version, with its parent.

    ``text`` is exactly what is sent. ``source`` is what was written where that is something else: text, negative, shots and
    the values of variables (see actions/composing.py); empty for words written as they are. ``shots``: prompt and seconds of
    each shot of a text in several shots, ready to be sent to a model that takes them apart. What it used is in ``uses``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    shot = models.ForeignKey(Shot, on_delete=models.PROTECT, related_name="prompts")
    version = models.PositiveIntegerField()
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    text = models.TextField()
    negative = models.TextField(blank=True, help_text="What should not appear, for models that take it.")
    source = models.JSONField(default=dict, blank=True, help_text="What was written, before it was filled in.")
    shots = models.JSONField(default=list, blank=True, help_text="Words and seconds of each of several shots.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = PromptQuerySet.as_manager()

    class Meta:
        ordering = ["shot", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["shot", "version"], name="prompt_version_unique_in_shot"),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="prompt_version_from_one"),
            models.CheckConstraint(condition=~models.Q(text=""), name="prompt_has_words"),
        ]

    def __str__(self) -> str:
        return f"v{self.version}: {self.text[:60]}"


class ReferenceQuerySet(ProjectScoped["Reference"]):
    """References, scoped by their project."""


class Reference(models.Model):
    """An input file given to a model, hashed, with its source and its rights."""

    class Kind(models.TextChoices):
        """What the file is."""

        IMAGE = "image", "Image"
        VIDEO = "video", "Video"
        AUDIO = "audio", "Audio"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="references")
    kind = models.CharField(max_length=10, choices=Kind)
    sha256 = models.CharField(max_length=64, editable=False)
    size = models.PositiveBigIntegerField(editable=False, help_text="Bytes.")
    media_type = models.CharField(max_length=100, editable=False)
    storage_key = models.CharField(max_length=200, editable=False)
    original_name = models.CharField(max_length=255, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True, editable=False, help_text="Pixels; empty for sound.")
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    duration_ms = models.PositiveIntegerField(null=True, blank=True, editable=False, help_text="Empty for images.")
    rate_num = models.PositiveIntegerField(null=True, blank=True, editable=False)
    rate_den = models.PositiveIntegerField(null=True, blank=True, editable=False)
    source = models.CharField(max_length=300, help_text="Where it comes from: photographer, stock library, client …")
    rights = models.TextField(help_text="Under which right it is used here.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ReferenceQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "sha256"], name="reference_once_per_project"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["image", "video", "audio"]), name="reference_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.original_name or self.sha256[:12]
