"""Forms of the question: for what, where, to what end, from when until when, for whom; and what follows a no."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict

from generations.models import Clip
from reviews.models import LicenceRecordVersion, Purpose, Use
from reviews.rules import territories as places
from reviews.rules.countries import NAMES
from reviews.web.review_forms import DayInput
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind

MOST_PARENTS = 500


class TerritoryInput(forms.TextInput):
    """A country code that the browser completes from the countries' names."""

    template_name = "reviews/territory_input.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the names, which a list beside the field offers."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        return {**context, "names": sorted(NAMES.items(), key=lambda pair: pair[1])}


class UseForm(forms.Form):
    """A use, where, to what end, in which time. Days are days of the person's zone."""

    use = forms.ChoiceField(choices=Use.choices)
    territory = forms.CharField(
        max_length=60,
        widget=TerritoryInput(attrs={"autocomplete": "off"}),
        help_text="A country code such as DE, or WORLD.",
    )
    purpose = forms.ChoiceField(choices=[("", "Any purpose"), *Purpose.choices], required=False)
    first_day = forms.DateField(widget=DayInput, required=False, label="From", help_text="Empty: now.")
    last_day = forms.DateField(
        widget=DayInput, required=False, label="Up to and with", help_text="Empty: the first day alone."
    )

    def __init__(self, data: QueryDict | None = None, *, user: User, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self._zone = ZoneInfo(user.time_zone)

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
        last, first = said.get("last_day"), said.get("first_day") or self.today()
        if last and last < first:
            word = "before the first" if said.get("first_day") else "in the past: say from which day, too"
            self.add_error("last_day", f"The last day is {word}.")
        for name in ("first_day", "last_day"):
            if (day := said.get(name)) and not date(1900, 1, 1) <= day <= date(8999, 12, 30):
                self.add_error(name, "Between the years 1900 and 8999.")
        return said

    def today(self) -> date:
        """Return the day it is in the person's zone."""
        return datetime.now(self._zone).date()

    def arguments(self) -> dict[str, Any]:
        """Return what clearance takes: days become instants, the end being the first moment outside."""
        said = self.cleaned_data
        first, last = said["first_day"], said["last_day"] or said["first_day"]
        return {
            "use": said["use"],
            "territory": said["territory"],
            "purpose": said["purpose"],
            "at": None if first is None or first == self.today() else self._midnight(first),
            "until": self._midnight(last + timedelta(days=1)) if last else None,
            "client": said.get("client"),
        }

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self._zone)


class QuestionForm(UseForm):
    """May this clip be used for this, there, to this end, in this time, for this client?"""

    client = forms.ModelChoiceField(Client.objects.none(), required=False, empty_label=None)

    def __init__(self, data: QueryDict | None = None, *, clip: Clip, user: User, **kwargs: Any) -> None:
        if data is not None and "client" not in data:
            data = data.copy()
            data["client"] = str(clip.project.client_id)
        super().__init__(data, user=user, **kwargs)
        self._clip = clip
        if user.kind == Kind.GUEST:
            del self.fields["client"]
        else:
            self.fields["client"].queryset = Client.objects.visible_to(user)  # type: ignore[attr-defined]  # a ModelChoiceField
            self.fields["client"].initial = clip.project.client_id

    def is_now(self) -> bool:
        """Say whether the time asked about begins now, and for the clip's own client: then the file may leave at once."""
        first, client = self.cleaned_data["first_day"], self.cleaned_data.get("client")
        return (first is None or first == self.today()) and (
            client is None or client.pk == self._clip.project.client_id
        )

    def purpose_only(self) -> dict[str, Any]:
        """Return what a download takes: it happens now, for the clip's own client."""
        return {name: self.cleaned_data[name] for name in ("use", "territory", "purpose")}


class ExtensionForm(QuestionForm):
    """The question that was answered with no, and what the use is needed for."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        label="What it is needed for",
        error_messages={"required": "Say what it is needed for."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("client", None)
        for name, field in self.fields.items():
            if name != "reason":
                field.widget = forms.HiddenInput()

    def arguments(self) -> dict[str, Any]:
        """Return what ask_extension takes."""
        said = super().arguments()
        del said["client"]
        return {**said, "reason": self.cleaned_data["reason"]}


class SettleForm(forms.Form):
    """The answer of a legal approver to a request for wider rights."""

    granted = forms.ChoiceField(
        choices=[("yes", "Granted: a signed record covers it now"), ("no", "Declined")],
        widget=forms.RadioSelect,
        label="Answer",
        error_messages={"required": "Say whether it is granted."},
    )
    answer = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), label="What you decided, in words")


class MadeFromForm(forms.Form):
    """A clip that this one was made from."""

    operation = forms.CharField(max_length=200, label="What was done", help_text="Such as: cut to 6 s, re-encoded.")

    def __init__(self, *args: Any, clip: Clip, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Clip.objects.visible_to(user).filter(project__client=clip.project.client_id).exclude(pk=clip.pk)
        newest = rows.order_by("-id").values_list("pk", flat=True)[:MOST_PARENTS]
        chosen = Clip.objects.filter(pk__in=list(newest)).select_related("shot", "project")
        self.fields["parent"] = _Parent(
            chosen.order_by("project__name", "shot__code", "take", "id"),
            empty_label="Choose the clip",
            label="Made from",
            error_messages={"required": "Choose the clip.", "invalid_choice": "Choose a clip of the list."},
        )
        self.order_fields(["parent", "operation"])


class _Parent(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes no argument at run time
    """Clips by project, shot and take."""

    def label_from_instance(self, obj: Any) -> str:
        """Write the project, the shot, the take and what the file is."""
        return f"{obj.project.name}: {obj} · {obj.width}×{obj.height}, {obj.frame_count} frames"


def first_asked(version: LicenceRecordVersion | None, client: UUID) -> dict[str, Any]:
    """Return the question that a page begins with: the first use, place and purpose that the record allows."""
    begin: dict[str, Any] = {"client": client}
    if version is not None:
        begin |= {"use": version.uses[0], "territory": version.territories[0]}
        begin |= {"purpose": version.purposes[0]} if version.purposes else {}
    return begin
