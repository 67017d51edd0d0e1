"""Releases: a project's consents, how each stands, which records rest on it; put on file, replaced, withdrawn, read."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods

from generations.models import Project
from generations.web.showing import allowed
from reviews.actions import releases as consents
from reviews.models import LicenceRecordVersion, RecordRelease, Release
from reviews.rules import consenting
from reviews.rules.clearance import use_label
from reviews.rules.countries import name_of
from reviews.web import docket, mends, trails
from reviews.web.egress import whole_file
from reviews.web.release_forms import ReleaseForm, release_initial
from reviews.web.rights import newest
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.keyset import page

PAGE_SIZE = 25
WORDS = {
    "valid": ("ready", "Valid"), "ends_soon": ("expired", "Ends soon"), "not_yet": ("waiting", "Not valid yet"),
    "ended": ("expired", "Ended"), "withdrawn": ("revoked", "Withdrawn"),
}  # fmt: skip
TABS = {"": "All", "standing": "Valid", "soon": "Ends within 90 days", "ended": "Ended", "withdrawn": "Withdrawn"}


@login_required
@require_GET
def releases(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The consents of one project, of one state or all, each with the clips whose records rest on it."""
    user, project = _project(request, pk)
    tab = request.GET.get("show", "")
    tab = tab if tab in TABS else ""
    rows = Release.objects.visible_to(user).filter(project=project)
    shown = page(_in_tab(rows, tab, _today(user)), request.GET.get("after", ""), PAGE_SIZE)
    resting = _resting(shown.items)
    context = {
        "project": project,
        "tab": tab,
        "tabs": [(key, label, _in_tab(rows, key, _today(user)).count()) for key, label in TABS.items()],
        "rows": [(row, WORDS[consenting.state(row, _today(user))], resting[row.pk]) for row in shown.items],
        "next_cursor": shown.next_cursor,
        "may": allowed(user),
        "may_add": user.may(Permission.DRAFT_LICENCE) and project.archived_at is None,
        "crumbs": trails.to_project(project, last="Releases"),
        "section": "projects",
    }
    return render(request, "reviews/releases.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def release_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a consent on file; ``?next=`` says where the person came from, and they go back there with it."""
    user, project = _project(request, pk)
    user.demand(Permission.DRAFT_LICENCE)
    form = _form(request, initial={"valid_from": _today(user)})
    made = attempt(form, lambda: consents.add_release(actor=user, project=project, **form.arguments()))
    if made is not None:
        messages.success(request, f"{made} is on file. A licence record can rest on it now.")
        return redirect(_back(request) or reverse("reviews:release", args=[made.pk]))
    context = {
        "title": "Add a release",
        "lead": "The consent of a person or owner for something that can be recognised in clips of this project.",
        "submit": "Add the release",
        "crumbs": trails.to_releases(project, last="Add a release"),
    }
    return _form_page(request, form, context)


@login_required
@require_GET
def release(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One consent: what it covers, how it stands, its paper, and every record that rests on it."""
    user, shown = _release(request, pk)
    context = {
        **_facts(shown, user),
        "cases": _cases(shown, user),
        "older": _older(shown, user),
        "may_replace": consents.may_replace(user, shown),
        "may_withdraw": shown.withdrawn_at is None and user.may(Permission.HOLD),
        "crumbs": trails.to_releases(shown.project, last=str(shown)),
    }
    return render(request, "reviews/release.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def release_replace(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put another release in the place of this one, beginning with what it says; both are kept."""
    user, old = _release(request, pk)
    consents.require_replaceable(user, old)
    form = _form(request, initial=release_initial(old))
    made = attempt(form, lambda: consents.replace_release(actor=user, release=old, **form.arguments()))
    if made is not None:
        messages.success(
            request, "Replaced. Records that rested on the old one need a new version that rests on this one."
        )
        return redirect("reviews:release", pk=made.pk)
    context = {
        "title": f"Replace {old}",
        "lead": "A release is never edited: the new one goes on file, and the old one is withdrawn and stays readable. "
        "Copies that left under the old one are not called back, since the consent goes on. If it was taken back, or gives less "
        "now, withdraw the old one instead, which calls them back, and put the new one on file.",
        "submit": "Replace it",
        "cases": _cases(old, user),
        "crumbs": trails.to_release(old, last="Replace"),
    }
    return _form_page(request, form, context)


@login_required
@require_http_methods(["GET", "POST"])
def release_withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what a withdrawal stops, and withdraw."""
    user, shown = _release(request, pk)
    user.demand(Permission.HOLD)
    if request.method == "POST":
        consents.withdraw_release(actor=user, release=shown)
        messages.success(request, "Withdrawn: nothing leaves any more under records that rest on it.")
        return redirect("reviews:release", pk=shown.pk)
    cases = _cases(shown, user)
    stopped = [case for case, _ in cases if case.state == "signed"]
    crumbs = trails.to_release(shown, last="Withdraw")
    context = {"cases": cases, "stopped": stopped, "crumbs": crumbs}
    return render(request, "reviews/release_withdraw.html", {**_facts(shown, user), **context})


@login_required
@require_GET
def release_document(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Hand over the signed paper; each reading is ledgered, hence always the whole file, and never shown as a page of ours."""
    user, shown = _release(request, pk)
    paper = consents.read_document(actor=user, release=shown)
    return whole_file(paper.path, paper.media_type, paper.sha256, paper.name)


def _form(request: HttpRequest, initial: dict[str, Any]) -> ReleaseForm:
    if request.method == "POST":
        return ReleaseForm(request.POST, request.FILES, initial=initial)
    return ReleaseForm(initial=initial)


def _form_page(request: HttpRequest, form: ReleaseForm, context: dict[str, Any]) -> HttpResponse:
    shown = {"form": form, "back": _back(request), "section": "projects", **context}
    return render(request, "reviews/release_form.html", shown, status=422 if form.is_bound else 200)


def _project(request: HttpRequest, pk: UUID) -> tuple[User, Project]:
    """The project for somebody of the agency: guests are told of no consents."""
    user = person(request)
    rows = Project.objects.visible_to(user).select_related("client")
    return user, get_object_or_404(rows.none() if user.kind == Kind.GUEST else rows, pk=pk)


def _release(request: HttpRequest, pk: UUID) -> tuple[User, Release]:
    user = person(request)
    rows = Release.objects.visible_to(user).select_related("project__client", "created_by__person", "replaces")
    return user, get_object_or_404(rows, pk=pk)


def _facts(shown: Release, user: User) -> dict[str, Any]:
    return {
        "release": shown,
        "state": WORDS[consenting.state(shown, _today(user))],
        "last_day": consenting.last_day(shown),
        "uses": [use_label(use) for use in shown.uses],
        "places": [name_of(code) for code in shown.territories],
        "successor": getattr(shown, "replaced_by", None),
        "section": "projects",
    }


def _cases(shown: Release, user: User) -> list[tuple[docket.Case, list[mends.Block]]]:
    """The newest records that rest on it, and what stands in their way."""
    rows = docket.joined(newest(user).filter(releases__release=shown).order_by("-drafted_at"))
    found = docket.cases(rows, user, timezone.now())
    return [(case, mends.blocks(case.against, case.clip, case.version)) for case in found]


def _older(shown: Release, user: User) -> list[LicenceRecordVersion]:
    """Versions that a newer one took the place of."""
    standing = newest(user).values("pk")
    rows = LicenceRecordVersion.objects.visible_to(user).filter(releases__release=shown).exclude(pk__in=standing)
    return list(rows.select_related("record__clip__project", "record__clip__shot").order_by("-drafted_at")[:PAGE_SIZE])


def _resting(rows: Sequence[Release]) -> defaultdict[UUID, list[LicenceRecordVersion]]:
    """The newest record versions that rest on each of these releases. One query."""
    later = LicenceRecordVersion.objects.filter(
        record=OuterRef("record_version__record"), version__gt=OuterRef("record_version__version")
    )
    links = RecordRelease.objects.filter(~Exists(later), release__in=rows)
    found: defaultdict[UUID, list[LicenceRecordVersion]] = defaultdict(list)
    for link in links.select_related("record_version__record__clip__shot").order_by("id"):
        found[link.release_id].append(link.record_version)
    return found


def _in_tab(rows: QuerySet[Release], tab: str, today: date) -> QuerySet[Release]:
    ended = Q(valid_until__lt=today) | Q(of_age_on__lte=today)
    soon = Q(valid_until__lte=today + consenting.SOON) | Q(of_age_on__lte=today + consenting.SOON + timedelta(days=1))
    if tab == "withdrawn":
        return rows.exclude(withdrawn_at=None)
    chosen = {"": Q(), "standing": Q(withdrawn_at=None, valid_from__lte=today) & ~ended, "ended": Q(withdrawn_at=None) & ended,
              "soon": Q(withdrawn_at=None) & soon & ~ended}  # fmt: skip
    return rows.filter(chosen[tab])


def _today(user: User) -> date:
    return datetime.now(ZoneInfo(user.time_zone)).date()


def _back(request: HttpRequest) -> str:
    """The page of ours that the person came from, or nothing."""
    address = request.GET.get("next", "")
    return address if url_has_allowed_host_and_scheme(address, {request.get_host()}) else ""
