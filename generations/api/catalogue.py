"""The model catalogue, as the API shows it."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generations import catalog
from generations.pipeline.remote import shut_routes


class PictureSizeSerializer(serializers.Serializer[Any]):
    """A size in pixels, and the same in the provider's words."""

    size = serializers.CharField()
    ratio = serializers.CharField()
    resolution = serializers.CharField()


class SlotSerializer(serializers.Serializer[Any]):
    """A place for references: which kind in which role, how many, and what each must be (null: no limit known)."""

    kind = serializers.CharField(help_text="image, video or audio.")
    role = serializers.CharField()
    at_least = serializers.IntegerField()
    at_most = serializers.IntegerField()
    formats = serializers.ListField(child=serializers.CharField())
    max_bytes = serializers.IntegerField()
    must_match_size = serializers.BooleanField()
    min_side = serializers.IntegerField(allow_null=True)
    max_side = serializers.IntegerField(allow_null=True)
    min_ratio = serializers.FloatField(allow_null=True, help_text="Width over height.")
    max_ratio = serializers.FloatField(allow_null=True)
    min_seconds = serializers.FloatField(allow_null=True)
    max_seconds = serializers.FloatField(allow_null=True)
    max_total_seconds = serializers.FloatField(allow_null=True)
    min_fps = serializers.FloatField(allow_null=True)
    max_fps = serializers.FloatField(allow_null=True)


class MultiShotSerializer(serializers.Serializer[Any]):
    """Several shots in one request."""

    at_most = serializers.IntegerField()
    prompt_limit = serializers.IntegerField()
    must_add_up = serializers.BooleanField()


class ExtendSerializer(serializers.Serializer[Any]):
    """How often a clip may be extended, and to how many seconds in all."""

    at_most = serializers.IntegerField()
    max_total_seconds = serializers.IntegerField()


class PriceSerializer(serializers.Serializer[Any]):
    """One line of a price list; the line with the most fitting words wins."""

    selector = serializers.ListField(child=serializers.CharField())
    amount = serializers.IntegerField()


class PricingSerializer(serializers.Serializer[Any]):
    """A price list, with where and when it was read. Millionths of the currency's unit; for units, thousandths of one."""

    kind = serializers.CharField(help_text="per_second, tokens or units.")
    currency = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of this name
    as_of = serializers.DateField()
    unit_micro = serializers.IntegerField(allow_null=True)
    prices = PriceSerializer(many=True)


class CapabilitySerializer(serializers.Serializer[Any]):
    """What a model can do by one route in one mode, at what price, with the source and date of these facts."""

    provider = serializers.CharField()
    route = serializers.CharField()
    model = serializers.CharField()
    mode = serializers.CharField()
    version = serializers.IntegerField()
    stamp = serializers.CharField(help_text="What a generation keeps of the row: capability_version.")
    title = serializers.CharField()
    lifecycle = serializers.CharField(help_text="active, deprecated, retired or import_only.")
    since = serializers.DateField()
    deprecated_on = serializers.DateField(allow_null=True)
    retired_on = serializers.DateField(allow_null=True)
    note = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of this name
    as_of = serializers.DateField()
    seconds = serializers.ListField(child=serializers.IntegerField())
    auto_seconds = serializers.BooleanField(help_text="Whether the length may be left to the model: seconds 0.")
    sizes = serializers.ListField(child=serializers.CharField())
    shapes = PictureSizeSerializer(many=True)
    ratio_follows = serializers.BooleanField(help_text="The picture takes the first frame's ratio, whatever was asked.")
    fps = serializers.ListField(child=serializers.IntegerField(), help_text="Frames per second as a fraction.")
    audio = serializers.CharField()
    audio_choices = serializers.ListField(child=serializers.CharField(), source="audio.choices")
    seed = serializers.BooleanField()
    negative = serializers.BooleanField(help_text="Whether it takes words for what should not appear.")
    prompt_limit = serializers.IntegerField()
    slots = SlotSerializer(many=True)
    rules = serializers.SerializerMethodField()
    max_references = serializers.IntegerField(allow_null=True)
    multi_shot = MultiShotSerializer(allow_null=True)
    characters = serializers.IntegerField()
    uses_source = serializers.CharField(help_text="remix, edit, extend, or empty for what starts from nothing.")
    extend = ExtendSerializer(allow_null=True)
    cancel = serializers.CharField(help_text="none, queued or any.")
    webhook = serializers.CharField()
    client_chosen_id = serializers.BooleanField()
    result_ttl = serializers.IntegerField(allow_null=True, help_text="Seconds that a finished file can be fetched.")
    query_window_days = serializers.IntegerField(allow_null=True)
    concurrency = serializers.IntegerField(allow_null=True)
    requests_per_minute = serializers.IntegerField(allow_null=True)
    pricing = PricingSerializer(allow_null=True)
    launchable = serializers.SerializerMethodField()

    @extend_schema_field({"type": "boolean"})
    def get_launchable(self, row: catalog.Capability) -> bool:
        """Whether new work may be sent to it today."""
        return row.route not in self.context["shut"] and row.launchable(self.context["today"])

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_rules(self, row: catalog.Capability) -> list[str]:
        """What may not go together, in words."""
        return [rule.words for rule in row.rules]


class ModelsView(APIView):
    """The catalogue: what each model can do, by which route, in which mode."""

    @extend_schema(
        parameters=[OpenApiParameter("route", str, description="Only rows of this route.")],
        responses=CapabilitySerializer(many=True),
        operation_id="models_list",
    )
    def get(self, request: Request) -> Response:
        """List the rows, retired and import-only ones included."""
        route = request.query_params.get("route")
        rows: list[Any] = [row for row in catalog.rows() if route in (None, row.route)]
        context = {"today": timezone.now().date(), "shut": shut_routes()}
        return Response(CapabilitySerializer(rows, many=True, context=context).data)
