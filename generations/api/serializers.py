"""What gets made, as the API shows it. Storage keys, secrets and raw answers of providers never appear."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from generations.models import (
    AccountLimit,
    Batch,
    Clip,
    ErrorClass,
    Generation,
    GenerationReference,
    Membership,
    PlanPeriod,
    Project,
    Prompt,
    PromptUse,
    ProvenanceReport,
    ProviderAccount,
    Rendition,
    Shot,
    TimelineEntry,
    Upload,
)


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A piece of work for one client; its rate is frames per second as a fraction."""

    class Meta:
        model = Project
        fields = [
            "id",
            "client",
            "name",
            "code",
            "brief",
            "rate_num",
            "rate_den",
            "shots_version",
            "created_by",
            "created_at",
            "archived_at",
        ]
        read_only_fields = fields


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """An account that takes part in a project."""

    name = serializers.CharField(source="user.person.name", read_only=True)
    kind = serializers.CharField(source="user.kind", read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "project", "user", "name", "kind", "created_at"]
        read_only_fields = fields


class ShotSerializer(serializers.ModelSerializer[Shot]):
    """An ordered slot in a project, to be filled with a clip."""

    class Meta:
        model = Shot
        fields = [
            "id", "project", "code", "title", "position", "intended_frames", "standing", "selected_clip", "source_in",
            "source_out", "created_by", "created_at", "archived_at",
        ]  # fmt: skip
        read_only_fields = fields


class PromptUseSerializer(serializers.ModelSerializer[PromptUse]):
    """A version of kept words that a prompt used."""

    kept = serializers.UUIDField(source="version.kept_id", read_only=True)
    sort = serializers.CharField(source="version.kept.sort", read_only=True)
    name = serializers.CharField(source="version.kept.name", read_only=True)
    number = serializers.IntegerField(source="version.version", read_only=True)

    class Meta:
        model = PromptUse
        fields = ["kept", "version", "sort", "name", "number"]
        read_only_fields = fields


class PromptSerializer(serializers.ModelSerializer[Prompt]):
    """One immutable version of the words for a shot: ``text`` is what is sent, ``written`` what it was made from (null: as it is)."""

    written = serializers.SerializerMethodField()
    shots = serializers.ListField(child=serializers.DictField(), read_only=True)
    uses = PromptUseSerializer(many=True, read_only=True)

    class Meta:
        model = Prompt
        fields = [
            "id", "shot", "version", "parent", "text", "negative", "written", "shots", "uses", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_written(self, row: Prompt) -> dict[str, Any] | None:
        """Return the source's text, negative, shots and values."""
        return row.source or None


class AccountLimitSerializer(serializers.ModelSerializer[AccountLimit]):
    """A provider's narrower limit for one model at one account; null: the account's own."""

    class Meta:
        model = AccountLimit
        fields = ["model", "max_in_flight", "creates_per_minute"]
        read_only_fields = fields


class PlanPeriodSerializer(serializers.ModelSerializer[PlanPeriod]):
    """Which plan an account was on from a day until the next period begins."""

    class Meta:
        model = PlanPeriod
        fields = [
            "id", "account", "starts_on", "plan", "contracting_party", "order_number", "receipt_name", "receipt_sha256",
            "receipt_size", "receipt_media_type", "declared_by", "declared_at",
        ]  # fmt: skip
        read_only_fields = fields


class ProviderAccountSerializer(serializers.ModelSerializer[ProviderAccount]):
    """An account with a provider. Its key and its webhook secret go in and never come out."""

    limits = AccountLimitSerializer(many=True, read_only=True)

    class Meta:
        model = ProviderAccount
        fields = [
            "id", "name", "route", "dialect", "base_url", "key_hint", "contracting_party", "plan", "region", "enabled",
            "max_in_flight", "creates_per_minute", "polls_per_minute", "limits", "paused_at", "pause_reason", "resume_at",
            "last_webhook_at", "last_answer_at", "tested_at", "test_passed", "test_message", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class GivenSerializer(serializers.ModelSerializer[GenerationReference]):
    """A reference in the role in which it was given."""

    class Meta:
        model = GenerationReference
        fields = ["reference", "role"]
        read_only_fields = fields


class GenerationSerializer(serializers.ModelSerializer[Generation]):
    """One request to a provider, its state and its money (millionths of the currency's unit)."""

    shot = serializers.UUIDField(source="prompt.shot_id", read_only=True)
    references = serializers.SerializerMethodField()
    given = GivenSerializer(many=True, read_only=True, help_text="The same references with their roles.")
    cell = serializers.DictField(
        child=serializers.IntegerField(), read_only=True, help_text="Its place on each axis of its batch, from 0."
    )
    error_class = serializers.ChoiceField(
        choices=ErrorClass.choices, allow_blank=True, read_only=True, help_text="Empty unless it failed."
    )

    class Meta:
        model = Generation
        fields = [
            "id", "project", "shot", "prompt", "account", "batch", "cell", "references", "given", "source", "model", "mode",
            "params", "drawn_seed", "capability_version", "actual", "state", "raw_state", "alarm", "progress", "priority",
            "error_class", "error_code", "error_message", "retry_of", "estimate_micro", "currency", "settled_micro", "settled_currency",
            "clip", "submitted_at", "cancel_requested_at", "deadline_at", "finished_at", "recovered_at",
            "provider_expires_at", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "string", "format": "uuid"}})
    def get_references(self, row: Generation) -> list[UUID]:
        """The references, in the order in which they were given."""
        return [each.reference_id for each in row.given.all()]


class TimelineSerializer(serializers.ModelSerializer[TimelineEntry]):
    """One thing that happened on a generation's way, in plain words."""

    class Meta:
        model = TimelineEntry
        fields = ["id", "kind", "words", "facts", "actor", "at"]
        read_only_fields = fields


class BatchSerializer(serializers.ModelSerializer[Batch]):
    """Generations that were launched together, with what was asked: ``matrix`` is the definition in axes, ``left_out`` the cells
    that were not launched, each with its reasons.
    """

    matrix = serializers.JSONField(read_only=True)
    left_out = serializers.JSONField(read_only=True)

    class Meta:
        model = Batch
        fields = [
            "id", "project", "name", "matrix", "left_out", "duplicated_from", "like", "generations", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class UploadSerializer(serializers.ModelSerializer[Upload]):
    """A finished clip that came from outside, with its story and what became of it."""

    class Meta:
        model = Upload
        fields = [
            "id", "project", "shot", "original_name", "size", "declared_model", "declared_route", "declared_prompt",
            "declared_made_on", "declaration", "state", "error_code", "error_message", "duplicate", "clip", "created_by",
            "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


GUEST_FIELDS = [
    "id", "project", "take", "sha256", "size", "width", "height", "rate_num", "rate_den", "frame_count", "first_time_num",
    "first_time_den", "variable_rate", "created_at",
]  # fmt: skip


class GuestClipSerializer(serializers.ModelSerializer[Clip]):
    """A clip as a guest sees it: what reviewing needs, nothing of how it was made."""

    class Meta:
        model = Clip
        fields = GUEST_FIELDS
        read_only_fields = fields


class ClipSerializer(serializers.ModelSerializer[Clip]):
    """Write-once video bytes. Frames are counted, the rate is a fraction. Guests get fewer of these fields."""

    class Meta:
        model = Clip
        fields = [
            *GUEST_FIELDS, "shot", "original_name", "origin", "completeness", "container", "video_codec", "pixel_format",
            "audio_codec", "scrub_safe", "declared_model", "declared_route", "declared_prompt", "declared_made_on",
            "declared_by", "quarantined_at", "withdrawn_at", "created_by",
        ]  # fmt: skip
        read_only_fields = fields


class RenditionSerializer(serializers.ModelSerializer[Rendition]):
    """A derived file and where to get it."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Rendition
        fields = ["id", "clip", "kind", "sha256", "size", "media_type", "layout", "url", "created_at"]
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, rendition: Rendition) -> str:
        """The address of the bytes, for this session or token."""
        return reverse("api:rendition-file", args=[rendition.pk], request=self.context.get("request"))


class ProvenanceSerializer(serializers.ModelSerializer[ProvenanceReport]):
    """What the very file carried when it came: C2PA, AIGC block, XMP."""

    class Meta:
        model = ProvenanceReport
        fields = ["id", "clip", "c2pa_state", "c2pa", "aigc", "xmp", "tools", "created_at"]
        read_only_fields = fields
