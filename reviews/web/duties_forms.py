"""Forms of duties of disclosure: write one down, and ask which of them apply somewhere, for something, at some time."""

from datetime import date
from typing import Any

from django import forms

from reviews.actions.disclosures import LONGEST_LABEL, LONGEST_SECONDS
from reviews.models import WORLD, Depiction, DisclosureRule, Use
from reviews.rules import duties as rules
from reviews.rules.clearance_facts import Asked
from reviews.web.place_field import HELP, PlacesField
from reviews.web.review_forms import DayInput

STATUSES = [(one.value, one.label) for one in DisclosureRule.Status if one != DisclosureRule.Status.RETIRED]


class RuleForm(forms.Form):
    """A duty to tell viewers that a clip is made by AI."""

    title = forms.CharField(max_length=200, error_messages={"required": "Give the duty a title."})
    territories = PlacesField(help_text=HELP, error_messages={"required": "Name at least one country, or WORLD."})
    duty = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5}),
        label="What must be done",
        help_text="In words that a producer understands. Say what is not certain, too.",
        error_messages={"required": "Say what must be done, so that a producer understands it."},
    )
    uses = forms.MultipleChoiceField(
        choices=Use.choices, required=False, widget=forms.CheckboxSelectMultiple, help_text="None ticked: any use."
    )
    depicts = forms.MultipleChoiceField(
        choices=Depiction.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Shows",
        help_text="For clips that show one of these, real or invented. None ticked: any clip made by AI.",
    )
    applies_from = forms.DateField(
        required=False, widget=DayInput, label="In force from", help_text="Inclusive. Empty: it has been for long."
    )
    applies_until = forms.DateField(
        required=False, widget=DayInput, label="In force until", help_text="Inclusive. Empty: without end."
    )
    label = forms.CharField(
        max_length=LONGEST_LABEL,
        required=False,
        label="Label in the picture",
        help_text="Words that deliverables carry in their picture, such as AI-generated. Empty: none.",
    )
    label_start = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=LONGEST_SECONDS,
        label="Label from second",
        help_text="Empty: the beginning.",
    )
    label_seconds = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=LONGEST_SECONDS,
        label="Label for seconds",
        help_text="Empty: to the end.",
    )
    label_position = forms.ChoiceField(choices=DisclosureRule.Position.choices, required=False, label="Label’s place")
    status = forms.ChoiceField(choices=STATUSES, initial=DisclosureRule.Status.REPORTED)
    source = forms.CharField(
        max_length=300,
        help_text="The law, article or guidance, and who reported it.",
        error_messages={"required": "Say where it stands: the law, article or guidance."},
    )
    address = forms.URLField(max_length=500, required=False, assume_scheme="https")
    sourced_on = forms.DateField(
        widget=DayInput,
        label="Source read on",
        error_messages={"required": "Say on which day the source was read."},
    )

    def clean(self) -> dict[str, Any]:
        """Say at each field what is wrong with it, all at once."""
        said = super().clean() or {}
        said |= {name: said.get(name) or 0 for name in ("label_start", "label_seconds")}
        said["label_position"] = said.get("label_position") or DisclosureRule.Position.TOP_LEFT
        first, last = said.get("applies_from"), said.get("applies_until")
        if first and last and last < first:
            self.add_error("applies_until", "The last day comes before the first.")
        return said


def rule_initial(rule: DisclosureRule) -> dict[str, Any]:
    """Return the form's beginning: what this version says. A retired one is reported when it is taken up again."""
    said = {name: getattr(rule, name) for name in rules.FIELDS}
    reported = DisclosureRule.Status.REPORTED
    status = reported if rule.status == DisclosureRule.Status.RETIRED else rule.status
    return {**said, "status": status}


class AnywhereField(PlacesField):
    """Territories, or none: anywhere."""

    def clean(self, value: Any) -> Any:
        """Return the codes, or an empty list."""
        return super().clean(value) if str(value or "").strip() else []


class AskForm(forms.Form):
    """Which duties apply there, for this, then?"""

    territory = AnywhereField(required=False, widget=forms.TextInput, help_text="Such as FR, Austria or EU.")
    use = forms.ChoiceField(choices=[("", "Any use"), *Use.choices], required=False)
    first = forms.DateField(required=False, widget=DayInput, label="From")
    last = forms.DateField(required=False, widget=DayInput, label="Until")

    def clean(self) -> dict[str, Any]:
        """Want the days in their order."""
        said = super().clean() or {}
        if said.get("first") and said.get("last") and said["last"] < said["first"]:
            self.add_error("last", "The last day comes before the first.")
        return said

    def asked(self, today: date) -> Asked:
        """Return the question; what was left open is asked widely. One day alone is that day; without days it is today."""
        said = self.cleaned_data
        first = said["first"] or min(today, said["last"] or today)
        return Asked(
            frozenset({said["use"]} if said["use"] else Use.values),
            frozenset(said["territory"] or [WORLD]),
            first,
            said["last"] or first,
        )
