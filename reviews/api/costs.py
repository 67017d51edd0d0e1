"""What was spent and what came of it; where the month goes."""

import datetime as dt
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from generations.models import Project, ProviderAccount, SpendTally
from reviews.actions import costs as asking
from reviews.actions.costs import GROUPINGS, Asked, this_month
from reviews.rules.costing import Figures, Sheet, beyond
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.views import ScopedViewSet
from sorahub.accounts.models import Client
from sorahub.accounts.roles import Kind
from sorahub.lib import run_rate
from sorahub.lib.errors import InvalidInput, NotFound


class CostsQuery(serializers.Serializer[Any]):
    """By what, for which months (both included; without a first one from the beginning), and of what."""

    by = serializers.ChoiceField(choices=GROUPINGS, default="project")
    first = serializers.DateField(required=False, input_formats=["%Y-%m"], help_text="A month, as 2026-01.")
    last = serializers.DateField(required=False, input_formats=["%Y-%m"], help_text="A month; without it, this one.")
    project = VisibleRelatedField(queryset=Project.objects.all(), required=False)
    client = VisibleRelatedField(queryset=Client.objects.all(), required=False)
    account = VisibleRelatedField(queryset=ProviderAccount.objects.all(), required=False)
    person = serializers.UUIDField(required=False, help_text="A human being, whatever accounts they have.")
    model = serializers.CharField(required=False, max_length=100)
    currency = serializers.CharField(required=False, min_length=3, max_length=3)


class FiguresSerializer(serializers.Serializer[Any]):
    """Sums. Money in millionths of the currency's unit; seconds exact, as a fraction such as 480/1."""

    spent_micro = serializers.IntegerField()
    reserved_micro = serializers.IntegerField(help_text="Set aside at the end of the period: a balance.")
    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()
    finished_seconds = serializers.CharField(source="finished")
    approved_seconds = serializers.CharField(source="approved")
    selected_seconds = serializers.CharField(source="selected")
    micro_by_finished = serializers.IntegerField(allow_null=True)
    micro_by_approved = serializers.IntegerField(allow_null=True)
    micro_by_selected = serializers.IntegerField(allow_null=True)


class GroupSerializer(serializers.Serializer[Any]):
    """A group: an id, or a model's name, or a month as 2026-01."""

    key = serializers.CharField()
    figures = FiguresSerializer()


class ForecastSerializer(serializers.Serializer[Any]):
    """By the month's end, in millionths: what is likely, and between what, in four cases of five."""

    likely_micro = serializers.IntegerField(source="likely")
    low_micro = serializers.IntegerField(source="low")
    high_micro = serializers.IntegerField(source="high")
    spent_micro = serializers.IntegerField(source="spent")
    reserved_micro = serializers.IntegerField(source="reserved")
    left_working_days = serializers.IntegerField(source="left_days")


class SheetSerializer(serializers.Serializer[Any]):
    """Everything in one currency. ``forecast`` is null where the months do not reach up to now or there is too little to learn from."""

    currency = serializers.CharField()
    total = FiguresSerializer()
    groups = GroupSerializer(many=True)
    forecast = ForecastSerializer(allow_null=True)


class CostsViewSet(ScopedViewSet):
    """What was spent, as the journal has it, and the seconds that came of it. Currencies are never added up."""

    queryset = SpendTally.objects.none()
    serializer_class = SheetSerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(parameters=[CostsQuery], responses=SheetSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Return a sheet for each currency; nothing of projects that the person does not see is in any sum."""
        if self.actor.kind == Kind.GUEST:
            raise NotFound("There is no such page for guests.")
        asked = _asked(self.asked(CostsQuery))
        today = timezone.now().astimezone(dt.UTC).date()
        sheets = asking.costs(self.actor, asked)
        now = asked.last == today.replace(day=1)
        days = asking.daily(self.actor, asked, today - run_rate.WINDOW) if now else {}
        told = [_told(sheet, asked.by, days.get(sheet.currency), today) for sheet in sheets]
        return Response(SheetSerializer(told, many=True).data)


def _asked(given: dict[str, Any]) -> Asked:
    ids = {name: given[name].pk for name in ("project", "client", "account") if given.get(name)}
    first, last = given.get("first"), given.get("last") or this_month()
    if first and first > last:
        raise InvalidInput(
            "The last month comes before the first.", fields={"last": "This month comes before the first."}
        )
    odd = {name: why for name, month in (("first", first), ("last", last)) if month and (why := beyond(month))}
    if odd:
        raise InvalidInput(" ".join({*odd.values()}), fields=odd)
    more = {
        "person": given.get("person"),
        "model": given.get("model", ""),
        "currency": given.get("currency", "").upper(),
    }
    return Asked(by=given["by"], first=first, last=last, **ids, **more)


def _told(sheet: Sheet, by: str, days: dict[dt.date, int] | None, today: dt.date) -> dict[str, Any]:
    groups: dict[str, Figures] = sheet.groups
    if by == "month":
        groups = {f"{month:%Y-%m}": figures for month, figures in sheet.months.items()}
    learned = run_rate.rate(days, today) if days else None
    month = sheet.months.get(today.replace(day=1), Figures())
    forecast = run_rate.month_end(month.spent_micro, sheet.total.reserved_micro, learned, today) if learned else None
    told = [{"key": key, "figures": figures} for key, figures in groups.items()]
    return {"currency": sheet.currency, "total": sheet.total, "groups": told, "forecast": forecast}
