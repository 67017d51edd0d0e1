"""What the API takes about terms, licence records and signatures."""

from typing import Any

from rest_framework import serializers

from generations.models import Clip, Project, ProviderAccount
from reviews.actions.presence import Given
from reviews.actions.sign import CHOICES
from reviews.models import (
    Alteration,
    ChecklistTemplate,
    Clause,
    Depiction,
    Finding,
    GoverningSet,
    LicenceRecordVersion,
    Purpose,
    Release,
    SignOff,
    TermsSource,
    TermsVersion,
    Use,
)
from reviews.rules.drafting import DepictionInput
from sorahub.accounts.api.fields import VisibleRelatedField

MEDIA_TYPES = ("text/plain", "text/markdown", "text/html", "application/pdf")


class SourceInput(serializers.Serializer[Any]):
    """A document whose versions will be captured."""

    publisher = serializers.CharField(max_length=200)
    title = serializers.CharField(max_length=200)
    product = serializers.CharField(max_length=200, default="", allow_blank=True)
    kind = serializers.ChoiceField(choices=TermsSource.Kind.choices, default=TermsSource.Kind.OTHER)
    party = serializers.CharField(
        max_length=50, default="", allow_blank=True, help_text="The publisher's name in the model catalogue."
    )
    noise = serializers.ListField(
        child=serializers.CharField(max_length=300),
        default=list,
        max_length=50,
        help_text="Regular expressions for lines that are left out before versions are compared.",
    )
    address = serializers.CharField(max_length=500, default="", allow_blank=True)
    look_for = serializers.CharField(default="", allow_blank=True)


class VersionInput(serializers.Serializer[Any]):
    """One version: its bytes as a ``file`` (multipart) or its words as ``text``, and the dates that are known."""

    source = VisibleRelatedField(queryset=TermsSource.objects.all())  # type: ignore[assignment]  # a field of this name
    label = serializers.CharField(max_length=100)  # type: ignore[assignment]  # a field of this name
    file = serializers.FileField(required=False)
    text = serializers.CharField(required=False, trim_whitespace=False)
    media_type = serializers.ChoiceField(choices=MEDIA_TYPES, default="text/plain")
    language = serializers.CharField(max_length=10, default="en")
    jurisdiction = serializers.CharField(max_length=50, default="", allow_blank=True)
    address = serializers.CharField(max_length=500, default="", allow_blank=True)
    published_on = serializers.DateField(default=None, allow_null=True)
    effective_from = serializers.DateField(default=None, allow_null=True)
    accepted_at = serializers.DateTimeField(default=None, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require exactly one of file and text."""
        if ("file" in attrs) == ("text" in attrs):
            raise serializers.ValidationError({"file": "Send either a file or a text."})
        return attrs


class ClauseInput(serializers.Serializer[Any]):
    """A passage to be marked by quoting it exactly."""

    terms_version = VisibleRelatedField(queryset=TermsVersion.objects.all())
    quote = serializers.CharField(trim_whitespace=False)
    topic = serializers.ChoiceField(choices=Clause.Topic.choices)
    start = serializers.IntegerField(default=None, allow_null=True, min_value=0)


class GoverningSetInput(serializers.Serializer[Any]):
    """The versions that govern a route; the first prevails."""

    name = serializers.CharField(max_length=200)
    route = serializers.CharField(max_length=50)
    rule = serializers.ChoiceField(choices=GoverningSet.Rule.choices)
    as_of = serializers.DateField()
    versions = VisibleRelatedField(queryset=TermsVersion.objects.select_related("source"), many=True)
    account = VisibleRelatedField(queryset=ProviderAccount.objects.all(), default=None, allow_null=True)


class NoteInput(serializers.Serializer[Any]):
    """A finding about a clip."""

    clip = VisibleRelatedField(queryset=Clip.objects.select_related("project"))
    body = serializers.CharField()
    clauses = VisibleRelatedField(queryset=Clause.objects.all(), many=True)
    privileged = serializers.BooleanField(default=False)


class DepictionRow(serializers.Serializer[Any]):
    """Somebody or something that can be recognised; a release of the clip's project where it exists outside the clip."""

    kind = serializers.ChoiceField(choices=Depiction.Kind.choices)
    name = serializers.CharField(max_length=200)
    real = serializers.ChoiceField(choices=Finding.choices, default=Finding.UNKNOWN)
    words = serializers.CharField(default="", allow_blank=True)
    release = VisibleRelatedField(queryset=Release.objects.all(), default=None, allow_null=True)


class AnswerRow(serializers.Serializer[Any]):
    """The answer to one question of the checklist, and the clauses that it rests on."""

    key = serializers.CharField(max_length=60)
    finding = serializers.ChoiceField(choices=Finding.choices)
    words = serializers.CharField(default="", allow_blank=True)
    clauses = VisibleRelatedField(queryset=Clause.objects.all(), many=True, default=list)

    def validate_clauses(self, clauses: list[Clause]) -> list[str]:
        """Keep their ids: that is what the record says."""
        return [str(clause.pk) for clause in clauses]


class DisclosureRow(serializers.Serializer[Any]):
    """How one duty of disclosure is met, or why it does not apply."""

    rule = serializers.CharField(max_length=60)
    version = serializers.IntegerField(min_value=1)
    plan = serializers.CharField(default="", allow_blank=True)
    exempt = serializers.BooleanField(default=False)
    reason = serializers.CharField(default="", allow_blank=True)


class DraftInput(serializers.Serializer[Any]):
    """The next version of a clip's licence record."""

    clip = VisibleRelatedField(queryset=Clip.objects.select_related("project"))
    governing_set = VisibleRelatedField(queryset=GoverningSet.objects.all())
    uses = serializers.ListField(child=serializers.ChoiceField(choices=Use.choices))
    purposes = serializers.ListField(child=serializers.ChoiceField(choices=Purpose.choices))
    product = serializers.CharField(max_length=200, default="", allow_blank=True)
    category = serializers.CharField(max_length=100, default="", allow_blank=True)
    alterations = serializers.ChoiceField(choices=Alteration.choices, default=Alteration.FORMAT)
    territories = serializers.ListField(child=serializers.CharField())
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(default=None, allow_null=True)
    time_zone = serializers.CharField(default="UTC")
    exclusive = serializers.BooleanField(default=False)
    restrictions = serializers.CharField(default="", allow_blank=True)
    disclosure = serializers.CharField(default="", allow_blank=True)
    ownership = serializers.ChoiceField(choices=Finding.choices, default=Finding.UNKNOWN)
    commercial_use = serializers.ChoiceField(choices=Finding.choices, default=Finding.UNKNOWN)
    indemnity = serializers.ChoiceField(choices=Finding.choices, default=Finding.UNKNOWN)
    none_depicted = serializers.BooleanField(default=False)
    depictions = DepictionRow(many=True, default=list)
    checklist = VisibleRelatedField(queryset=ChecklistTemplate.objects.all(), default=None, allow_null=True)
    answers = AnswerRow(many=True, default=list)
    disclosures = DisclosureRow(many=True, default=list)
    authorship = serializers.CharField(default="", allow_blank=True)

    def validate_depictions(self, rows: list[dict[str, Any]]) -> list[DepictionInput]:
        """Return them as the action takes them."""
        return [DepictionInput(**row) for row in rows]


class ConsentInput(serializers.Serializer[Any]):
    """What a consent says; with a ``document`` as multipart. What it does not list was not consented to."""

    kind = serializers.ChoiceField(choices=Release.Kind.choices)
    subject = serializers.CharField(max_length=200)
    scope = serializers.CharField()
    uses = serializers.ListField(child=serializers.ChoiceField(choices=Use.choices))
    territories = serializers.ListField(child=serializers.CharField())
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(default=None, allow_null=True)
    ai_use = serializers.ChoiceField(choices=Finding.choices, default=Finding.UNKNOWN)
    training = serializers.ChoiceField(choices=Finding.choices, default=Finding.UNKNOWN)
    counselled = serializers.ChoiceField(choices=Finding.choices, default=Finding.UNKNOWN)
    of_age_on = serializers.DateField(default=None, allow_null=True)
    exclusive_categories = serializers.ListField(child=serializers.CharField(), default=list)
    document = serializers.FileField(default=None, allow_null=True, help_text="The signed paper: PDF, JPEG or PNG.")


class ReleaseInput(ConsentInput):
    """A consent to be put on file."""

    project = VisibleRelatedField(queryset=Project.objects.all())


MEANINGS = [each.value for each in CHOICES]


class MeaningQuery(serializers.Serializer[Any]):
    """What the signature is to mean."""

    meaning = serializers.ChoiceField(choices=MEANINGS, default=SignOff.Meaning.APPROVED.value)


class PresenceInput(serializers.Serializer[Any]):
    """What a passkey is asked to prove presence for."""

    meaning = serializers.ChoiceField(choices=SignOff.Meaning.choices)


class ProofInput(serializers.Serializer[Any]):
    """Proof that it is the person, now: the password (with the code of the app), or a passkey's answer.

    Neither is sent after a fresh single sign-on for this signature.
    """

    password = serializers.CharField(write_only=True, default="", allow_blank=True, trim_whitespace=False)
    code = serializers.CharField(
        write_only=True, default="", allow_blank=True, help_text="Of the app; each works once."
    )
    passkey = serializers.JSONField(
        write_only=True, default=None, help_text="The PublicKeyCredential as JSON: the answer to …/presence/."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Put the three together."""
        attrs["proof"] = Given(attrs.pop("password"), attrs.pop("code"), attrs.pop("passkey"))
        return attrs


class SignOffInput(ProofInput):
    """A signature, with a proof of presence made for it."""

    record_version = VisibleRelatedField(queryset=LicenceRecordVersion.objects.select_related("record__clip__project"))
    meaning = serializers.ChoiceField(choices=MEANINGS)
    shown_sha256 = serializers.CharField(
        help_text="As to-sign gave it, of all that was shown; or the record version's own hash."
    )
    reason = serializers.CharField(default="", allow_blank=True)


class SuspensionInput(ProofInput):
    """Why an approval stops for the time being, with a proof of presence made for it."""

    reason = serializers.CharField()


class ReinstatementInput(ProofInput):
    """A suspended approval is signed again, with a proof of presence made for it."""

    shown_sha256 = serializers.CharField(
        help_text="As to-sign gave it, of all that was shown; or the record version's own hash."
    )
    reason = serializers.CharField(default="", allow_blank=True)


class RevocationInput(ProofInput):
    """Why an approval ends, with a proof of presence made for it."""

    reason = serializers.CharField()


class BundleInput(serializers.Serializer[Any]):
    """The sign-off whose evidence is wanted."""

    sign_off = VisibleRelatedField(queryset=SignOff.objects.select_related("clip__project"))
