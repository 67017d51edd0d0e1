"""Generations."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions import batch_cells, budgets, cancelling, launches, priorities, refetching, retries
from generations.api import filters, serializers
from generations.api import making_inputs as inputs
from generations.api.batch_inputs import MoreInput
from generations.api.idempotency import PARAMETER, key_of, status_for
from generations.api.outlook import PreviewSerializer
from generations.models import Generation, TimelineEntry
from sorahub.accounts.api.views import ReadOnly


class GenerationViewSet(ReadOnly):
    """Requests to providers. Launching spends money: send an Idempotency-Key."""

    queryset = Generation.objects.select_related("prompt").prefetch_related("given")
    serializer_class = serializers.GenerationSerializer
    filterset_class = filters.GenerationFilter

    @extend_schema(
        parameters=[PARAMETER],
        request=inputs.GenerationInput,
        responses={200: serializers.GenerationSerializer, 201: serializers.GenerationSerializer},
    )
    def create(self, request: Request) -> Response:
        """Launch a generation. 200 when this key has launched it before."""
        key = key_of(request)
        status = status_for(self.actor, key)
        given = self.given(inputs.GenerationInput)
        return self.shown(launches.launch_generation(actor=self.actor, idempotency_key=key, **given), status)

    @extend_schema(request=inputs.PreviewInput, responses=PreviewSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """Say what launching this would be refused for and cost; nothing is written."""
        answer = launches.preview(actor=self.actor, **self.given(inputs.PreviewInput))
        return Response(PreviewSerializer(answer).data)

    @extend_schema(request=None, responses=serializers.GenerationSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Stop a generation, as far as its provider lets us; refused with the reason where it does not."""
        return self.shown(cancelling.cancel_generation(actor=self.actor, generation=self.get_object()))

    @extend_schema(request=inputs.PriorityInput, responses=serializers.GenerationSerializer)
    @action(detail=True, methods=["post"])
    def priority(self, request: Request, pk: UUID) -> Response:
        """Let a generation that still waits here go sooner or later than its project's others."""
        given = self.given(inputs.PriorityInput)
        return self.shown(priorities.set_priority(actor=self.actor, generation=self.get_object(), **given))

    @extend_schema(
        parameters=[PARAMETER],
        request=None,
        responses={200: serializers.GenerationSerializer, 201: serializers.GenerationSerializer},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: UUID) -> Response:
        """Ask again for one that ended without a clip. 200 when this key has asked before."""
        key = key_of(request)
        status = status_for(self.actor, key)
        generation = self.get_object()
        again = retries.retry_generation(actor=self.actor, generation=generation, idempotency_key=key)
        return self.shown(again, status)

    @extend_schema(
        parameters=[PARAMETER],
        request=MoreInput,
        responses={200: serializers.BatchSerializer, 201: serializers.BatchSerializer},
    )
    @action(detail=True, methods=["post"])
    def more(self, request: Request, pk: UUID) -> Response:
        """Launch more like this one: the same words and parameters, each with a new seed where the model takes one."""
        key = key_of(request)
        status = status_for(self.actor, key, place="#0")
        given = self.given(MoreInput)
        made = batch_cells.more_like(actor=self.actor, generation=self.get_object(), idempotency_key=key, **given)
        return Response(serializers.BatchSerializer(made).data, status=status)

    @extend_schema(request=None, responses=serializers.GenerationSerializer)
    @action(detail=True, methods=["post"], url_path="fetch-again")
    def fetch_again(self, request: Request, pk: UUID) -> Response:
        """Fetch the finished file of one that ended without its clip once more, while its provider keeps it; nothing is ordered."""
        return self.shown(refetching.fetch_again(actor=self.actor, generation=self.get_object()))

    @extend_schema(request=inputs.CostInput, responses=serializers.GenerationSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: UUID) -> Response:
        """Say what an ended generation cost in all: by the provider's bill, for a lost one, or against a wrong figure."""
        given = self.given(inputs.CostInput)
        return self.shown(budgets.settle_generation(actor=self.actor, generation=self.get_object(), **given))

    @extend_schema(responses=serializers.TimelineSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def timeline(self, request: Request, pk: UUID) -> Response:
        """Tell what happened: every call, state, webhook, cost and person, oldest first."""
        entries = TimelineEntry.objects.visible_to(self.actor).filter(generation=self.get_object())
        return Response(serializers.TimelineSerializer(entries, many=True).data)
