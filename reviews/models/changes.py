"""How terms change: the same bytes seen again, other text from the same bytes, differences between versions and what came of them."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from reviews.models.licence import LicenceRecordVersion
from reviews.models.scope import AgencyOnly, AppendOnlyAgencyOnly, ClipScoped
from reviews.models.terms import Clause, TermsVersion
from sorahub.accounts.models import User
from sorahub.ledger.models import AppendOnly
from sorahub.lib.ids import uuid7


class TermsSightingQuerySet(AppendOnlyAgencyOnly["TermsSighting"]):  # type: ignore[override]  # as_manager, by the plugin
    """Sightings, for the agency's people."""


class TermsSighting(AppendOnly):
    """The bytes of a version were seen again: a text that comes back after another one flaps, and is no new version."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="sightings")
    seen_at = models.DateTimeField()
    method = models.CharField(max_length=10, choices=TermsVersion.Method)
    origin = models.JSONField(default=dict, blank=True)
    seen_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = TermsSightingQuerySet.as_manager()

    class Meta:
        ordering = ["version", "seen_at"]
        constraints = [models.UniqueConstraint(fields=["version", "seen_at"], name="terms_sighting_once")]

    def __str__(self) -> str:
        return f"{self.version_id} seen {self.seen_at:%Y-%m-%d %H:%M}"


class TermsTextQuerySet(AppendOnlyAgencyOnly["TermsText"]):  # type: ignore[override]  # as_manager, by the plugin
    """Derived texts, for the agency's people."""


class TermsText(AppendOnly):
    """Text drawn once more from the same bytes by another extractor. The version keeps its bytes and its first text."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="texts")
    extractor = models.CharField(max_length=60, help_text="Which extractor, in which version.")
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    normalised_sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    objects = TermsTextQuerySet.as_manager()

    class Meta:
        ordering = ["version", "made_at"]
        constraints = [models.UniqueConstraint(fields=["version", "extractor"], name="terms_text_once_per_extractor")]

    def __str__(self) -> str:
        return f"{self.version_id} by {self.extractor}"


class TermsChangeQuerySet(AppendOnlyAgencyOnly["TermsChange"]):  # type: ignore[override]  # as_manager, by the plugin
    """Changes of terms, for the agency's people."""

    def current(self) -> Self:
        """Changes between neighbours: a version that was captured into the past later on splits a pair, which then is history."""
        between = TermsVersion.objects.filter(
            Q(captured_at__gt=OuterRef("before__captured_at"))
            | Q(captured_at=OuterRef("before__captured_at"), pk__gt=OuterRef("before")),
            Q(captured_at__lt=OuterRef("after__captured_at"))
            | Q(captured_at=OuterRef("after__captured_at"), pk__lt=OuterRef("after")),
            source=OuterRef("after__source"),
            language=OuterRef("after__language"),
            jurisdiction=OuterRef("after__jurisdiction"),
        )
        return self.filter(~Exists(between))

    def changing(self) -> Self:
        """Changes that are more than noise."""
        return self.exclude(suggestion=TermsChange.Suggestion.NOISE)

    def awaiting(self) -> Self:
        """Current changes that are more than noise and that nobody judged."""
        return self.current().changing().filter(~Exists(ChangeJudgement.objects.filter(change=OuterRef("pk"))))

    def with_verdict(self) -> Self:
        """Annotate ``verdict`` with what was judged last, None before anybody did."""
        newest = ChangeJudgement.objects.filter(change=OuterRef("pk")).order_by("-judged_at", "-id")
        return self.annotate(verdict=Subquery(newest.values("verdict")[:1]))

    def for_list(self) -> Self:
        """Join both versions and their document, without bytes and texts."""
        left_out = ("before__raw", "before__text", "after__raw", "after__text")
        return self.select_related("before", "after__source").defer(*left_out)

    def alike(self, change: "TermsChange") -> Self:
        """Other current changes between the same words, in whichever direction: what flaps is one difference seen again."""
        one, other = change.before.normalised_sha256, change.after.normalised_sha256
        if not one or not other:
            return self.none()
        same = Q(before__normalised_sha256=one, after__normalised_sha256=other)
        back = Q(before__normalised_sha256=other, after__normalised_sha256=one)
        rows = self.current().changing().filter(after__source=change.after.source_id)
        return rows.filter(same | back).exclude(pk=change.pk)


class TermsChange(AppendOnly):
    """Two neighbouring versions of one document in one language for one jurisdiction, and what the filter makes of the difference.

    ``suggestion`` is a machine's word, with its ``grounds``; what counts is the newest judgement. ``flaps``: the later text
    was there before and had gone. Where the very version came back, it is ``after`` although it was captured before.
    """

    class Suggestion(models.TextChoices):
        """What the filter takes the difference for."""

        NOISE = "noise", "No change: the same words"
        COSMETIC = "cosmetic", "Cosmetic"
        MATERIAL = "material", "Material"
        UNSURE = "unsure", "Unsure"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    before = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="+")
    after = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="changes")
    suggestion = models.CharField(max_length=10, choices=Suggestion)
    grounds = models.JSONField(default=list, help_text="Why the filter says so: codes with the words they rest on.")
    figures = models.JSONField(default=dict, help_text="Words added and removed, clauses touched.")
    flaps = models.BooleanField(default=False)
    found_at = models.DateTimeField(default=timezone.now)

    objects = TermsChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-found_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["before", "after"], name="terms_change_once"),
            models.CheckConstraint(condition=~Q(before=models.F("after")), name="terms_change_of_two"),
            models.CheckConstraint(
                condition=Q(suggestion__in=["noise", "cosmetic", "material", "unsure"]),
                name="terms_change_suggestion_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_suggestion_display()}: {self.before_id} to {self.after_id}"

    @property
    def returns(self) -> bool:
        """Whether the later text is a version that was captured before the other, and seen again after it."""
        return self.after.captured_at < self.before.captured_at


class ChangeJudgementQuerySet(AppendOnlyAgencyOnly["ChangeJudgement"]):  # type: ignore[override]  # as_manager, by the plugin
    """Judgements of changes, for the agency's people."""


class ChangeJudgement(AppendOnly):
    """A person's word on a change; a later one of anybody's replaces it and leaves it standing in the history.

    ``binds_from``: the day on which the later text binds the agency, where counsel knows better than the text. Dating it
    back is for legal approvers, with a reason.
    """

    class Verdict(models.TextChoices):
        """What the change is."""

        COSMETIC = "cosmetic", "Cosmetic: nothing that anybody may do changes"
        MATERIAL = "material", "Material: rights or duties change"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    change = models.ForeignKey(TermsChange, on_delete=models.PROTECT, related_name="judgements")
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.TextField()
    binds_from = models.DateField(null=True, blank=True)
    judged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField(default=timezone.now)

    objects = ChangeJudgementQuerySet.as_manager()

    class Meta:
        ordering = ["change", "-judged_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=["cosmetic", "material"]), name="change_verdict_known")
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.judged_by_id}"


class ClauseFlagQuerySet(AgencyOnly["ClauseFlag"]):
    """Flags on clauses, for the agency's people."""

    def open(self) -> Self:
        """Flags that nobody settled."""
        return self.filter(settled_at=None)


class ClauseFlag(models.Model):
    """A clause whose words the next version does not hold as they were: a person says where it went, or that it is gone."""

    class Kind(models.TextChoices):
        """What became of the words."""

        CHANGED = "changed", "The words changed"
        GONE = "gone", "The words are gone"
        AMBIGUOUS = "ambiguous", "The words stand there more than once"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clause = models.ForeignKey(Clause, on_delete=models.PROTECT, related_name="flags")
    version = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="clause_flags")
    kind = models.CharField(max_length=10, choices=Kind)
    near_start = models.PositiveIntegerField(null=True, blank=True, help_text="The most alike passage, in code points.")
    near_end = models.PositiveIntegerField(null=True, blank=True)
    flagged_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    successor = models.ForeignKey(
        Clause, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="The passage that took its place; none where it is gone.",
    )  # fmt: skip

    objects = ClauseFlagQuerySet.as_manager()

    class Meta:
        ordering = ["version", "flagged_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["clause", "version"], name="clause_flag_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["changed", "gone", "ambiguous"]), name="clause_flag_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.clause_id}"


class ReReviewQuerySet(ClipScoped["ReReview"]):
    """Re-review tasks, scoped by their clip's project; guests none."""

    clip_path = "record_version__record__clip"
    project_path = "record_version__record__clip__project"

    def open(self) -> "ReReviewQuerySet":
        """Tasks that nobody settled."""
        return self.filter(settled_at=None)


class ReReview(models.Model):
    """A licence record rests on terms that changed materially: counsel reads the change and says what it means for the record.

    ``suspends`` is fixed when the task opens: under a continuous rule the record clears nothing until the task is settled.
    """

    class Outcome(models.TextChoices):
        """What counsel found."""

        NO_EFFECT = "no_effect", "The change has no effect on this record"
        NEW_RECORD = "new_record", "A new version of the record is needed"
        REVOKED = "revoked", "The approval is revoked"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    change = models.ForeignKey("reviews.TermsChange", on_delete=models.PROTECT, related_name="re_reviews")
    record_version = models.ForeignKey(LicenceRecordVersion, on_delete=models.PROTECT, related_name="re_reviews")
    suspends = models.BooleanField(default=False)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    reason = models.TextField(blank=True)

    objects = ReReviewQuerySet.as_manager()

    class Meta:
        ordering = ["opened_at", "id"]
        indexes = [models.Index(fields=["settled_at", "opened_at"], name="re_review_open_first")]
        constraints = [
            models.UniqueConstraint(fields=["change", "record_version"], name="re_review_once"),
            models.CheckConstraint(
                condition=Q(settled_at=None, outcome="")
                | (Q(settled_at__isnull=False) & ~Q(outcome="") & ~Q(reason="")),
                name="re_review_settled_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"re-review of {self.record_version_id}"
