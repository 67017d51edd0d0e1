"""The page on which a batch is put together: what it would launch, cost and take is said while one chooses."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from generations.actions.batch_cells import ask_like
from generations.actions.batch_plans import BatchAsk, BatchPlan, PlannedCell, plan_batch, stored_ask, too_many
from generations.actions.batches import launch_matrix
from generations.models import Batch, Generation, Project, Prompt
from generations.rules.matrix import read
from generations.web.batch_form import DRAWN, OPEN, BatchForm, begin_with
from generations.web.batch_words import Wording
from generations.web.offers import PLAIN, offers
from generations.web.showing import allowed, page_of
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web import ticked
from sorahub.accounts.web.forms import apply_errors, person
from sorahub.lib.amounts import money_words
from sorahub.lib.errors import DomainError, InvalidInput, NotFound
from sorahub.lib.ids import read_id

MODELS_ID = "batch-models"
"""What htmx says has changed when a model is ticked."""
MORE = 4


@dataclass(frozen=True)
class LeftOut:
    """Cells that are left out, or changed, for the same reasons."""

    cells: list[str]
    reasons: tuple[str, ...]


@login_required
@require_http_methods(["GET", "POST"])
def batch_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a batch together; a POST launches it. ``?prompt=`` begins with words, ``?from=`` with a batch, ``?like=`` with a take.

    A POST with ``begin`` launches nothing: it takes prompts that were ticked elsewhere, and begins with them (``?ticked=``).
    """
    user = person(request)
    user.demand(Permission.GENERATE)
    if "begin" in request.POST:
        return _begun_with(request, _project(user, pk))
    desk = Desk(user, _project(user, pk), request.POST or None, request.POST or _named(request))
    form, agreed = desk.form, request.POST.get("seen", "")
    if form and form.is_bound and "choose" not in request.POST and form.is_valid():
        try:
            made = desk.launch(agreed)
        except NotFound:
            raise
        except DomainError as error:
            apply_errors(form, error)
            form.renew_key()
        else:
            messages.success(request, "Launched. This page follows every one of them.")
            return redirect("generations:batch", made.pk)
    crumbs = (("Batches", reverse("generations:batches", args=[desk.project.pk])), ("New batch", ""))
    context = page_of(desk.project, *crumbs) | {"may": allowed(user)} | desk.context()
    return render(request, "generations/batch_new.html", context)


@login_required
@require_POST
def batch_preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what the form as filled in would launch; other models bring their own pictures and lengths along."""
    user = person(request)
    project = _project(user, pk)
    user.demand(Permission.GENERATE)
    changed = request.headers.get("HX-Trigger") == MODELS_ID
    desk = Desk(user, project, request.POST, request.POST)
    if desk.form and changed:
        desk.form.fitting()
    context = desk.context() | {"models_changed": changed, "project": project}
    return render(request, "generations/batch_preview.html", context)


class Desk:
    """What the page works with: the batch or take that it begins from, the offers, and the form."""

    def __init__(self, user: User, project: Project, data: QueryDict | None, asked: QueryDict) -> None:
        self.user, self.project = user, project
        self.parent = _asked(Batch.objects.visible_to(user).filter(project=project), asked.get("from"))
        rows = Generation.objects.visible_to(user).filter(project=project)
        self.like = _asked(
            rows.select_related("account", "prompt__shot__project", "source__account", "batch"), asked.get("like")
        )
        self.begun = self._begun()
        available = offers(user, self.begun.source if self.begun else None)
        self.form = (
            BatchForm(
                data,
                user=user,
                project=project,
                available=available,
                begun=self.begun,
                initial=self._initial(asked, available),
            )
            if available
            else None
        )
        if self.form and data is None and not self.begun:
            self.form.initial.update({name: [self.form.usual(name)] for name in ("sizes", "seconds")})

    def _begun(self) -> BatchAsk | None:
        if self.like:
            return ask_like(self.like, MORE, None)
        matrix = read(self.parent.matrix) if self.parent else None
        return stored_ask(self.user, matrix) if matrix else None

    def _initial(self, asked: QueryDict, available: Any) -> dict[str, Any]:
        if self.begun is None:
            plain = [offer for offer in available if offer.capability.mode == PLAIN] or list(available)
            ids = {read_id(each) for each in asked.getlist("prompt")}
            seen = Prompt.objects.visible_to(self.user).filter(
                shot__project=self.project, pk__in=[pk for pk in ids if pk]
            )
            prompts = list(seen.values_list("pk", flat=True))
            if len(prompts) < len(ids):
                raise Http404
            return {"prompts": prompts, "models": [plain[0].value] if plain else []}
        begin = begin_with(self.begun)
        if self.like:
            seeding = OPEN if all(seed is None for seed in self.begun.seeds) else DRAWN
            words = f"More like {self.like.prompt.shot.code}, version {self.like.prompt.version}"
            return {**begin, "seeding": seeding, "takes": MORE, "seeds": "", "name": words}
        return {**begin, "name": f"{self.parent} again"[:200]}

    def launch(self, seen: str) -> Batch:
        """Launch what the form asks for."""
        if self.form is None:
            raise Http404
        given = self.form.cleaned_data
        return launch_matrix(
            actor=self.user,
            name=given["name"],
            ask=self.form.ask(),
            leave_out=True,
            seen=seen,
            duplicated_from=self.parent,
            like=self.like,
            idempotency_key=given["key"],
        )

    def context(self) -> dict[str, Any]:
        """What the templates show."""
        told: dict[str, Any] = {"form": self.form, "parent": self.parent, "like": self.like, "begun": self.begun}
        return told | (self._outlook(self.form) if self.form else {})

    def _outlook(self, form: BatchForm) -> dict[str, Any]:
        """What would be launched. Before the form is filled in it says what is missing."""
        asking = form if form.is_bound else self._as_begun(form)
        if asking is None or not asking.is_valid():
            missing = [words for words in asking.complaints() if not words.startswith("Name:")] if asking else []
            if asking is None or missing:
                return {"missing": missing or ["Choose prompts and models: what it launches and costs is shown here."]}
        try:
            plan = plan_batch(actor=self.user, ask=asking.ask())
        except NotFound:
            raise
        except DomainError as error:
            return {"missing": [error.message]}
        return {"plan": plan, **told_of(plan, self.user, self.begun)}

    def _as_begun(self, form: BatchForm) -> BatchForm | None:
        """The form as if it were sent as it begins; None while that is too little."""
        return None if not (form.initial.get("prompts") and form.initial.get("models")) else form.untouched()


def told_of(plan: BatchPlan, user: User, begun: BatchAsk | None = None) -> dict[str, Any]:
    """Return a plan in words, for the page."""
    wording = Wording(user, plan.matrix)
    return {
        "number": len(plan.going),
        "totals": [(money_words(each.micro, each.currency), each.cells) for each in plan.totals],
        "unpriced": plan.unpriced,
        "left": [(each.budget.name, each.words) for each in plan.held],
        "expected": plan.expected.words if plan.going else "",
        "left_out": _grouped(plan, wording, plan.left_out, lambda cell: tuple(each.message for each in cell.refusals)),
        "left_out_number": len(plan.left_out),
        "changed": _grouped(plan, wording, plan.changed, lambda cell: cell.changes),
        "refusals": [each.message for each in plan.refusals],
        "warnings": plan.warnings,
        "brought": [
            (wording.of("prompt", plan.matrix.axes["prompt"][place]), names) for place, names in plan.brought.items()
        ],
        "seen": plan.digest,
    }


def _grouped(plan: BatchPlan, wording: Wording, cells: Any, why: Any) -> list[LeftOut]:
    """Cells with the same reasons together."""
    groups: defaultdict[tuple[str, ...], list[PlannedCell]] = defaultdict(list)
    for cell in cells:
        groups[tuple(dict.fromkeys(why(cell)))].append(cell)
    return [
        LeftOut([", ".join(wording.cell(plan.matrix, cell.place)) or "the only one" for cell in found], reasons)
        for reasons, found in groups.items()
    ]


def _begun_with(request: HttpRequest, project: Project) -> HttpResponse:
    """Go on to the form with what was ticked; more than a batch can have is refused in words."""
    chosen, page = request.POST.getlist("prompt"), reverse("generations:batch-new", args=[project.pk])
    if len(chosen) > settings.BATCH_MOST_CELLS:
        raise InvalidInput(too_many(len(chosen)))
    if not chosen:
        messages.info(request, "Nothing was ticked. Tick here what is to be launched.")
    return redirect(f"{page}?{urlencode({'ticked': ticked.keep(request, chosen)})}" if chosen else page)


def _named(request: HttpRequest) -> QueryDict:
    """What the address says, with the prompts that were ticked on another page."""
    asked = request.GET.copy()
    if key := asked.get("ticked"):
        ids = ticked.kept(request, key)
        if ids is None:
            messages.info(request, "What was ticked is not kept any longer: tick it here.")
        asked.setlist("prompt", [*asked.getlist("prompt"), *(ids or ())])
    return asked


def _project(user: User, pk: UUID) -> Project:
    return get_object_or_404(Project.objects.visible_to(user).select_related("client"), pk=pk)


def _asked(rows: Any, given: str | None) -> Any:
    """The row that an address names; None where it names none. Raises Http404 for one that is not there."""
    if not given:
        return None
    return get_object_or_404(rows, pk=read_id(given))
