"""Files that come in pieces. A page's session and a program's token use the same addresses."""

from collections.abc import Mapping
from typing import IO, Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as django_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions import transfers
from generations.api.filters import ProjectFilter
from generations.models import Project, Transfer
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.views import ReadOnly
from sorahub.lib.errors import InvalidInput


class Bytes(BaseParser):
    """A piece of a file, as it is: read up to the largest piece, and refused beyond."""

    media_type = "application/octet-stream"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return the bytes. Raises InvalidInput for more than the largest piece has."""
        body = bytes(stream.read(transfers.LARGEST_CHUNK + 1))
        if len(body) > transfers.LARGEST_CHUNK:
            raise InvalidInput(f"A piece has at most {transfers.LARGEST_CHUNK:,} bytes.", code="bad-chunk")
        return body


class TransferInput(serializers.Serializer[Any]):
    """A file that is to come in pieces of ``chunk_size`` bytes. ``fingerprint``: your own name for the very file, to go on with it later."""

    project = VisibleRelatedField(queryset=Project.objects.all())
    purpose = serializers.ChoiceField(choices=Transfer.Purpose.choices)
    original_name = serializers.CharField(max_length=255)
    folder = serializers.CharField(max_length=1000, default="", allow_blank=True)
    size = serializers.IntegerField(min_value=1)
    sha256 = serializers.CharField(max_length=64, default="", allow_blank=True)
    fingerprint = serializers.CharField(max_length=64, default="", allow_blank=True)
    chunk_size = serializers.IntegerField(
        default=transfers.USUAL_CHUNK, min_value=transfers.SMALLEST_CHUNK, max_value=transfers.LARGEST_CHUNK
    )


class ChunkQuery(serializers.Serializer[Any]):
    """Where a piece belongs, and what it hashes to."""

    offset = serializers.IntegerField(min_value=0)
    sha256 = serializers.CharField(max_length=64)


class TransferSerializer(serializers.ModelSerializer[Transfer]):
    """A file on its way; ``missing`` holds the byte ranges that are still to come, as [first, after last]."""

    missing = serializers.SerializerMethodField()

    class Meta:
        model = Transfer
        fields = [
            "id", "project", "purpose", "original_name", "folder", "size", "sha256", "found_sha256", "fingerprint", "chunk_size",
            "received_bytes", "missing", "state", "words", "created_by", "created_at", "expires_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}})
    def get_missing(self, row: Transfer) -> list[list[int]]:
        """The byte ranges that are still to come."""
        return row.missing


class TransferFilter(ProjectFilter):
    """By project, state and purpose."""

    state = django_filters.ChoiceFilter(choices=Transfer.State.choices)
    purpose = django_filters.ChoiceFilter(choices=Transfer.Purpose.choices)


class TransferViewSet(ReadOnly):
    """Files that come in pieces, each checked by its SHA-256, in any order, over any number of connections."""

    queryset: QuerySet[Transfer] = Transfer.objects.select_related("project")
    serializer_class = TransferSerializer
    filterset_class = TransferFilter

    def get_parsers(self) -> list[Any]:
        """A piece is bytes; the rest is JSON."""
        return [Bytes()] if self.action_map and self.action_map.get("put") == "chunk" else super().get_parsers()

    @extend_schema(request=TransferInput, responses={201: TransferSerializer})
    def create(self, request: Request) -> Response:
        """Begin to send a file, or go on with your own of the same fingerprint: the answer says what is missing."""
        return self.created(transfers.open_transfer(actor=self.actor, **self.given(TransferInput)))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Give a file up that is on its way or unused."""
        transfers.abandon_transfer(actor=self.actor, transfer=self.get_object())
        return Response(status=204)

    @extend_schema(
        request={"application/octet-stream": OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("offset", int, required=True), OpenApiParameter("sha256", str, required=True)],
        responses=TransferSerializer,
    )
    @action(detail=True, methods=["put"])
    def chunk(self, request: Request, pk: UUID) -> Response:
        """Send one piece, at most 8 MiB; the same piece again is fine, other bytes for it are refused."""
        row, where = self.get_object(), self.asked(ChunkQuery)
        body = request.data if isinstance(request.data, bytes) else b""
        return self.shown(transfers.receive_chunk(actor=self.actor, transfer=row, body=body, **where))

    @extend_schema(request=None, responses=TransferSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: UUID) -> Response:
        """Say that all is sent. ``state`` then is ready, checking (ask again: a job hashes it) or refused."""
        return self.shown(transfers.finish_transfer(actor=self.actor, transfer=self.get_object()))
