"""Incidents and recalls: what stops a clip, and what is called back after it was handed over."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.models import Clip
from reviews.actions import incidents, recalls, restoring
from reviews.actions.incidents import REPORTED
from reviews.actions.recalls import DONE
from reviews.api.filters import ClipFilter
from reviews.models import Incident, Recall
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.filtering import Filters, YesNo
from sorahub.accounts.api.views import ReadOnly


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    """Something that happened to a clip's rights."""

    class Meta:
        model = Incident
        fields = [
            "id", "clip", "clip_sha256", "kind", "words", "claimant", "stops", "opened_by", "opened_at", "closed_by",
            "closed_at", "outcome",
        ]  # fmt: skip
        read_only_fields = fields


class RecallSerializer(serializers.ModelSerializer[Recall]):
    """A call to stop using what was handed over, and its receipt."""

    sha256 = serializers.CharField(source="delivery.sha256", read_only=True)
    delivered_to = serializers.UUIDField(source="delivery.delivered_to_id", read_only=True)
    reason = serializers.SerializerMethodField()

    class Meta:
        model = Recall
        fields = [
            "id", "delivery", "sha256", "delivered_to", "revocation", "release", "incident", "reason", "opened_at",
            "notified_at", "acknowledged_at", "acknowledged_by", "receipt",
        ]  # fmt: skip
        read_only_fields = fields

    def get_reason(self, row: Recall) -> str:
        """Why, as far as it is this reader's business."""
        return recalls.told(self.context["request"].user, row)


class IncidentInput(serializers.Serializer[Any]):
    """What happened to a clip."""

    clip = VisibleRelatedField(queryset=Clip.objects.select_related("project"))
    kind = serializers.ChoiceField(choices=REPORTED)
    words = serializers.CharField(max_length=5000)
    claimant = serializers.CharField(default="", allow_blank=True, max_length=200)
    stops = serializers.BooleanField(default=True, help_text="Nothing leaves while it is open.")
    recall = serializers.BooleanField(
        default=False, help_text="Call back every copy of it, and of what was made from it, that was handed over."
    )


class OutcomeInput(serializers.Serializer[Any]):
    """How an incident ended."""

    outcome = serializers.CharField(max_length=2000)


class ReceiptInput(serializers.Serializer[Any]):
    """What became of the copies."""

    done = serializers.ChoiceField(choices=list(DONE.items()))
    words = serializers.CharField(default="", allow_blank=True, max_length=2000)


class IncidentFilter(ClipFilter):
    """By clip, project, kind, and whether it is closed."""

    kind = django_filters.ChoiceFilter(choices=Incident.Kind.choices)
    closed = YesNo(field_name="closed_at", lookup_expr="isnull", exclude=True)


class RecallFilter(Filters):
    """By clip, delivery, and whether there is a receipt."""

    clip = django_filters.UUIDFilter(field_name="delivery__clip_id")
    delivery = django_filters.UUIDFilter(field_name="delivery_id")
    acknowledged = YesNo(field_name="acknowledged_at", lookup_expr="isnull", exclude=True)


class IncidentViewSet(ReadOnly):
    """Incidents; an open one that stops keeps everything from leaving."""

    queryset = Incident.objects.select_related("clip__project")
    serializer_class = IncidentSerializer
    filterset_class = IncidentFilter

    @extend_schema(request=IncidentInput, responses={201: IncidentSerializer})
    def create(self, request: Request) -> Response:
        """Report an incident."""
        return self.created(incidents.report_incident(actor=self.actor, **self.given(IncidentInput)))

    @extend_schema(request=OutcomeInput, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: UUID) -> Response:
        """Say how it ended."""
        row: Incident = self.get_object()
        return self.shown(incidents.close_incident(actor=self.actor, incident=row, **self.given(OutcomeInput)))

    @extend_schema(request=None, responses={200: IncidentSerializer, 202: IncidentSerializer})
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        """Have the clip's file hashed anew, and end its quarantine if the bytes are its own again; 202: a job does it."""
        row: Incident = self.get_object()
        done = restoring.restore_clip(actor=self.actor, clip=row.clip)
        return self.shown(row, status=200 if done else 202)


class RecallViewSet(ReadOnly):
    """What is called back; whoever was given the clip sees their own."""

    queryset = Recall.objects.select_related("delivery__clip__project", "delivery__delivered_to")
    serializer_class = RecallSerializer
    filterset_class = RecallFilter

    @extend_schema(request=ReceiptInput, responses=RecallSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: UUID) -> Response:
        """Give the receipt."""
        row: Recall = self.get_object()
        return self.shown(recalls.acknowledge(actor=self.actor, recall=row, **self.given(ReceiptInput)))

    @extend_schema(request=None, responses=RecallSerializer)
    @action(detail=True, methods=["post"])
    def remind(self, request: Request, pk: UUID) -> Response:
        """Ask for the receipt once more."""
        return self.shown(recalls.remind(actor=self.actor, recall=self.get_object()))
