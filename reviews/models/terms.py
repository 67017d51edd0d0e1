"""Terms: what was agreed to, as bytes. Sources, versions, clauses, governing sets, and the notes that cite them."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from generations.models import Clip, ProviderAccount
from reviews.models.scope import AgencyOnly, AppendOnlyAgencyOnly, AppendOnlyClipScoped
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import AppendOnly, AppendOnlyQuerySet
from sorahub.lib.ids import uuid7


class TermsSourceQuerySet(AgencyOnly["TermsSource"]):
    """Terms sources, for the agency's people."""


class TermsSource(models.Model):
    """A document that somebody publishes: whose, for which product, where to look.

    ``party`` names whose contract it is as the model catalogue names providers and routes (openai, kling, vofy): by it a
    governing set is asked whether it covers every hop of a route. ``noise`` holds regular expressions for lines that are
    no part of the terms (page headers, counters): they are left out before versions are compared, never from what is kept.
    """

    class Kind(models.TextChoices):
        """What the publisher is to the agency."""

        MODEL_MAKER = "model_maker", "Maker of a model"
        AGGREGATOR = "aggregator", "Aggregator or reseller"
        PLATFORM = "platform", "Platform where clips are published"
        CLIENT = "client", "Client"
        OTHER = "other", "Other"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    publisher = models.CharField(max_length=200)
    title = models.CharField(max_length=200, help_text="Such as Services Agreement or Usage Policies.")
    product = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.OTHER)
    party = models.CharField(
        max_length=50, blank=True, help_text="Its name in the model catalogue, such as openai, kling or vofy."
    )
    noise = models.JSONField(default=list, blank=True, help_text="Regular expressions for lines that are no terms.")
    address = models.URLField(max_length=500, blank=True)
    look_for = models.TextField(blank=True, help_text="What a reader should look for in it.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TermsSourceQuerySet.as_manager()

    class Meta:
        ordering = ["publisher", "title"]
        constraints = [
            models.UniqueConstraint(fields=["publisher", "title", "product"], name="terms_source_unique"),
            models.CheckConstraint(
                condition=Q(kind__in=["model_maker", "aggregator", "platform", "client", "other"]),
                name="terms_source_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.publisher}: {self.title}"


class TermsVersionQuerySet(AppendOnlyAgencyOnly["TermsVersion"]):  # type: ignore[override]  # as_manager, by the plugin
    """Terms versions, for the agency's people."""

    def for_list(self) -> Self:
        """Leave the bytes and the text in the database and join the source."""
        return self.select_related("source", "captured_by__person").defer("raw", "text")

    def variant(self, version: "TermsVersion") -> Self:
        """Versions of the same document in the same language for the same jurisdiction, this one too; without their bytes."""
        same = self.filter(source=version.source_id, language=version.language, jurisdiction=version.jurisdiction)
        return same.defer("raw")

    def before(self, version: "TermsVersion") -> Self:
        """The variant's versions that were captured before this one, newest first."""
        earlier = Q(captured_at__lt=version.captured_at) | Q(captured_at=version.captured_at, pk__lt=version.pk)
        return self.variant(version).filter(earlier).order_by("-captured_at", "-pk")

    def after(self, version: "TermsVersion") -> Self:
        """The variant's versions that were captured after this one, oldest first."""
        later = Q(captured_at__gt=version.captured_at) | Q(captured_at=version.captured_at, pk__gt=version.pk)
        return self.variant(version).filter(later).order_by("captured_at", "pk")


class TermsVersion(AppendOnly):
    """Captured text of a provider's or platform's terms: raw bytes as they came, extracted text, hashes, four dates.

    published_on: what the text says of itself; effective_from: when it binds; captured_at: when we had it; accepted_at:
    when the agency agreed. Unknown dates stay empty. ``normalised_sha256`` is of the text less what is no change (empty for
    versions older than the filter: it is made of the text when asked). ``origin`` says where imported or fetched bytes came
    from: the archive, its commit, its licence; the address that answered.
    """

    class Method(models.TextChoices):
        """How it was captured."""

        UPLOAD = "upload", "Uploaded file"
        PASTE = "paste", "Pasted text"
        FETCH = "fetch", "Fetched from its address"
        IMPORT = "import", "Imported from an archive"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(TermsSource, on_delete=models.PROTECT, related_name="versions")
    label = models.CharField(max_length=100, help_text="Such as 2026-01-01 or v3.")
    raw = models.BinaryField()
    media_type = models.CharField(max_length=100)
    raw_sha256 = models.CharField(max_length=64)
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    normalised_sha256 = models.CharField(max_length=64, blank=True)
    origin = models.JSONField(default=dict, blank=True)
    language = models.CharField(max_length=10, default="en")
    jurisdiction = models.CharField(max_length=50, blank=True)
    address = models.URLField(max_length=500, blank=True)
    published_on = models.DateField(null=True, blank=True)
    effective_from = models.DateField(null=True, blank=True)
    captured_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True, blank=True)
    method = models.CharField(max_length=10, choices=Method)
    captured_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = TermsVersionQuerySet.as_manager()

    class Meta:
        ordering = ["source", "-captured_at"]
        indexes = [
            models.Index(fields=["source", "language", "jurisdiction", "captured_at"], name="terms_version_history")
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "raw_sha256"], name="terms_bytes_once_per_source"),
            models.UniqueConstraint(
                fields=["source", "label", "language", "jurisdiction"], name="terms_label_unique_in_variant"
            ),
            models.CheckConstraint(
                condition=Q(method__in=["upload", "paste", "fetch", "import"]), name="terms_method_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} · {self.label}"


class ClauseQuerySet(AppendOnlyAgencyOnly["Clause"]):  # type: ignore[override]  # as_manager, by the plugin
    """Clauses, for the agency's people."""


class Clause(AppendOnly):
    """A passage of one terms version: ``text[start:end]`` in Unicode code points, with its topic."""

    class Topic(models.TextChoices):
        """What the passage is about."""

        OWNERSHIP = "ownership", "Ownership of output"
        COMMERCIAL_USE = "commercial_use", "Commercial use"
        INDEMNITY = "indemnity", "Indemnity"
        INDEMNITY_EXCLUSION = "indemnity_exclusion", "Exclusion from the indemnity"
        LIKENESS = "likeness", "Likeness and voice"
        MARKS = "marks", "Marks and labels"
        DISCLOSURE = "disclosure", "Disclosure of AI"
        TERRITORY = "territory", "Territory"
        TRAINING = "training", "Training"
        COMPETING_USE = "competing_use", "Competing use"
        PROHIBITED_USE = "prohibited_use", "Prohibited use"
        LICENCE_BACK = "licence_back", "Licence back to the provider"
        BETA = "beta", "Beta or preview"
        PLAN = "plan", "Plan or tier"
        THIRD_PARTY = "third_party", "Third parties' terms"
        CHANGE = "change", "Change of the terms"
        PRECEDENCE = "precedence", "Precedence"
        TERMINATION = "termination", "Termination"
        OTHER = "other", "Other"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    terms_version = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="clauses")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.TextField()
    topic = models.CharField(max_length=20, choices=Topic, default=Topic.OTHER)
    carried_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="carried_to",
        help_text="The clause of an earlier version whose words survived here.",
    )  # fmt: skip
    marked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    marked_at = models.DateTimeField(default=timezone.now)

    objects = ClauseQuerySet.as_manager()

    class Meta:
        ordering = ["terms_version", "start"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=models.F("start")), name="clause_range_ordered"),
            models.UniqueConstraint(fields=["terms_version", "start", "end", "topic"], name="clause_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_topic_display()}: {self.quote[:60]}"


class GoverningSetQuerySet(AppendOnlyAgencyOnly["GoverningSet"]):  # type: ignore[override]  # as_manager, by the plugin
    """Governing sets, for the agency's people."""


class GoverningSet(AppendOnly):
    """The terms versions that govern clips made through one route, with precedence and the rule that picks versions.

    ``canonical`` is the canonical JSON of the members (publisher, title, label, hashes, precedence, rule, as_of) and
    ``sha256`` its hash: the name that a sign-off signs.
    """

    class Rule(models.TextChoices):
        """Which version binds."""

        AT_GENERATION = "at_generation", "As they stood when the clip was made"
        AT_ORDER = "at_order", "As they stood at the order"
        PINNED = "pinned", "Exactly these versions"
        CONTINUOUS = "continuous", "As they change"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    route = models.CharField(max_length=50, help_text="The route in the model catalogue that it governs.")
    account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rule = models.CharField(max_length=20, choices=Rule, default=Rule.AT_GENERATION)
    as_of = models.DateField()
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = GoverningSetQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rule__in=["at_generation", "at_order", "pinned", "continuous"]),
                name="governing_rule_known",
            )
        ]

    def __str__(self) -> str:
        return self.name


class GoverningMemberQuerySet(AppendOnlyQuerySet["GoverningMember"]):
    """Members of governing sets, append-only."""


class GoverningMember(AppendOnly):
    """A terms version in a governing set; the lower precedence number prevails on conflict."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    governing_set = models.ForeignKey(GoverningSet, on_delete=models.PROTECT, related_name="members")
    terms_version = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="memberships")
    precedence = models.PositiveSmallIntegerField()

    objects = GoverningMemberQuerySet.as_manager()

    class Meta:
        ordering = ["governing_set", "precedence"]
        constraints = [
            models.UniqueConstraint(fields=["governing_set", "terms_version"], name="governing_member_once"),
            models.UniqueConstraint(fields=["governing_set", "precedence"], name="governing_precedence_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.precedence}. {self.terms_version_id}"


class LicensingNoteQuerySet(AppendOnlyClipScoped["LicensingNote"]):  # type: ignore[override]  # as_manager, by the plugin
    """Licensing notes and who may read them."""

    def visible_to(self, user: User) -> Self:
        """As the clip; privileged notes only by legal approvers and their author; guests none."""
        rows = super().visible_to(user)
        return rows if user.kind == Kind.LEGAL else rows.filter(Q(privileged=False) | Q(author=user))


class LicensingNote(AppendOnly):
    """A reviewer's or lawyer's finding about a clip, citing clauses of exact terms versions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="licensing_notes")
    clip_sha256 = models.CharField(max_length=64)
    body = models.TextField()
    privileged = models.BooleanField(default=False, help_text="Stays out of every export.")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = LicensingNoteQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.body[:60]


class CitationQuerySet(AppendOnlyQuerySet["Citation"]):
    """Citations, append-only."""


class Citation(AppendOnly):
    """A clause that a licensing note rests on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    note = models.ForeignKey(LicensingNote, on_delete=models.PROTECT, related_name="citations")
    clause = models.ForeignKey(Clause, on_delete=models.PROTECT, related_name="citations")

    objects = CitationQuerySet.as_manager()

    class Meta:
        ordering = ["note", "id"]
        constraints = [models.UniqueConstraint(fields=["note", "clause"], name="citation_once")]

    def __str__(self) -> str:
        return f"{self.note_id} cites {self.clause_id}"
