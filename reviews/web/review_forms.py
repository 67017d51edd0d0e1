"""Forms of judging: decide, put clips before people, name the stages."""

from typing import Any, cast

from django import forms

from generations.models import Clip, Project
from reviews.models import Stage, Verdict
from reviews.rules.stages import StageSpec
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind

MOST_CLIPS = 200


class MomentInput(forms.DateTimeInput):
    """The browser's own date and time picker, in the person's time zone."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class DayInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DecideForm(forms.Form):
    """A verdict about the bytes that were seen."""

    stage = forms.UUIDField(widget=forms.HiddenInput)
    seen_sha256 = forms.CharField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(choices=Verdict.choices, error_messages={"required": "Approve, or ask for changes."})
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False, label="What should change")


class ClipChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # takes no argument at run time
    """Clips by shot and take."""

    def label_from_instance(self, obj: Any) -> str:
        """Write the shot, the take and what the file is."""
        return f"{obj} · {obj.width}×{obj.height}, {obj.frame_count} frames"


class PersonChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # takes no argument at run time
    """People by name and what they are."""

    def label_from_instance(self, obj: Any) -> str:
        """Write the name and the kind."""
        return f"{obj.get_full_name()} · {obj.get_kind_display()}"


class ReviewForm(forms.Form):
    """Put clips before people of a project."""

    title = forms.CharField(max_length=200, help_text="Such as “Aurora: first takes”. The people see it in their mail.")
    stage = forms.ModelChoiceField(Stage.objects.none(), empty_label=None, help_text="For which decision you ask.")
    clips = ClipChoice(Clip.objects.none(), widget=forms.CheckboxSelectMultiple)
    people = PersonChoice(
        User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="Guests see these clips from now on, as watermarked copies.",
    )
    due_at = forms.DateTimeField(required=False, widget=MomentInput, label="Answer wanted by")
    message = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, project: Project, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clips = Clip.objects.visible_to(actor).filter(project=project, quarantined_at=None, withdrawn_at=None)
        newest = clips.order_by("-id").values("pk")[:MOST_CLIPS]
        members = User.objects.filter(
            memberships__project=project, is_active=True, kind__in=["reviewer", "guest", "legal"]
        )
        self._offer("stage", Stage.objects.visible_to(actor).filter(project=project).order_by("position"))
        self._offer(
            "clips", Clip.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).select_related("shot")
        )
        self._offer("people", members.select_related("person").order_by("kind", "person__name"))

    def _offer(self, name: str, rows: Any) -> None:
        cast("forms.ModelChoiceField[Any]", self.fields[name]).queryset = rows


class StageForm(forms.Form):
    """One stage; without a name it is left out."""

    name = forms.CharField(max_length=60, required=False)
    role = forms.ChoiceField(
        choices=[(kind.value, kind.label) for kind in (Kind.REVIEWER, Kind.GUEST, Kind.LEGAL)],
        required=False,
        label="Who decides",
    )
    needed = forms.IntegerField(min_value=1, max_value=50, initial=1, required=False, label="How many must approve")

    def spec(self) -> StageSpec | None:
        """Return the stage as the action takes it."""
        said = self.cleaned_data
        return StageSpec(said["name"], said["role"], said["needed"] or 1) if said.get("name") else None


StageFormSet = forms.formset_factory(StageForm, extra=2, max_num=9)
