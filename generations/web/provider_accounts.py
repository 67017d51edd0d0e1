"""Accounts with providers: everybody of the agency sees them and what they carry, administrators add, change and test them."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations import catalog
from generations.actions.account_control import pause_account, resume_account, set_limit
from generations.actions.provider_accounts import add_account, change_account, request_test
from generations.models import ProviderAccount, SpendLine
from generations.providers import unusable
from generations.web.account_forms import (
    AccountForm,
    ChangeForm,
    LimitForm,
    PauseForm,
    calls_back,
    first_values,
    unknown_of,
)
from generations.web.engine import insider, page_in
from generations.web.engine_figures import loads, narrower, of_catalogue
from generations.web.offering import Entry, entries
from generations.web.showing import allowed
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.amounts import money_words
from sorahub.lib.errors import DomainError, NotFound

LIST = ("Provider accounts", "/provider-accounts/")
SHOWN = 200


@login_required
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts."""
    user = insider(request)
    context = page_in(user, "accounts", (LIST[0], ""))
    context["accounts"] = ProviderAccount.objects.visible_to(user)[:SHOWN]
    return render(request, "generations/provider_accounts.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def account_new(request: HttpRequest) -> HttpResponse:
    """Choose a route, then add an account of it; the first account of a hub begins with the embedded service."""
    user = person(request)
    user.demand(Permission.MANAGE_PEOPLE)
    first = not ProviderAccount.objects.visible_to(user).exists()
    route = _route(request.POST.get("route") or request.GET.get("route") or ("sandbox" if first else ""))
    context = page_in(user, "accounts", LIST, ("New", ""))
    if route is None:
        offers = [(each, _models(each)) for each in catalog.routes()]
        return render(request, "generations/provider_account_routes.html", context | {"offers": offers})
    form = AccountForm(request.POST or None, route=route, initial=first_values(route))
    if made := attempt(form, lambda: add_account(actor=user, **form.arguments())):
        messages.success(request, "Added. Test it now: the test spends nothing.")
        return redirect("generations:provider-account", made.pk)
    context |= {"form": form, "route": route, "models": _models(route), "unknown": unknown_of(route.dialects[0])}
    context["closed"] = all(map(unusable, route.dialects))
    return render(request, "generations/provider_account_new.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show an account with live numbers to all of the agency's own people; administrators change it here."""
    user = insider(request)
    found = get_object_or_404(ProviderAccount.objects.visible_to(user).select_related("paused_by__person"), pk=pk)
    keeper = user.may(Permission.MANAGE_PEOPLE)
    if request.method == "POST":
        user.demand(Permission.MANAGE_PEOPLE)
    route = catalog.route(found.route)
    context = (
        page_in(user, "accounts", LIST, (found.name, ""))
        | _live(found, user)
        | {
            "route": route,
            "models": _models(route),
            "limits": _limits(found, route),
        }
    )
    if not keeper:
        return render(request, "generations/provider_account_watch.html", context)
    form = ChangeForm(request.POST or None, route=route, account=found)
    if attempt(form, lambda: change_account(actor=user, account=found, **form.arguments())):
        messages.success(request, "Saved. It holds from the next call on.")
        return redirect("generations:provider-account", found.pk)
    context |= {
        "form": form,
        "unknown": unknown_of(found.dialect),
        "hook": f"{settings.PUBLIC_URL}{reverse('generations:webhook', args=[found.pk])}",
        "calls_back": calls_back(route),
        "testing": "testing" in request.GET,
    }
    return render(request, "generations/provider_account.html", context)


@login_required
@require_GET
def account_live(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of an account's page that renews itself."""
    user = insider(request)
    found = get_object_or_404(ProviderAccount.objects.visible_to(user).select_related("paused_by__person"), pk=pk)
    context = {"may": allowed(user)} | _live(found, user)
    return render(request, "generations/provider_account_live.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def pause(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send nothing new to an account; producers hold this brake too."""
    user = insider(request)
    found = get_object_or_404(ProviderAccount.objects.visible_to(user), pk=pk)
    if not user.may(Permission.MANAGE_PEOPLE):
        user.demand(Permission.GENERATE)
    form = PauseForm(request.POST or None)
    if attempt(form, lambda: pause_account(actor=user, account=found, **form.cleaned_data)):
        messages.success(request, f"{found} is paused. What runs there goes on; what is launched now waits.")
        return redirect("generations:engine")
    context = page_in(user, "queue", (f"Pause {found}", "")) | {
        "form": form,
        "account": found,
        "load": loads([found])[0],
    }
    return render(request, "generations/provider_account_pause.html", context)


@login_required
@require_POST
def resume(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send again what has waited."""
    user = insider(request)
    found = get_object_or_404(ProviderAccount.objects.visible_to(user), pk=pk)
    resume_account(actor=user, account=found)
    messages.success(request, f"{found} goes on. Those who are next are being sent.")
    return redirect("generations:engine")


@login_required
@require_POST
def limit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Limit one model at the account."""
    user = person(request)
    user.demand(Permission.MANAGE_PEOPLE)
    found = get_object_or_404(ProviderAccount.objects.visible_to(user), pk=pk)
    form = LimitForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A limit is a whole number above zero; empty means none.")
    else:
        try:
            set_limit(actor=user, account=found, **form.cleaned_data)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"The limits of {form.cleaned_data['model']} are saved.")
    return redirect(f"{reverse('generations:provider-account', args=[found.pk])}#limits")


@login_required
@require_http_methods(["GET", "POST"])
def test(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A POST asks for a test call; a GET is the part of the page that tells its result."""
    user = person(request)
    user.demand(Permission.MANAGE_PEOPLE)
    found = get_object_or_404(ProviderAccount.objects.visible_to(user), pk=pk)
    if request.method == "POST":
        request_test(actor=user, account=found)
        return redirect(f"{reverse('generations:provider-account', args=[found.pk])}?testing=yes")
    return render(request, "generations/provider_account_test.html", {"account": found, "testing": True})


def _route(name: str) -> catalog.Route | None:
    try:
        return catalog.route(name)
    except NotFound:
        return None


def _models(route: catalog.Route) -> list[Entry]:
    return [entry for entry in entries() if entry.route.name == route.name]


def _live(found: ProviderAccount, user: User) -> dict[str, Any]:
    return {"account": found, "load": loads([found])[0], "money": _money(found, user)}


def _money(found: ProviderAccount, user: User) -> list[tuple[str, str, str]]:
    """What was spent at the account this month (UTC) and is set aside now, of what this person may see: (currency, spent,
    set aside).
    """
    first = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    lines = SpendLine.objects.visible_to(user).filter(account=found).order_by()
    spent = dict(
        lines.filter(book=SpendLine.Book.SPENT, at__gte=first).values_list("currency").annotate(Sum("amount_micro"))
    )
    aside = dict(lines.filter(book=SpendLine.Book.RESERVED).values_list("currency").annotate(Sum("amount_micro")))
    return [
        (code, money_words(spent.get(code, 0), code), money_words(aside.get(code, 0), code))
        for code in sorted({*spent, *aside})
    ]


def _limits(found: ProviderAccount, route: catalog.Route) -> list[dict[str, Any]]:
    """Each model that can be limited, with our own limits, the catalogue's, and the narrower of both."""
    own = {row.model: row for row in found.limits.all()}
    return [
        {
            "model": entry.model,
            "own": own.get(entry.model),
            "known": of_catalogue(route.name, entry.model),
            "narrow": narrower(own.get(entry.model), of_catalogue(route.name, entry.model)),
        }
        for entry in _models(route)
        if entry.plain.lifecycle is not catalog.Lifecycle.IMPORT_ONLY
    ]
