"""Accounts with providers: everybody of the agency sees them, administrators add, change and test them."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from generations import catalog
from generations.actions.provider_accounts import add_account, change_account, request_test
from generations.models import ProviderAccount
from generations.providers import registry
from generations.web.showing import allowed
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.errors import Forbidden

LIST = ("Provider accounts", "/provider-accounts/")


def routes() -> list[tuple[str, str]]:
    """Return the catalogue's routes with the models they offer; those without one await the operator's own rows."""
    offered: dict[str, set[str]] = {route.name: set() for route in catalog.routes()}
    for row in catalog.rows():
        offered[row.route].add(row.model)
    return [
        (route, f"{route}: {', '.join(sorted(models)) or 'models of your own catalogue'}")
        for route, models in offered.items()
    ]


def dialects() -> list[tuple[str, str]]:
    """Return the wire formats that an adapter speaks."""
    return [(name, name.replace("_", " ")) for name in registry.dialects()]


def embedded() -> dict[str, str]:
    """Return what connects the service that is part of the hub: the first account may try everything with it."""
    return {
        "name": "Embedded generation service",
        "route": "sandbox",
        "dialect": "openai_videos",
        "base_url": f"{settings.SANDBOX_URL}/v1",
        "contracting_party": "None: the embedded service is part of SoraHub",
    }


class AccountForm(forms.Form):
    """An account with a provider. The key and the secret are never shown again."""

    name = forms.CharField(max_length=100, help_text="What people choose by, such as “Studio, OpenAI”.")
    route = forms.ChoiceField(choices=routes, help_text="The way to the models; it decides rights and prices.")
    dialect = forms.ChoiceField(choices=dialects, label="Wire format")
    base_url = forms.URLField(
        label="Address", assume_scheme="https", max_length=500, help_text="Such as https://api.example.com/v1"
    )
    api_key = forms.CharField(
        label="Key",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Kept sealed; never shown again. The embedded service takes any key.",
    )
    webhook_secret = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="If the provider calls back: whsec_…",
    )
    contracting_party = forms.CharField(required=False, max_length=200, help_text="Who the contract is with.")
    plan = forms.CharField(required=False, max_length=100, help_text="Plan or tier, such as API or Enterprise.")
    region = forms.CharField(required=False, max_length=50)
    max_in_flight = forms.IntegerField(min_value=1, max_value=1000, initial=10, label="Generations at once")


class ChangeForm(AccountForm):
    """The same for an account that is there: an empty key stays as it is."""

    enabled = forms.BooleanField(required=False, label="In use", help_text="Switched off, it takes nothing new.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["api_key"].required = False
        self.fields["api_key"].help_text = "Leave it empty to keep the key there is."
        self.fields["webhook_secret"].help_text = "Leave it empty to keep the secret there is."


@login_required
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts."""
    user = person(request)
    if user.kind == Kind.GUEST:
        raise Forbidden("Provider accounts are the agency's own.")
    rows = ProviderAccount.objects.visible_to(user)[:200]
    context = {"accounts": rows, "may": allowed(user), "crumbs": [(LIST[0], "")]}
    return render(request, "generations/provider_accounts.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def account_new(request: HttpRequest) -> HttpResponse:
    """Add an account."""
    user = person(request)
    user.demand(Permission.MANAGE_PEOPLE)
    first = not ProviderAccount.objects.visible_to(user).exists()
    form = AccountForm(request.POST or None, initial=embedded() if first else {})
    if made := attempt(form, lambda: add_account(actor=user, **form.cleaned_data)):
        messages.success(request, "Added. Test it now: the test spends nothing.")
        return redirect("generations:provider-account", made.pk)
    context = {"form": form, "crumbs": [LIST, ("New", "")], "new": True}
    return render(request, "generations/provider_account.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show and change an account."""
    user = person(request)
    user.demand(Permission.MANAGE_PEOPLE)
    found = get_object_or_404(ProviderAccount.objects.visible_to(user), pk=pk)
    fields = set(ChangeForm.base_fields) - {"api_key", "webhook_secret"}
    form = ChangeForm(request.POST or None, initial={name: getattr(found, name) for name in fields})
    if attempt(form, lambda: change_account(actor=user, account=found, **form.cleaned_data)):
        messages.success(request, "Saved.")
        return redirect("generations:provider-account", found.pk)
    hook = request.build_absolute_uri(reverse("generations:webhook", args=[found.pk]))
    context = {"form": form, "account": found, "crumbs": [LIST, (found.name, "")], "hook": hook}
    context["testing"] = "testing" in request.GET
    return render(request, "generations/provider_account.html", context)


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
