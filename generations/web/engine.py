"""The engine room: what every account carries, and the generations that wait or run, with live numbers."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from generations.actions.cancelling import objection
from generations.actions.priorities import set_priority
from generations.models import Alarm, Generation, Project, ProviderAccount, State
from generations.models.generation import ACTIVE
from generations.web.engine_figures import loads, work
from generations.web.showing import allowed
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import person
from sorahub.lib import keyset
from sorahub.lib.errors import DomainError, Forbidden
from sorahub.lib.ids import read_id

ACCOUNTS_SHOWN = 40
CHOICES_SHOWN = 200
STATES = [state for state in State if state in ACTIVE]


def insider(request: HttpRequest) -> User:
    """Return one of the agency's own people. Raises Forbidden for guests: how the work is done is not for clients."""
    user = person(request)
    if user.kind == Kind.GUEST:
        raise Forbidden("The engine room is the agency's own.")
    return user


def page_in(user: User, tab: str, *crumbs: tuple[str, str]) -> dict[str, Any]:
    """Return what each page of the engine room needs: its tab, its crumbs, and how many alarms await somebody."""
    unseen = Alarm.objects.visible_to(user).open().filter(acknowledged_at=None)
    way = [("Engine", reverse("generations:engine")), *crumbs] if crumbs else [("Engine", "")]
    return {"tab": tab, "crumbs": way, "section": "engine", "unseen_alarms": unseen.count(), "may": allowed(user)}


class QueueFilter(forms.Form):
    """Which generations to list. It only shows what was chosen: the address is read as it is."""

    account = forms.ModelChoiceField(ProviderAccount.objects.none(), required=False, empty_label="All accounts")
    project = forms.ModelChoiceField(Project.objects.none(), required=False, empty_label="All projects")
    model = forms.CharField(required=False, max_length=100)
    state = forms.ChoiceField(
        required=False, choices=[("", "All states"), *((each.value, each.label) for each in STATES)]
    )

    def __init__(self, chosen: dict[str, Any], *, user: User) -> None:
        super().__init__(initial=chosen, auto_id="filter_%s")
        self.fields["account"].queryset = ProviderAccount.objects.visible_to(user)[:CHOICES_SHOWN]  # type: ignore[attr-defined]
        open_ones = Project.objects.visible_to(user).open().order_by("name")
        self.fields["project"].queryset = open_ones[:CHOICES_SHOWN]  # type: ignore[attr-defined]
        self.fields["model"].widget.attrs["placeholder"] = "All models"


@login_required
@require_GET
def engine(request: HttpRequest) -> HttpResponse:
    """Show the queue."""
    user = insider(request)
    form = QueueFilter(request.GET.dict(), user=user)
    context = page_in(user, "queue") | {"form": form, "query": request.GET.urlencode()}
    return render(request, "generations/engine.html", context | _live(request, user))


@login_required
@require_GET
def engine_live(request: HttpRequest) -> HttpResponse:
    """The part of the page that renews itself."""
    user = insider(request)
    return render(request, "generations/engine_live.html", {"may": allowed(user)} | _live(request, user))


@login_required
@require_POST
def priority(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let a waiting generation go sooner or later."""
    user = person(request)
    found = get_object_or_404(Generation.objects.visible_to(user), pk=pk)
    user.demand(Permission.GENERATE)
    try:
        set_priority(actor=user, generation=found, priority=_number(request.POST.get("priority", "")))
    except DomainError as error:
        messages.error(request, error.message)
    back = QueryDict(request.POST.get("back", "")).urlencode()
    return redirect(f"{reverse('generations:engine')}?{back}")


def _live(request: HttpRequest, user: User) -> dict[str, Any]:
    accounts = list(ProviderAccount.objects.visible_to(user)[: ACCOUNTS_SHOWN + 1])
    page = keyset.page(_chosen(request, user), request.GET.get("after", ""))
    chosen = {name: value for name, value in request.GET.items() if name != "after" and value}
    launcher = user.may(Permission.GENERATE)
    return {
        "loads": loads(accounts[:ACCOUNTS_SHOWN]),
        "more_accounts": len(accounts) > ACCOUNTS_SHOWN,
        "work": work(),
        "page": page,
        "rows": [(row, launcher and objection(row) is None) for row in page.items],
        "filtered": bool(chosen),
        "after": request.GET.get("after", ""),
        "older": urlencode({**chosen, "after": page.next_cursor}),
        "first": urlencode(chosen),
    }


def _chosen(request: HttpRequest, user: User) -> "QuerySet[Generation]":
    """The generations under way that this person may see and asked for."""
    rows = Generation.objects.visible_to(user).active().for_list()
    for name in ("account", "project"):
        if value := request.GET.get(name, ""):
            rows = rows.filter(**{name: read_id(value)})
    if model := request.GET.get("model", ""):
        rows = rows.filter(model=model)
    if (state := request.GET.get("state", "")) in {each.value for each in STATES}:
        rows = rows.filter(state=state)
    return rows


def _number(text: str) -> int:
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 6 else 10**6
