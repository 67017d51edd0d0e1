"""Terms, licensing notes, licence records and releases."""

from typing import Any
from uuid import UUID

from django.db import models
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.actions import fetch_terms, licensing, looking, presence, releases, sign, terms
from reviews.actions.capture import capture
from reviews.api import filters, rights_inputs, rights_serializers
from reviews.api.intake import ErrandSerializer, FetchInput, document_from, errand_answer
from reviews.api.sending import whole_file
from reviews.models import (
    Clause,
    GoverningSet,
    LicenceRecord,
    LicenceRecordVersion,
    LicensingNote,
    Release,
    TermsSource,
    TermsVersion,
)
from reviews.rules.extraction import PDF
from reviews.rules.presence import Method, purpose_of
from sorahub.accounts.api.views import ReadOnly


class SourceViewSet(ReadOnly):
    """Documents that somebody publishes."""

    queryset = TermsSource.objects.all()
    serializer_class = rights_serializers.SourceSerializer
    filterset_class = filters.SourceFilter

    @extend_schema(request=rights_inputs.SourceInput, responses={201: rights_serializers.SourceSerializer})
    def create(self, request: Request) -> Response:
        """Name a document whose versions will be captured."""
        return self.created(terms.add_source(actor=self.actor, **self.given(rights_inputs.SourceInput)))

    @extend_schema(request=rights_inputs.SourceInput, responses=rights_serializers.SourceSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is said of a document; its captured versions stay as they are."""
        said = self.given(rights_inputs.SourceInput, partial=True)
        return self.shown(terms.edit_source(actor=self.actor, source=self.get_object(), **said))

    @extend_schema(request=FetchInput, responses={202: ErrandSerializer})
    @action(detail=True, methods=["post"])
    def fetch(self, request: Request, pk: UUID) -> Response:
        """Have the document fetched from its address by a job; ask for the capture until it has ended."""
        source: TermsSource = self.get_object()
        document = document_from(self.given(FetchInput))
        job = fetch_terms.request_fetch(actor=self.actor, source=source, document=document)
        return errand_answer(self.actor, job.pk)


class VersionViewSet(ReadOnly):
    """Captured versions of terms. Never changed."""

    queryset = TermsVersion.objects.all()
    serializer_class = rights_serializers.VersionSerializer
    filterset_class = filters.VersionFilter

    def get_queryset(self) -> models.QuerySet[Any]:
        """Leave bytes and text in the database where many rows are asked for."""
        rows = super().get_queryset()
        return rows.defer("raw", "text") if self.action == "list" else rows

    def get_serializer_class(self) -> type[Any]:
        """A single row comes with its text."""
        single = self.action in {"retrieve", "create"}
        return rights_serializers.VersionTextSerializer if single else rights_serializers.VersionSerializer

    @extend_schema(
        request=rights_inputs.VersionInput,
        responses={
            201: rights_serializers.VersionTextSerializer,
            200: rights_serializers.VersionTextSerializer,
            202: ErrandSerializer,
        },
    )
    def create(self, request: Request) -> Response:
        """Keep one version: a file (multipart) or a pasted text. 200: its bytes were here already and were seen again.

        202: the text of a PDF is read by a job; ask for the capture until it has ended.
        """
        given = self.given(rights_inputs.VersionInput)
        file, text, source = given.pop("file", None), given.pop("text", ""), given.pop("source")
        kind, document = given.pop("media_type"), document_from(given)
        if kind == PDF:
            chunks = file.chunks() if file else [text.encode()]
            name = file.name if file else "text.pdf"
            job = fetch_terms.request_reading(
                actor=self.actor, source=source, chunks=chunks, name=name, document=document
            )
            return errand_answer(self.actor, job.pk)
        raw = file.read() if file else text.encode()
        method = TermsVersion.Method.UPLOAD if file else TermsVersion.Method.PASTE
        kept = capture(actor=self.actor, source=source, raw=raw, media_type=kind, method=method, document=document)
        return self.shown(kept.version, 201 if kept.new else 200)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def raw(self, request: Request, pk: UUID) -> HttpResponse:
        """The bytes as they came, as a file to keep: never shown as a page of ours."""
        row: TermsVersion = self.get_object()
        headers = {"Content-Disposition": f'attachment; filename="terms-{row.raw_sha256[:16]}"'}
        return HttpResponse(bytes(row.raw), content_type="application/octet-stream", headers=headers)


class ClauseViewSet(ReadOnly):
    """Passages of terms."""

    queryset = Clause.objects.all()
    serializer_class = rights_serializers.ClauseSerializer
    filterset_class = filters.ClauseFilter

    @extend_schema(request=rights_inputs.ClauseInput, responses={201: rights_serializers.ClauseSerializer})
    def create(self, request: Request) -> Response:
        """Mark a passage by quoting it exactly."""
        return self.created(terms.mark_clause(actor=self.actor, **self.given(rights_inputs.ClauseInput)))


class GoverningSetViewSet(ReadOnly):
    """Which versions govern a route."""

    queryset = GoverningSet.objects.prefetch_related("members")
    serializer_class = rights_serializers.GoverningSetSerializer
    filterset_class = filters.GoverningSetFilter

    @extend_schema(request=rights_inputs.GoverningSetInput, responses={201: rights_serializers.GoverningSetSerializer})
    def create(self, request: Request) -> Response:
        """Say which versions govern; the first prevails."""
        return self.created(terms.make_governing_set(actor=self.actor, **self.given(rights_inputs.GoverningSetInput)))


class NoteViewSet(ReadOnly):
    """Licensing notes: findings about clips that cite clauses."""

    queryset = LicensingNote.objects.prefetch_related("citations")
    serializer_class = rights_serializers.NoteSerializer
    filterset_class = filters.ClipFilter

    @extend_schema(request=rights_inputs.NoteInput, responses={201: rights_serializers.NoteSerializer})
    def create(self, request: Request) -> Response:
        """Write a finding that rests on at least one clause."""
        return self.created(licensing.write_licensing_note(actor=self.actor, **self.given(rights_inputs.NoteInput)))


class RecordViewSet(ReadOnly):
    """The files on clips' rights."""

    queryset = LicenceRecord.objects.prefetch_related("versions")
    serializer_class = rights_serializers.RecordSerializer
    filterset_class = filters.ClipFilter


class RecordVersionViewSet(ReadOnly):
    """Versions of licence records."""

    queryset = LicenceRecordVersion.objects.select_related("record__clip__project", "governing_set").prefetch_related(
        "releases", "depictions"
    )
    serializer_class = rights_serializers.RecordVersionSerializer
    filterset_class = filters.RecordVersionFilter

    @extend_schema(request=rights_inputs.DraftInput, responses={201: rights_serializers.RecordVersionSerializer})
    def create(self, request: Request) -> Response:
        """Draft the next version of a clip's licence record; it inherits no sign-off."""
        return self.created(licensing.draft_licence(actor=self.actor, **self.given(rights_inputs.DraftInput)))

    @extend_schema(
        parameters=[rights_inputs.MeaningQuery],
        responses=rights_serializers.ToSignSerializer,
    )
    @action(detail=True, methods=["get"], url_path="to-sign")
    def to_sign(self, request: Request, pk: UUID) -> Response:
        """The sentence to be signed, and why one cannot approve it now."""
        version: LicenceRecordVersion = self.get_object()
        meaning = self.asked(rights_inputs.MeaningQuery)["meaning"]
        answer = {
            "statement": sign.statement_for(version, meaning),
            "shown_sha256": looking.look(self.actor, version).shown_sha256,
            "blocks": sign.blocks(actor=self.actor, record_version=version),
        }
        return Response(rights_serializers.ToSignSerializer(answer).data)

    @extend_schema(request=rights_inputs.PresenceInput, responses=rights_serializers.PasskeyOptionsSerializer)
    @action(detail=True, methods=["post"], url_path="presence", url_name="presence")
    def ask_passkey(self, request: Request, pk: UUID) -> Response:
        """Ask your passkey: what to give to navigator.credentials.get. Its answer goes with the signature, within five minutes.

        The challenge is the SHA-256 of which record is signed with which meaning, so the answer is good for nothing else.
        """
        version: LicenceRecordVersion = self.get_object()
        purpose = purpose_of(version.sha256, self.given(rights_inputs.PresenceInput)["meaning"])
        question = presence.ask(actor=self.actor, method=Method.PASSKEY, purpose=purpose)
        return Response(presence.passkey_options(question))


class ReleaseViewSet(ReadOnly):
    """Consents for what is depicted."""

    queryset = Release.objects.select_related("project")
    serializer_class = rights_serializers.ReleaseSerializer
    filterset_class = filters.ProjectFilter

    @extend_schema(request=rights_inputs.ReleaseInput, responses={201: rights_serializers.ReleaseSerializer})
    def create(self, request: Request) -> Response:
        """Put a consent on file."""
        return self.created(releases.add_release(actor=self.actor, **_consent(self.given(rights_inputs.ReleaseInput))))

    @extend_schema(request=rights_inputs.ConsentInput, responses={201: rights_serializers.ReleaseSerializer})
    @action(detail=True, methods=["post"])
    def replace(self, request: Request, pk: UUID) -> Response:
        """Put another release in its place; this one is withdrawn and stays readable."""
        row: Release = self.get_object()
        said = _consent(self.given(rights_inputs.ConsentInput))
        return self.created(releases.replace_release(actor=self.actor, release=row, **said))

    @extend_schema(request=None, responses=rights_serializers.ReleaseSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Note that the consent was taken back."""
        return self.shown(releases.withdraw_release(actor=self.actor, release=self.get_object()))

    @extend_schema(request=None, responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["post"])
    def document(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The signed paper as a file; that it was read is written into the ledger."""
        paper = releases.read_document(actor=self.actor, release=self.get_object())
        return whole_file(paper.path, filename=paper.name, sha256=paper.sha256, media_type=paper.media_type)


def _consent(given: dict[str, Any]) -> dict[str, Any]:
    """Add the name under which the paper was sent."""
    paper = given["document"]
    return {**given, "document_name": paper.name or "release" if paper else ""}
