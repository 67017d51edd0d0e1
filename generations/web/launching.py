"""The page on which a generation is launched: it says what it will cost and why it cannot be, before any money moves."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from generations.actions import launches
from generations.models import Prompt
from generations.web.launch_form import LaunchForm, chosen, offers
from generations.web.shots import shot_crumb
from generations.web.showing import allowed, page_of
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.amounts import money_words
from sorahub.lib.errors import DomainError


@login_required
@require_http_methods(["GET", "POST"])
def generate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose model, length and picture; a POST launches."""
    user = person(request)
    user.demand(Permission.GENERATE)
    prompt = _prompt(user, pk)
    if "choose" in request.POST:  # without JavaScript: show the chosen model's own fields
        return redirect(f"{request.path}?{urlencode({'model': request.POST.get('model', '')})}")
    form = _form(user, prompt, request.POST or None, request.GET)
    if form and (made := attempt(form, lambda: _launch(user, prompt, form))):
        messages.success(request, "Launched. This page follows it.")
        return redirect("generations:generation", made.pk)
    if form and form.is_bound:
        form.renew_key()
    context = page_of(prompt.shot.project, shot_crumb(prompt.shot), ("Generate", ""))
    context |= {"prompt": prompt, "form": form, "may": allowed(user)}
    return render(request, "generations/generate.html", context | _outlook(user, prompt, form))


@login_required
@require_POST
def preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what the form as filled in would cost and be refused for; a changed model brings its own fields along."""
    user = person(request)
    prompt = _prompt(user, pk)
    form = _form(user, prompt, request.POST, request.POST)
    model_changed = request.headers.get("HX-Trigger-Name") == "model"
    context = {"prompt": prompt, "form": form, "model_changed": model_changed, "project": prompt.shot.project}
    return render(request, "generations/generate_preview.html", context | _outlook(user, prompt, form))


def _prompt(user: User, pk: UUID) -> Prompt:
    rows = Prompt.objects.visible_to(user).select_related("shot__project__client")
    return get_object_or_404(rows, pk=pk)


def _form(user: User, prompt: Prompt, data: QueryDict | None, asked: QueryDict) -> LaunchForm | None:
    """Return the form for the model that is asked for; None when nothing can be launched at all."""
    available = offers(user)
    offer = chosen(available, (data or asked).get("model"))
    if offer is None:
        return None
    form = LaunchForm(data, available=available, offer=offer, prompt=prompt, user=user)
    if data is not None and asked is data:
        form.data = form.fitting(data)
    return form


def _launch(user: User, prompt: Prompt, form: LaunchForm) -> Any:
    key = form.cleaned_data["key"]
    return launches.launch_generation(actor=user, prompt=prompt, idempotency_key=key, **form.order())


def _outlook(user: User, prompt: Prompt, form: LaunchForm | None) -> dict[str, Any]:
    """What the person would get with the form as it stands: the estimate, and every reason against it."""
    if form is None:
        return {}
    if form.is_bound and not form.is_valid():
        return {"refusals": form.complaints()}
    order = form.order() if form.is_bound else _first_order(form)
    try:
        found = launches.preview(actor=user, prompt=prompt, **order)
    except DomainError as error:
        return {"refusals": [error.message]}
    estimate = found.estimate
    return {
        "refusals": [each.message for each in found.refusals],
        "estimate": money_words(estimate.micro, estimate.currency) if estimate else "",
        "basis": estimate.basis if estimate else "",
    }


def _first_order(form: LaunchForm) -> dict[str, Any]:
    """What the untouched form asks for."""
    row = form.offer.capability
    first = form.first_reference()
    return {
        "account": form.offer.account,
        "model": row.model,
        "mode": row.mode,
        "params": {"seconds": row.seconds[0], "size": str(row.sizes[0])},
        "references": (first,) if first else (),
    }
