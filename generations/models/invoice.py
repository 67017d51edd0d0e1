"""Invoice, InvoiceLine, InvoiceRuling, InvoiceLayout: what a provider bills, line by line, and what a person said of it."""

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from generations.models.account import ProviderAccount
from generations.models.generation import Generation
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import AppendOnly, AppendOnlyQuerySet
from sorahub.lib.ids import uuid7


def bills_seen_by(user: User) -> bool:
    """Whether somebody sees invoices: administrators do, since a bill is for every project of the account together."""
    return user.is_authenticated and user.is_active and user.kind == Kind.ADMINISTRATOR


class InvoiceLayout(models.Model):
    """How an account's invoices are laid out: which column holds what. Kept from one invoice to the next."""

    account = models.OneToOneField(
        ProviderAccount, on_delete=models.CASCADE, primary_key=True, related_name="invoice_layout"
    )
    layout = models.JSONField(default=dict, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"layout of {self.account_id}"


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Invoices and who may see them."""

    def visible_to(self, user: User) -> Self:
        """Administrators only."""
        return self.all() if bills_seen_by(user) else self.none()


class Invoice(models.Model):
    """A provider's invoice as a CSV file, kept as it came. What it says is in its lines; whether it is reconciled is computed.

    ``position`` and ``total`` say how far the reading is. ``starts_on`` and ``ends_on`` (both included, UTC) are the days
    that it bills: what the journal spent in them at this account and the invoice does not name, is told.
    """

    class State(models.TextChoices):
        """How far the reading is."""

        NEW = "new", "Columns to be named"
        READING = "reading", "Being read"
        STOPPED = "stopped", "Stopped"
        READ = "read", "Read"
        FAILED = "failed", "Not readable"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="invoices")
    number = models.CharField(max_length=100, help_text="The invoice's number, as the provider gives it.")
    currency = models.CharField(max_length=3, help_text="Of lines that name none.")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    layout = models.JSONField(default=dict, blank=True, help_text="As it was read.")
    file = models.CharField(max_length=200, editable=False)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, editable=False)
    size = models.PositiveBigIntegerField(editable=False, help_text="Bytes.")
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    position = models.PositiveIntegerField(default=0, help_text="Rows dealt with.")
    total = models.PositiveIntegerField(default=0, help_text="Rows that the file has.")
    stated_micro = models.BigIntegerField(null=True, blank=True, help_text="What its own row of totals says.")
    refused = models.PositiveIntegerField(default=0, help_text="Rows that could not be read.")
    errors = models.JSONField(default=list, blank=True, help_text="The first of these rows, and why.")
    words = models.CharField(max_length=400, blank=True, help_text="Why it cannot be read.")
    runs = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "sha256"], condition=~models.Q(state="withdrawn"), name="invoice_file_once"
            ),
            models.UniqueConstraint(
                fields=["account", "number"], condition=~models.Q(state="withdrawn"), name="invoice_number_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["new", "reading", "stopped", "read", "failed", "withdrawn"]),
                name="invoice_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def percent(self) -> int:
        """How much is read."""
        return self.position * 100 // self.total if self.total else 0


class InvoiceLineQuerySet(models.QuerySet["InvoiceLine"]):
    """Lines of invoices and who may see them."""

    def visible_to(self, user: User) -> Self:
        """Administrators only."""
        return self.all() if bills_seen_by(user) else self.none()

    def counted(self, first: dt.date | None, end: dt.date) -> "models.QuerySet[Any]":
        """Those of the days from ``first`` (None: all) up to ``end`` (not included), each with its ``day`` (UTC), without those of
        invoices that were withdrawn. A line without a time is of the last day billed, else the first, else of the one on which
        the invoice came in.
        """
        told, came = TruncDate("at", tzinfo=dt.UTC), TruncDate("invoice__created_at", tzinfo=dt.UTC)
        rows: models.QuerySet[Any] = self.exclude(invoice__state=Invoice.State.WITHDRAWN)
        rows = rows.annotate(day=Coalesce(told, "invoice__ends_on", "invoice__starts_on", came)).filter(day__lt=end)
        return rows if first is None else rows.filter(day__gte=first)


class InvoiceLine(models.Model):
    """One charge as the provider states it; positive: to be paid. ``row`` is its place in the file, the heading being row 1.

    What the provider states stays as it was read. ``generation`` is what it is for, as the hub found out or a person said;
    ``ruled`` is what a person said of it otherwise. Every word of a person is a row of ``InvoiceRuling``.
    """

    class Found(models.TextChoices):
        """How the hub came to the generation."""

        NOT = "", "Not found"
        BY_ID = "id", "By the provider’s id"
        NEAR = "near", "By model, time and amount"
        TOLD = "told", "By a person"

    class Ruled(models.TextChoices):
        """What a person said of it."""

        NOT = "", "Nothing"
        NOT_OURS = "not_ours", "Not ours"
        LEFT = "left", "Left as it is"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    row = models.PositiveIntegerField()
    at = models.DateTimeField(null=True, blank=True)
    remote_id = models.CharField(max_length=1000, blank=True)
    description = models.CharField(max_length=500, blank=True)
    model = models.CharField(max_length=100, blank=True)
    quantity = models.CharField(max_length=50, blank=True, help_text="As it stands there.")
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    generation = models.ForeignKey(
        Generation, on_delete=models.PROTECT, null=True, blank=True, related_name="invoice_lines"
    )
    found = models.CharField(max_length=4, choices=Found, blank=True, default=Found.NOT)
    ruled = models.CharField(max_length=10, choices=Ruled, blank=True, default=Ruled.NOT)

    objects = InvoiceLineQuerySet.as_manager()

    class Meta:
        ordering = ["invoice", "row"]
        constraints = [models.UniqueConstraint(fields=["invoice", "row"], name="invoice_row_once")]

    def __str__(self) -> str:
        return f"{self.invoice_id} row {self.row}"


class InvoiceRulingQuerySet(AppendOnlyQuerySet["InvoiceRuling"]):
    """Rulings and who may see them."""

    def visible_to(self, user: User) -> Self:
        """Administrators only."""
        return self.all() if bills_seen_by(user) else self.none()


class InvoiceRuling(AppendOnly):
    """What a person said of one line of an invoice, or of a generation that it does not name. The newest of each counts."""

    class Outcome(models.TextChoices):
        """What was said."""

        LINKED = "linked", "It is for this generation"
        NOT_OURS = "not_ours", "Not ours"
        LEFT = "left", "Left as it is"
        REOPENED = "reopened", "Open again"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="rulings")
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, null=True, blank=True, related_name="rulings")
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.CharField(max_length=400)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    at = models.DateTimeField(default=timezone.now)

    objects = InvoiceRulingQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(line__isnull=False) | models.Q(generation__isnull=False),
                name="invoice_ruling_is_about_something",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["linked", "not_ours", "left", "reopened"]),
                name="invoice_ruling_known",
            ),
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()
