"""What is asked of a clip's rights, as data: checklists, duties of disclosure by market, and what can be recognised in a clip."""

from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from reviews.models.licence import Finding, LicenceRecordVersion, Release
from reviews.models.scope import AppendOnlyAgencyOnly, AppendOnlyClipScoped
from sorahub.accounts.models import Client, User
from sorahub.ledger.models import AppendOnly
from sorahub.lib.ids import uuid7

M = TypeVar("M", bound=models.Model)


class Versioned(AppendOnlyAgencyOnly[M]):  # type: ignore[override]  # as_manager, by the plugin
    """Rows of which an edit makes the next version under the same key."""

    def newest(self) -> Self:
        """Of each key the newest version alone, retired or not."""
        rows: Any = self.model._default_manager
        later = rows.filter(key=OuterRef("key"), version__gt=OuterRef("version"))
        return self.filter(~Exists(later))


class ChecklistTemplateQuerySet(Versioned["ChecklistTemplate"]):  # type: ignore[override]  # as_manager, by the plugin
    """Checklists and who may see them."""

    def visible_to(self, user: User) -> Self:
        """The agency's people: those for every client, and those of the clients whom they see."""
        rows = super().visible_to(user)
        return rows.filter(Q(client=None) | Q(client__in=Client.objects.visible_to(user).values("pk")))


class ChecklistTemplate(AppendOnly):
    """The questions that a licence record must answer, for a client, a distributor or a market. An edit makes the next version.

    ``questions`` is a list of ``{"key", "question", "help", "required": bool, "clears_with": [findings]}``; ``canonical`` is
    the canonical JSON of it all and ``sha256`` its hash, which a record names. Without a client it is for every client.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.SlugField(max_length=60)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    distributor = models.CharField(max_length=200, blank=True)
    market = models.CharField(max_length=10, blank=True, help_text="A country code, or empty for every market.")
    questions = models.JSONField(default=list)
    retired = models.BooleanField(default=False, help_text="Not offered for new records any more.")
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    objects = ChecklistTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["key", "-version"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="checklist_version_unique")]

    def __str__(self) -> str:
        return f"{self.title} (version {self.version})"


class DisclosureRuleQuerySet(Versioned["DisclosureRule"]):  # type: ignore[override]  # as_manager, by the plugin
    """Duties of disclosure, for the agency's people."""


class DisclosureRule(AppendOnly):
    """A duty to tell viewers that a clip is made by AI, where, from when, for what: dated and sourced data that counsel edits.

    An edit makes the next version under the same key. Both days are inside. Empty lists of uses or of kinds mean any.
    ``status`` says how far it was checked; a retired version ends the rule. With a ``label`` the duty is met by words in the
    picture, which deliverables carry from second ``label_start`` on, for ``label_seconds`` (0: to the end).
    """

    class Status(models.TextChoices):
        """How sure the agency is of it."""

        CONFIRMED = "confirmed", "Confirmed by counsel"
        REPORTED = "reported", "Reported, not confirmed"
        RETIRED = "retired", "Retired"

    class Position(models.TextChoices):
        """Where a label stands."""

        TOP_LEFT = "top-left", "Top left"
        TOP_RIGHT = "top-right", "Top right"
        BOTTOM_LEFT = "bottom-left", "Bottom left"
        BOTTOM_RIGHT = "bottom-right", "Bottom right"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.SlugField(max_length=60)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    territories = models.JSONField(help_text="ISO 3166-1 alpha-2 codes, or WORLD.")
    duty = models.TextField(help_text="What must be done, in words that a producer understands.")
    uses = models.JSONField(default=list, blank=True, help_text="Values of Use; empty: any.")
    depicts = models.JSONField(default=list, blank=True, help_text="Kinds of Depiction; empty: any AI-made clip.")
    applies_from = models.DateField(null=True, blank=True)
    applies_until = models.DateField(null=True, blank=True)
    label = models.CharField(max_length=80, blank=True, help_text="Words in the picture; empty: none are asked for.")
    label_start = models.PositiveSmallIntegerField(default=0, help_text="Seconds from the beginning.")
    label_seconds = models.PositiveSmallIntegerField(default=0, help_text="0: to the end.")
    label_position = models.CharField(max_length=12, choices=Position, default=Position.TOP_LEFT)
    status = models.CharField(max_length=10, choices=Status, default=Status.REPORTED)
    source = models.CharField(max_length=300, help_text="The law, article or guidance.")
    address = models.URLField(max_length=500, blank=True)
    sourced_on = models.DateField(help_text="When the source was read.")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    objects = DisclosureRuleQuerySet.as_manager()

    class Meta:
        ordering = ["key", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="disclosure_rule_version_unique"),
            models.CheckConstraint(
                condition=Q(status__in=["confirmed", "reported", "retired"]), name="disclosure_rule_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} (version {self.version})"


class DepictionQuerySet(AppendOnlyClipScoped["Depiction"]):  # type: ignore[override]  # as_manager, by the plugin
    """What clips depict, scoped by the clip's project; guests none."""

    clip_path = "record_version__record__clip"
    project_path = "record_version__record__clip__project"


class Depiction(AppendOnly):
    """Somebody or something that can be recognised in the clip, as the drafter of a record version declares.

    ``real`` says whether it exists outside the clip: what is invented needs no release, and unknown is not allowed.
    """

    class Kind(models.TextChoices):
        """Who or what."""

        PERSON = "person", "Person"
        MINOR = "minor", "Minor"
        DECEASED = "deceased", "Deceased person"
        VOICE = "voice", "Voice"
        BRAND = "brand", "Brand or product"
        PLACE = "place", "Place or building"
        MUSIC = "music", "Music"
        ARTWORK = "artwork", "Artwork or design"
        CHARACTER = "character", "Fictional character"
        OTHER = "other", "Something else"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    record_version = models.ForeignKey(LicenceRecordVersion, on_delete=models.PROTECT, related_name="depictions")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=200)
    real = models.CharField(max_length=10, choices=Finding, default=Finding.UNKNOWN)
    words = models.TextField(blank=True)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, blank=True, related_name="depictions")

    objects = DepictionQuerySet.as_manager()

    class Meta:
        ordering = ["record_version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["record_version", "position"], name="depiction_position_unique"),
            models.CheckConstraint(condition=Q(real__in=["yes", "no", "unknown"]), name="depiction_real_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"
