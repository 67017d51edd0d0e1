"""Whom a reference depicts, and which release stands for each of them."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from generations.models import Reference
from generations.web.showing import allowed
from reviews.actions import reference_releases
from reviews.models import Release
from reviews.rules import consenting, reference_consents
from reviews.web import trails
from reviews.web.releases import WORDS
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import person

MOST_RELEASES = 500


@login_required
@require_http_methods(["GET", "POST"])
def reference_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Each depicted person with the release that stands for them; a POST lets another one stand."""
    user = person(request)
    row = get_object_or_404(Reference.objects.visible_to(user).select_related("project__client"), pk=pk)
    releases = list(Release.objects.visible_to(user).filter(project=row.project_id)[:MOST_RELEASES])
    if request.method == "POST":
        name, wanted = request.POST.get("name", ""), request.POST.get("release", "")
        chosen = next((each for each in releases if str(each.pk) == wanted), None)
        reference_releases.link_release(actor=user, reference=row, name=name, release=chosen)
        messages.success(
            request, f"{chosen} stands for {name} now." if chosen else f"No release stands for {name} any more."
        )
        return redirect("reviews:reference-releases", row.pk)
    links = reference_releases.standing([row])[row.pk]
    context = {
        "row": row,
        "project": row.project,
        "persons": [_person(name, links.get(name), releases) for name in row.names],
        "may_link": user.may(Permission.DRAFT_LICENCE) and row.project.archived_at is None,
        "may": allowed(user),
        "crumbs": [
            *trails.to_project(row.project, last="References")[:-1],
            ("References", reverse("generations:references", args=[row.project_id])),
            (str(row), reverse("generations:reference", args=[row.pk])),
            ("Releases", ""),
        ],
        "section": "projects",
    }
    return render(request, "reviews/reference_releases.html", context)


def _person(name: str, release: Release | None, releases: list[Release]) -> dict[str, object]:
    """A name, its release and how that stands, and what could stand for it: first those with the same subject."""
    offered = sorted(
        releases, key=lambda each: (each.subject.casefold() != name.casefold(), each.withdrawn_at is not None)
    )
    day = timezone.now().date()
    return {
        "name": name,
        "release": release,
        "state": WORDS[consenting.state(release, day)] if release else None,
        "wrong": reference_consents.about(name, release, day),
        "offered": offered,
        "chosen": release or next((each for each in offered if each.subject.casefold() == name.casefold()), None),
    }
