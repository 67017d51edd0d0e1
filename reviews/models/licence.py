"""LicenceRecord, its versions, releases, holds and overrides: the scope of use being cleared for one clip hash."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from generations.models import Clip, Project
from generations.models.scope import ProjectScoped
from reviews.models.scope import AppendOnlyClipScoped, ClipScoped
from reviews.models.terms import GoverningSet
from sorahub.accounts.models import User
from sorahub.ledger.models import AppendOnly, AppendOnlyQuerySet
from sorahub.lib.ids import uuid7

WORLD = "WORLD"


class Use(models.TextChoices):
    """For what a clip may be used (media)."""

    ONLINE_ADVERTISING = "online_advertising", "Online advertising"
    SOCIAL_MEDIA = "social_media", "Social media"
    TELEVISION = "television", "Television and streaming"
    CINEMA = "cinema", "Cinema"
    OUT_OF_HOME = "out_of_home", "Out of home"
    OWN_CHANNELS = "own_channels", "The client's own channels"
    INTERNAL = "internal", "Internal use"


class Purpose(models.TextChoices):
    """To what end a clip is used."""

    ADVERTISING = "advertising", "Advertising"
    PROMOTION = "promotion", "Promotion and public relations"
    ENTERTAINMENT = "entertainment", "Entertainment"
    EDITORIAL = "editorial", "Editorial"
    EDUCATION = "education", "Education and training of people"
    PITCH = "pitch", "Pitch and previsualisation"


class Alteration(models.TextChoices):
    """What may be done to the picture."""

    NONE = "none", "None: as it is"
    FORMAT = "format", "Format only: length, crop, subtitles, encoding"
    ANY = "any", "Any"


class Finding(models.TextChoices):
    """An answer to a rights question. Unknown is not allowed, and is not refused."""

    YES = "yes", "Yes"
    NO = "no", "No"
    UNKNOWN = "unknown", "Unknown"


class LicenceRecordQuerySet(ClipScoped["LicenceRecord"]):
    """Licence records, scoped by their clip's project; guests none."""


class LicenceRecord(models.Model):
    """The file on one clip's rights. What it says is in its versions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.OneToOneField(Clip, on_delete=models.PROTECT, related_name="licence_record")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = LicenceRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"licence record of {self.clip_id}"


class LicenceRecordVersionQuerySet(AppendOnlyClipScoped["LicenceRecordVersion"]):  # type: ignore[override]  # as_manager, by the plugin
    """Versions of licence records, scoped by the clip's project; guests none."""

    clip_path = "record__clip"
    project_path = "record__clip__project"


class LicenceRecordVersion(AppendOnly):
    """One version of a licence record: immutable; an edit makes the next one and inherits no sign-off.

    ``canonical`` is the canonical JSON of everything below and ``sha256`` its hash: what a sign-off signs. The term is
    two instants plus the zone in which people speak of it; the start is inside, the end is not.

    ``schema`` is that of ``canonical``. Since the second there are purposes, depictions in rows of their own, a checklist with
    ``answers`` (``{"key", "finding", "words", "clauses": [ids]}``) and ``disclosures``, one for each duty that the drafter met
    or found not to apply (``{"rule": key, "version", "plan", "exempt": bool, "reason"}``).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    record = models.ForeignKey(LicenceRecord, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    schema = models.PositiveSmallIntegerField(default=1)
    clip_sha256 = models.CharField(max_length=64)
    governing_set = models.ForeignKey(GoverningSet, on_delete=models.PROTECT, related_name="record_versions")
    uses = models.JSONField(help_text="Values of Use.")
    territories = models.JSONField(help_text="ISO 3166-1 alpha-2 codes, or WORLD.")
    purposes = models.JSONField(default=list, blank=True, help_text="Values of Purpose.")
    product = models.CharField(max_length=200, blank=True, help_text="What is advertised or shown.")
    category = models.CharField(max_length=100, blank=True, help_text="The product's category, such as soft drinks.")
    alterations = models.CharField(max_length=10, choices=Alteration, default=Alteration.FORMAT)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: without end.")
    time_zone = models.CharField(max_length=64, default="UTC")
    exclusive = models.BooleanField(default=False)
    restrictions = models.TextField(blank=True)
    disclosure = models.TextField(blank=True, help_text="How the use of AI is disclosed to viewers.")
    ownership = models.CharField(max_length=10, choices=Finding, default=Finding.UNKNOWN)
    commercial_use = models.CharField(max_length=10, choices=Finding, default=Finding.UNKNOWN)
    indemnity = models.CharField(max_length=10, choices=Finding, default=Finding.UNKNOWN)
    depicted = models.TextField(blank=True, help_text="People, voices, brands, places, music that can be recognised.")
    none_depicted = models.BooleanField(default=False, help_text="The drafter declares that there are none.")
    checklist = models.ForeignKey(
        "reviews.ChecklistTemplate", on_delete=models.PROTECT, null=True, blank=True, related_name="record_versions"
    )
    answers = models.JSONField(default=list, blank=True, help_text="What the checklist was answered.")
    disclosures = models.JSONField(default=list, blank=True, help_text="How each duty of disclosure is met.")
    authorship = models.TextField(blank=True, help_text="What people contributed, and who.")
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(default=timezone.now)

    objects = LicenceRecordVersionQuerySet.as_manager()

    class Meta:
        ordering = ["record", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["record", "version"], name="record_version_unique"),
            models.CheckConstraint(condition=Q(version__gte=1), name="record_version_from_one"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")), name="record_term_ordered"
            ),
        ]
        indexes = [models.Index(fields=["clip_sha256"], condition=Q(exclusive=True), name="record_version_promises")]

    def __str__(self) -> str:
        return f"version {self.version}"


class ReleaseQuerySet(ProjectScoped["Release"]):
    """Releases, scoped by their project."""


class Release(models.Model):
    """A person's or owner's consent for something depicted, with scope and term.

    ``uses`` and ``territories`` are what was consented to: what is not listed is not. ``of_age_on``: the day on which a minor
    becomes an adult, whose guardian's consent then ends. ``exclusive_categories``: for whose competitors the person must not
    be seen (product categories).
    """

    class Kind(models.TextChoices):
        """Whose consent."""

        MODEL = "model", "Model release"
        VOICE = "voice", "Voice release"
        REPLICA = "replica", "Digital replica consent"
        PROPERTY = "property", "Property release"
        GUARDIAN = "guardian", "Guardian's consent"
        ESTATE = "estate", "Estate's consent"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="releases")
    kind = models.CharField(max_length=10, choices=Kind)
    subject = models.CharField(max_length=200, help_text="Who or what is depicted.")
    scope = models.TextField(help_text="What was consented to.")
    uses = models.JSONField(default=list, blank=True, help_text="Values of Use.")
    territories = models.JSONField(default=list, blank=True, help_text="ISO 3166-1 alpha-2 codes, or WORLD.")
    ai_use = models.CharField(
        max_length=10, choices=Finding, default=Finding.UNKNOWN, help_text="Consent to pictures or voices made by AI."
    )
    training = models.CharField(
        max_length=10, choices=Finding, default=Finding.UNKNOWN, help_text="Consent to training models with it."
    )
    counselled = models.CharField(
        max_length=10, choices=Finding, default=Finding.UNKNOWN, help_text="The person had counsel or a union at hand."
    )
    of_age_on = models.DateField(null=True, blank=True, help_text="When a minor becomes an adult.")
    exclusive_categories = models.JSONField(default=list, blank=True, help_text="Product categories.")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)
    document_key = models.CharField(max_length=300, blank=True, editable=False)
    document_name = models.CharField(max_length=255, blank=True, editable=False)
    document_size = models.PositiveBigIntegerField(null=True, blank=True, editable=False, help_text="Bytes.")
    document_media_type = models.CharField(max_length=100, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by", editable=False,
        help_text="The release that was withdrawn for this one.",
    )  # fmt: skip
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["subject", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"


class RecordReleaseQuerySet(AppendOnlyQuerySet["RecordRelease"]):
    """Releases of record versions, append-only."""


class RecordRelease(AppendOnly):
    """A release that a licence record version rests on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    record_version = models.ForeignKey(LicenceRecordVersion, on_delete=models.PROTECT, related_name="releases")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")

    objects = RecordReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["record_version", "id"]
        constraints = [models.UniqueConstraint(fields=["record_version", "release"], name="record_release_once")]

    def __str__(self) -> str:
        return f"{self.record_version_id} rests on {self.release_id}"


class HoldQuerySet(ClipScoped["Hold"]):
    """Holds, scoped by their clip's project."""


class Hold(models.Model):
    """A stop on a clip: nothing leaves while it stands."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="holds")
    reason = models.TextField()
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(default=timezone.now)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.TextField(blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at"]

    def __str__(self) -> str:
        return self.reason[:60]


class OverrideQuerySet(ClipScoped["Override"]):
    """Overrides, scoped by their clip's project."""


class Override(models.Model):
    """A two-person exception to one block on one clip hash, for a limited time. Without the second person it has no effect."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="overrides")
    clip_sha256 = models.CharField(max_length=64)
    block = models.CharField(max_length=60, help_text="The code of the reason that is set aside.")
    reason = models.TextField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    objects = OverrideQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return f"{self.block} on {self.clip_id}"
