"""Importing finished footage: hand it over, see what would happen, start, watch, stop, go on; and the report of what did not go in."""

from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django_filters import rest_framework as django_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions import imports
from generations.api.filters import ProjectFilter
from generations.interchange.columns import FIELDS
from generations.models import ImportRow, ImportRun, Project, Transfer
from sorahub.accounts.api.fields import VisibleListField, VisibleRelatedField
from sorahub.accounts.api.filtering import Filters
from sorahub.accounts.api.views import ReadOnly
from sorahub.lib.sheets import csv_lines


class OptionsInput(serializers.Serializer[Any]):
    """How rows are filed. ``model``, ``route`` and ``made_on`` hold where a row says nothing; ``dates`` settles dates that read two ways."""

    model = serializers.CharField(max_length=100, default="", allow_blank=True)
    route = serializers.CharField(max_length=100, default="", allow_blank=True)
    made_on = serializers.DateField(default=None, allow_null=True)
    shots = serializers.ChoiceField(choices=imports.SHOTS, default=imports.SHOTS[0])
    dates = serializers.ChoiceField(choices=imports.DATES, default=imports.DATES[0])
    unlisted = serializers.BooleanField(default=False)


class ImportInput(serializers.Serializer[Any]):
    """Finished transfers, a folder of the hub's machine, or both. ``mends``: the import whose mended report is among them."""

    project = VisibleRelatedField(queryset=Project.objects.all())
    name = serializers.CharField(max_length=200, default="", allow_blank=True)
    transfers = VisibleListField(queryset=Transfer.objects.all(), default=list)
    folder = serializers.CharField(max_length=1000, default="", allow_blank=True)
    options = OptionsInput(default=dict)
    mends = VisibleRelatedField(queryset=ImportRun.objects.all(), default=None, allow_null=True)


class ImportPlanInput(serializers.Serializer[Any]):
    """Which column fills which field, and how rows are filed; ``keep_as`` keeps both under a name."""

    mapping = serializers.DictField(
        child=serializers.CharField(allow_blank=True), default=dict, help_text=f"Fields: {', '.join(FIELDS)}."
    )
    options = OptionsInput(default=dict)
    keep_as = serializers.CharField(max_length=100, default="", allow_blank=True)


class ImportStart(serializers.Serializer[Any]):
    """Whether the person vouches for what the rows say."""

    declaration = serializers.BooleanField(default=False)


class FootageImportSerializer(serializers.ModelSerializer[ImportRun]):
    """An import: what was handed over, how its manifest is read, how many rows stand how, and how far it is."""

    class Meta:
        model = ImportRun
        fields = [
            "id", "project", "name", "mends", "state", "words", "manifest", "mapping", "options", "declaration", "counts", "total",
            "position", "bytes_total", "bytes_done", "files_total", "files_hashed", "work_seconds", "created_by", "created_at",
            "started_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class ImportRowSerializer(serializers.ModelSerializer[ImportRow]):
    """A row of an import: what would happen to it or did, in words, and everything that was said of the file, as it came."""

    class Meta:
        model = ImportRow
        fields = [
            "id", "run", "number", "line", "name", "state", "code", "words", "mend", "completeness", "facts", "raw", "clip",
        ]  # fmt: skip
        read_only_fields = fields


class ImportFilter(ProjectFilter):
    """By project and state."""

    state = django_filters.ChoiceFilter(choices=ImportRun.State.choices)


class ImportRowFilter(Filters):
    """By import, state and clip."""

    run = django_filters.UUIDFilter(field_name="run_id")
    state = django_filters.ChoiceFilter(choices=ImportRow.State.choices)
    clip = django_filters.UUIDFilter(field_name="clip_id")


class ImportViewSet(ReadOnly):
    """Imports of finished footage."""

    queryset = ImportRun.objects.select_related("project")
    serializer_class = FootageImportSerializer
    filterset_class = ImportFilter

    @extend_schema(request=ImportInput, responses={202: FootageImportSerializer})
    def create(self, request: Request) -> Response:
        """Hand footage over; a job looks into it. When ``state`` is ready, ``counts`` and the rows tell what would happen."""
        given = self.given(ImportInput)
        return self.shown(imports.create_import(actor=self.actor, **given), 202)

    @extend_schema(request=ImportPlanInput, responses={202: FootageImportSerializer})
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, pk: UUID) -> Response:
        """Correct how the manifest is read and filed; what would happen is looked at anew."""
        return self.shown(
            imports.plan_import(actor=self.actor, run=self.get_object(), **self.given(ImportPlanInput)), 202
        )

    @extend_schema(request=ImportStart, responses={202: FootageImportSerializer})
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: UUID) -> Response:
        """Import the rows that are new."""
        return self.shown(imports.start_import(actor=self.actor, run=self.get_object(), **self.given(ImportStart)), 202)

    @extend_schema(request=None, responses=FootageImportSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: UUID) -> Response:
        """End it after the batch in hand."""
        return self.shown(imports.stop_import(actor=self.actor, run=self.get_object()))

    @extend_schema(request=None, responses={202: FootageImportSerializer})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: UUID) -> Response:
        """Go on where it ended."""
        return self.shown(imports.resume_import(actor=self.actor, run=self.get_object()), 202)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    @action(detail=True, methods=["get"])
    def report(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The rows that did not go in, as CSV, with what to mend; mended, it can be imported again."""
        head, lines = imports.report_of(self.get_object())
        return StreamingHttpResponse(csv_lines(head, lines), content_type="text/csv; charset=utf-8")


class ImportRowViewSet(ReadOnly):
    """The rows of imports, newest first: ``?run=`` and ``?state=`` narrow them."""

    queryset = ImportRow.objects.all()
    serializer_class = ImportRowSerializer
    filterset_class = ImportRowFilter
