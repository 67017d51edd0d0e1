"""Captures that a job makes, and imports of archives, as the API shows them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.actions import fetch_terms, import_terms
from reviews.actions.capture import Document
from reviews.models import TermsImport, TermsSource
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.views import ReadOnly, ScopedViewSet
from sorahub.accounts.models import User

ERRAND_STATES = ["waiting", "working", "kept", "again", "failed"]


class FetchInput(serializers.Serializer[Any]):
    """What to fetch, for whom it is, and the dates that are known. Nothing is needed if the source has an address."""

    address = serializers.CharField(max_length=500, default="", allow_blank=True)
    label = serializers.CharField(max_length=100, default="", allow_blank=True)  # type: ignore[assignment]  # a field of this name
    language = serializers.CharField(max_length=10, default="en")
    jurisdiction = serializers.CharField(max_length=50, default="", allow_blank=True)
    published_on = serializers.DateField(default=None, allow_null=True)
    effective_from = serializers.DateField(default=None, allow_null=True)
    accepted_at = serializers.DateTimeField(default=None, allow_null=True)


def document_from(given: Mapping[str, Any]) -> Document:
    """Return what was said of the bytes."""
    names = ("label", "language", "jurisdiction", "address", "published_on", "effective_from", "accepted_at")
    return Document(**{name: given[name] for name in names})


class ErrandSerializer(serializers.Serializer[Any]):
    """A capture that a job makes. ``again``: the bytes were here already; ``words`` say why it failed."""

    id = serializers.UUIDField()
    source = serializers.UUIDField(source="source.pk")  # type: ignore[assignment]  # a field of this name
    way = serializers.ChoiceField(choices=[fetch_terms.FETCH, fetch_terms.READ, fetch_terms.DRAW])
    address = serializers.CharField()
    state = serializers.ChoiceField(choices=ERRAND_STATES)
    words = serializers.CharField()
    version = serializers.UUIDField(source="version.pk", default=None, allow_null=True)


def errand_answer(actor: User, pk: UUID) -> Response:
    """Answer 202 with how the capture stands."""
    return Response(ErrandSerializer(fetch_terms.errand_of(actor=actor, pk=pk)).data, status=202)


class CaptureViewSet(ScopedViewSet):
    """Captures that a job makes: fetched from an address, or read from a PDF."""

    queryset = TermsSource.objects.all()  # whoever sees the sources sees their captures
    serializer_class = ErrandSerializer

    @extend_schema(responses=ErrandSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """How a capture stands."""
        return self.shown(fetch_terms.errand_of(actor=self.actor, pk=pk))


class ImportSerializer(serializers.ModelSerializer[TermsImport]):
    """An archive: what is in it, which of its documents go where, how far it was read, and what could not be kept."""

    documents = serializers.SerializerMethodField()
    chosen = serializers.SerializerMethodField()
    errors = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field of this name
    trouble = serializers.SerializerMethodField()

    class Meta:
        model = TermsImport
        fields = [
            "id", "archive", "format", "file_name", "sha256", "licence", "attribution", "state", "words", "trouble",
            "documents", "chosen", "position", "total", "kept", "again", "refused", "errors", "created_by", "created_at",
            "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_documents(self, row: TermsImport) -> list[dict[str, Any]]:
        """What is in it: service, terms_type, part, records, texts, first, last."""
        return list(row.documents)

    def get_chosen(self, row: TermsImport) -> list[dict[str, Any]]:
        """Which documents go to which sources."""
        return list(row.chosen)

    def get_errors(self, row: TermsImport) -> list[dict[str, Any]]:
        """What could not be kept: where, words."""
        return list(row.errors)

    def get_trouble(self, row: TermsImport) -> str:
        """Why nothing goes on although it should; empty if all is well."""
        return import_terms.trouble_of(row) if self.context["view"].action != "list" else ""


class ArchiveInput(serializers.Serializer[Any]):
    """An archive as a ``file`` (multipart): Git bundle, zip of a repository or a dataset, JSON of a collection's API."""

    file = serializers.FileField()
    archive = serializers.CharField(max_length=200, help_text="Its name, as it is to be credited.")


class ChoiceInput(serializers.Serializer[Any]):
    """One document and the source that it goes to; without one, a source of its name is added."""

    service = serializers.CharField(max_length=200, allow_blank=True)
    terms_type = serializers.CharField(max_length=200, allow_blank=True)
    part = serializers.CharField(max_length=200, default="", allow_blank=True)
    source = VisibleRelatedField(queryset=TermsSource.objects.all(), default=None, allow_null=True)  # type: ignore[assignment]  # a field of this name
    language = serializers.CharField(max_length=10, default="en")
    jurisdiction = serializers.CharField(max_length=50, default="", allow_blank=True)


class ChoicesInput(serializers.Serializer[Any]):
    """What to import, and how it is credited."""

    choices = ChoiceInput(many=True)
    attribution = serializers.CharField(max_length=500, default="", allow_blank=True)


class ImportViewSet(ReadOnly):
    """Imports of archives of terms."""

    queryset = TermsImport.objects.all()
    serializer_class = ImportSerializer

    @extend_schema(request=ArchiveInput, responses={201: ImportSerializer})
    def create(self, request: Request) -> Response:
        """Upload an archive; a job looks into it."""
        given = self.given(ArchiveInput)
        file = given["file"]
        row = import_terms.upload_archive(
            actor=self.actor, chunks=file.chunks(), file_name=file.name, archive=given["archive"]
        )
        return self.created(row)

    @extend_schema(request=ChoicesInput, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: UUID) -> Response:
        """Import the chosen documents."""
        row = self.get_object()
        given = self.given(ChoicesInput)
        choices = [import_terms.Choice(**each) for each in given["choices"]]
        return self.shown(
            import_terms.start_import(actor=self.actor, row=row, choices=choices, attribution=given["attribution"])
        )

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: UUID) -> Response:
        """Stop after the record in hand."""
        return self.shown(import_terms.stop_import(actor=self.actor, row=self.get_object()))

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: UUID) -> Response:
        """Go on where it ended."""
        return self.shown(import_terms.resume_import(actor=self.actor, row=self.get_object()))
