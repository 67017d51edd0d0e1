"""The forms of a draft: the scope and the findings of a licence record version, and a row for each that can be recognised."""

import zoneinfo
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet

from generations.models import Clip
from reviews.models import Alteration, Depiction, Finding, GoverningSet, LicenceRecordVersion, Purpose, Release, Use
from reviews.rules import consenting
from reviews.rules.consents import CONSENTS
from reviews.rules.drafting import MOST_DEPICTIONS, DepictionInput
from reviews.rules.whole_days import whole_days
from reviews.web.place_field import HELP, PlacesField
from reviews.web.review_forms import DayInput
from sorahub.accounts.models import User

COMMON_ZONES = "Such as Europe/Berlin. The first and the last day are days of this zone."
PLAIN = (
    "uses", "purposes", "product", "category", "alterations", "territories", "time_zone", "exclusive", "restrictions",
    "ownership", "commercial_use", "indemnity", "none_depicted", "disclosure", "authorship",
)  # fmt: skip


class LicenceForm(forms.Form):
    """The scope of use being cleared for one clip hash, and what was found out about it."""

    uses = forms.MultipleChoiceField(
        choices=Use.choices,
        widget=forms.CheckboxSelectMultiple,
        label="Media",
        help_text="What is not ticked is not allowed.",
        error_messages={"required": "Tick at least one use."},
    )
    purposes = forms.MultipleChoiceField(
        choices=Purpose.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="To what end. What is not ticked is not allowed.",
        error_messages={"required": "Tick at least one purpose."},
    )
    territories = PlacesField(help_text=HELP, error_messages={"required": "Name at least one country, or WORLD."})
    first_day = forms.DateField(widget=DayInput, error_messages={"required": "Say from which day it may be used."})
    last_day = forms.DateField(widget=DayInput, required=False, help_text="Inclusive. Empty: without end.")
    time_zone = forms.CharField(max_length=64, initial="UTC", help_text=COMMON_ZONES)
    exclusive = forms.BooleanField(required=False, help_text="Nobody else may use this clip within this scope.")
    product = forms.CharField(required=False, max_length=200, help_text="What is advertised or shown.")
    category = forms.CharField(
        required=False, max_length=100, help_text="Such as soft drinks. People may be promised to a competitor in it."
    )
    alterations = forms.ChoiceField(
        choices=Alteration.choices, initial=Alteration.FORMAT, help_text="What may be done to the picture."
    )
    none_depicted = forms.BooleanField(
        required=False,
        label="Nothing real can be recognised",
        help_text="I declare by my name: no person, voice, brand, place, music or artwork.",
    )
    ownership = forms.ChoiceField(
        choices=Finding.choices,
        initial=Finding.UNKNOWN,
        label="Do we own the output?",
        help_text="By the terms cited. No or unknown cannot be signed.",
    )
    commercial_use = forms.ChoiceField(
        choices=Finding.choices,
        initial=Finding.UNKNOWN,
        label="Do the terms allow commercial use?",
        help_text="For the plan that it was made on. No or unknown cannot be signed.",
    )
    indemnity = forms.ChoiceField(
        choices=Finding.choices,
        initial=Finding.UNKNOWN,
        label="Does the provider indemnify us?",
        help_text="Stops nothing; it tells who bears a third party’s claim.",
    )
    restrictions = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What the client must not do with it, in words that the signature repeats.",
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
        help_text="What people contributed, and who: words, edit, sound, grade.",
    )
    governing_set = forms.ModelChoiceField(
        GoverningSet.objects.none(),
        empty_label="Choose the terms that govern this clip",
        help_text="The terms of the route through which the clip was made.",
        error_messages={"required": "Choose the terms that govern this clip."},
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
        if said.get("first_day") and said.get("last_day") and said["last_day"] < said["first_day"]:
            self.add_error("last_day", "The last day comes before the first.")
        return said

    def arguments(self) -> dict[str, Any]:
        """Return what draft_licence takes: the days become two instants, the end being the first moment outside."""
        said = dict(self.cleaned_data)
        zone = ZoneInfo(said["time_zone"])
        first, last = said.pop("first_day"), said.pop("last_day")
        said["starts_at"] = _midnight(first, zone)
        said["ends_at"] = _midnight(last + timedelta(days=1), zone) if last else None
        return said


class ReleaseSelect(forms.Select):
    """Releases with their kinds, by which a script leaves those that cannot serve a row."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Write the release's kind on its option."""
        option = super().create_option(name, value, *args, **kwargs)
        chosen = getattr(value, "instance", None)
        if isinstance(chosen, Release):
            option["attrs"]["data-kind"] = chosen.kind
        return option


class ReleaseChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes no argument at run time
    """A release by kind, subject and last day."""

    def label_from_instance(self, obj: Any) -> str:
        """Write what it is and until when it holds."""
        end = consenting.last_day(obj)
        return f"{obj}{f' (until {end})' if end else ''}{', withdrawn' if obj.withdrawn_at else ''}"


class DepictionForm(forms.Form):
    """Somebody or something that can be recognised."""

    kind = forms.ChoiceField(
        choices=[("", "Choose"), *Depiction.Kind.choices], label="Kind", error_messages={"required": "Say of which kind it is."}
    )  # fmt: skip
    name = forms.CharField(max_length=200, error_messages={"required": "Say who or what it is."})
    real = forms.ChoiceField(
        choices=[("yes", "Real"), ("no", "Invented"), ("unknown", "Not known")],
        initial=Finding.UNKNOWN,
        label="Real or invented?",
    )
    release = ReleaseChoice(
        Release.objects.none(), required=False, widget=ReleaseSelect, empty_label="No release"
    )  # fmt: skip
    words = forms.CharField(required=False, label="Where and how")

    def __init__(self, *args: Any, releases: QuerySet[Release], choices: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "release", releases)
        cast("ReleaseSelect", self.fields["release"].widget).choices = choices  # read once for all rows

    @property
    def empty(self) -> bool:
        """Whether nothing was entered."""
        said = typed(self)
        return not any(said[name] for name in ("kind", "name", "words", "release"))


class DepictionRows(forms.BaseFormSet):  # type: ignore[type-arg]  # takes no argument at run time
    """The rows, of which those to be removed are ticked and empty ones count for nothing."""

    kinds = {kind: sorted(fitting) for kind, fitting in CONSENTS.items()}

    def inputs(self) -> list[DepictionInput]:
        """Return the rows as the action takes them."""
        rows = [form.cleaned_data for form in self.forms if form not in self.deleted_forms and form.cleaned_data]
        return [
            DepictionInput(**{name: row[name] for name in ("kind", "name", "real", "words", "release")}) for row in rows
        ]

    def typed_rows(self) -> list[dict[str, Any]]:
        """Return what stands in the rows, valid or not; removed and empty ones are left out."""
        removed = [bool(form.data.get(form.add_prefix("DELETE"))) for form in self.forms]
        rows = zip(self.forms, removed, strict=True)
        return [typed(form) for form, gone in rows if not gone and not form.empty]


def rows_of(
    clip: Clip, actor: User, data: Any = None, initial: list[dict[str, Any]] | None = None, extra: int = 1
) -> DepictionRows:
    """Return the rows of a draft. Offered are the project's releases that stand; one that is chosen already stays on offer."""
    made = forms.formset_factory(
        DepictionForm,
        formset=DepictionRows,
        extra=extra,
        can_delete=True,
        max_num=MOST_DEPICTIONS,
        validate_max=True,
        absolute_max=MOST_DEPICTIONS + 10,
    )
    chosen = [row["release"] for row in initial or [] if row.get("release")]
    mine = Release.objects.visible_to(actor).filter(project=clip.project_id)
    offered = mine if data is not None else mine.filter(Q(withdrawn_at=None) | Q(pk__in=chosen))
    choices = list(cast("Iterable[Any]", ReleaseChoice(offered, required=False, empty_label="No release").choices))
    kwargs = {"releases": offered, "choices": choices}
    return cast("DepictionRows", made(data, initial=initial, prefix="depictions", form_kwargs=kwargs))


def typed(form: forms.Form) -> dict[str, Any]:
    """Return what stands in the fields, valid or not: the beginning of the same form shown again without judging it."""
    return {
        name: field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, field in form.fields.items()
    }


def draft_initial(version: LicenceRecordVersion | None, zone: str) -> dict[str, Any]:
    """Return the form's beginning: what the newest version says, or nothing but the person's time zone."""
    if version is None:
        return {"time_zone": zone, "first_day": datetime.now(ZoneInfo(zone)).date()}
    first, last = whole_days(version.starts_at, version.ends_at, ZoneInfo(version.time_zone))
    return {
        **{name: getattr(version, name) for name in PLAIN},
        "governing_set": version.governing_set_id,
        "first_day": first,
        "last_day": last,
    }


def rows_initial(version: LicenceRecordVersion | None) -> list[dict[str, Any]]:
    """Return the rows of the newest version; of the first schema its sentence, of which a person makes rows."""
    if version is None:
        return []
    if version.schema == 1:
        first = next((link.release_id for link in version.releases.all()), None)
        return [{"name": version.depicted[:200], "release": first}] if version.depicted else []
    return [
        {"kind": row.kind, "name": row.name, "real": row.real, "words": row.words, "release": row.release_id}
        for row in version.depictions.all()
    ]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def _offer(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    cast("forms.ModelChoiceField[Any]", form.fields[name]).queryset = rows
