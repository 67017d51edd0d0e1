"""Read an invoice line by line and find what each is for; settle its differences. Jobs: each goes on where it was killed."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Max, Min

from generations.models import Invoice, InvoiceLine
from generations.pipeline.invoice_file import table_of
from generations.pipeline.invoice_matching import Matcher
from generations.rules import invoice_rows
from generations.rules.invoice_rows import Layout, Row, Totals, Unreadable
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.lib.errors import DomainError

AT_A_TIME = 1000
MOST_ERRORS = 200


def read_invoice(job: Job) -> Json:
    """Write the lines of an invoice that waits to be read; nothing, if somebody stopped it. Rows that cannot be read are told."""
    invoice = Invoice.objects.get(pk=str(job.payload["invoice"]))
    if invoice.state != Invoice.State.READING:
        return {"skipped": invoice.state}
    try:
        headings, rows = table_of(invoice)
    except DomainError as error:
        with job.fenced():
            Invoice.objects.filter(pk=invoice.pk).update(state=Invoice.State.FAILED, words=error.message[:400])
        return {"failed": error.code}
    layout = Layout.of(invoice.layout)
    matcher = Matcher(invoice, _named(layout, headings, rows))
    for start in range(invoice.position, len(rows), AT_A_TIME):
        with job.fenced(final=False):
            going = _step(invoice, layout, headings, rows, start, matcher)
        if not going:
            return {"stopped": start}
    with job.fenced():
        _finish(invoice)
    return {"rows": len(rows)}


def _step(
    invoice: Invoice, layout: Layout, headings: Sequence[str], rows: Sequence[Sequence[str]], start: int, matcher: Matcher
) -> bool:  # fmt: skip
    """Write some rows and how far it is; False if it was stopped meanwhile."""
    part, errors, stated = [], [], None
    for number, cells in enumerate(rows[start : start + AT_A_TIME], start=start + 2):
        try:
            found = invoice_rows.read(layout, headings, cells, invoice.currency)
        except Unreadable as error:
            errors.append({"row": number, "words": str(error)})
            continue
        if isinstance(found, Totals):
            stated = found.amount_micro
        elif found is not None:
            part.append((number, found))
    kept = Invoice.objects.select_for_update().get(pk=invoice.pk)
    if kept.state != Invoice.State.READING or kept.position != start:
        return False
    InvoiceLine.objects.bulk_create(_lines(invoice, part, matcher), batch_size=500)
    kept.position, kept.total = min(start + AT_A_TIME, len(rows)), len(rows)
    kept.refused += len(errors)
    kept.errors = [*kept.errors, *errors][:MOST_ERRORS]
    kept.stated_micro = kept.stated_micro if stated is None else stated
    kept.save(update_fields=["position", "total", "refused", "errors", "stated_micro"])
    return True


def _lines(invoice: Invoice, part: Sequence[tuple[int, Row]], matcher: Matcher) -> list[InvoiceLine]:
    found = matcher.match([row for _, row in part])
    return [
        InvoiceLine(
            invoice=invoice, row=number, at=row.at, remote_id=row.remote_id, description=row.description, model=row.model,
            quantity=row.quantity, amount_micro=row.amount_micro, currency=row.currency, generation_id=generation, found=how,
        )
        for (number, row), (generation, how) in zip(part, found, strict=True)
    ]  # fmt: skip


def _finish(invoice: Invoice) -> None:
    """It is read; the days that it bills are those of its lines, unless a person named them."""
    kept = Invoice.objects.select_for_update().get(pk=invoice.pk)
    if kept.state != Invoice.State.READING:
        return
    days: dict[str, Any] = kept.lines.aggregate(first=Min("at"), last=Max("at"))
    kept.starts_on = kept.starts_on or _day(days["first"])
    kept.ends_on = kept.ends_on or _day(days["last"])
    kept.state = Invoice.State.READ
    kept.save(update_fields=["state", "starts_on", "ends_on"])


def _named(layout: Layout, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> set[str]:
    if layout.remote_id not in headings:
        return set()
    place = list(headings).index(layout.remote_id)
    return {cells[place].strip() for cells in rows if len(cells) > place} - {""}


def _day(at: dt.datetime | None) -> dt.date | None:
    return at.astimezone(dt.UTC).date() if at else None
