"""Uploads, clips, renditions and what the files carried."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions import uploads
from generations.api import filters, inputs, serializers
from generations.models import Clip, ProvenanceReport, Rendition, Upload
from sorahub.accounts.api.views import ReadOnly
from sorahub.accounts.roles import Kind
from sorahub.lib.ranges import ranged_response


class UploadViewSet(ReadOnly):
    """Finished clips that come from outside."""

    queryset = Upload.objects.all()
    serializer_class = serializers.UploadSerializer
    filterset_class = filters.UploadFilter

    def get_parsers(self) -> list[Any]:
        """Files come as multipart forms."""
        return [MultiPartParser()]

    @extend_schema(request=inputs.UploadInput, responses={202: serializers.UploadSerializer})
    def create(self, request: Request) -> Response:
        """Take a finished clip in with its story; the row tells when it has become a clip, or why not."""
        given = self.given(inputs.UploadInput)
        return self.shown(uploads.receive_upload(actor=self.actor, original_name=given["file"].name, **given), 202)


class ClipViewSet(ReadOnly):
    """Video bytes, written once. Guests see the clips put before them, in fewer words."""

    queryset = Clip.objects.all()
    serializer_class = serializers.ClipSerializer
    filterset_class = filters.ClipFilter

    def get_serializer_class(self) -> type[Any]:
        """Guests learn nothing of how a clip was made."""
        if not getattr(self, "swagger_fake_view", False) and self.actor.kind == Kind.GUEST:
            return serializers.GuestClipSerializer
        return serializers.ClipSerializer


class RenditionViewSet(ReadOnly):
    """Derived files: posters, sprites, waveforms, proxies. Guests never get the clean proxy."""

    queryset = Rendition.objects.all()
    serializer_class = serializers.RenditionSerializer
    filterset_class = filters.RenditionFilter

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The bytes; one range at a time may be asked for."""
        row: Rendition = self.get_object()
        return ranged_response(
            request._request,
            Path(settings.MEDIA_ROOT) / row.storage_key,
            content_type=row.media_type,
            etag=row.sha256,
            accel_prefix=settings.MEDIA_ACCEL_PREFIX,
            root=settings.MEDIA_ROOT,
        )


class ProvenanceViewSet(ReadOnly):
    """What files carried when they came. Never inferred."""

    queryset = ProvenanceReport.objects.all()
    serializer_class = serializers.ProvenanceSerializer
    filterset_class = filters.ProvenanceFilter
