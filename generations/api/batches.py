"""Batches: what they would be, what they are, and what is done with their cells."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions import batch_cells, batches
from generations.actions.batch_plans import BatchPlan, plan_batch, stored_ask
from generations.actions.batch_standing import CellStanding, percent, standing
from generations.api import batch_inputs as inputs
from generations.api import filters
from generations.api.idempotency import PARAMETER, key_of, status_for
from generations.api.outlook import RefusalSerializer
from generations.api.serializers import BatchSerializer, GenerationSerializer
from generations.models import Batch
from generations.rules.matrix import read
from sorahub.accounts.api.views import ReadOnly
from sorahub.lib.errors import Conflict


class TotalSerializer(serializers.Serializer[Any]):
    """What the cells of one currency should cost together, in millionths of its unit."""

    currency = serializers.CharField()
    micro = serializers.IntegerField()
    cells = serializers.IntegerField()


class HeldSerializer(serializers.Serializer[Any]):
    """How the whole stands against a budget, in millionths of its currency's unit (null: it has no limit)."""

    budget = serializers.UUIDField(source="budget.pk")
    currency = serializers.CharField(source="budget.currency")
    needed_micro = serializers.IntegerField(source="needed")
    left_micro = serializers.IntegerField(source="left", allow_null=True)


class PlannedCellSerializer(serializers.Serializer[Any]):
    """A cell by its place on each axis, counted from 0; ``changes``: what is otherwise than was asked, in words."""

    cell = serializers.DictField(source="place", child=serializers.IntegerField())
    refusals = RefusalSerializer(many=True)
    changes = serializers.ListField(child=serializers.CharField())


class BatchPlanSerializer(serializers.Serializer[Any]):
    """What would happen. ``expected_seconds``: until the last one ends, by what each model took here lately (null: not known)."""

    launched = serializers.SerializerMethodField()
    left_out = PlannedCellSerializer(many=True)
    changed = PlannedCellSerializer(many=True)
    totals = TotalSerializer(many=True)
    unpriced = serializers.IntegerField(help_text="How many cells have no known price.")
    budgets = HeldSerializer(source="held", many=True)
    refusals = RefusalSerializer(many=True, help_text="What speaks against the batch as a whole.")
    warnings = serializers.ListField(child=serializers.CharField())
    expected_seconds = serializers.FloatField(source="expected.seconds", allow_null=True)
    time_not_known_for = serializers.ListField(source="expected.unknown", child=serializers.CharField())

    def get_launched(self, plan: BatchPlan) -> int:
        """How many generations would be launched."""
        return len(plan.going)


class CellSerializer(serializers.Serializer[Any]):
    """A cell as it stands: its place, the try that counts, all tries with the first first, and whether ``retry`` would repeat it."""

    cell = serializers.DictField(source="place", child=serializers.IntegerField())
    generation = GenerationSerializer(source="last")
    tries = serializers.SerializerMethodField()
    percent = serializers.SerializerMethodField()
    safe_again = serializers.BooleanField(source="again.safe")
    why_not = serializers.CharField(source="again.why", allow_blank=True)

    def get_tries(self, cell: CellStanding) -> list[UUID]:
        """The ids of its generations."""
        return [each.pk for each in cell.tries]

    def get_percent(self, cell: CellStanding) -> int:
        """How far its first try is; it never goes back."""
        return percent(cell.first)


class BatchStandingSerializer(serializers.Serializer[Any]):
    """How a batch stands. ``progress`` is percent of what was launched and never goes back."""

    progress = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    cells = CellSerializer(many=True)


class CancelledSerializer(serializers.Serializer[Any]):
    """How many were taken back before they were sent, how many the providers are asked to stop, and why the rest goes on."""

    withdrawn = serializers.IntegerField()
    asked = serializers.IntegerField()
    going_on = serializers.ListField(child=serializers.CharField())


class RetriedSerializer(serializers.Serializer[Any]):
    """What was asked for once more, and what was refused, in words."""

    generations = serializers.SerializerMethodField()
    refused = serializers.ListField(child=serializers.CharField())

    def get_generations(self, told: batch_cells.Retried) -> list[UUID]:
        """The new generations."""
        return [row.pk for row in told.generations]


class BatchViewSet(ReadOnly):
    """Generations launched together over a matrix."""

    queryset = Batch.objects.prefetch_related("generations")
    serializer_class = BatchSerializer
    filterset_class = filters.ProjectFilter

    @extend_schema(
        parameters=[PARAMETER], request=inputs.BatchInput, responses={200: BatchSerializer, 201: BatchSerializer}
    )
    def create(self, request: Request) -> Response:
        """Launch a generation for every cell, all or none. 200 when this key has launched them before."""
        key = key_of(request)
        given = self.given(inputs.BatchInput)
        return self._launched(key, {"ask": inputs.ask_of(given, key), **_said(given)})

    @extend_schema(request=inputs.BatchPreviewInput, responses=BatchPlanSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """Say what launching this would do, cost and be refused for; nothing is written."""
        ask = inputs.ask_of(self.given(inputs.BatchPreviewInput), key_of(request))
        return Response(BatchPlanSerializer(plan_batch(actor=self.actor, ask=ask)).data)

    @extend_schema(responses=BatchStandingSerializer)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def cells(self, request: Request, pk: UUID) -> Response:
        """Tell how every cell stands."""
        return Response(BatchStandingSerializer(standing(self.get_object(), self.actor)).data)

    @extend_schema(request=None, responses=CancelledSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Take back what has not been sent, and have stopped what waits at a provider that can stop it."""
        told = batch_cells.cancel_waiting(actor=self.actor, batch=self.get_object())
        return Response(CancelledSerializer(told).data)

    @extend_schema(request=None, responses=RetriedSerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: UUID) -> Response:
        """Ask once more for what failed for a passing reason and cost nothing; each failed try is repeated once."""
        told = batch_cells.retry_safe(actor=self.actor, batch=self.get_object())
        return Response(RetriedSerializer(told).data)

    @extend_schema(
        parameters=[PARAMETER], request=inputs.DuplicateInput, responses={200: BatchSerializer, 201: BatchSerializer}
    )
    @action(detail=True, methods=["post"])
    def duplicate(self, request: Request, pk: UUID) -> Response:
        """Launch it once more with what is given here changed. 200 when this key has launched that before."""
        key, parent = key_of(request), self.get_object()
        given = self.given(inputs.DuplicateInput)
        matrix = read(parent.matrix)
        if matrix is None:
            raise Conflict("This batch is older than its definition: put a new one together.", code="no-definition")
        ask = replace(stored_ask(self.actor, matrix), **inputs.changed_axes(given, key))
        return self._launched(key, {"ask": ask, "duplicated_from": parent, **_said(given)})

    def _launched(self, key: str | None, given: dict[str, Any]) -> Response:
        status = status_for(self.actor, key, place="#0")
        return self.shown(batches.launch_matrix(actor=self.actor, idempotency_key=key, **given), status)


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": given["name"], "leave_out": given["leave_out"]}
