"""What is called back: the list with its receipts, for those who sent clips out and for those who were given them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reviews.actions import recalls as actions
from reviews.models import Recall
from reviews.rules.clearance import purpose_label, use_label
from reviews.web.incident_forms import ReceiptForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.keyset import page
from sorahub.lib.sheets import csv_lines

SHOWN = {"open": "Without a receipt", "answered": "With a receipt"}
HEAD = [
    "Called back at", "Because", "Clip", "SHA-256", "Given to", "E-mail", "At", "For", "Told at", "Receipt at", "By", "Receipt"
]  # fmt: skip


@login_required
@require_GET
def recalls(request: HttpRequest) -> HttpResponse:
    """What is called back, those first that nobody has answered; a guest sees what they were given themselves."""
    user = person(request)
    tab = request.GET.get("show", "open")
    tab = tab if tab in SHOWN else "open"
    rows = page(_joined(_of(user, tab)), request.GET.get("after", ""))
    context = {
        "tab": tab,
        "tabs": [(key, label, _of(user, key).count()) for key, label in SHOWN.items()],
        "page": rows,
        "rows": [(row, actions.told(user, row)) for row in rows.items],
        "guest": user.kind == Kind.GUEST,
        "crumbs": [("Rights", reverse("reviews:rights")), ("Recalls", "")],
        "section": "rights",
    }
    return render(request, "reviews/recalls.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def recall(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One recall, and the form for its receipt."""
    user = person(request)
    shown = get_object_or_404(_joined(Recall.objects.visible_to(user)), pk=pk)
    form = ReceiptForm(request.POST or None)
    answered = attempt(form, lambda: actions.acknowledge(actor=user, recall=shown, **form.cleaned_data))
    if answered is not None:
        messages.success(request, "The receipt is kept. Thank you.")
        return redirect("reviews:recall", pk=pk)
    context = {
        "recall": shown,
        "use_label": use_label(shown.delivery.use),
        "purpose_label": purpose_label(shown.delivery.purpose),
        "form": form if (form.is_bound or shown.acknowledged_at is None) and actions.may_answer(user, shown) else None,
        "may_remind": actions.may_remind(user, shown),
        "reason": actions.told(user, shown),
        "guest": user.kind == Kind.GUEST,
        "crumbs": [
            ("Rights", reverse("reviews:rights")),
            ("Recalls", reverse("reviews:recalls")),
            (str(shown.delivery.clip), ""),
        ],
        "section": "rights",
    }
    return render(request, "reviews/recall.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def remind(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for the receipt once more."""
    user = person(request)
    row = get_object_or_404(_joined(Recall.objects.visible_to(user)), pk=pk)
    actions.remind(actor=user, recall=row)
    messages.success(request, f"{row.delivery.delivered_to.get_full_name()} is asked once more.")
    return redirect("reviews:recall", pk=pk)


@login_required
@require_GET
def recalls_export(request: HttpRequest) -> StreamingHttpResponse:
    """The whole list with its receipts as CSV."""
    user = person(request)
    rows = _joined(Recall.objects.visible_to(user)).order_by("-id").iterator(chunk_size=500)
    answer = StreamingHttpResponse(
        csv_lines(HEAD, (_cells(row, actions.told(user, row)) for row in rows)), content_type="text/csv; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = 'attachment; filename="recalls.csv"'
    return answer


def _of(user: User, tab: str) -> QuerySet[Recall]:
    return Recall.objects.visible_to(user).filter(acknowledged_at__isnull=tab == "open")


def _joined(rows: QuerySet[Recall]) -> QuerySet[Recall]:
    return rows.select_related(
        "delivery__clip__project__client", "delivery__clip__shot", "delivery__delivered_to__person",
        "acknowledged_by__person", "revocation", "release", "incident",
    )  # fmt: skip


def _cells(row: Recall, reason: str) -> list[Any]:
    delivery = row.delivery
    return [
        row.opened_at.isoformat(), reason, f"{delivery.clip.project.name}: {delivery.clip}", delivery.sha256,
        delivery.delivered_to.get_full_name(), delivery.delivered_to.email, delivery.delivered_at.isoformat(),
        f"{use_label(delivery.use)}, {delivery.territory}" if delivery.use else delivery.get_manner_display(),
        row.notified_at.isoformat() if row.notified_at else "",
        row.acknowledged_at.isoformat() if row.acknowledged_at else "",
        row.acknowledged_by.get_full_name() if row.acknowledged_by else "", row.receipt,
    ]  # fmt: skip
