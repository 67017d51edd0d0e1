"""The form of the question over the whole library."""

from typing import Any, cast

from django import forms
from django.http import QueryDict

from generations.models import Clip, Project
from generations.models.clip import ClipQuerySet
from reviews.actions.clear import question
from reviews.models import Use
from reviews.rules.clearance import Question, purpose_label, use_label
from reviews.rules.countries import within
from reviews.web.question_forms import UseForm
from sorahub.accounts.models import Client, User


class LibraryForm(UseForm):
    """For what, where, to what end, in which time, for whom, and among which clips."""

    use = forms.ChoiceField(choices=[("", "Choose a use"), *Use.choices])
    client = forms.ModelChoiceField(
        Client.objects.none(), required=False, label="For client", empty_label="Each clip's own client"
    )
    project = forms.ModelChoiceField(Project.objects.none(), required=False, empty_label="Every project")

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        super().__init__(data, user=user)
        self._user = user
        offered = {"client": Client.objects.visible_to(user), "project": Project.objects.visible_to(user)}
        for name, rows in offered.items():
            cast("forms.ModelChoiceField[Any]", self.fields[name]).queryset = rows

    def question(self) -> Question:
        """Return the question as the rules take it."""
        return question(**self.arguments())

    def clips(self) -> ClipQuerySet:
        """Return the clips in question, as far as the person may see them."""
        clips = Clip.objects.visible_to(self._user)
        project = self.cleaned_data.get("project")
        return clips.filter(project=project) if project else clips

    def words(self) -> str:
        """Write the question as people say it."""
        said = self.cleaned_data
        first, last = said["first_day"], said["last_day"]
        when = f"from {first:%-d %b %Y}" if first else "from now"
        when = f"{when} up to and with {last:%-d %b %Y}" if last else (f"on {first:%-d %b %Y}" if first else "now")
        return f"{use_label(said['use'])} {within(said['territory'])}, {purpose_label(said['purpose']).lower()}, {when}"
