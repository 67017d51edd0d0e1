"""Notes out to edit suites and people, and in again."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from generations.models import Clip
from reviews.actions import export_notes, import_notes
from reviews.api.sending import whole_file
from reviews.interchange.formats import FORMATS
from reviews.interchange.gathering import STATES, filters_from
from reviews.interchange.reading import LABELS, LARGEST
from reviews.models import Category, Review, Visibility
from sorahub.accounts.api.views import ScopedViewSet
from sorahub.jobs.models import Job

NOTE_STATES = [(state, state) for state in STATES]
SHEET_STATES = [(state, state) for state in ("making", "ready", "failed", "gone")]
FILE = {(200, "application/octet-stream"): OpenApiTypes.BINARY}


class FilterInput(serializers.Serializer[Any]):
    """Which notes; all where nothing is said."""

    state = serializers.ChoiceField(choices=NOTE_STATES, default="all")
    category = serializers.ListField(child=serializers.ChoiceField(choices=Category.choices), default=list)
    visibility = serializers.ListField(child=serializers.ChoiceField(choices=Visibility.choices), default=list)


class ExportInput(FilterInput):
    """In which format, and on which timecode; ``start`` is the first frame's, such as 01:00:00:00."""

    file_format = serializers.ChoiceField(choices=[(key, each.label) for key, each in FORMATS.items()])
    start = serializers.CharField(default=None, allow_null=True, max_length=20)
    drop_frame = serializers.BooleanField(default=False)


class ReviewExportInput(ExportInput):
    """The same of a review's clips; ``clips`` picks some of them."""

    clips = serializers.ListField(child=serializers.UUIDField(), default=list)


class ReviewFilterInput(FilterInput):
    """Which notes of which of a review's clips."""

    clips = serializers.ListField(child=serializers.UUIDField(), default=list)


class NotesFileInput(serializers.Serializer[Any]):
    """A file of notes. With ``write`` they are written, without it the answer only tells what would be."""

    file = serializers.FileField()
    start = serializers.CharField(default="", allow_blank=True, max_length=20)
    visibility = serializers.ChoiceField(choices=Visibility.choices, default="", allow_blank=True)
    write = serializers.BooleanField(default=False)


class PlannedSerializer(serializers.Serializer[Any]):
    """A note of the file: new, or known where the clip has it already."""

    row = serializers.IntegerField()
    id = serializers.UUIDField()
    fate = serializers.ChoiceField(choices=[import_notes.NEW, import_notes.KNOWN])
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]  # a field of this name
    frame_in = serializers.IntegerField()
    frame_out = serializers.IntegerField()
    body = serializers.CharField()
    author_named = serializers.CharField(source="author")
    category = serializers.CharField()
    visibility = serializers.CharField()
    resolved = serializers.BooleanField()


class RowProblemSerializer(serializers.Serializer[Any]):
    """A row that stays out, and why."""

    row = serializers.IntegerField()
    words = serializers.CharField()


class ImportPlanSerializer(serializers.Serializer[Any]):
    """What a file holds, what was guessed, and what became or would become of its notes."""

    file_kind = serializers.ChoiceField(source="kind", choices=list(LABELS.items()))
    written = serializers.BooleanField()
    notes = PlannedSerializer(many=True)
    problems = RowProblemSerializer(many=True)
    guesses = serializers.ListField(child=serializers.CharField())


class NoteSheetSerializer(serializers.Serializer[Any]):
    """A PDF of notes: making, ready, failed, or gone after a day."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=SHEET_STATES)
    frames_done = serializers.IntegerField(source="done")
    frames = serializers.IntegerField(source="of")
    words = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.SerializerMethodField()

    def get_url(self, sheet: export_notes.Sheet) -> str | None:
        """The address to POST to for the PDF, once it is ready."""
        if sheet.state != "ready":
            return None
        return reverse("api:note-sheet-download", args=[sheet.id], request=self.context.get("request"))


class _Exporting(ScopedViewSet):
    """What clips and reviews have in common."""

    def _file(self, of: Clip | Review, asked: dict[str, Any]) -> HttpResponse:
        file = export_notes.export_notes(
            actor=self.actor,
            of=of,
            format=asked["file_format"],
            filters=filters_from(asked),
            only=asked.get("clips", ()),
            start=asked["start"],
            drop=asked["drop_frame"],
        )
        answer = HttpResponse(file.data, content_type=file.media_type)
        answer.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _ordered(self, of: Clip | Review, given: dict[str, Any]) -> Response:
        only = given.get("clips", ())
        job = export_notes.request_sheet(actor=self.actor, of=of, filters=filters_from(given), only=only)
        sheet = export_notes.sheet_of(actor=self.actor, pk=job.pk)
        return Response(NoteSheetSerializer(sheet, context=self.get_serializer_context()).data, status=202)


class ClipNotesViewSet(_Exporting):
    """A clip's notes as files."""

    queryset = Clip.objects.select_related("project__client", "shot")
    serializer_class = ImportPlanSerializer

    @extend_schema(parameters=[ExportInput], responses=FILE)
    @action(detail=True, methods=["get"], url_path="notes-file")
    def notes_file(self, request: Request, pk: UUID) -> HttpResponse:
        """The notes that you may read, for an edit suite, a spreadsheet or another program."""
        return self._file(self.get_object(), self.asked(ExportInput))

    @extend_schema(request=FilterInput, responses={202: NoteSheetSerializer})
    @action(detail=True, methods=["post"], url_path="notes-pdf")
    def notes_pdf(self, request: Request, pk: UUID) -> Response:
        """Have a PDF made: each note beside its frame, with the marks drawn on it."""
        return self._ordered(self.get_object(), self.given(FilterInput))

    @extend_schema(request={"multipart/form-data": NotesFileInput}, responses=ImportPlanSerializer)
    @action(detail=True, methods=["post"], url_path="notes-import", parser_classes=[MultiPartParser])
    def notes_import(self, request: Request, pk: UUID) -> Response:
        """Tell what a file's notes would become on this clip, or write them. The same file twice doubles nothing."""
        given = self.given(NotesFileInput)
        write = given.pop("write")
        data = given.pop("file").read(LARGEST + 1)
        act = import_notes.import_notes if write else import_notes.plan_import
        plan = act(actor=self.actor, clip=self.get_object(), data=data, **given)
        told = {**vars(plan), "written": write}
        return Response(ImportPlanSerializer(told).data)


class ReviewNotesViewSet(_Exporting):
    """The notes on a review's clips as files."""

    queryset = Review.objects.select_related("project")
    serializer_class = NoteSheetSerializer

    @extend_schema(parameters=[ReviewExportInput], responses=FILE)
    @action(detail=True, methods=["get"], url_path="notes-file")
    def notes_file(self, request: Request, pk: UUID) -> HttpResponse:
        """One timeline of the clips where they share a rate, else a zip of one file each."""
        return self._file(self.get_object(), self.asked(ReviewExportInput))

    @extend_schema(request=ReviewFilterInput, responses={202: NoteSheetSerializer})
    @action(detail=True, methods=["post"], url_path="notes-pdf")
    def notes_pdf(self, request: Request, pk: UUID) -> Response:
        """Have a PDF of the notes on all of its clips made."""
        return self._ordered(self.get_object(), self.given(ReviewFilterInput))


class NoteSheetViewSet(ScopedViewSet):
    """PDFs of notes that you have asked for."""

    queryset = Job.objects.none()
    serializer_class = NoteSheetSerializer

    @extend_schema(responses=NoteSheetSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """How the PDF stands."""
        return self.shown(export_notes.sheet_of(actor=self.actor, pk=pk))

    @extend_schema(request=None, responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["post"])
    def download(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The PDF once it is ready; that it was taken is written into the ledger."""
        grant = export_notes.grant_sheet(actor=self.actor, pk=pk)
        return whole_file(grant.path, filename=grant.filename, sha256=grant.sha256, media_type="application/pdf")
