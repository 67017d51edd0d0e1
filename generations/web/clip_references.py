"""Make a take, or a frame of it, a reference: a small form that leads to the reference's page."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from generations.actions.clip_references import reference_from_clip, words_for
from generations.catalog import roles
from generations.models import Clip, Project
from generations.models.rights_words import Known, Role
from generations.web.shots import shot_crumb
from generations.web.showing import allowed, page_of
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person


class ClipReferenceForm(forms.Form):
    """Which frame, what for, in which project, and who can be seen."""

    frame = forms.IntegerField(label="Frame", help_text="Counted from 1, as the player counts.")
    roles = forms.MultipleChoiceField(
        required=False, label="Good as", widget=forms.CheckboxSelectMultiple, help_text="Offered first at such a place."
    )
    project = forms.ModelChoiceField(Project.objects.none(), empty_label=None, label="To be used in")
    depicts = forms.ChoiceField(choices=Known.choices, label="Can real persons be seen or heard?")
    depicted = forms.CharField(
        required=False,
        label="Who",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One name to a line. Each of them needs a release.",
    )

    def __init__(self, data: Any, *, clip: Clip, frame: int | None, projects: Any) -> None:
        first = {"frame": (frame or 0) + 1, "project": clip.project_id, "depicts": Known.UNKNOWN}
        first["roles"] = [] if frame is None else [Role.FIRST_FRAME]
        super().__init__(data, initial=first)
        kind = "video" if frame is None else "image"
        self.fields["roles"].choices = [(each, Role(each).label) for each in roles.KINDS[kind]]  # type: ignore[attr-defined]
        self.fields["project"].queryset = projects  # type: ignore[attr-defined]  # a ModelChoiceField
        if frame is None:
            del self.fields["frame"]

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action, whose frames begin at 0."""
        given = dict(self.cleaned_data)
        return {**given, "frame": given["frame"] - 1} if "frame" in given else given


@login_required
@require_http_methods(["GET", "POST"])
def clip_reference(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask what the frame ``?frame=`` (from 0), or without one the whole take, is to be used for; a POST makes it a reference."""
    user = person(request)
    clip = get_object_or_404(Clip.objects.visible_to(user).for_list(), pk=pk)
    user.demand(Permission.WRITE_PROMPT)
    frame = _frame(request.GET.get("frame"), clip)
    form = ClipReferenceForm(request.POST or None, clip=clip, frame=frame, projects=_projects(user, clip))
    if added := attempt(form, lambda: reference_from_clip(actor=user, clip=clip, **form.arguments())):
        messages.success(request, added.words())
        return redirect("generations:reference", added.reference.pk)
    crumbs = shot_crumb(clip.shot) if clip.shot else (str(clip), "")
    context = page_of(clip.project, crumbs, ("Make a reference", ""))
    context |= {"form": form, "clip": clip, "frame": frame, "what": words_for(clip, frame)}
    context |= {"may": allowed(user)}
    return render(request, "generations/clip_reference.html", context, status=422 if form.errors else 200)


def _projects(user: User, clip: Clip) -> Any:
    return Project.objects.visible_to(user).open().filter(client=clip.project.client_id)


def _frame(text: str | None, clip: Clip) -> int | None:
    """The frame that an address names, the first for one that is none; None where it names the take."""
    if text is None:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    return min(number, clip.frame_count - 1)
