"""Draw many records anew with another governing set: choose the set, see what would be drafted and what not, and how it went."""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from generations.models import Project
from reviews.actions import drafting_many
from reviews.actions.drafting_fit import Row
from reviews.models import GoverningMember, GoverningSet, TermsChange
from reviews.web import trails
from reviews.web.colleagues import colleague
from reviews.web.rereviews import ids_of
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt
from sorahub.lib.errors import InvalidInput
from sorahub.lib.keyset import page


class SetField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes no argument at run time
    """A governing set, told apart by its route, its rule and its day."""

    def label_from_instance(self, obj: GoverningSet) -> str:
        """Return the words for one."""
        return f"{obj.name} · {obj.route} · {obj.get_rule_display().lower()} · as of {obj.as_of:%Y-%m-%d}"


class SetForm(forms.Form):
    """Which terms the new versions are to name."""

    governing_set = SetField(GoverningSet.objects.none(), empty_label="Choose the terms")

    def __init__(self, *args: Any, offered: "QuerySet[GoverningSet]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("SetField", self.fields["governing_set"]).queryset = offered


class ReasonForm(forms.Form):
    """Why they are drawn anew."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One for all: the ledger keeps it with each draft.",
        error_messages={"required": "Say why they are drawn anew."},
    )


@dataclass(frozen=True)
class About:
    """What the page was asked for: records resting on the text before a change, or those that wait; of one project, or all."""

    change: TermsChange | None
    project: Project | None

    @property
    def query(self) -> dict[str, str]:
        """The same as an address says it."""
        said = {"change": self.change, "project": self.project}
        return {name: str(row.pk) for name, row in said.items() if row is not None}


@login_required
@require_http_methods(["GET", "POST"])
def redraft(request: HttpRequest) -> HttpResponse:
    """Choose another governing set, see what would be drafted, untick what is not to be, and have the rest drafted."""
    user = colleague(request)
    user.demand(Permission.DRAFT_LICENCE)
    about = _about(request, user)
    chosen = _chosen_set(request, user, about)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    versions = ids_of(request.POST.getlist("version"))
    job = attempt(form, lambda: _draft(user, versions, chosen, form.cleaned_data["reason"]))
    if job is not None:
        return redirect("reviews:redraft-run", pk=job.pk)
    context = _context(request, user, about, chosen, set(versions) if form.is_bound else None)
    return render(request, "reviews/redraft.html", {**context, "form": form}, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def redraft_run(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say how it stands, with a link to each draft, and go on where it gave up; htmx asks for the changing part alone."""
    user = colleague(request)
    if request.method == "POST":
        return redirect("reviews:redraft-run", pk=drafting_many.go_on(actor=user, pk=pk).pk)
    shown = drafting_many.run_of(actor=user, pk=pk)
    context = {
        "run": shown,
        "percent": 100 * shown.dealt_with // shown.total,
        "left": shown.total - shown.dealt_with,
        "crumbs": [*_way(), ("Drafted anew", "")],
        "section": "rights",
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "reviews/redraft_run_live.html" if part else "reviews/redraft_run.html", context)


def _draft(user: User, versions: list[UUID], chosen: GoverningSet | None, reason: str) -> Any:
    if chosen is None:
        raise InvalidInput("Choose the terms.")
    return drafting_many.draft_many(actor=user, versions=versions, governing_set=chosen, reason=reason)


def _about(request: HttpRequest, user: User) -> About:
    changes = TermsChange.objects.visible_to(user).select_related("before", "after__source")
    changes = changes.defer("before__raw", "before__text", "after__raw", "after__text")
    change, project = request.GET.get("change", ""), request.GET.get("project", "")
    return About(
        get_object_or_404(changes, pk__in=ids_of([change])) if change else None,
        get_object_or_404(Project.objects.visible_to(user), pk__in=ids_of([project])) if project else None,
    )


def _offered(user: User, about: About) -> "QuerySet[GoverningSet]":
    """Those that hold the later text of the change come first."""
    holds = Exists(GoverningMember.objects.filter(governing_set=OuterRef("pk"), terms_version=_later(about)))
    return GoverningSet.objects.visible_to(user).order_by(holds.desc(), "-as_of", "-id")


def _chosen_set(request: HttpRequest, user: User, about: About) -> GoverningSet | None:
    """The set that was asked for; else, of a change, the newest that holds its later text."""
    offered = _offered(user, about)
    asked = request.GET.get("governing_set", "")
    if asked:
        return get_object_or_404(offered, pk__in=ids_of([asked]))
    return offered.filter(members__terms_version=_later(about)).first() if about.change else None


def _later(about: About) -> UUID | None:
    return about.change.after_id if about.change else None


def _context(
    request: HttpRequest, user: User, about: About, chosen: GoverningSet | None, ticked: set[UUID] | None
) -> dict[str, Any]:
    clips = drafting_many.concerned(user, about.change, about.project, chosen)
    found = page(clips, request.GET.get("after", ""), drafting_many.MOST)
    rows = _rows(user, [clip.pk for clip in found.items], chosen)
    fitting = [
        (row, ticked is None or row.version is None or row.version.pk in ticked) for row in rows if not row.against
    ]
    query = {**about.query, **({"governing_set": str(chosen.pk)} if chosen else {})}
    return {
        "about": about,
        "chosen": chosen,
        "sets": SetForm(initial={"governing_set": chosen}, offered=_offered(user, about)),
        "number": len(found.items),
        "fitting": fitting,
        "approved": sum(row.approved for row, _ in fitting),
        "skipped": [row for row in rows if row.against],
        "address": urlencode(query),
        "further": urlencode({**query, "after": found.next_cursor}) if found.next_cursor else "",
        "may_make_sets": user.may(Permission.CAPTURE_TERMS),
        "crumbs": [*_way(), ("Draft anew", "")],
        "section": "rights",
    }


def _rows(user: User, clips: list[UUID], chosen: GoverningSet | None) -> list[Row]:
    if chosen is None or not clips:
        return []
    return drafting_many.preview(actor=user, clips=clips, governing_set=chosen)


def _way() -> trails.Trail:
    return [("Rights", reverse("reviews:rights")), ("Terms changed", reverse("reviews:re-reviews"))]
