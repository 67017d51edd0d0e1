"""Providers' invoices and how they stand against the journal. For administrators: an invoice is for every project of its account."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions import invoices as acts
from generations.actions import reconciling
from generations.models import Invoice, InvoiceLine, ProviderAccount
from generations.rules.invoice_rows import CHARGES, DATES, DECIMALS
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.filtering import Filters
from sorahub.accounts.api.views import ReadOnly

RULINGS = ("not_ours", "left", "reopened")


class InvoiceStandingSerializer(serializers.Serializer[Any]):
    """How many lines stand how; amounts in millionths of the invoice's currency."""

    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="By agrees, differs, unknown, missing, not_ours, left."
    )
    open = serializers.IntegerField(help_text="What a person has still to look at.")
    reconciled = serializers.BooleanField()
    billed_micro = serializers.IntegerField()
    stated_micro = serializers.IntegerField(allow_null=True, help_text="What its own row of totals says.")


class InvoiceSerializer(serializers.ModelSerializer[Invoice]):
    """A provider's invoice: a file, how far it is read, and the days that it bills (both included)."""

    class Meta:
        model = Invoice
        fields = [
            "id", "account", "number", "currency", "starts_on", "ends_on", "layout", "file_name", "sha256", "size", "state",
            "position", "total", "refused", "errors", "words", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class InvoiceLineSerializer(serializers.ModelSerializer[InvoiceLine]):
    """A line and how it stands: agrees, differs, unknown, not_ours or left. Amounts are millionths."""

    status = serializers.CharField()
    billed_micro = serializers.IntegerField(source="billed", help_text="By all invoices for its generation.")
    spent_micro = serializers.IntegerField(source="spent", help_text="By the journal.")
    spent_in = serializers.SerializerMethodField(help_text="The currency of that; empty without a generation.")

    class Meta:
        model = InvoiceLine
        fields = [
            "id", "row", "at", "remote_id", "description", "model", "quantity", "amount_micro", "currency", "generation", "found",
            "ruled", "status", "billed_micro", "spent_micro", "spent_in",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_spent_in(self, row: Any) -> str:
        """The currency of what was spent."""
        return row.spent_in or ""


class InvoiceInput(serializers.Serializer[Any]):
    """A new invoice."""

    account = VisibleRelatedField(queryset=ProviderAccount.objects.all())
    number = serializers.CharField(max_length=100)
    file = serializers.FileField()
    currency = serializers.CharField(max_length=3, default="USD", help_text="Of lines that name none.")
    starts_on = serializers.DateField(required=False, default=None, allow_null=True)
    ends_on = serializers.DateField(required=False, default=None, allow_null=True)


class InvoiceLayoutInput(serializers.Serializer[Any]):
    """The heading of the column that holds each thing (empty: none does), and how things are written."""

    amount = serializers.CharField()
    date = serializers.CharField(default="", allow_blank=True)
    remote_id = serializers.CharField(default="", allow_blank=True)
    description = serializers.CharField(default="", allow_blank=True)
    model = serializers.CharField(default="", allow_blank=True)
    quantity = serializers.CharField(default="", allow_blank=True)
    currency = serializers.CharField(default="", allow_blank=True)
    decimal = serializers.ChoiceField(choices=[*DECIMALS], default="point")
    dates = serializers.ChoiceField(choices=[*DATES], default="iso")
    charges = serializers.ChoiceField(choices=[*CHARGES], default="positive")


class InvoiceReasonInput(serializers.Serializer[Any]):
    """Why; it stays on record."""

    reason = serializers.CharField(max_length=300)


class InvoiceLinesInput(InvoiceReasonInput):
    """Which lines, and why."""

    lines = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=acts.AT_ONCE)


class InvoiceRulingInput(InvoiceLinesInput):
    """What is said of these lines."""

    outcome = serializers.ChoiceField(choices=RULINGS)


class InvoiceLinkInput(InvoiceReasonInput):
    """Which generation a line is for, by its id here or at the provider."""

    line = serializers.UUIDField()
    generation = serializers.CharField(max_length=1000)


class InvoiceDoneSerializer(serializers.Serializer[Any]):
    """How many lines it was done to."""

    done = serializers.IntegerField()


class InvoiceFilter(Filters):
    """By account and state."""

    account = filters.UUIDFilter(field_name="account_id")
    state = filters.ChoiceFilter(choices=Invoice.State.choices)


class InvoiceViewSet(ReadOnly):
    """Invoices of providers, kept as they came and reconciled with the journal line by line."""

    queryset = Invoice.objects.all()
    serializer_class = InvoiceSerializer
    filterset_class: Any = InvoiceFilter

    def get_parsers(self) -> list[Any]:
        """Files come as multipart forms, everything else as JSON."""
        return [MultiPartParser(), JSONParser()]

    @extend_schema(request={"multipart/form-data": InvoiceInput}, responses={201: InvoiceSerializer})
    def create(self, request: Request) -> Response:
        """Keep an invoice's file; which column holds what is said next."""
        given = self.given(InvoiceInput)
        return self.created(acts.add_invoice(actor=self.actor, file_name=given["file"].name, **given))

    @extend_schema(request={"application/json": InvoiceLayoutInput}, responses={202: InvoiceSerializer})
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: UUID) -> Response:
        """Say which column holds what; a job reads it."""
        layout = self.given(InvoiceLayoutInput)
        return self.shown(acts.read_invoice(actor=self.actor, invoice=self.get_object(), layout=layout), 202)

    @extend_schema(responses=InvoiceStandingSerializer)
    @action(detail=True, methods=["get"])
    def standing(self, request: Request, pk: UUID) -> Response:
        """How it stands against the journal now."""
        return Response(InvoiceStandingSerializer(reconciling.standing(self.get_object())).data)

    @extend_schema(responses=InvoiceLineSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None)
    def lines(self, request: Request, pk: UUID) -> Response:
        """Its lines, each with how it stands, page by page."""
        page = self.paginate_queryset(reconciling.judged(self.get_object()).order_by("id"))
        return self.get_paginated_response(InvoiceLineSerializer(page, many=True).data)

    @extend_schema(request={"application/json": InvoiceLinesInput}, responses=InvoiceDoneSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: UUID) -> Response:
        """Correct the journal to what is billed for the generations of these lines."""
        return self._done(acts.settle_lines, InvoiceLinesInput)

    @extend_schema(request={"application/json": InvoiceRulingInput}, responses=InvoiceDoneSerializer)
    @action(detail=True, methods=["post"])
    def rule(self, request: Request, pk: UUID) -> Response:
        """Say of lines that they are not ours, are left as they are, or are open again."""
        return self._done(acts.rule_lines, InvoiceRulingInput)

    @extend_schema(request={"application/json": InvoiceLinkInput}, responses=InvoiceDoneSerializer)
    @action(detail=True, methods=["post"])
    def link(self, request: Request, pk: UUID) -> Response:
        """Say which generation a line is for."""
        acts.link_line(actor=self.actor, invoice=self.get_object(), **self.given(InvoiceLinkInput))
        return Response({"done": 1})

    @extend_schema(request={"application/json": InvoiceReasonInput}, responses=InvoiceSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Count it no more; it stays to be seen."""
        return self.shown(
            acts.withdraw_invoice(actor=self.actor, invoice=self.get_object(), **self.given(InvoiceReasonInput))
        )

    def _done(self, act: Any, kind: type[serializers.Serializer[Any]]) -> Response:
        return Response({"done": act(actor=self.actor, invoice=self.get_object(), **self.given(kind))})
