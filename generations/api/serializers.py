"""What gets made, as the API shows it. Storage keys, secrets and raw answers of providers never appear."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from generations.models import (
    Batch,
    Clip,
    ErrorClass,
    Generation,
    Membership,
    Project,
    Prompt,
    ProvenanceReport,
    ProviderAccount,
    Reference,
    Rendition,
    Shot,
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
            "id", "project", "code", "title", "position", "intended_frames", "selected_clip", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class PromptSerializer(serializers.ModelSerializer[Prompt]):
    """One immutable version of the words for a shot."""

    class Meta:
        model = Prompt
        fields = ["id", "shot", "version", "parent", "text", "negative", "created_by", "created_at"]
        read_only_fields = fields


class ReferenceSerializer(serializers.ModelSerializer[Reference]):
    """An image that is given to a model, with its source and its rights."""

    class Meta:
        model = Reference
        fields = [
            "id", "project", "kind", "sha256", "size", "media_type", "original_name", "source", "rights", "created_by",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class ProviderAccountSerializer(serializers.ModelSerializer[ProviderAccount]):
    """An account with a provider. Its key and its webhook secret go in and never come out."""

    class Meta:
        model = ProviderAccount
        fields = [
            "id", "name", "route", "dialect", "base_url", "key_hint", "contracting_party", "plan", "region", "enabled",
            "max_in_flight", "resume_at", "tested_at", "test_passed", "test_message", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class GenerationSerializer(serializers.ModelSerializer[Generation]):
    """One request to a provider, its state and its money (millionths of the currency's unit)."""

    shot = serializers.UUIDField(source="prompt.shot_id", read_only=True)
    error_class = serializers.ChoiceField(
        choices=ErrorClass.choices, allow_blank=True, read_only=True, help_text="Empty unless it failed."
    )

    class Meta:
        model = Generation
        fields = [
            "id", "project", "shot", "prompt", "account", "batch", "references", "model", "mode", "params", "state",
            "raw_state", "alarm", "progress", "error_class", "error_code", "error_message", "retry_of", "estimate_micro",
            "settled_micro", "currency", "clip", "submitted_at", "finished_at", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class BatchSerializer(serializers.ModelSerializer[Batch]):
    """Generations that were launched together."""

    class Meta:
        model = Batch
        fields = ["id", "project", "name", "generations", "created_by", "created_at"]
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


class RefusalSerializer(serializers.Serializer[Any]):
    """Why a request would not be launched."""

    code = serializers.CharField()
    field = serializers.CharField()
    message = serializers.CharField()


class MoneySerializer(serializers.Serializer[Any]):
    """Millionths of a currency's unit, and how they were reckoned."""

    micro = serializers.IntegerField()
    currency = serializers.CharField()
    basis = serializers.CharField()


class PreviewSerializer(serializers.Serializer[Any]):
    """What would happen: every reason against it, and what it should cost (null: no price is known)."""

    refusals = RefusalSerializer(many=True)
    estimate = MoneySerializer(allow_null=True)


class CapabilitySerializer(serializers.Serializer[Any]):
    """What a model can do by one route in one mode."""

    provider = serializers.CharField()
    route = serializers.CharField()
    model = serializers.CharField()
    mode = serializers.CharField()
    version = serializers.IntegerField()
    title = serializers.CharField()
    lifecycle = serializers.CharField(help_text="active, deprecated, retired or import_only.")
    since = serializers.DateField()
    deprecated_on = serializers.DateField(allow_null=True)
    retired_on = serializers.DateField(allow_null=True)
    note = serializers.CharField()
    seconds = serializers.ListField(child=serializers.IntegerField())
    sizes = serializers.ListField(child=serializers.CharField())
    audio = serializers.CharField()
    seed = serializers.BooleanField()
    prompt_limit = serializers.IntegerField()
    launchable = serializers.SerializerMethodField()

    @extend_schema_field({"type": "boolean"})
    def get_launchable(self, row: Any) -> bool:
        """Whether new work may be sent to it today."""
        launchable: bool = row.launchable(self.context["today"])
        return launchable
