"""Uploads, clips, renditions and what the files carried."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions import uploads
from generations.actions.clip_references import reference_from_clip
from generations.actions.watching import original_of
from generations.api import filters, inputs, serializers
from generations.api.references import ClipReferenceInput, ReferenceSerializer
from generations.api.watching import BYTES, RANGE, bytes_to_watch
from generations.models import Clip, ProvenanceReport, Rendition, Upload
from sorahub.accounts.api.views import ReadOnly
from sorahub.accounts.roles import Kind


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

    @extend_schema(parameters=[RANGE], responses=BYTES)
    @action(detail=True, methods=["get"])
    def original(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The clip's own bytes, to watch; for guests they do not exist. To use a clip, download it: that asks clearance."""
        row: Clip = self.get_object()
        path, media_type = original_of(actor=self.actor, clip=row)
        return bytes_to_watch(request, path, media_type=media_type, sha256=row.sha256)

    @extend_schema(request=ClipReferenceInput, responses={201: ReferenceSerializer, 200: ReferenceSerializer})
    @action(detail=True, methods=["post"])
    def reference(self, request: Request, pk: UUID) -> Response:
        """Make a frame of the clip, or the clip itself, a reference; bytes that are one already answer the row there is."""
        added = reference_from_clip(actor=self.actor, clip=self.get_object(), **self.given(ClipReferenceInput))
        shown = ReferenceSerializer(added.reference, context=self.get_serializer_context())
        return Response(shown.data, status=201 if added.new else 200)


class RenditionViewSet(ReadOnly):
    """Derived files: posters, sprites, waveforms, proxies. Guests never get the clean proxy."""

    queryset = Rendition.objects.all()
    serializer_class = serializers.RenditionSerializer
    filterset_class = filters.RenditionFilter

    @extend_schema(parameters=[RANGE], responses=BYTES)
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The bytes; one range at a time may be asked for."""
        row: Rendition = self.get_object()
        path = Path(settings.MEDIA_ROOT) / row.storage_key
        return bytes_to_watch(request, path, media_type=row.media_type, sha256=row.sha256)


class ProvenanceViewSet(ReadOnly):
    """What files carried when they came. Never inferred."""

    queryset = ProvenanceReport.objects.all()
    serializer_class = serializers.ProvenanceSerializer
    filterset_class = filters.ProvenanceFilter
