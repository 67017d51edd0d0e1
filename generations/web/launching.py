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
from generations.models import Clip, Generation, Prompt
from generations.web.launch_form import LaunchForm
from generations.web.offers import chosen, closed, offers
from generations.web.outlook import outlook, with_reasons
from generations.web.shots import CARRIED, shot_crumb
from generations.web.showing import allowed, cards_by_id, page_of
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.ids import read_id


@login_required
@require_http_methods(["GET", "POST"])
def generate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose model, length and picture; a POST launches. ``?source=`` starts from a take, ``?like=`` repeats settings."""
    user = person(request)
    user.demand(Permission.GENERATE)
    prompt = _prompt(user, pk)
    if "choose" in request.POST:  # without JavaScript: show the chosen model's own fields
        return redirect(f"{request.path}?{_carried(request.POST)}")
    launch = Launch(user, prompt, request.POST or None, request.POST or request.GET)
    form = launch.form
    if form and (made := attempt(form, lambda: _launch(user, prompt, form))):
        messages.success(request, "Launched. This page follows it.")
        return redirect("generations:generation", made.pk)
    if form and form.is_bound:
        form.renew_key()
    context = page_of(prompt.shot.project, shot_crumb(prompt.shot), ("Generate", ""))
    context |= {"may": allowed(user), "model_changed": False, "closed": launch.closed, "source_card": launch.card()}
    context |= {"carried": _carried(request.GET), "asked_closed": launch.asked_closed()}
    return render(request, "generations/generate.html", context | launch.context())


@login_required
@require_POST
def preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what the form as filled in would cost and be refused for; a changed model brings its own fields along."""
    user = person(request)
    prompt = _prompt(user, pk)
    user.demand(Permission.GENERATE)
    model_changed = request.headers.get("HX-Trigger-Name") == "model"
    launch = Launch(user, prompt, request.POST, request.POST, fit=model_changed)
    context = launch.context() | {"model_changed": model_changed, "project": prompt.shot.project}
    return render(request, "generations/generate_preview.html", context | {"beside_too": not model_changed})


class Launch:
    """What the launch page works with: the offers, the chosen one, its form, and the take that it starts from, if any."""

    def __init__(
        self, user: User, prompt: Prompt, data: QueryDict | None, asked: QueryDict, *, fit: bool = False
    ) -> None:
        self.user, self.prompt, self.asked = user, prompt, asked
        self.source = _generation(user, prompt, asked.get("source"))
        self.like = _generation(user, prompt, asked.get("like")) if data is None else None
        self.available = offers(user, self.source)
        self.closed = [] if self.source else closed(user, self.available)
        self.form = self._form(data, fit=fit)

    def _form(self, data: QueryDict | None, *, fit: bool) -> LaunchForm | None:
        """The form for the model that is asked for; None when nothing can be launched at all."""
        offer = chosen(self.available, self.asked.get("model") or _value(self.like), self.closed)
        if offer is None:
            return None
        about = {"available": self.available, "offer": offer, "prompt": self.prompt, "user": self.user}
        form = LaunchForm(data, **about, source=self.source, like=self.like)  # type: ignore[arg-type]
        if data is not None and fit:
            form.data = form.fitting(data)
        return form

    def asked_closed(self) -> bool:
        """Whether the address names a model that is not among the offers."""
        wanted = self.asked.get("model") or _value(self.like)
        return bool(wanted) and wanted not in {offer.value for offer in self.available}

    def card(self) -> Any:
        """The take that it starts from, as a card."""
        pk = self.source.clip_id if self.source else None
        return cards_by_id(Clip.objects.visible_to(self.user), [pk]).get(pk) if pk else None

    def context(self) -> dict[str, Any]:
        """What the templates show."""
        told: dict[str, Any] = {"prompt": self.prompt, "form": self.form, "source": self.source}
        if self.form is None:
            return told
        told |= outlook(self.user, self.prompt, self.form)
        beside = told["beside"]
        return told | {"fields": with_reasons(self.form, beside), "model_reasons": beside.get("model", [])}


def _prompt(user: User, pk: UUID) -> Prompt:
    rows = Prompt.objects.visible_to(user).select_related("shot__project__client")
    return get_object_or_404(rows, pk=pk)


def _generation(user: User, prompt: Prompt, given: str | None) -> Generation | None:
    """Return the generation of the prompt's project that an address names. Raises Http404 for one that is not there."""
    if not given:
        return None
    rows = Generation.objects.visible_to(user).filter(project=prompt.shot.project_id)
    return get_object_or_404(rows.select_related("account", "prompt__shot", "source"), pk=read_id(given))


def _value(like: Generation | None) -> str:
    return "|".join((str(like.account_id), like.model, like.mode)) if like else ""


def _carried(given: QueryDict) -> str:
    """Return the query that keeps what an address of this page carries."""
    kept = {name: given.get(name, "") for name in CARRIED}
    return urlencode({name: value for name, value in kept.items() if value})


def _launch(user: User, prompt: Prompt, form: LaunchForm) -> Generation:
    key = form.cleaned_data["key"]
    return launches.launch_generation(actor=user, prompt=prompt, idempotency_key=key, **form.order())
