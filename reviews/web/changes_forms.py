"""Forms of changes: judge one, judge many alike, settle a flag on a clause."""

from typing import Any, cast

from django import forms

from reviews.models import ChangeJudgement, TermsChange
from reviews.web import change_words
from reviews.web.review_forms import DayInput

REASON_HELP = "It stands beside the judgement for good. Say which right or duty changes, or why none does."


class JudgeForm(forms.Form):
    """What a change is, and why."""

    verdict = forms.ChoiceField(
        choices=ChangeJudgement.Verdict.choices,
        widget=forms.RadioSelect,
        label="What is it?",
        error_messages={"required": "Say whether it is cosmetic or material."},
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=REASON_HELP,
        error_messages={"required": "Give the reason: it stands beside the judgement for good."},
    )
    binds_from = forms.DateField(
        required=False,
        widget=DayInput,
        label="Binds the agency from",
        help_text="Only where you know better than the text. An earlier day than the text’s own dates it back: say why in the reason.",
    )
    with_alike = forms.BooleanField(required=False, initial=True)

    def __init__(self, *args: Any, alike: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if alike:
            times = "once more" if alike == 1 else f"{alike} more times"
            self.fields["with_alike"].label = f"The same words come and go {times}: judge those alike"
        else:
            del self.fields["with_alike"]


class ChangeChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # takes no argument at run time
    """Changes with their days and what the filter makes of them."""

    def label_from_instance(self, obj: Any) -> str:
        """Write the two versions and what the filter found."""
        found = "; ".join(each.words for each in change_words.grounds(obj))
        return f"{obj.before.label} → {obj.after.label}: {obj.get_suggestion_display()}. {found}"


class JudgeManyForm(forms.Form):
    """The same judgement of many changes of one document."""

    changes = ChangeChoice(
        TermsChange.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one change."},
    )
    verdict = forms.ChoiceField(
        choices=ChangeJudgement.Verdict.choices,
        widget=forms.RadioSelect,
        label="What are they?",
        error_messages={"required": "Say whether they are cosmetic or material."},
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One reason for all of them. " + REASON_HELP,
        error_messages={"required": "Give the reason: it stands beside each judgement for good."},
    )

    def __init__(self, *args: Any, waiting: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelMultipleChoiceField[Any]", self.fields["changes"]).queryset = waiting


class SettleForm(forms.Form):
    """Where a clause went, or that it is gone."""

    quote = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        label="The passage that took its place",
        help_text="Letter for letter as the later text has it.",
    )
    start = forms.IntegerField(
        required=False,
        min_value=0,
        label="Begins at character",
        help_text="Only if the passage occurs more than once.",
    )
    gone = forms.BooleanField(required=False, label="The clause is gone: nothing took its place")
