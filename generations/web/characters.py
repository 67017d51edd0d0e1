"""A project's characters: subjects that a provider learns from a short video, to be named in prompts."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.actions.characters import make_character, offers_characters, settle_character
from generations.models import Character, Project, ProviderAccount, Reference
from generations.web.showing import allowed, page_of
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib import keyset
from sorahub.lib.errors import Conflict

VIDEOS_SHOWN = 100
CHARACTERS_A_PAGE = 50
BADGES = {
    Character.State.WAITING: "queued",
    Character.State.SENDING: "queued",
    Character.State.READY: "ready",
    Character.State.FAILED: "failed",
    Character.State.UNKNOWN: "unknown",
}


class CharacterForm(forms.Form):
    """A new character."""

    name = forms.CharField(max_length=80, help_text="As prompts will call it, such as Mossy. It is found by this name.")
    reference = forms.ModelChoiceField(
        Reference.objects.none(), label="Video", empty_label=None, help_text="A short video that shows it clearly."
    )
    account = forms.ModelChoiceField(
        ProviderAccount.objects.none(),
        label="Provider account",
        empty_label=None,
        help_text="Only this account will know it.",
    )

    def __init__(self, data: Any, *, project: Project, user: User, accounts: list[ProviderAccount]) -> None:
        super().__init__(data)
        videos = Reference.objects.visible_to(user).at_hand().filter(project=project, kind=Reference.Kind.VIDEO)
        seen = ProviderAccount.objects.visible_to(user)
        self.fields["reference"].queryset = videos  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["account"].queryset = seen.filter(pk__in=[each.pk for each in accounts])  # type: ignore[attr-defined]

    @property
    def has_videos(self) -> bool:
        """Whether there is any video to make one from."""
        return bool(self.fields["reference"].queryset.exists())  # type: ignore[attr-defined]  # a ModelChoiceField


@login_required
@require_http_methods(["GET", "POST"])
def characters(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List a project's characters; a POST asks a provider to learn one."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    offering = [each for each in ProviderAccount.objects.visible_to(user).enabled() if offers_characters(each)]
    form = CharacterForm(request.POST or None, project=project, user=user, accounts=offering)
    if made := attempt(form, lambda: make_character(actor=user, project=project, **form.cleaned_data)):
        messages.success(request, f"{made} is on its way to {made.account}. This page tells when it can be used.")
        return redirect("generations:characters", project.pk)
    context = page_of(project, ("Characters", "")) | {"form": form, "offered": bool(offering)}
    return render(request, "generations/characters.html", context | _listed(request, user, project))


@login_required
@require_GET
def characters_live(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the page that changes by itself."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    return render(request, "generations/characters_live.html", {"project": project} | _listed(request, user, project))


@login_required
@require_POST
def settle(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what became of a character whose answer is missing: its id at the provider, or that there is none."""
    user = person(request)
    found = get_object_or_404(Character.objects.visible_to(user).select_related("project"), pk=pk)
    remote_id = request.POST.get("remote_id", "").strip()[:300]
    try:
        settle_character(actor=user, character=found, remote_id=remote_id)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        asked = f"{found} can be used now; its provider is asked about this id."
        messages.success(request, asked if remote_id else f"{found} counts as not made.")
    return redirect(reverse("generations:characters", args=[found.project_id]))


def _listed(request: HttpRequest, user: User, project: Project) -> dict[str, Any]:
    rows = Character.objects.visible_to(user).filter(project=project)
    joined = rows.select_related("account", "reference", "created_by__person")
    page = keyset.page(joined, request.GET.get("after", ""), CHARACTERS_A_PAGE)
    shown = [(row, BADGES[Character.State(row.state)]) for row in page.items]
    return {"rows": shown, "next_cursor": page.next_cursor, "may": allowed(user)}
