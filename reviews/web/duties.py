"""Duties of disclosure: what applies where, for what and when; one duty with its history; make, edit, retire."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reviews.actions import disclosures as actions
from reviews.models import DisclosureRule
from reviews.models.checklist import DisclosureRuleQuerySet
from reviews.rules import countries
from reviews.rules import duties as rules
from reviews.web.colleagues import colleague
from reviews.web.duties_forms import AskForm, RuleForm, rule_initial
from reviews.web.form_pages import form_page
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt
from sorahub.lib.errors import Conflict

Status = DisclosureRule.Status


@dataclass(frozen=True)
class Shown:
    """A duty as the list shows it."""

    rule: DisclosureRule
    uses: str
    depicts: str


def _rows(user: User) -> DisclosureRuleQuerySet:
    return DisclosureRule.objects.visible_to(user).select_related("made_by__person")


@login_required
@require_GET
def duties(request: HttpRequest) -> HttpResponse:
    """The duties by territory; narrowed to what applies somewhere, for something, at some time."""
    user = colleague(request)
    retired = request.GET.get("show") == "retired"
    newest = list(_rows(user).newest())
    rows = [one for one in newest if (one.status == Status.RETIRED) == retired]
    form = AskForm(request.GET if _asks(request) else None)
    narrowed = not retired and form.is_bound and form.is_valid()
    if narrowed:
        rows = rules.called_for(rows, form.asked(timezone.localdate()))
    context = {
        "groups": by_territories(rows),
        "found": len(rows),
        "form": form,
        "narrowed": narrowed,
        "retired": retired,
        "may_seed": not newest and user.may(Permission.CAPTURE_TERMS),
        **_common(user, [("Duties of disclosure", "")]),
    }
    return render(request, "reviews/duties.html", context, status=422 if form.is_bound and form.errors else 200)


def _asks(request: HttpRequest) -> bool:
    return any(request.GET.get(name) for name in AskForm.base_fields)


def by_territories(rows: list[DisclosureRule]) -> list[tuple[list[str], list[Shown]]]:
    """Return the duties in groups that hold in the same territories (by name), each group by the day from which they apply."""
    ordered = sorted(rows, key=lambda one: (one.territories, str(one.applies_from or ""), one.title))
    return [
        (
            list(map(countries.name_of, places)),
            [Shown(one, rules.in_words(one, "uses"), rules.in_words(one, "depicts")) for one in group],
        )
        for places, group in groupby(ordered, key=lambda one: one.territories)
    ]


@login_required
@require_GET
def duty(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One version of a duty: what it says, what it changed, and the other versions."""
    user = colleague(request)
    shown = get_object_or_404(_rows(user), pk=pk)
    versions = list(_rows(user).filter(key=shown.key).order_by("-version"))
    before = next((one for one in versions if one.version == shown.version - 1), None)
    context = {
        "shown": shown,
        "places": [countries.name_of(code) for code in shown.territories],
        "uses": rules.in_words(shown, "uses"),
        "depicts": rules.in_words(shown, "depicts"),
        "versions": versions,
        "newest": versions[0],
        "before": before,
        "differences": rules.differences(before, shown) if before else [],
        "asks_anew": before is not None and rules.asks_anew(before, shown),
        **_common(user, [_home(), (shown.title, "")]),
    }
    return render(request, "reviews/duty.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def duty_new(request: HttpRequest) -> HttpResponse:
    """Write down a duty."""
    user = colleague(request)
    user.demand(Permission.CAPTURE_TERMS)
    form = RuleForm(request.POST or None, initial={"sourced_on": timezone.localdate()})
    made = attempt(form, lambda: actions.make_rule(actor=user, **form.cleaned_data))
    if made is not None:
        messages.success(request, "Written down. Records whose scope it concerns are asked for a plan from now on.")
        return redirect("reviews:duty", pk=made.pk)
    lead = "What the agency must tell viewers, where, from when and for what; with the source that says so."
    return _form_page(request, form, "Add a duty of disclosure", lead, "Add the duty", [_home(), ("Add", "")])


@login_required
@require_http_methods(["GET", "POST"])
def duty_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write the next version of a duty, beginning with what this one says."""
    user = colleague(request)
    shown = get_object_or_404(_rows(user), pk=pk)
    user.demand(Permission.CAPTURE_TERMS)
    form = RuleForm(request.POST or None, initial=rule_initial(shown))
    made = attempt(form, lambda: actions.revise_rule(actor=user, rule=shown, **form.cleaned_data))
    if made is not None:
        asked = " Records that met the older one are asked anew." if rules.asks_anew(shown, made) else ""
        messages.success(request, f"Version {made.version} is in force.{asked}")
        return redirect("reviews:duty", pk=made.pk)
    lead = (
        "Makes the next version. Where what must be done, the territories, the uses or what is shown changes, records "
        "that have a plan for it are asked for one anew; other changes leave them as they are."
    )
    way = [_home(), (shown.title, reverse("reviews:duty", args=[shown.pk])), ("Edit", "")]
    return _form_page(request, form, f"Edit: {shown.title}", lead, "Make the next version", way)


@login_required
@require_POST
def duty_retire(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a duty. An edit takes it up again."""
    user = colleague(request)
    shown = get_object_or_404(_rows(user), pk=pk)
    try:
        made = actions.retire_rule(actor=user, rule=shown)
    except Conflict as error:
        messages.error(request, error.message)
        return redirect("reviews:duty", pk=shown.pk)
    messages.success(request, "Retired: no record is asked for it any more. Edit it to take it up again.")
    return redirect("reviews:duty", pk=made.pk)


def _form_page(
    request: HttpRequest, form: RuleForm, title: str, lead: str, submit: str, way: list[tuple[str, str]]
) -> HttpResponse:
    crumbs, template = [("Rights", reverse("reviews:rights")), *way], "reviews/duty_form.html"
    return form_page(request, form, title=title, lead=lead, submit=submit, crumbs=crumbs, template=template)


def _home() -> tuple[str, str]:
    return "Duties of disclosure", reverse("reviews:duties")


def _common(user: User, way: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "may_edit": user.may(Permission.CAPTURE_TERMS),
        "crumbs": [("Rights", reverse("reviews:rights")), *way],
        "section": "rights",
        "here": "duties",
    }
