"""Providers' invoices: bring one in, name its columns, and reconcile it with the journal line by line."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.actions import invoices as acts
from generations.actions import reconciling
from generations.actions.reconciling import AGREES, DIFFERS, LABELS, LEFT, MISSING, NOT_OURS, UNKNOWN
from generations.models import Invoice, InvoiceLayout, InvoiceRuling
from generations.pipeline.invoice_file import Opening, opening_of
from generations.rules import invoice_rows
from generations.rules.invoice_rows import Layout, Row, Unreadable
from generations.web.engine import insider, page_in
from generations.web.invoice_forms import InvoiceForm, LayoutForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt
from sorahub.lib import keyset
from sorahub.lib.amounts import money_words
from sorahub.lib.errors import DomainError, InvalidInput
from sorahub.lib.ids import read_id

State = Invoice.State
TABS = (DIFFERS, UNKNOWN, MISSING, AGREES, NOT_OURS, LEFT)
RULINGS_SHOWN = 20


@login_required
@require_GET
def invoices(request: HttpRequest) -> HttpResponse:
    """List the invoices, newest first, each with how it stands."""
    user = _bookkeeper(request)
    rows = Invoice.objects.visible_to(user).select_related("account", "created_by__person")
    page = keyset.page(rows, request.GET.get("after", ""), 20)
    stand = reconciling.standings([row for row in page.items if row.state == State.READ])
    context = page_in(user, "invoices", ("Invoices", "")) | {
        "page": page,
        "rows": [(row, stand.get(row.pk)) for row in page.items],
        "after": request.GET.get("after", ""),
    }
    return render(request, "generations/invoices.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def invoice_new(request: HttpRequest) -> HttpResponse:
    """Take an invoice's file."""
    user = _bookkeeper(request)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = InvoiceForm(*posted, user=user, initial={"account": request.GET.get("account")})
    if made := attempt(form, lambda: acts.add_invoice(actor=user, **form.arguments())):
        return redirect("generations:invoice-columns", made.pk)
    context = page_in(user, "invoices", ("Invoices", reverse("generations:invoices")), ("New", ""))
    return render(request, "generations/invoice_new.html", context | {"form": form})


@login_required
@require_http_methods(["GET", "POST"])
def invoice_columns(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Name the columns; the first rows show how they would be read."""
    user = _bookkeeper(request)
    found = _invoice(user, pk)
    if found.state not in (State.NEW, State.FAILED):
        return redirect("generations:invoice", pk)
    start = opening_of(found)
    proposed = _proposed(found, start)
    form = LayoutForm(request.POST or None, headings=start.headings, proposed=proposed)
    looked = "look" in request.POST
    if not looked and _reading(form, user, found):
        return redirect("generations:invoice", pk)
    layout = Layout.of(form.cleaned_data) if form.is_bound and form.is_valid() else proposed
    context = _page(user, found) | {"invoice": found, "form": form, "trial": _trial(found, layout, start)}
    return render(request, "generations/invoice_columns.html", context)


@login_required
@require_GET
def invoice(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show an invoice: how far it is read, how it stands, and its lines of one kind. htmx asks for the changing part alone."""
    user = _bookkeeper(request)
    found = _invoice(user, pk)
    if found.state == State.NEW:
        return redirect("generations:invoice-columns", pk)
    context = _page(user, found) | {"invoice": found, "trouble": acts.trouble_of(found)}
    if request.headers.get("HX-Request") == "true":
        part = render(request, "generations/invoice_live.html", context)
        if found.state != State.READING:
            part.headers["HX-Refresh"] = "true"
        return part
    return render(request, "generations/invoice.html", context | _lines(request.GET, found))


@login_required
@require_POST
def invoice_stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop the reading, or go on with it."""
    user = _bookkeeper(request)
    found = _invoice(user, pk)
    act = acts.go_on_reading if found.state == State.STOPPED else acts.stop_reading
    return _told(request, pk, lambda: act(actor=user, invoice=found), "Noted.")


@login_required
@require_POST
def invoice_withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Count it no more."""
    user = _bookkeeper(request)
    found = _invoice(user, pk)
    reason = request.POST.get("reason", "")
    words = "The invoice no longer counts."
    return _told(request, pk, lambda: acts.withdraw_invoice(actor=user, invoice=found, reason=reason), words)


@login_required
@require_POST
def invoice_rule(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Do with the chosen lines what the pressed button says."""
    user = _bookkeeper(request)
    found = _invoice(user, pk)
    chosen = [line for text in request.POST.getlist("chosen") if (line := read_id(text))]
    try:
        messages.success(request, _do(request, user, found, chosen))
    except DomainError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, error.message)
        said = {name: request.POST.get(name, "") for name in ("reason", "generation")}
        context = _page(user, found) | {"invoice": found, "trouble": "", "said": {**said, "chosen": chosen}}
        return render(request, "generations/invoice.html", context | _lines(request.POST, found), status=422)
    kept = {name: value for name in ("show", "after") if (value := request.POST.get(name, ""))}
    return redirect(f"{reverse('generations:invoice', args=[pk])}{'?' if kept else ''}{urlencode(kept)}")


def _do(request: HttpRequest, user: User, found: Invoice, chosen: list[UUID]) -> str:
    """Carry it out; return what happened. Raises what the actions raise."""
    verb, reason = request.POST.get("verb", ""), request.POST.get("reason", "")
    if verb == "settle-all":
        acts.settle_all(actor=user, invoice=found, reason=reason)
        return "The journal is being corrected. Load the page again to see how far it is."
    if verb == "settle":
        many = acts.settle_lines(actor=user, invoice=found, lines=chosen, reason=reason)
        return f"Corrected in the journal: {many}." if many else "The journal says so already: nothing was corrected."
    if verb == "leave-missing":
        many = acts.leave_missing(actor=user, invoice=found, generations=chosen, reason=reason)
        return f"Left as they are: {many}."
    if verb == "link":
        told = request.POST.get("generation", "")
        if len(chosen) != 1:
            raise InvalidInput("Choose the one line that is for this generation.", fields={"chosen": "One line."})
        acts.link_line(actor=user, invoice=found, line=chosen[0], generation=told, reason=reason)
        return "The line is for this generation now."
    many = acts.rule_lines(actor=user, invoice=found, lines=chosen, outcome=verb, reason=reason)
    return f"Noted for {many} line{'' if many == 1 else 's'}."


def _told(request: HttpRequest, pk: UUID, act: Any, words: str) -> HttpResponse:
    try:
        act()
    except DomainError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, error.message)
    else:
        messages.success(request, words)
    return redirect("generations:invoice", pk)


def _lines(asked: QueryDict, found: Invoice) -> dict[str, Any]:
    if found.state != State.READ:
        return {}
    stands = reconciling.standing(found)
    first = next((tab for tab in TABS if stands.counts[tab]), AGREES)
    show = asked.get("show", "") if asked.get("show", "") in TABS else first
    after = asked.get("after", "")
    context: dict[str, Any] = {
        "standing": stands,
        "billed": money_words(stands.billed_micro, found.currency),
        "stated": money_words(stands.stated_micro, found.currency),
        "tabs": [(tab, LABELS[tab], stands.counts[tab]) for tab in TABS],
        "show": show,
        "after": after,
        "rulings": InvoiceRuling.objects.filter(invoice=found)
        .select_related("actor__person", "line")
        .order_by("-id")[:RULINGS_SHOWN],
    }
    if show == MISSING:
        rows = reconciling.missing(found).select_related("prompt__shot", "project", "account")
        page = keyset.page(rows, after)
        ours = [(row, money_words(row.settled_micro, row.settled_currency or row.currency)) for row in page.items]
        return context | {"page": page, "missing": ours}
    joined = (
        reconciling.judged(found).filter(status=show).select_related("generation__prompt__shot", "generation__project")
    )
    lines = keyset.page(joined, after, oldest_first=True)
    return context | {"page": lines, "lines": [(row, *_amounts(row)) for row in lines.items]}


def _amounts(row: Any) -> tuple[str, str, str]:
    """What the line bills, what the journal says, and by how much what is billed in all differs from it."""
    billed = money_words(row.amount_micro, row.currency)
    if row.generation_id is None:
        return billed, "", ""
    spent = money_words(row.spent, row.spent_in)
    if row.spent_in != row.currency:
        return billed, spent, "other currency"
    apart = row.billed - row.spent
    sign = "−" if apart < 0 else "+"
    return billed, spent, f"{sign}{money_words(abs(apart), row.currency)}" if apart else "none"


def _reading(form: LayoutForm, user: User, found: Invoice) -> bool:
    """Begin to read it with these columns; say whether that was so."""
    return attempt(form, lambda: acts.read_invoice(actor=user, invoice=found, layout=form.cleaned_data)) is not None


def _proposed(found: Invoice, start: Opening) -> Layout:
    """The account's own layout where it fits the file, else a guess."""
    kept = InvoiceLayout.objects.filter(account=found.account_id).first()
    if kept is not None and not (own := Layout.of(kept.layout)).problems(start.headings):
        return own
    return invoice_rows.guess(start.headings, start.rows)


def _trial(found: Invoice, layout: Layout, start: Opening) -> list[tuple[int, str, Row | None, str]]:
    """The first rows as they would be read: number, what cannot be read, the row, its amount."""
    shown: list[tuple[int, str, Row | None, str]] = []
    for number, cells in enumerate(start.rows, start=2):
        try:
            row = invoice_rows.read(layout, start.headings, cells, found.currency)
        except Unreadable as error:
            shown.append((number, str(error), None, ""))
            continue
        if isinstance(row, Row):
            shown.append((number, "", row, money_words(row.amount_micro, row.currency)))
        elif row is not None:
            shown.append((number, f"A row of totals: {money_words(row.amount_micro, found.currency)}.", None, ""))
    return shown


def _page(user: User, found: Invoice) -> dict[str, Any]:
    return page_in(user, "invoices", ("Invoices", reverse("generations:invoices")), (found.number, ""))


def _bookkeeper(request: HttpRequest) -> User:
    """Return an administrator: an invoice is for every project of its account."""
    user = insider(request)
    user.demand(Permission.MANAGE_PEOPLE)
    return user


def _invoice(user: User, pk: UUID) -> Invoice:
    return get_object_or_404(Invoice.objects.visible_to(user).select_related("account", "created_by__person"), pk=pk)
