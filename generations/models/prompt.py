"""Prompt and Reference: the words for a shot, version by version, and the files given along with them."""

from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from generations.models.project import Project, Shot
from generations.models.rights_words import Known, Licence
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

    def at_hand(self) -> Self:
        """Leave out what is archived."""
        return self.filter(archived_at=None)

    def labelled(self, kind: str, word: str) -> Self:
        """Keep those with this role or tag (``kind``)."""
        return self.filter(pk__in=Reference.objects.filter(labels__kind=kind, labels__word=word).values("pk"))

    def mentioning(self, text: str) -> Self:
        """Keep those that mention every word of ``text``: in name, source, rights, credit, persons, licence number, roles or tags."""
        rows = self
        for word in text.split():
            told = Q(pk__in=Reference.objects.filter(labels__word__icontains=word).values("pk"))
            for field in ("original_name", "source", "rights", "credit", "depicted", "licence_number"):
                told |= Q(**{f"{field}__icontains": word})
            rows = rows.filter(told)
        return rows

    def to_be_settled(self) -> Self:
        """Keep those whose licence has ended or is not known, or that may not (or nobody knows whether they may) go to a model."""
        ended = Q(licensed_until__lt=timezone.now().date())
        open_ = Q(licence=Licence.UNKNOWN) | Q(depicts=Known.UNKNOWN) | ~Q(ai_use=Known.YES)
        return self.filter(ended | open_)

    def each_file_once(self) -> Self:
        """Of the rows of one client that hold the same bytes keep the newest; what is narrowed before decides which those are."""
        newer = self.order_by().filter(
            sha256=OuterRef("sha256"), project__client_id=OuterRef("project__client_id"), id__gt=OuterRef("pk")
        )
        return self.filter(~Exists(newer))


class Reference(models.Model):
    """An input file given to a model, hashed, with its source and its rights.

    The bytes are stored once, however many projects have a row for them. What is said about rights can be changed; what was
    said before stands in ``changes``. ``brought_from``: the row of another project of the same client that it was taken over
    from. ``from_clip``: the clip that it is, or of which it is the frame ``from_frame`` (from 0); what is made with it was
    made from that clip. ``depicted``: who can be recognised, a name to a line; their consents are releases, which reviews keeps.
    """

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
    licence = models.CharField(max_length=20, choices=Licence, default=Licence.UNKNOWN)
    licence_number = models.CharField(max_length=200, blank=True, help_text="Number of the licence, order or contract.")
    licence_url = models.URLField(max_length=500, blank=True, help_text="Where the licence can be read.")
    licensed_until = models.DateField(null=True, blank=True, help_text="Its last day; empty: without end.")
    credit = models.CharField(max_length=300, blank=True, help_text="The line that has to name its author.")
    ai_use = models.CharField(
        max_length=10, choices=Known, default=Known.UNKNOWN, help_text="Whether its rights permit giving it to a model."
    )
    depicts = models.CharField(
        max_length=10, choices=Known, default=Known.UNKNOWN, help_text="Whether real persons can be seen or heard."
    )
    depicted = models.TextField(blank=True, help_text="Who, one name to a line.")
    preview_key = models.CharField(max_length=200, blank=True, editable=False)
    brought_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="brought_to"
    )
    from_clip = models.ForeignKey(
        "generations.Clip",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="as_references",
    )
    from_frame = models.PositiveIntegerField(null=True, blank=True, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
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
            models.CheckConstraint(condition=models.Q(licence__in=Licence.values), name="reference_licence_known"),
            models.CheckConstraint(condition=~models.Q(brought_from=F("id")), name="reference_not_brought_from_itself"),
            models.CheckConstraint(
                condition=Q(from_frame=None) | Q(from_clip__isnull=False), name="reference_frame_is_of_a_clip"
            ),
        ]
        indexes = [models.Index(fields=["sha256", "-id"], name="reference_by_hash")]

    def __str__(self) -> str:
        return self.original_name or self.sha256[:12]

    @property
    def names(self) -> list[str]:
        """Who is depicted, as far as it was said."""
        return list(dict.fromkeys(line.strip() for line in self.depicted.splitlines() if line.strip()))
