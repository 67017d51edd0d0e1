"""The plans of a provider account: who was on which plan, from which day, and the receipt that shows it."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from generations.actions.plans import declare_plan, demand_contracts, may_keep_contracts, receipt_of
from generations.models import PlanPeriod, ProviderAccount
from generations.web.engine import insider, page_in
from sorahub.accounts.web.forms import attempt
from sorahub.lib.keyset import page
from sorahub.lib.ranges import ranged_response

ACCOUNTS = ("Provider accounts", "/provider-accounts/")


class DayInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PlanForm(forms.Form):
    """A plan from a day."""

    starts_on = forms.DateField(
        widget=DayInput,
        label="From",
        help_text="It counts until the next period begins. To put an entry right, enter the same day once more.",
    )
    plan = forms.CharField(max_length=100, help_text="Such as API, Pro or Enterprise.")
    contracting_party = forms.CharField(
        required=False, max_length=200, help_text="Who the contract is with. Empty: as the account says."
    )
    order_number = forms.CharField(
        required=False, max_length=100, help_text="Of the order form, invoice or subscription."
    )
    receipt = forms.FileField(required=False, help_text="PDF, PNG or JPEG, at most 20 MiB. It is kept with its hash.")

    def arguments(self) -> dict[str, Any]:
        """Return what declare_plan takes."""
        file = self.cleaned_data["receipt"]
        return {**self.cleaned_data, "receipt_name": file.name if file else ""}


@login_required
@require_http_methods(["GET", "POST"])
def plans(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List an account's plans; administrators and legal approvers add one."""
    user = insider(request)
    account = get_object_or_404(ProviderAccount.objects.visible_to(user), pk=pk)
    keeper = may_keep_contracts(user)
    if request.method == "POST":
        demand_contracts(user)
    first = {"plan": account.plan, "contracting_party": account.contracting_party}
    form = PlanForm(request.POST or None, request.FILES or None, initial=first)
    if keeper and (made := attempt(form, lambda: declare_plan(actor=user, account=account, **form.arguments()))):
        messages.success(request, f"Kept: {made.plan} from {made.starts_on}.")
        return redirect("generations:provider-account-plans", account.pk)
    rows = PlanPeriod.objects.visible_to(user).filter(account=account).select_related("declared_by__person")
    way = (account.name, reverse("generations:provider-account", args=[account.pk]))
    context = page_in(user, "accounts", ACCOUNTS, way, ("Plans", "")) | {
        "account": account,
        "page": page(rows, request.GET.get("after", "")),
        "form": form if keeper else None,
    }
    return render(request, "generations/provider_account_plans.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def receipt(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Send a receipt as a file to keep, to those who look after accounts or terms."""
    user = insider(request)
    period = get_object_or_404(PlanPeriod.objects.visible_to(user), pk=pk)
    response = ranged_response(
        request,
        receipt_of(actor=user, period=period),
        content_type=period.receipt_media_type,
        etag=period.receipt_sha256,
        filename=period.receipt_name or f"receipt-{period.receipt_sha256[:12]}",
        attachment=True,
        accel_prefix=settings.MEDIA_ACCEL_PREFIX,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
