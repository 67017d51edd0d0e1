"""How an invoice stands against the journal, line by line: computed at each look, never stored.

A line **agrees** when everything that invoices bill for its generation is what the journal spent on it, in the same currency.
It **differs** otherwise. It is **unknown** when no generation was found for it. A person may rule a line to be not ours, or leave
it as it is. **Missing** are generations of the account that cost something, ended in the days that the invoice bills, and that
no invoice names. An invoice is reconciled when nothing differs, is unknown, missing or unread.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

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
    """Return how it stands. Three statements."""
    rows = judged(invoice).order_by().values_list("status").annotate(many=Count("pk"))
    counts = dict.fromkeys(LABELS, 0) | dict(rows)
    counts[MISSING] = missing(invoice).count()
    own = Q(currency=invoice.currency)
    sums = invoice.lines.aggregate(own=Sum("amount_micro", filter=own), others=Count("pk", filter=~own))
    return Standing(
        counts=counts,
        billed_micro=sums["own"] or 0,
        other_currencies=sums["others"],
        refused=invoice.refused,
        stated_micro=invoice.stated_micro,
        read=invoice.state == Invoice.State.READ,
    )


def judged(invoice: Invoice) -> "QuerySet[InvoiceLine, Any]":
    """The invoice's lines, each with ``status``, ``billed`` (by all invoices for its generation, in its currency), ``spent`` and
    ``spent_in`` (by the journal).
    """
    same = InvoiceLine.objects.filter(generation=OuterRef("generation"), currency=OuterRef("currency"))
    counted = same.exclude(ruled=InvoiceLine.Ruled.NOT_OURS).exclude(invoice__state=Invoice.State.WITHDRAWN).order_by()
    billed = Subquery(counted.values("generation").annotate(all=Sum("amount_micro")).values("all"))
    paid_in = Case(
        When(generation__settled_currency="", then=F("generation__currency")), default=F("generation__settled_currency")
    )
    rows = invoice.lines.annotate(
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
    return rows.annotate(status=status)


def missing(invoice: Invoice) -> "QuerySet[Generation]":
    """Generations that cost something in the invoice's days and that no invoice names, less those that a person left so."""
    if invoice.state != Invoice.State.READ or invoice.starts_on is None or invoice.ends_on is None:
        return Generation.objects.none()
    begun = dt.datetime.combine(invoice.starts_on, dt.time(), dt.UTC)
    ended = dt.datetime.combine(invoice.ends_on + ONE_DAY, dt.time(), dt.UTC)
    lines = InvoiceLine.objects.filter(generation=OuterRef("pk")).exclude(ruled=InvoiceLine.Ruled.NOT_OURS)
    named = lines.exclude(invoice__state=Invoice.State.WITHDRAWN)
    said = InvoiceRuling.objects.filter(invoice=invoice, line=None, generation=OuterRef("pk")).order_by("-id")
    rows = Generation.objects.filter(
        account=invoice.account_id, settled_micro__gt=0, finished_at__gte=begun, finished_at__lt=ended
    )
    unnamed = rows.annotate(named=Subquery(named.values("pk")[:1]), said=Subquery(said.values("outcome")[:1]))
    return unnamed.filter(named=None).exclude(said=InvoiceRuling.Outcome.LEFT)


def settled_here(invoice: Invoice) -> "QuerySet[InvoiceLine, Any]":
    """Lines whose difference a correction in the journal can settle: in the currency of the cost, of one that has ended."""
    return judged(invoice).filter(status=DIFFERS, spent_in=F("currency"), billed__gte=0, generation__finished_at__isnull=False)
