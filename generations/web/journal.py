"""A project's money journal: every amount with both its sides, the books' sums, and all of it as CSV."""

from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from generations.models import Project, SpendEntry, SpendLine
from generations.web.showing import allowed, page_of
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import person
from sorahub.lib import keyset
from sorahub.lib.amounts import money_words
from sorahub.lib.sheets import Cell, csv_lines

HEAD = (
    "Entry", "At (UTC)", "What", "Book", "Amount", "Currency", "Basis", "Generation", "Shot", "Model", "Account", "By",
)  # fmt: skip
AT_A_TIME = 500
MICRO = 1_000_000


@login_required
@require_GET
def journal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the journal, newest first."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user).select_related("client"), pk=pk)
    page = keyset.page(_entries(user, project), request.GET.get("after", ""))
    context = page_of(project, ("Money", "")) | {
        "may": allowed(user),
        "page": page,
        "entries": [(entry, money_words(entry.amount_micro, entry.currency), _sides(entry)) for entry in page.items],
        "books": _books(user, project),
        "after": request.GET.get("after", ""),
    }
    return render(request, "generations/budget_journal.html", context)


@login_required
@require_GET
def journal_csv(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The whole journal, oldest first, one line of the file for each side of an entry."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    lines = csv_lines(HEAD, _rows(_entries(user, project).order_by("id")))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{project.code}-journal.csv"'
    return answer


def _entries(user: User, project: Project) -> "QuerySet[SpendEntry]":
    rows = SpendEntry.objects.visible_to(user).filter(generation__project=project)
    joined = rows.select_related("generation__prompt__shot", "generation__account", "actor__person")
    return joined.prefetch_related("lines")


def _sides(entry: SpendEntry) -> list[tuple[str, str]]:
    """Each book with its signed amount, what is taken out first."""
    lines = sorted(entry.lines.all(), key=lambda line: line.amount_micro)
    return [(line.get_book_display(), signed(line.amount_micro, line.currency)) for line in lines]


def signed(micro: int, currency: str) -> str:
    """Return an amount with its sign, as books have it."""
    return f"{'−' if micro < 0 else '+'}{money_words(abs(micro), currency)}"


def _books(user: User, project: Project) -> list[tuple[str, list[tuple[str, str]]]]:
    """The sum of each book, by currency."""
    rows = SpendLine.objects.visible_to(user).filter(project=project).order_by().values_list("currency", "book")
    sums = {(currency, book): total for currency, book, total in rows.annotate(total=Sum("amount_micro"))}
    currencies = sorted({currency for currency, _ in sums})
    books = (SpendLine.Book.RESERVED, SpendLine.Book.SPENT)
    return [
        (currency, [(str(book.label), money_words(sums.get((currency, book), 0), currency)) for book in books])
        for currency in currencies
    ]


def _rows(entries: "QuerySet[SpendEntry]") -> Iterator[list[Cell]]:
    for entry in entries.iterator(chunk_size=AT_A_TIME):
        generation = entry.generation
        for line in entry.lines.all():
            yield [
                str(entry.pk), f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.get_kind_display(), line.get_book_display(),
                Decimal(line.amount_micro) / MICRO, line.currency, entry.basis, str(generation.pk),
                generation.prompt.shot.code, generation.model, generation.account.name,
                str(entry.actor) if entry.actor else "",
            ]  # fmt: skip
