"""Annotations, stages and decisions."""

from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from django.http.response import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from generations.models import Project
from reviews.actions import annotate, carry, marks, stages
from reviews.actions.attach import path_of
from reviews.actions.decide import decide
from reviews.actions.rewording import edit_annotation
from reviews.api import filters, hot, inputs, plain, serializers
from reviews.api.sending import whole_file
from reviews.models import Annotation, Attachment, Decision, Shape, Stage
from reviews.rules.stages import StageSpec
from sorahub.accounts.api.views import ReadOnly, ScopedViewSet
from sorahub.pagination import KeysetPagination, passed_on


class AnnotationViewSet(ReadOnly):
    """Notes on frames. Guests write for agency and client."""

    queryset = Annotation.objects.standing().for_thread()
    serializer_class = serializers.AnnotationSerializer
    filterset_class = filters.AnnotationFilter

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """Notes on frames. Guests write for agency and client."""
        if not hot.written_now():
            return super().list(request, *args, **kwargs)
        clip = self._clip_alone()
        if clip is not None and (all_of_it := hot.notes_on(self.actor, clip)) is not None:
            return passed_on(all_of_it)
        pages = cast("KeysetPagination", self.paginator)
        rows = self.filter_queryset(hot.notes().visible_to(self.actor))
        return pages.passed_on(row["json"] for row in pages.paginate_queryset(rows, request, self) or [])

    def _clip_alone(self) -> UUID | None:
        """The clip whose newest notes are asked for, and nothing else; every other question goes the long way."""
        asked = self.request.query_params
        with suppress(ValueError):
            return UUID(asked["clip"]) if set(asked) == {"clip"} else None
        return None

    @extend_schema(request=inputs.AnnotationInput, responses={201: serializers.AnnotationSerializer})
    def create(self, request: Request) -> HttpResponseBase:
        """Write a note; the same id again answers the note there is."""
        given = plain.note(request.data, self.actor) or self.given(inputs.AnnotationInput)
        if not hot.written_now():
            return self.created(annotate.write_annotation(actor=self.actor, **given))
        note = annotate.write_annotation(actor=self.actor, shown=hot.shown(), **given)
        return HttpResponse(hot.one(note), status=201, content_type="application/json")

    @extend_schema(request=inputs.WordsInput, responses=serializers.AnnotationSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change words, category or frames of one's own note, whichever is sent; what it said before is kept."""
        given = self.given(inputs.WordsInput, partial=True)
        return self.shown(edit_annotation(actor=self.actor, annotation=self.get_object(), **given))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Hide one's own note."""
        annotate.delete_annotation(actor=self.actor, annotation=self.get_object())
        return Response(status=204)

    @extend_schema(request=None, responses=serializers.AnnotationSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: UUID) -> Response:
        """Mark a thread as dealt with."""
        return self.shown(annotate.resolve_annotation(actor=self.actor, annotation=self.get_object()))

    @extend_schema(request=None, responses=serializers.AnnotationSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: UUID) -> Response:
        """Take a thread up again."""
        return self.shown(annotate.reopen_annotation(actor=self.actor, annotation=self.get_object()))

    @extend_schema(request=inputs.ShapesInput, responses=serializers.ShapeSerializer(many=True))
    @action(detail=True, methods=["post"], pagination_class=None, filter_backends=[])
    def shapes(self, request: Request, pk: UUID) -> Response:
        """Draw marks on a note; the same ids again change nothing."""
        shapes = self.given(inputs.ShapesInput)["shapes"]
        kept = marks.add_shapes(actor=self.actor, annotation=self.get_object(), shapes=shapes)
        return Response(serializers.ShapeSerializer(kept, many=True).data)

    @extend_schema(request=inputs.CarryInput, responses=serializers.AnnotationSerializer)
    @action(detail=True, methods=["post"])
    def carry(self, request: Request, pk: UUID) -> Response:
        """Carry a note to another take as a linked copy; a second time answers the copy there is."""
        given = self.given(inputs.CarryInput)
        return self.shown(carry.carry_annotation(actor=self.actor, annotation=self.get_object(), **given).notes[0])


class ShapeViewSet(ScopedViewSet):
    """One's own marks; they are read with their note."""

    queryset = Shape.objects.filter(annotation__deleted_at=None).select_related("annotation__clip__project")
    serializer_class = serializers.ShapeSerializer

    @extend_schema(request=inputs.ShapeChangeInput, responses=serializers.ShapeSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change points, stroke, colour or text of one's own mark, whichever is sent."""
        given = self.given(inputs.ShapeChangeInput, partial=True)
        return self.shown(marks.change_shape(actor=self.actor, shape=self.get_object(), **given))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take one's own mark away; it can be brought back."""
        marks.remove_shape(actor=self.actor, shape=self.get_object())
        return Response(status=204)

    @extend_schema(request=None, responses=serializers.ShapeSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        """Bring one's own mark back, where it was."""
        return self.shown(marks.restore_shape(actor=self.actor, shape=self.get_object()))


class AttachmentViewSet(ReadOnly):
    """Files beside notes."""

    queryset = Attachment.objects.standing()
    serializer_class = serializers.AttachmentSerializer
    filterset_class = filters.AttachmentFilter

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def file(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The bytes of a file."""
        row: Attachment = self.get_object()
        return whole_file(path_of(row), filename=row.name, sha256=row.sha256, media_type=row.media_type)


class StageViewSet(ReadOnly):
    """Steps of approval."""

    queryset = Stage.objects.all()
    serializer_class = serializers.StageSerializer
    filterset_class = filters.ProjectFilter


class ProjectStagesViewSet(ScopedViewSet):
    """All stages of a project at once."""

    queryset = Project.objects.all()
    serializer_class = serializers.StageSerializer

    @extend_schema(
        request=inputs.StagesInput, responses=serializers.StageSerializer(many=True), operation_id="projects_stages_set"
    )
    @action(detail=True, methods=["put"], pagination_class=None)
    def stages(self, request: Request, pk: UUID) -> Response:
        """Give the project exactly these stages, in this order."""
        project: Project = self.get_object()
        specs = [StageSpec(**spec) for spec in self.given(inputs.StagesInput)["stages"]]
        kept = stages.set_stages(actor=self.actor, project=project, stages=specs)
        return Response(serializers.StageSerializer(kept, many=True).data)


class DecisionViewSet(ReadOnly):
    """Verdicts about exact bytes."""

    queryset = Decision.objects.all()
    serializer_class = serializers.DecisionSerializer
    filterset_class = filters.DecisionFilter

    @extend_schema(request=inputs.DecisionInput, responses={201: serializers.DecisionSerializer})
    def create(self, request: Request) -> Response:
        """Approve, or ask for changes with a reason."""
        given: dict[str, Any] = self.given(inputs.DecisionInput)
        project = given["clip"].project_id
        stage = get_object_or_404(Stage.objects.all(), pk=given.pop("stage"), project=project)
        return self.created(decide(actor=self.actor, stage=stage, **given))
