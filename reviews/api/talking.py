"""Annotations, stages and decisions."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from generations.models import Project
from reviews.actions import annotate, stages
from reviews.actions.decide import decide
from reviews.api import filters, inputs, serializers
from reviews.models import Annotation, Decision, Stage
from reviews.rules.stages import StageSpec
from sorahub.accounts.api.views import ReadOnly, ScopedViewSet


class AnnotationViewSet(ReadOnly):
    """Notes on frames. Guests write for agency and client."""

    queryset = Annotation.objects.standing().for_thread()
    serializer_class = serializers.AnnotationSerializer
    filterset_class = filters.AnnotationFilter

    @extend_schema(request=inputs.AnnotationInput, responses={201: serializers.AnnotationSerializer})
    def create(self, request: Request) -> Response:
        """Write a note; the same id again answers the note there is."""
        return self.created(annotate.write_annotation(actor=self.actor, **self.given(inputs.AnnotationInput)))

    @extend_schema(request=inputs.WordsInput, responses=serializers.AnnotationSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change the words of one's own note."""
        given = self.given(inputs.WordsInput)
        return self.shown(annotate.edit_annotation(actor=self.actor, annotation=self.get_object(), **given))

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
