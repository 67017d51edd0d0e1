"""The form of the question over the whole library."""

from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils import timezone

from generations.models import Clip, Project
from generations.models.clip import ClipQuerySet
from reviews.actions.clear import question
from reviews.models import Purpose, Use
from reviews.rules import territories as places
from reviews.rules.clearance import Question, purpose_label, use_label
from reviews.web.review_forms import DayInput
from sorahub.accounts.models import Client, User


class LibraryForm(forms.Form):
    """For what, where, to what end, in which time, for whom, and among which clips. Days are days of the person's own zone."""

    use = forms.ChoiceField(choices=[("", "Choose a use"), *Use.choices])
    territory = forms.CharField(max_length=10, help_text="A country code such as FR, or WORLD.")
    purpose = forms.ChoiceField(choices=[("", "Any purpose"), *Purpose.choices], required=False)
    first_day = forms.DateField(widget=DayInput, required=False, label="From", help_text="Empty: now.")
    last_day = forms.DateField(
        widget=DayInput, required=False, label="Up to and with", help_text="Empty: that day alone."
    )
    client = forms.ModelChoiceField(
        Client.objects.none(), required=False, label="For client", empty_label="Each clip's own client"
    )
    project = forms.ModelChoiceField(Project.objects.none(), required=False, empty_label="Every project")

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        super().__init__(data)
        self._user, self._zone = user, ZoneInfo(user.time_zone)
        offered = {"client": Client.objects.visible_to(user), "project": Project.objects.visible_to(user)}
        for name, rows in offered.items():
            cast("forms.ModelChoiceField[Any]", self.fields[name]).queryset = rows

    def clean_territory(self) -> str:
        """Refuse what is no country code, in words."""
        named = str(self.cleaned_data["territory"]).strip().upper()
        wrong = places.problem([named])
        if wrong:
            raise forms.ValidationError(wrong)
        return named

    def clean(self) -> dict[str, Any]:
        """Refuse a time that is over before it begins, and years that no calendar of ours reaches."""
        said = super().clean() or {}
        first, last = said.get("first_day"), said.get("last_day")
        for name in ("first_day", "last_day"):
            if (day := said.get(name)) and not date(1900, 1, 1) <= day <= date(8999, 12, 30):
                self.add_error(name, "Between the years 1900 and 8999.")
        if last and last < (first or datetime.now(self._zone).date()):
            self.add_error("last_day", "The last day comes before the first.")
        return said

    def question(self) -> Question:
        """Return the question: days become instants, the end being the first moment outside."""
        said = self.cleaned_data
        first, last = said["first_day"], said["last_day"] or said["first_day"]
        return question(
            use=said["use"],
            territory=said["territory"],
            purpose=said["purpose"],
            at=self._midnight(first) if first else timezone.now(),
            until=self._midnight(last + timedelta(days=1)) if last else None,
            client=said["client"],
        )

    def clips(self) -> ClipQuerySet:
        """Return the clips in question, as far as the person may see them."""
        clips = Clip.objects.visible_to(self._user)
        project = self.cleaned_data.get("project")
        return clips.filter(project=project) if project else clips

    def words(self) -> str:
        """Write the question as people say it."""
        said = self.cleaned_data
        where = "anywhere in the world" if said["territory"] == "WORLD" else f"in {said['territory']}"
        first, last = said["first_day"], said["last_day"]
        when = f"from {first:%-d %b %Y}" if first else "from now"
        when = f"{when} up to and with {last:%-d %b %Y}" if last else (f"on {first:%-d %b %Y}" if first else "now")
        return f"{use_label(said['use'])} {where}, {purpose_label(said['purpose']).lower()}, {when}"

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self._zone)
