"""Changes of terms: those that await judgement, one of them with its differences, many judged alike, flags on clauses."""

from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reviews.actions import changes as actions
from reviews.actions import clauses, redrawing
from reviews.models import ChangeJudgement, ClauseFlag, TermsChange, TermsSource, TermsVersion
from reviews.rules import aligning
from reviews.web import change_page, change_words, trails
from reviews.web.changes_forms import JudgeForm, JudgeManyForm, SettleForm
from reviews.web.colleagues import colleague
from reviews.web.form_pages import form_page
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt
from sorahub.jobs.models import Job
from sorahub.lib.errors import DomainError
from sorahub.lib.keyset import page


@login_required
@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """Changes that nobody judged yet, by document."""
    user = colleague(request)
    rows = TermsChange.objects.visible_to(user).awaiting().for_list()
    found = page(rows, request.GET.get("after", ""))
    ordered = sorted(
        found.items, key=lambda row: (str(row.after.source), str(row.after.source_id), row.after.captured_at)
    )
    groups = [
        (next(iter(each)), each)
        for each in (list(some) for _, some in groupby(ordered, lambda row: row.after.source_id))
    ]
    context = {
        "groups": [(first.after.source, [_line(change) for change in each]) for first, each in groups],
        "next_cursor": found.next_cursor,
        "may_judge": user.may(Permission.CAPTURE_TERMS),
        "crumbs": trails.to_terms(last="Changes to judge"),
        "section": "rights",
    }
    return render(request, "reviews/terms_changes.html", context)


def _line(change: TermsChange) -> dict[str, Any]:
    return {
        "change": change,
        "badge": change_words.badge(change, None),
        "figures": change_words.figures(change),
        "grounds": change_words.grounds(change),
    }


@login_required
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One change: what the filter found, the differences, what became of clauses, and the judgement."""
    user = colleague(request)
    judgements = ChangeJudgement.objects.select_related("judged_by__person")
    rows = (
        TermsChange.objects.visible_to(user)
        .select_related("before", "after__source")
        .defer("before__raw", "after__raw")
    )
    shown = get_object_or_404(rows.prefetch_related(Prefetch("judgements", judgements)), pk=pk)
    if request.method == "POST":
        user.demand(Permission.CAPTURE_TERMS)
    alike = TermsChange.objects.awaiting().filter(pk__in=TermsChange.objects.alike(shown)).count()
    form = JudgeForm(request.POST or None, alike=alike, initial=_said_before(shown))
    judged = attempt(form, lambda: actions.judge_change(actor=user, change=shown, **form.cleaned_data))
    if judged is not None:
        messages.success(request, "The judgement is kept. Judge again whenever you know better.")
        return redirect("reviews:terms-change", pk=shown.pk)
    return render(
        request, "reviews/terms_change.html", _context(request, user, shown, form), status=422 if form.is_bound else 200
    )


def _context(request: HttpRequest, user: User, shown: TermsChange, form: JudgeForm) -> dict[str, Any]:
    history = list(shown.judgements.all())
    current = TermsChange.objects.current().filter(pk=shown.pk).exists()
    others = TermsChange.objects.visible_to(user).current().changing()
    variant = TermsVersion.objects.variant(shown.after)
    return {
        "change": shown,
        "current": current,
        "badge": change_words.badge(shown, history[0].verdict if history else None),
        "grounds": change_words.grounds(shown),
        "figures": change_words.figures(shown),
        "differences": change_page.differences(shown),
        "inline": request.GET.get("view") == "inline",
        "fates": change_page.fates(shown),
        "judgements": history,
        "own_day": actions.own_day(shown.after),
        "may_judge": (current or form.is_bound) and user.may(Permission.CAPTURE_TERMS),
        "may_settle": user.may(Permission.WRITE_LICENSING_NOTE),
        "form": form,
        "earlier": others.filter(after__in=variant, after__captured_at__lt=shown.after.captured_at)
        .order_by("-after__captured_at")
        .first(),
        "later": others.filter(after__in=variant, after__captured_at__gt=shown.after.captured_at)
        .order_by("after__captured_at")
        .first(),
        "crumbs": [
            *trails.to_terms(last="")[:-1],
            *trails.to_source(shown.after.source),
            (f"{shown.before.label} → {shown.after.label}", ""),
        ],
        "section": "rights",
    }


def _said_before(shown: TermsChange) -> dict[str, Any]:
    """What was judged last of this change, or of the same words coming and going."""
    mine = shown.judgements.all()
    newest = (
        mine[0]
        if mine
        else ChangeJudgement.objects.filter(change__in=TermsChange.objects.alike(shown)).order_by("-judged_at").first()
    )
    return (
        {"verdict": newest.verdict, "reason": newest.reason, "binds_from": newest.binds_from if mine else None}
        if newest
        else {}
    )


@login_required
@require_http_methods(["GET", "POST"])
def judge_many(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Judge many changes of one document alike; those that look cosmetic are chosen to begin with."""
    user = colleague(request)
    user.demand(Permission.CAPTURE_TERMS)
    source = get_object_or_404(TermsSource.objects.visible_to(user), pk=pk)
    rows = TermsChange.objects.visible_to(user).awaiting().for_list().filter(after__source=source)
    likely = [row.pk for row in rows if row.suggestion == TermsChange.Suggestion.COSMETIC]
    form = JudgeManyForm(
        request.POST or None,
        waiting=rows.order_by("after__captured_at"),
        initial={"changes": likely, "verdict": "cosmetic" if likely else None},
    )
    judged = attempt(
        form,
        lambda: actions.judge_alike(actor=user, **{**form.cleaned_data, "changes": list(form.cleaned_data["changes"])}),
    )
    if judged is not None:
        messages.success(
            request, f"{len(judged)} change{'s are' if len(judged) != 1 else ' is'} judged. Each can be judged again."
        )
        return redirect("reviews:terms-source", pk=source.pk)
    return form_page(
        request,
        form,
        title="Judge many alike",
        lead=f"{source}: one verdict and one reason for every change that you choose. Read what you have not read first.",
        submit="Judge them",
        crumbs=[*trails.to_terms(last="")[:-1], *trails.to_source(source), ("Judge many alike", "")],
    )


@login_required
@require_http_methods(["GET", "POST"])
def flag(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A clause that the later version does not hold as it was: say which passage took its place, or that it is gone."""
    user = colleague(request)
    rows = ClauseFlag.objects.visible_to(user).select_related(
        "clause__terms_version__source", "version__source", "settled_by__person", "successor"
    )
    shown = get_object_or_404(rows.defer("version__raw", "clause__terms_version__raw"), pk=pk)
    if request.method == "POST":
        user.demand(Permission.WRITE_LICENSING_NOTE)
    nearest = change_page.near(shown)
    form = SettleForm(request.POST or None, initial={"quote": nearest, "start": shown.near_start if nearest else None})
    settled = attempt(form, lambda: clauses.settle_flag(actor=user, flag=shown, **form.cleaned_data))
    if settled is not None:
        messages.success(request, "The clause is settled.")
        return redirect(_back(shown))
    context = {
        "flag": shown,
        "near": aligning.between(shown.clause.quote, nearest) if nearest else (),
        "form": form,
        "may_settle": (shown.settled_at is None or form.is_bound) and user.may(Permission.WRITE_LICENSING_NOTE),
        "back": _back(shown),
        "crumbs": [*trails.to_terms(last="")[:-1], *trails.to_source(shown.version.source), ("Clause to settle", "")],
        "section": "rights",
    }
    return render(request, "reviews/terms_flag.html", context, status=422 if form.is_bound else 200)


def _back(shown: ClauseFlag) -> str:
    """The change that the flag came with, else the version."""
    found = TermsChange.objects.filter(before=shown.clause.terms_version_id, after=shown.version_id).first()
    if found is not None:
        return reverse("reviews:terms-change", args=[found.pk]) + "#h-clauses"
    return reverse("reviews:terms-version", args=[shown.version_id])


@login_required
@require_POST
def draw_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draw the text from the captured bytes once more."""
    user = colleague(request)
    user.demand(Permission.CAPTURE_TERMS)
    version = get_object_or_404(TermsVersion.objects.visible_to(user).select_related("source"), pk=pk)
    try:
        drawn = redrawing.draw_again(actor=user, version=version)
    except DomainError as error:
        messages.warning(request, error.message)
    else:
        if isinstance(drawn, Job):
            return redirect("reviews:terms-errand", pk=drawn.pk)
        messages.success(request, "Drawn once more. Both texts are shown; the first one stays what clauses point into.")
    return redirect("reviews:terms-version", pk=version.pk)
