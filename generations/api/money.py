"""Budgets, and the journal of what was set aside, spent and given back."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions.budgets import add_budget, change_budget, end_budget
from generations.models import Budget, BudgetPeriod, Project, ProviderAccount, SpendEntry, SpendLine
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.filtering import Filters, YesNo
from sorahub.accounts.api.views import ReadOnly
from sorahub.accounts.models import Client


class BudgetPeriodSerializer(serializers.ModelSerializer[BudgetPeriod]):
    """What is bound in one period: reserved and spent, in millionths of the currency's unit."""

    class Meta:
        model = BudgetPeriod
        fields = ["starts_on", "bound_micro"]
        read_only_fields = fields


class BudgetSerializer(serializers.ModelSerializer[Budget]):
    """A limit for a project, a client, an account, or everything (all three null), in millionths of the currency's unit."""

    periods = BudgetPeriodSerializer(many=True, read_only=True)

    class Meta:
        model = Budget
        fields = [
            "id", "name", "client", "project", "account", "currency", "period", "soft_micro", "hard_micro", "periods",
            "created_by", "created_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class BudgetChange(serializers.Serializer[Any]):
    """Name and limits; null for no such limit."""

    name = serializers.CharField(max_length=200)
    soft_micro = serializers.IntegerField(allow_null=True, default=None, min_value=1)
    hard_micro = serializers.IntegerField(allow_null=True, default=None, min_value=1)


class BudgetInput(BudgetChange):
    """A new limit."""

    currency = serializers.CharField(max_length=3, default="USD")
    period = serializers.ChoiceField(choices=Budget.Period.choices, default=Budget.Period.TOTAL)
    client = VisibleRelatedField(queryset=Client.objects.all(), default=None, allow_null=True)
    project = VisibleRelatedField(queryset=Project.objects.all(), default=None, allow_null=True)
    account = VisibleRelatedField(queryset=ProviderAccount.objects.all(), default=None, allow_null=True)


class BudgetFilter(Filters):
    """By what it covers, and whether it has ended."""

    client = filters.UUIDFilter(field_name="client_id")
    project = filters.UUIDFilter(field_name="project_id")
    account = filters.UUIDFilter(field_name="account_id")
    ended = YesNo(field_name="ended_at", lookup_expr="isnull", exclude=True)


class BudgetViewSet(ReadOnly):
    """Limits on what generations may cost. A hard one refuses a launch; a soft one tells people."""

    queryset = Budget.objects.prefetch_related("periods")
    serializer_class = BudgetSerializer
    filterset_class: Any = BudgetFilter

    @extend_schema(request=BudgetInput, responses={201: BudgetSerializer})
    def create(self, request: Request) -> Response:
        """Set a limit; what its scope has bound already counts."""
        return self.created(add_budget(actor=self.actor, **self.given(BudgetInput)))

    @extend_schema(request=BudgetChange, responses=BudgetSerializer)
    def update(self, request: Request, pk: UUID) -> Response:
        """Change name and limits; a limit that is not given is taken away."""
        return self.shown(change_budget(actor=self.actor, budget=self.get_object(), **self.given(BudgetChange)))

    @extend_schema(request=None, responses=BudgetSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: UUID) -> Response:
        """End a limit: it holds nothing any more, its figures stay."""
        return self.shown(end_budget(actor=self.actor, budget=self.get_object()))


class SpendLineSerializer(serializers.ModelSerializer[SpendLine]):
    """An amount put into a book (positive) or taken out of it; an entry's lines add up to zero."""

    class Meta:
        model = SpendLine
        fields = ["book", "amount_micro", "currency"]
        read_only_fields = fields


class SpendSerializer(serializers.ModelSerializer[SpendEntry]):
    """What happened to a generation's money, in a word and in double entry, and how the amount came about."""

    project = serializers.UUIDField(source="generation.project_id", read_only=True)
    account = serializers.UUIDField(source="generation.account_id", read_only=True)
    lines = SpendLineSerializer(many=True, read_only=True)

    class Meta:
        model = SpendEntry
        fields = [
            "id", "generation", "project", "account", "kind", "amount_micro", "currency", "basis", "lines", "actor", "at",
        ]  # fmt: skip
        read_only_fields = fields


class SpendFilter(Filters):
    """By whose money it is and what happened."""

    project = filters.UUIDFilter(field_name="generation__project_id")
    account = filters.UUIDFilter(field_name="generation__account_id")
    generation = filters.UUIDFilter(field_name="generation_id")
    kind = filters.ChoiceFilter(choices=SpendEntry.Kind.choices)


class SpendViewSet(ReadOnly):
    """The journal: what was set aside before each call, what it cost, what was given back."""

    queryset = SpendEntry.objects.select_related("generation").prefetch_related("lines")
    serializer_class = SpendSerializer
    filterset_class: Any = SpendFilter
