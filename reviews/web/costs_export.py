"""For accounting: the journal by period in double entry, and the lines of providers' invoices. docs/reference/money-files.md
says what each column holds.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from generations.models import InvoiceLine, SpendLine
from generations.web.engine import insider
from reviews.actions import costs as asking
from reviews.actions.costs import Asked
from reviews.rules.costing import next_month
from reviews.web.costs_form import CostsForm
from sorahub.accounts.roles import Permission
from sorahub.lib.sheets import Cell, csv_lines

MICRO = 1_000_000
AT_A_TIME = 2000
JOURNAL = (
    "Entry", "At (UTC)", "Kind", "Book", "Debit", "Credit", "Currency", "Client", "Project", "Project code", "Shot", "Model",
    "Account", "Generation", "Provider id", "Launched by", "Booked by", "Basis",
)  # fmt: skip
INVOICES = (
    "Invoice", "Account", "Invoice state", "File SHA-256", "Row", "At (UTC)", "Counted on", "Provider id", "Description", "Model",
    "Quantity", "Amount", "Currency", "Generation", "Project", "Client", "Said",
)  # fmt: skip


@login_required
@require_GET
def journal_csv(request: HttpRequest) -> HttpResponseBase:
    """The journal of the months and filters asked for, oldest first, a line of the file for each side of an entry."""
    user = insider(request)
    asked = CostsForm(request.GET, user=user).asked("month")
    if asked is None:
        return redirect(f"{reverse('reviews:costs')}?{request.GET.urlencode()}")
    rows = asking.lines(user, asked).select_related(
        "client", "project", "account", "entry__actor__person", "entry__generation__prompt__shot",
        "entry__generation__created_by__person",
    )  # fmt: skip
    return _file(csv_lines(JOURNAL, map(_sides, rows.iterator(chunk_size=AT_A_TIME))), f"journal-{_span(asked)}.csv")


@login_required
@require_GET
def invoices_csv(request: HttpRequest) -> HttpResponseBase:
    """The lines of providers' invoices that count in these months; for administrators, who see every project."""
    user = insider(request)
    user.demand(Permission.MANAGE_PEOPLE)
    asked = CostsForm(request.GET, user=user).asked("month")
    if asked is None:
        return redirect(f"{reverse('reviews:costs')}?{request.GET.urlencode()}")
    rows = InvoiceLine.objects.visible_to(user).counted(asked.first, next_month(asked.last))
    if asked.account:
        rows = rows.filter(invoice__account=asked.account)
    if asked.currency:
        rows = rows.filter(currency=asked.currency)
    joined = rows.select_related("invoice__account", "generation__project__client").order_by("id")
    return _file(csv_lines(INVOICES, _billed(joined)), f"invoices-{_span(asked)}.csv")


def _file(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _span(asked: Asked) -> str:
    return f"{asked.first:%Y-%m}-to-{asked.last:%Y-%m}" if asked.first else f"to-{asked.last:%Y-%m}"


def _sides(line: SpendLine) -> list[Cell]:
    entry, generation = line.entry, line.entry.generation
    amount = Decimal(line.amount_micro) / MICRO
    debit, credit = (amount, None) if amount > 0 else (None, -amount)
    return [
        str(entry.pk), f"{line.at:%Y-%m-%d %H:%M:%S}", entry.get_kind_display(), line.get_book_display(), debit, credit,
        line.currency, line.client.name, line.project.name, line.project.code, generation.prompt.shot.code, generation.model,
        line.account.name, str(generation.pk), generation.remote_id, str(generation.created_by),
        str(entry.actor) if entry.actor else "", entry.basis,
    ]  # fmt: skip


def _billed(rows: "QuerySet[Any]") -> Iterator[list[Any]]:
    for line in rows.iterator(chunk_size=AT_A_TIME):
        project = line.generation.project if line.generation else None
        yield [
            line.invoice.number, line.invoice.account.name, line.invoice.get_state_display(), line.invoice.sha256, line.row,
            f"{line.at:%Y-%m-%d %H:%M:%S}" if line.at else "", f"{line.day:%Y-%m-%d}", line.remote_id, line.description, line.model,
            line.quantity, Decimal(line.amount_micro) / MICRO, line.currency, str(line.generation_id or ""),
            project.name if project else "", project.client.name if project else "",
            line.get_ruled_display() if line.ruled else "",
        ]  # fmt: skip
