"""Part of the launch page: files of the client's library that are not in the project yet, and where each would fit."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from generations.actions import library_cautions
from generations.actions.orders import facts_of
from generations.catalog import Capability, roles
from generations.catalog.files import unfit
from generations.models import Prompt, Reference
from generations.web.library_cards import measures
from generations.web.offers import chosen, offers
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import person

MOST_FOUND = 24


@login_required
@require_GET
def shelf(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Find files by ``?q=`` for the model of ``?model=``; those that fit come first, then the newest."""
    user = person(request)
    user.demand(Permission.GENERATE)
    prompt = get_object_or_404(Prompt.objects.visible_to(user).select_related("shot__project"), pk=pk)
    project = prompt.shot.project
    offer = chosen(offers(user), request.GET.get("model"))
    rows = Reference.objects.visible_to(user).filter(project__client=project.client_id).at_hand()
    here = Reference.objects.filter(project=project).values("sha256")
    found = rows.mentioning(request.GET.get("q", "")[:200]).exclude(sha256__in=here).each_file_once()
    files = list(found.select_related("project").order_by("-id")[:MOST_FOUND])
    cautions = library_cautions.cautions(files)
    told = [_told(each, offer.capability if offer else None, cautions.get(each.pk, [])) for each in files]
    told.sort(key=lambda each: not each["places"])
    context = {"found": told, "project": project, "q": request.GET.get("q", "")}
    return render(request, "generations/generate_shelf_found.html", context)


def _told(row: Reference, capability: Capability | None, cautions: list[str]) -> dict[str, Any]:
    reasons = {slot: unfit(slot, facts_of(row, slot.role)) for slot in (capability.slots if capability else ())}
    fits = [slot for slot, words in reasons.items() if not words]
    unlike = [words[0] for slot, words in reasons.items() if words and slot.kind == row.kind]
    why = unlike[0] if unlike else "This model takes none of its kind."
    return {
        "row": row,
        "measures": measures(row),
        "places": [(f"{slot.kind}-{slot.role}", roles.title(slot.kind, slot.role)) for slot in fits],
        "why": "" if fits else why,
        "cautions": cautions,
    }
