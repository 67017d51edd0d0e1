"""Terms, licence records and signatures, as the API shows them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reviews.api.serializers import ReasonSerializer
from reviews.models import (
    Clause,
    Depiction,
    Finding,
    GoverningSet,
    LicenceRecord,
    LicenceRecordVersion,
    LicensingNote,
    Release,
    SignOff,
    TermsSource,
    TermsVersion,
)
from reviews.rules.standing import LABELS, State


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class Words(serializers.JSONField):
    """A list of words, kept as JSON."""


class SourceSerializer(serializers.ModelSerializer[TermsSource]):
    """A document whose versions are captured."""

    noise = Words(read_only=True)

    class Meta:
        model = TermsSource
        fields = [
            "id", "publisher", "title", "product", "kind", "party", "noise", "address", "look_for", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class VersionSerializer(serializers.ModelSerializer[TermsVersion]):
    """A captured version: hashes and four dates. Its text comes with the single row, its bytes from raw/."""

    class Meta:
        model = TermsVersion
        fields = [
            "id", "source", "label", "media_type", "raw_sha256", "text_sha256", "language", "jurisdiction", "address",
            "published_on", "effective_from", "captured_at", "accepted_at", "method", "captured_by", "origin",
        ]  # fmt: skip
        read_only_fields = fields


class VersionTextSerializer(VersionSerializer):
    """A captured version with its text."""

    class Meta(VersionSerializer.Meta):
        fields = [*VersionSerializer.Meta.fields, "text"]
        read_only_fields = fields


class ClauseSerializer(serializers.ModelSerializer[Clause]):
    """A passage of one terms version: offsets in Unicode code points."""

    class Meta:
        model = Clause
        fields = ["id", "terms_version", "start", "end", "quote", "topic", "carried_from", "marked_by", "marked_at"]
        read_only_fields = fields


class GoverningSetSerializer(serializers.ModelSerializer[GoverningSet]):
    """The versions that govern a route, first of them prevailing; named by its hash."""

    versions = serializers.SerializerMethodField()

    class Meta:
        model = GoverningSet
        fields = [
            "id", "name", "route", "account", "rule", "as_of", "versions", "canonical", "sha256", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_versions(self, row: GoverningSet) -> list[str]:
        """Ids of the terms versions, in order of precedence."""
        return [str(member.terms_version_id) for member in row.members.all()]


class NoteSerializer(serializers.ModelSerializer[LicensingNote]):
    """A finding about a clip, and the clauses it rests on."""

    clauses = serializers.SerializerMethodField()

    class Meta:
        model = LicensingNote
        fields = ["id", "clip", "clip_sha256", "body", "privileged", "clauses", "author", "created_at"]
        read_only_fields = fields

    def get_clauses(self, note: LicensingNote) -> list[str]:
        """Ids of the clauses that are cited."""
        return [str(citation.clause_id) for citation in note.citations.all()]


class RecordSerializer(serializers.ModelSerializer[LicenceRecord]):
    """The file on one clip's rights; what it says is in its versions."""

    class Meta:
        model = LicenceRecord
        fields = ["id", "clip", "versions", "created_by", "created_at"]
        read_only_fields = fields


class DepictionSerializer(serializers.ModelSerializer[Depiction]):
    """Somebody or something that can be recognised, and the release it has."""

    class Meta:
        model = Depiction
        fields = ["position", "kind", "name", "real", "words", "release"]
        read_only_fields = fields


class AnswerSerializer(serializers.Serializer[Any]):
    """What one question of the checklist was answered."""

    key = serializers.CharField()
    finding = serializers.ChoiceField(choices=Finding.choices)
    words = serializers.CharField(allow_blank=True)
    clauses = serializers.ListField(child=serializers.UUIDField())


class DisclosureSerializer(serializers.Serializer[Any]):
    """How one duty of disclosure is met, or why it does not apply."""

    rule = serializers.CharField()
    version = serializers.IntegerField()
    plan = serializers.CharField(allow_blank=True)
    exempt = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)


class RecordVersionSerializer(serializers.ModelSerializer[LicenceRecordVersion]):
    """One immutable version of a licence record; ``sha256`` over ``canonical`` is what a sign-off signs."""

    clip = serializers.UUIDField(source="record.clip_id", read_only=True)
    uses = Words(read_only=True)
    territories = Words(read_only=True)
    purposes = Words(read_only=True)
    depictions = DepictionSerializer(many=True, read_only=True)
    answers = AnswerSerializer(many=True, read_only=True)
    disclosures = DisclosureSerializer(many=True, read_only=True)
    releases = serializers.SerializerMethodField()

    class Meta:
        model = LicenceRecordVersion
        fields = [
            "id", "record", "clip", "version", "schema", "clip_sha256", "governing_set", "uses", "territories", "purposes",
            "product", "category", "alterations", "starts_at", "ends_at", "time_zone", "exclusive", "restrictions",
            "disclosure", "ownership", "commercial_use", "indemnity", "depicted", "none_depicted", "depictions", "releases",
            "checklist", "answers", "disclosures", "authorship", "canonical", "sha256", "drafted_by", "drafted_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_releases(self, row: LicenceRecordVersion) -> list[str]:
        """Ids of the releases that the version rests on."""
        return [str(link.release_id) for link in row.releases.all()]


class ToSignSerializer(serializers.Serializer[Any]):
    """What would be signed, and every reason why one cannot approve it now."""

    statement = serializers.CharField(help_text="The exact sentence that the signature puts its name to.")
    shown_sha256 = serializers.CharField(help_text="Send it back when signing.")
    blocks = ReasonSerializer(many=True)


class PasskeyOptionsSerializer(serializers.Serializer[Any]):
    """What navigator.credentials.get takes (WebAuthn, PublicKeyCredentialRequestOptionsJSON)."""

    publicKey = serializers.DictField(help_text="Bytes as base64url.")


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    """A consent for something depicted: what it does not list was not consented to."""

    uses = Words(read_only=True)
    territories = Words(read_only=True)
    exclusive_categories = Words(read_only=True)

    class Meta:
        model = Release
        fields = [
            "id", "project", "kind", "subject", "scope", "uses", "territories", "ai_use", "training", "counselled",
            "of_age_on", "exclusive_categories", "valid_from", "valid_until", "document_sha256", "document_name",
            "document_size", "document_media_type", "withdrawn_at", "replaces", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class SignOffSerializer(serializers.ModelSerializer[SignOff]):
    """A signature over one record version, one clip hash, one governing set.

    ``pending_timestamp``: it demands a time-stamp that is not here yet, and clears nothing until then.
    """

    pending_timestamp = serializers.BooleanField(source="is_pending", read_only=True)

    class Meta:
        model = SignOff
        fields = [
            "id", "clip", "record_version", "revokes", "suspends", "reinstates", "meaning", "statement", "reason", "clip_sha256",
            "record_sha256", "governing_sha256", "signer", "signed_at", "payload", "payload_sha256", "key_id", "signature",
            "stamp_required", "pending_timestamp",
        ]  # fmt: skip
        read_only_fields = fields


class StandingSerializer(serializers.Serializer[Any]):
    """How a sign-off stands now: computed, never stored."""

    state = serializers.ChoiceField(choices=[(each.value, LABELS[each]) for each in State])
    label = serializers.CharField()  # type: ignore[assignment]  # shadows Field.label, which a serializer does not use
    since = serializers.DateTimeField()
    why = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_blank=True, help_text="Who did it, under the name of that day.")
    also = serializers.ListField(child=serializers.CharField(), help_text="Further states that hold at once.")
    valid = serializers.BooleanField(help_text="An approval that stands. What it may be used for, clearance says.")
