"""Provider accounts, generations, batches, and what the models can do."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generations import catalog
from generations.actions import batches, cancelling, launches, provider_accounts, retries
from generations.api import filters, inputs, serializers
from generations.api.idempotency import PARAMETER, key_of, status_for
from generations.models import Batch, Generation, ProviderAccount
from sorahub.accounts.api.views import ReadOnly


class ProviderAccountViewSet(ReadOnly):
    """Accounts with providers. Secrets go in and never come out."""

    queryset = ProviderAccount.objects.all()
    serializer_class = serializers.ProviderAccountSerializer

    @extend_schema(request=inputs.AccountInput, responses={201: serializers.ProviderAccountSerializer})
    def create(self, request: Request) -> Response:
        """Add an account."""
        return self.created(provider_accounts.add_account(actor=self.actor, **self.given(inputs.AccountInput)))

    @extend_schema(request=inputs.AccountChange, responses=serializers.ProviderAccountSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change an account."""
        fields = self.given(inputs.AccountChange, partial=True)
        return self.shown(provider_accounts.change_account(actor=self.actor, account=self.get_object(), **fields))

    @extend_schema(request=None, responses={202: serializers.ProviderAccountSerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: UUID) -> Response:
        """Ask for a test call; its result will stand on the account."""
        return self.shown(provider_accounts.request_test(actor=self.actor, account=self.get_object()), 202)


class GenerationViewSet(ReadOnly):
    """Requests to providers. Launching spends money: send an Idempotency-Key."""

    queryset = Generation.objects.select_related("prompt").prefetch_related("references")
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

    @extend_schema(request=inputs.GenerationInput, responses=serializers.PreviewSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """Say what launching this would be refused for and cost; nothing is written."""
        answer = launches.preview(actor=self.actor, **self.given(inputs.GenerationInput))
        return Response(serializers.PreviewSerializer(answer).data)

    @extend_schema(request=None, responses=serializers.GenerationSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Stop a generation that has not been sent yet."""
        return self.shown(cancelling.cancel_generation(actor=self.actor, generation=self.get_object()))

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


class BatchViewSet(ReadOnly):
    """Generations launched together."""

    queryset = Batch.objects.prefetch_related("generations")
    serializer_class = serializers.BatchSerializer
    filterset_class = filters.ProjectFilter

    @extend_schema(
        parameters=[PARAMETER],
        request=inputs.BatchInput,
        responses={200: serializers.BatchSerializer, 201: serializers.BatchSerializer},
    )
    def create(self, request: Request) -> Response:
        """Launch one generation for each prompt, all or none. 200 when this key has launched them before."""
        key = key_of(request)
        status = status_for(self.actor, key, place="#0")
        batch = batches.launch_batch(actor=self.actor, idempotency_key=key, **self.given(inputs.BatchInput))
        return self.shown(batch, status)


class ModelsView(APIView):
    """The catalogue: what each model can do, by which route, in which mode."""

    @extend_schema(
        parameters=[OpenApiParameter("route", str, description="Only rows of this route.")],
        responses=serializers.CapabilitySerializer(many=True),
        operation_id="models_list",
    )
    def get(self, request: Request) -> Response:
        """List the rows, retired and import-only ones included."""
        route = request.query_params.get("route")
        rows: list[Any] = [row for row in catalog.rows() if route in (None, row.route)]
        context = {"today": timezone.now().date()}
        return Response(serializers.CapabilitySerializer(rows, many=True, context=context).data)
