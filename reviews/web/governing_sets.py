"""Governing sets: which terms versions govern clips of a route, what was in force on a day, and what is newer now."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from generations import catalog
from reviews.actions import terms as actions
from reviews.actions.following_terms import in_force, later_terms, suggested
from reviews.actions.governed import library_of
from reviews.models import GoverningSet, LicenceRecordVersion, TermsSource, TermsVersion
from reviews.rules.following import Library
from reviews.web import trails
from reviews.web.colleagues import colleague
from reviews.web.governing_forms import GoverningSetForm, RouteForm
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt
from sorahub.lib.keyset import page


@login_required
@require_GET
def governing_sets(request: HttpRequest) -> HttpResponse:
    """The sets of terms that govern clips, by route."""
    user = colleague(request)
    rows = GoverningSet.objects.visible_to(user).select_related("account", "created_by__person")
    context = {
        "page": page(rows.prefetch_related("members"), request.GET.get("after", "")),
        "may_capture": user.may(Permission.CAPTURE_TERMS),
        "crumbs": trails.to_terms(last="Governing sets"),
        "section": "rights",
    }
    return render(request, "reviews/governing_sets.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def governing_set_new(request: HttpRequest) -> HttpResponse:
    """Group terms versions; for a route and a day, those that were in force are ticked already."""
    user = colleague(request)
    user.demand(Permission.CAPTURE_TERMS)
    asked = RouteForm(
        request.GET if "route" in request.GET else None, auto_id="ask_%s", initial={"as_of": timezone.localdate()}
    )
    said = asked.cleaned_data if asked.is_valid() else {}
    proposed = suggested(said["route"], said["as_of"]) if said else []
    wanted = [*request.GET.getlist("version"), *(str(each.pk) for each in proposed)]
    offered = _offered([*wanted, *request.POST.getlist("versions")], everything="all" in request.GET)
    form = GoverningSetForm(request.POST or None, actor=user, offered=offered, initial={**said, "versions": wanted})
    made = attempt(form, lambda: actions.make_governing_set(actor=user, **form.arguments()))
    if made is not None:
        _say_made(request, made)
        return redirect("reviews:governing-set", pk=made.pk)
    context = {
        "form": form,
        "asked": asked,
        "routes": catalog.routes(),
        "suggested": len(proposed) if said else None,
        "query": request.GET.urlencode(),
        "everything": "all" in request.GET,
        "crumbs": trails.to_terms(last="New governing set"),
        "section": "rights",
    }
    return render(request, "reviews/governing_set_new.html", context, status=422 if form.is_bound else 200)


@login_required
@require_GET
def governing_set(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One governing set: its versions in order of precedence, its hash, what is newer now, how many records rest on it."""
    user = colleague(request)
    rows = GoverningSet.objects.visible_to(user).select_related("account", "created_by__person")
    shown = get_object_or_404(rows, pk=pk)
    members = shown.members.select_related("terms_version__source")
    context = {
        "shown": shown,
        "members": list(members.defer("terms_version__raw", "terms_version__text").order_by("precedence")),
        "later": later_terms(shown.pk),
        "records": LicenceRecordVersion.objects.visible_to(user).filter(governing_set=shown).count(),
        "crumbs": trails.to_terms(last=shown.name),
        "section": "rights",
    }
    return render(request, "reviews/governing_set.html", context)


def _say_made(request: HttpRequest, made: GoverningSet) -> None:
    messages.success(request, "The governing set is made. Licence records can name it now.")
    newer = [one for one in later_terms(made.pk) if one.binds_from is None or one.binds_from <= timezone.localdate()]
    if newer:
        names = ", ".join(dict.fromkeys(str(one.version) for one in newer))
        messages.warning(request, f"Newer versions are known than those in the set: {names}.")


def _offered(wanted: list[str], *, everything: bool) -> list[tuple[UUID, str]]:
    """The versions to choose from, what is wanted first in its order: those in force today, or all that are known."""
    today = timezone.localdate()
    library = library_of(set(TermsSource.objects.values_list("pk", flat=True)))
    current = in_force(library, today)
    known = {str(each.pk): each for each in library.versions}
    first = [known[pk] for pk in dict.fromkeys(wanted) if pk in known]
    rest = library.versions if everything else current
    rows = [*first, *sorted((each for each in rest if each not in first), key=str)]
    return [(each.pk, _words(each, library, current)) for each in rows]


def _words(version: TermsVersion, library: Library, current: list[TermsVersion]) -> str:
    """Write the document, the version, its day, and a newer one that is in force."""
    variant = ", ".join(filter(None, (version.language if version.language != "en" else "", version.jurisdiction)))
    words = f"{version}{f' ({variant})' if variant else ''} · in force from {_day(library.start(version))}"
    newer = next((each for each in current if each.pk != version.pk and library.after(each, version)), None)
    return f"{words} · newer, in force: {newer.label}" if newer else words


def _day(day: date | None) -> Any:
    return day or "a day that is not known"
