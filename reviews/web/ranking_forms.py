"""The form that puts takes before judges."""

from typing import Any, cast

from django import forms

from generations.models import Clip, Project
from reviews.actions import rankings
from reviews.models.ranking import MOST
from reviews.web.review_forms import ClipChoice, PersonChoice, clips_of, due_field
from sorahub.accounts.models import User
from sorahub.lib.ids import read_id


class RankingForm(forms.Form):
    """A question, the takes, the judges, how many comparisons, and a date."""

    question = forms.CharField(
        max_length=200,
        help_text="One question, about one thing. Judges read it above every pair: name no model and no take in it.",
    )
    clips = ClipChoice(
        Clip.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label="Takes",
        help_text=f"2 to {MOST}. Judges see them two at a time and are not told which is which.",
        error_messages={"required": "Choose at least two takes."},
    )
    judges = PersonChoice(
        User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="People of the project who may choose takes. Each gets a notice.",
        error_messages={"required": "Choose at least one judge."},
    )
    each = forms.IntegerField(
        min_value=2,
        max_value=MOST - 1,
        required=False,
        label="Comparisons per take",
        help_text="Empty: every take meets every other, which for 6 takes is 15 pairs for each judge, for 12 takes 66. "
        "With 4 each, 12 takes are 24 pairs.",
    )
    due_at = due_field()

    def __init__(self, *args: Any, project: Project, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = self.data.getlist("clips") if self.is_bound else self.initial.get("clips", ())  # type: ignore[attr-defined]
        offered: Any = clips_of(project, actor, [pk for each in said if (pk := read_id(str(each)))][: MOST * 2])
        people = [user.pk for user in rankings.judges_of(project)]
        cast("Any", self.fields["clips"]).queryset = offered
        able = User.objects.filter(pk__in=people).select_related("person").order_by("person__name", "pk")
        cast("Any", self.fields["judges"]).queryset = able
