"""Checklists of rights: the list, one version with its history and what it changed, make, edit, retire."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reviews.actions import checklists as actions
from reviews.models import ChecklistTemplate, Finding
from reviews.models.checklist import ChecklistTemplateQuerySet
from reviews.rules import checklists as rules
from reviews.web.checklist_forms import (
    AnyQuestions,
    ChecklistForm,
    asked_for_rows,
    place_errors,
    questions_form,
    rearranged,
)
from reviews.web.colleagues import colleague
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import apply_errors
from sorahub.lib.errors import Conflict, DomainError, NotFound
from sorahub.lib.keyset import page


def _rows(user: User) -> ChecklistTemplateQuerySet:
    return ChecklistTemplate.objects.visible_to(user).select_related("client", "made_by__person")


@login_required
@require_GET
def checklists(request: HttpRequest) -> HttpResponse:
    """The newest version of each checklist, those that are offered or those that are retired."""
    user = colleague(request)
    retired = request.GET.get("show") == "retired"
    shown = page(_rows(user).newest().filter(retired=retired), request.GET.get("after", ""))
    context = {
        "page": shown,
        "retired": retired,
        "may_seed": not shown.items and user.may(Permission.CAPTURE_TERMS) and not _rows(user).exists(),
        **_common(user, [("Checklists", "")]),
    }
    return render(request, "reviews/checklists.html", context)


@login_required
@require_GET
def checklist(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One version: its questions, what it changed, and the other versions."""
    user = colleague(request)
    shown = get_object_or_404(_rows(user), pk=pk)
    versions = list(_rows(user).filter(key=shown.key).order_by("-version"))
    before = next((one for one in versions if one.version == shown.version - 1), None)
    context = {
        "shown": shown,
        "questions": [(one, _clears(one)) for one in shown.questions],
        "versions": versions,
        "newest": versions[0],
        "before": before,
        "differences": rules.differences(before, shown) if before else [],
        "records": shown.record_versions.visible_to(user).count(),
        **_common(user, [_home(), (shown.title, "")]),
    }
    return render(request, "reviews/checklist.html", context)


def _clears(question: rules.Question) -> str:
    return " or ".join(str(Finding(each).label).lower() for each in question["clears_with"])


@login_required
@require_http_methods(["GET", "POST"])
def checklist_new(request: HttpRequest) -> HttpResponse:
    """Make a checklist."""
    user = colleague(request)
    user.demand(Permission.CAPTURE_TERMS)
    return _edited(request, user, None)


@login_required
@require_http_methods(["GET", "POST"])
def checklist_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make the next version of a checklist, beginning with what this one asks."""
    user = colleague(request)
    shown = get_object_or_404(_rows(user), pk=pk)
    user.demand(Permission.CAPTURE_TERMS)
    return _edited(request, user, shown)


@login_required
@require_POST
def checklist_retire(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a checklist. An edit takes it up again."""
    user = colleague(request)
    shown = get_object_or_404(_rows(user), pk=pk)
    try:
        made = actions.retire_checklist(actor=user, checklist=shown)
    except Conflict as error:
        messages.error(request, error.message)
        return redirect("reviews:checklist", pk=shown.pk)
    messages.success(request, "Retired: it is not offered for new records any more. Edit it to offer it again.")
    return redirect("reviews:checklist", pk=made.pk)


def _edited(request: HttpRequest, user: User, shown: ChecklistTemplate | None) -> HttpResponse:
    """The form; a button that changes rows only shows it again, anything else makes a version or says what is wrong."""
    rows_only = request.method == "POST" and asked_for_rows(request.POST)
    data = rearranged(request.POST) if rows_only else request.POST if request.method == "POST" else None
    form = ChecklistForm(data, actor=user, checklist=shown, initial=_initial(shown))
    questions = questions_form(data, shown)
    if data is not None and not rows_only:
        made = _kept(user, shown, form, questions)
        if made is not None:
            words = "It is offered for new records now." if shown is None else f"Version {made.version} is made."
            messages.success(request, words)
            return redirect("reviews:checklist", pk=made.pk)
    return _form_page(request, user, shown, form, questions, refused=data is not None and not rows_only)


def _kept(
    user: User, shown: ChecklistTemplate | None, form: ChecklistForm, questions: AnyQuestions
) -> ChecklistTemplate | None:
    if not all([form.is_valid(), questions.is_valid()]):
        return None
    asked = [one.cleaned_data for one in questions.forms]
    try:
        if shown is None:
            return actions.make_checklist(actor=user, questions=asked, **form.cleaned_data)
        return actions.revise_checklist(actor=user, checklist=shown, questions=asked, **form.cleaned_data)
    except NotFound:
        raise
    except DomainError as error:
        apply_errors(form, error, told=place_errors(questions, error.fields))
        return None


def _initial(shown: ChecklistTemplate | None) -> dict[str, Any]:
    return {name: getattr(shown, name) for name in ("title", "distributor", "market")} if shown else {}


def _form_page(
    request: HttpRequest,
    user: User,
    shown: ChecklistTemplate | None,
    form: ChecklistForm,
    questions: AnyQuestions,
    *,
    refused: bool,
) -> HttpResponse:
    if not refused and form.is_bound:
        # Rows were changed: what is not finished yet is no error.
        form.errors.clear()
        for one in questions.forms:
            one.errors.clear()
    way = [_home()] if shown is None else [_home(), (shown.title, reverse("reviews:checklist", args=[shown.pk]))]
    context = {
        "form": form,
        "questions": questions,
        "shown": shown,
        "room": len(questions.forms) < rules.MOST_QUESTIONS,
        **_common(user, [*way, ("New checklist" if shown is None else "Edit", "")]),
    }
    return render(request, "reviews/checklist_form.html", context, status=422 if refused else 200)


def _home() -> tuple[str, str]:
    return "Checklists", reverse("reviews:checklists")


def _common(user: User, way: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "may_edit": user.may(Permission.CAPTURE_TERMS),
        "crumbs": [("Rights", reverse("reviews:rights")), *way],
        "section": "rights",
        "here": "checklists",
    }
