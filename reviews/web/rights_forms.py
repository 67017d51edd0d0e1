"""Forms of clearing: draft a licence record, sign it, ask for clearance, hold, cite clauses, ask for an exception."""

import zoneinfo
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from reviews.models import (
    Alteration,
    Clause,
    Finding,
    GoverningSet,
    LicenceRecordVersion,
    Purpose,
    Release,
    SignOff,
    Use,
)
from reviews.rules import territories as places
from reviews.rules.reasons import OVERRIDABLE
from reviews.web.review_forms import DayInput, MomentInput
from sorahub.accounts.models import User

COMMON_ZONES = "Such as Europe/Berlin. The first and the last day are days of this zone."
MOST_CLAUSES = 300


class LicenceForm(forms.Form):
    """The scope of use being cleared for one clip hash."""

    governing_set = forms.ModelChoiceField(
        GoverningSet.objects.none(),
        empty_label="Choose the terms that govern this clip",
        help_text="The terms of the route through which the clip was made.",
        error_messages={"required": "Choose the terms that govern this clip."},
    )
    uses = forms.MultipleChoiceField(
        choices=Use.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="What is not ticked is not allowed.",
        error_messages={"required": "Tick at least one use."},
    )
    purposes = forms.MultipleChoiceField(
        choices=Purpose.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="To what end. What is not ticked is not allowed.",
        error_messages={"required": "Tick at least one purpose."},
    )
    product = forms.CharField(required=False, max_length=200, help_text="What is advertised or shown.")
    category = forms.CharField(required=False, max_length=100, help_text="The product's category, such as soft drinks.")
    territories = forms.CharField(
        help_text="Two-letter country codes with commas, such as DE, AT, CH; or WORLD.",
        error_messages={"required": "Name at least one country, or WORLD."},
    )
    first_day = forms.DateField(widget=DayInput, error_messages={"required": "Say from which day it may be used."})
    last_day = forms.DateField(widget=DayInput, required=False, help_text="Inclusive. Empty: without end.")
    time_zone = forms.CharField(max_length=64, initial="UTC", help_text=COMMON_ZONES)
    exclusive = forms.BooleanField(required=False, help_text="Nobody else may use this clip within this scope.")
    alterations = forms.ChoiceField(choices=Alteration.choices, initial=Alteration.FORMAT)
    restrictions = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    ownership = forms.ChoiceField(
        choices=Finding.choices, initial=Finding.UNKNOWN, label="Do we own the output?", help_text="By the terms cited."
    )
    commercial_use = forms.ChoiceField(
        choices=Finding.choices, initial=Finding.UNKNOWN, label="Do the terms allow commercial use?"
    )
    indemnity = forms.ChoiceField(
        choices=Finding.choices, initial=Finding.UNKNOWN, label="Does the provider indemnify us?"
    )
    none_depicted = forms.BooleanField(
        required=False, label="Nothing real can be recognised", help_text="No person, voice, brand, place or music."
    )
    disclosure = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="How viewers learn that AI was used, such as “Made with AI” in the caption.",
    )
    authorship = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Human authorship",
        help_text="What people contributed, and who.",
    )

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "governing_set", GoverningSet.objects.visible_to(actor))

    def clean_time_zone(self) -> str:
        """Refuse zones that do not exist."""
        name = str(self.cleaned_data["time_zone"]).strip()
        if name not in zoneinfo.available_timezones():
            raise forms.ValidationError("Use a name such as Europe/Berlin.")
        return name

    def clean(self) -> dict[str, Any]:
        """Say at each field what is wrong with it, all at once."""
        said = super().clean() or {}
        wrong = places.problem(said["territories"].replace(",", " ").split()) if "territories" in said else None
        if wrong:
            self.add_error("territories", wrong)
        if said.get("first_day") and said.get("last_day") and said["last_day"] < said["first_day"]:
            self.add_error("last_day", "The last day comes before the first.")
        return said

    def arguments(self) -> dict[str, Any]:
        """Return what draft_licence takes: the days become two instants, the end being the first moment outside."""
        said = dict(self.cleaned_data)
        zone = ZoneInfo(said["time_zone"])
        first, last = said.pop("first_day"), said.pop("last_day")
        said["territories"] = said["territories"].replace(",", " ").split()
        said["starts_at"] = _midnight(first, zone)
        said["ends_at"] = _midnight(last + timedelta(days=1), zone) if last else None
        return said


def draft_initial(version: LicenceRecordVersion | None, zone: str) -> dict[str, Any]:
    """Return the form's beginning: what the newest version says, or nothing but the person's time zone."""
    if version is None:
        return {"time_zone": zone, "first_day": datetime.now(ZoneInfo(zone)).date()}
    plain = (
        "uses", "purposes", "product", "category", "alterations", "time_zone", "exclusive", "restrictions", "ownership",
        "commercial_use", "indemnity", "none_depicted", "disclosure", "authorship",
    )  # fmt: skip
    home = ZoneInfo(version.time_zone)
    last = version.ends_at.astimezone(home) - timedelta(microseconds=1) if version.ends_at else None
    return {
        **{name: getattr(version, name) for name in plain},
        "governing_set": version.governing_set_id,
        "territories": ", ".join(version.territories),
        "first_day": version.starts_at.astimezone(home).date(),
        "last_day": last.date() if last else None,
    }


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


class SignForm(forms.Form):
    """A signature: the hash that was shown, what it means, and the password once more."""

    shown_sha256 = forms.CharField(widget=forms.HiddenInput)
    meaning = forms.ChoiceField(
        choices=[(one.value, one.label) for one in (SignOff.Meaning.APPROVED, SignOff.Meaning.REJECTED)],
        widget=forms.RadioSelect,
        label="I sign that this is",
    )
    reason = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="Required to reject.")
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        label="Your password, once more",
        help_text="A signature needs proof that it is you, now.",
    )


class RevokeForm(forms.Form):
    """The end of an approval."""

    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), label="Why it is revoked")
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), label="Your password, once more"
    )


class ClearanceForm(forms.Form):
    """May this clip be used for this, there, now?"""

    use = forms.ChoiceField(choices=Use.choices)
    territory = forms.CharField(help_text="A country code such as DE, or WORLD.")
    purpose = forms.ChoiceField(choices=[("", "Any purpose"), *Purpose.choices], required=False)

    def clean_territory(self) -> str:
        """Refuse what is no country code, in words."""
        named = str(self.cleaned_data["territory"]).strip().upper()
        wrong = places.problem([named])
        if wrong:
            raise forms.ValidationError(wrong)
        return named


class HoldForm(forms.Form):
    """Why nothing may leave of this clip."""

    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), label="Why")


class LiftForm(forms.Form):
    """Why it may go on."""

    reason = forms.CharField(max_length=500, label="Why it may go on")


class ClauseChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # takes no argument at run time
    """Clauses by topic, terms and first words."""

    def label_from_instance(self, obj: Any) -> str:
        """Write the topic, whose terms, and how the passage begins."""
        quote = obj.quote if len(obj.quote) <= 140 else f"{obj.quote[:139]}…"
        return f"{obj.get_topic_display()} · {obj.terms_version}: “{quote}”"


class NoteForm(forms.Form):
    """A finding that rests on clauses."""

    body = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), label="Finding")
    clauses = ClauseChoice(Clause.objects.none(), widget=forms.CheckboxSelectMultiple, label="Rests on")
    privileged = forms.BooleanField(required=False, help_text="For legal approvers only; stays out of every export.")

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newest = Clause.objects.visible_to(actor).order_by("-id").values_list("pk", flat=True)[:MOST_CLAUSES]
        rows = Clause.objects.filter(pk__in=list(newest)).select_related("terms_version__source")
        _offer(self, "clauses", rows.defer("terms_version__raw", "terms_version__text"))


class ReleaseForm(forms.Form):
    """A consent for something depicted."""

    kind = forms.ChoiceField(choices=Release.Kind.choices)
    subject = forms.CharField(max_length=200, label="Who or what is depicted")
    scope = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), label="What was consented to")
    uses = forms.MultipleChoiceField(choices=Use.choices, widget=forms.CheckboxSelectMultiple)
    territories = forms.CharField(help_text="Two-letter country codes with commas, such as DE, AT, CH; or WORLD.")
    ai_use = forms.ChoiceField(choices=Finding.choices, initial=Finding.UNKNOWN, label="Pictures or voices made by AI?")
    training = forms.ChoiceField(choices=Finding.choices, initial=Finding.UNKNOWN, label="Training of models?")
    counselled = forms.ChoiceField(
        choices=Finding.choices, initial=Finding.UNKNOWN, label="Had the person counsel or a union at hand?"
    )
    of_age_on = forms.DateField(widget=DayInput, required=False, label="Becomes an adult on")
    exclusive_categories = forms.CharField(required=False, help_text="Product categories, with commas.")
    valid_from = forms.DateField(widget=DayInput)
    valid_until = forms.DateField(widget=DayInput, required=False, help_text="Inclusive. Empty: without end.")

    def arguments(self) -> dict[str, Any]:
        """Return what add_release takes."""
        said = dict(self.cleaned_data)
        said["territories"] = said["territories"].replace(",", " ").split()
        said["exclusive_categories"] = said["exclusive_categories"].split(",")
        return said


class OverrideForm(forms.Form):
    """An exception to one block, for a time."""

    block = forms.ChoiceField(choices=[(code, code.replace("-", " ").capitalize()) for code in sorted(OVERRIDABLE)])
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}))
    expires_at = forms.DateTimeField(widget=MomentInput, label="Ends at", help_text="Within a year.")


def _offer(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    cast("forms.ModelChoiceField[Any]", form.fields[name]).queryset = rows
