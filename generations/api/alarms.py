"""Alarms: what a person should look at, with what to do about it."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions.alarms import acknowledge_alarm
from generations.models import Alarm
from sorahub.accounts.api.filtering import Filters, YesNo
from sorahub.accounts.api.views import ReadOnly


class AlarmSerializer(serializers.ModelSerializer[Alarm]):
    """Something to look at; it is cleared by itself when it no longer holds."""

    class Meta:
        model = Alarm
        fields = [
            "id", "kind", "project", "account", "generation", "message", "mend", "times", "raised_at", "seen_at",
            "acknowledged_by", "acknowledged_at", "cleared_at",
        ]  # fmt: skip
        read_only_fields = fields


class AlarmFilter(Filters):
    """By what it is about, and whether it still holds."""

    project = filters.UUIDFilter(field_name="project_id")
    account = filters.UUIDFilter(field_name="account_id")
    generation = filters.UUIDFilter(field_name="generation_id")
    kind = filters.ChoiceFilter(choices=Alarm.Kind.choices)
    open = YesNo(field_name="cleared_at", lookup_expr="isnull")


class AlarmViewSet(ReadOnly):
    """What a person should look at."""

    queryset = Alarm.objects.all()
    serializer_class = AlarmSerializer
    filterset_class: Any = AlarmFilter

    @extend_schema(request=None, responses=AlarmSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: UUID) -> Response:
        """Say that one looks after it; it stays until it no longer holds."""
        return self.shown(acknowledge_alarm(actor=self.actor, alarm=self.get_object()))
