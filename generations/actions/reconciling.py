"""How an invoice stands against the journal, line by line: computed at each look, never stored.

A line **agrees** when everything that invoices bill for its generation is what the journal spent on it, in the same currency.
It **differs** otherwise. It is **unknown** when no generation was found for it. A person may rule a line to be not ours, or leave
it as it is. **Missing** are generations of the account that cost something, ended in the days that the invoice bills, and that
no invoice names. An invoice is reconciled when nothing differs, is unknown, missing or unread.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncDate

from generations.models import Generation, Invoice, InvoiceLine, InvoiceRuling

AGREES, DIFFERS, UNKNOWN, NOT_OURS, LEFT, MISSING = "agrees", "differs", "unknown", "not_ours", "left", "missing"
LABELS = {
    DIFFERS: "Differs",
    UNKNOWN: "On the invoice, not here",
    MISSING: "Here, not on the invoice",
    AGREES: "Agrees",
    NOT_OURS: "Not ours",
    LEFT: "Left as it is",
}
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """How many lines stand how, and what they come to; amounts in micro-units of the invoice's currency."""

    counts: dict[str, int]
    billed_micro: int
    other_currencies: int
    refused: int
    stated_micro: int | None
    read: bool

    @property
    def open(self) -> int:
        """How many things a person has still to look at."""
        return self.counts[DIFFERS] + self.counts[UNKNOWN] + self.counts[MISSING] + self.refused

    @property
    def reconciled(self) -> bool:
        """Whether the invoice and the journal say the same, or a person has said why not."""
        return self.read and not self.open

    @property
    def sum_is_wrong(self) -> bool:
        """Whether the lines come to something else than the invoice's own row of totals."""
        return self.stated_micro is not None and self.stated_micro != self.billed_micro


def standing(invoice: Invoice) -> Standing:
    """Return how it stands. A handful of statements."""
    return standings([invoice])[invoice.pk]


def standings(invoices: Sequence[Invoice]) -> dict[UUID, Standing]:
    """The same of many: no more statements."""
    lines = InvoiceLine.objects.filter(invoice__in=invoices)
    counts = {
        (pk, status): many
        for pk, status, many in _judged(lines).order_by().values_list("invoice", "status").annotate(Count("pk"))
    }
    sums = {
        (pk, currency): (micro, many)
        for pk, currency, micro, many in lines.order_by()
        .values_list("invoice", "currency")
        .annotate(Sum("amount_micro"), Count("pk"))
    }
    absent = _absent([invoice for invoice in invoices if invoice.state == Invoice.State.READ and invoice.ends_on])
    return {
        invoice.pk: Standing(
            counts={status: counts.get((invoice.pk, status), 0) for status in LABELS}
            | {MISSING: absent.get(invoice.pk, 0)},
            billed_micro=sums.get((invoice.pk, invoice.currency), (0, 0))[0],
            other_currencies=sum(
                many for (pk, code), (_, many) in sums.items() if pk == invoice.pk and code != invoice.currency
            ),
            refused=invoice.refused,
            stated_micro=invoice.stated_micro,
            read=invoice.state == Invoice.State.READ,
        )
        for invoice in invoices
    }


def _absent(invoices: Sequence[Invoice]) -> dict[UUID, int]:
    """How many are missing from each: those that no invoice names, by account and day, less those that a person left so."""
    if not invoices:
        return {}
    first = min(invoice.starts_on for invoice in invoices if invoice.starts_on)
    last = max(invoice.ends_on for invoice in invoices if invoice.ends_on)
    rows = _unnamed(first, last).filter(account__in={invoice.account_id for invoice in invoices})
    days = [
        *rows.annotate(day=TruncDate("finished_at", tzinfo=dt.UTC))
        .order_by()
        .values_list("account", "day")
        .annotate(Count("pk"))
    ]
    said: dict[tuple[UUID, UUID], str] = {}
    rulings = InvoiceRuling.objects.filter(invoice__in=invoices, line=None).order_by("id")
    for invoice_id, generation, outcome in rulings.values_list("invoice", "generation", "outcome"):
        said[invoice_id, generation] = outcome
    left = [key for key, outcome in said.items() if outcome == InvoiceRuling.Outcome.LEFT]
    still = (
        set(rows.filter(pk__in={generation for _, generation in left}).values_list("pk", flat=True)) if left else set()
    )
    return {
        invoice.pk: sum(
            many for account, day, many in days if account == invoice.account_id and _bills(invoice, day)
        ) - sum(1 for pk, generation in left if pk == invoice.pk and generation in still)
        for invoice in invoices
    }  # fmt: skip


def _bills(invoice: Invoice, day: dt.date) -> bool:
    return invoice.starts_on is not None and invoice.ends_on is not None and invoice.starts_on <= day <= invoice.ends_on


def judged(invoice: Invoice) -> "QuerySet[Any]":  # with annotations, which no type knows
    """The invoice's lines, each with ``status``, ``billed`` (by all invoices for its generation, in its currency), ``spent`` and
    ``spent_in`` (by the journal).
    """
    return _judged(invoice.lines.all())


def _judged(lines: "QuerySet[InvoiceLine]") -> "QuerySet[Any]":
    same = InvoiceLine.objects.filter(generation=OuterRef("generation"), currency=OuterRef("currency"))
    counted = same.exclude(ruled=InvoiceLine.Ruled.NOT_OURS).exclude(invoice__state=Invoice.State.WITHDRAWN).order_by()
    billed = Subquery(counted.values("generation").annotate(all=Sum("amount_micro")).values("all"))
    paid_in = Case(
        When(generation__settled_currency="", then=F("generation__currency")), default=F("generation__settled_currency")
    )
    rows: QuerySet[Any] = lines.annotate(
        billed=Coalesce(billed, F("amount_micro"), output_field=BigIntegerField()),
        spent=Coalesce(F("generation__settled_micro"), 0, output_field=BigIntegerField()),
        spent_in=paid_in,
    )
    status = Case(
        When(ruled=InvoiceLine.Ruled.NOT_OURS, then=Value(NOT_OURS)),
        When(ruled=InvoiceLine.Ruled.LEFT, then=Value(LEFT)),
        When(generation=None, then=Value(UNKNOWN)),
        When(billed=F("spent"), spent_in=F("currency"), then=Value(AGREES)),
        default=Value(DIFFERS),
        output_field=CharField(),
    )
    found: QuerySet[Any] = rows.annotate(status=status)
    return found


def missing(invoice: Invoice) -> "QuerySet[Generation]":
    """Generations that cost something in the invoice's days and that no invoice names, less those that a person left so."""
    if invoice.state != Invoice.State.READ or invoice.starts_on is None or invoice.ends_on is None:
        return Generation.objects.none()
    said = InvoiceRuling.objects.filter(invoice=invoice, line=None, generation=OuterRef("pk")).order_by("-id")
    rows = _unnamed(invoice.starts_on, invoice.ends_on).filter(account=invoice.account_id)
    ruled = rows.annotate(said=Coalesce(Subquery(said.values("outcome")[:1]), Value("")))
    return ruled.exclude(said=InvoiceRuling.Outcome.LEFT)


def _unnamed(first: dt.date, last: dt.date) -> "QuerySet[Generation]":
    """What cost something, ended in these days, and stands on no invoice that counts."""
    lines = InvoiceLine.objects.filter(generation=OuterRef("pk")).exclude(ruled=InvoiceLine.Ruled.NOT_OURS)
    begun, ended = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in (first, last + ONE_DAY))
    rows = Generation.objects.filter(settled_micro__gt=0, finished_at__gte=begun, finished_at__lt=ended)
    return rows.filter(~Exists(lines.exclude(invoice__state=Invoice.State.WITHDRAWN)))


def settled_here(invoice: Invoice) -> "QuerySet[Any]":
    """Lines whose difference a correction in the journal can settle: in the currency of the cost, of one that has ended."""
    return judged(invoice).filter(
        status=DIFFERS, spent_in=F("currency"), billed__gte=0, generation__finished_at__isnull=False
    )
