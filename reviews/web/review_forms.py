"""Forms of judging: decide, put clips before people, name the stages."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet

from generations.models import Clip, Project
from reviews.actions.admission import Admission
from reviews.models import ReasonKind, Review, Stage, Verdict
from reviews.rules import addressees
from reviews.rules.addressees import Addressee
from reviews.rules.stages import StageSpec
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind

MOST_CLIPS = 200
SHOWS = [
    ("prompts", "Prompts"),
    ("provider", "Which model and service made a clip"),
    ("costs", "What a clip cost"),
    ("internal", "Notes that are for the agency only"),
]


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
    reason_kind = forms.ChoiceField(choices=[("", "Choose a reason"), *ReasonKind.choices], required=False, label="Why")
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


class GuestsField(forms.CharField):
    """Addresses of guests, typed: each as ``name@example.com`` or ``Name <name@example.com>``."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            label="Guests by e-mail",
            widget=forms.Textarea(
                attrs={"rows": 2, "placeholder": "Dora Lind <dora@example.com>", "spellcheck": "false"}
            ),
            help_text="One to a line. New addresses become guests of this project; each gets a link of their own.",
        )

    def clean(self, value: Any) -> list[Addressee]:
        """Return the addressees. Raises ValidationError for too many."""
        found = addressees.read(super().clean(value))
        if len(found) > addressees.MOST:
            raise forms.ValidationError(f"At most {addressees.MOST} at once.")
        return found


def due_field() -> forms.DateTimeField:
    """When an answer is wanted."""
    words = "In your time zone; everybody reads it in theirs."
    return forms.DateTimeField(required=False, widget=MomentInput, label="Answer wanted by", help_text=words)


def expiry_field() -> forms.DateTimeField:
    """When guests' access ends."""
    words = "The links and the pages behind them end then. Without it a link lasts 60 days."
    return forms.DateTimeField(required=False, widget=MomentInput, label="Guests’ access ends", help_text=words)


def shows_field() -> forms.MultipleChoiceField:
    """What guests are shown besides the clips and the notes for clients."""
    return forms.MultipleChoiceField(
        choices=SHOWS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Guests are also shown",
        help_text="All of it is off unless you turn it on.",
    )


class ReviewForm(forms.Form):
    """Put clips before people of a project."""

    title = forms.CharField(max_length=200, help_text="Such as “Aurora: first takes”. The people see it in their mail.")
    stage = forms.ModelChoiceField(Stage.objects.none(), empty_label=None, help_text="For which decision you ask.")
    clips = ClipChoice(
        Clip.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one clip."},
    )
    people = PersonChoice(
        User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Those who take part in the project. Guests see these clips from now on, as watermarked copies.",
    )
    guests = GuestsField()
    due_at = due_field()
    message = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}), label="Your words to them")
    expires_at = expiry_field()
    password = forms.CharField(
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Guests are asked for it besides their code. Tell it to them yourself: it is in no mail.",
    )
    shows = shows_field()

    def __init__(self, *args: Any, project: Project, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "stage", Stage.objects.visible_to(actor).filter(project=project).order_by("position"))
        _offer(self, "clips", clips_of(project, actor))
        _offer(self, "people", people_of(project))

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action."""
        said = dict(self.cleaned_data)
        terms = {name: said.pop(name) for name in ("expires_at", "password", "shows")}
        return {**said, "admission": Admission(**terms)}


class TermsForm(forms.Form):
    """Another due date, and other terms for guests. An empty password field leaves the password as it is."""

    due_at = due_field()
    expires_at = expiry_field()
    password = forms.CharField(
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        label="New password",
        help_text="Leave it empty to keep things as they are. A new one asks every guest anew.",
    )
    without_password = forms.BooleanField(required=False, label="Ask for no password any more")
    shows = shows_field()

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action."""
        said = self.cleaned_data
        password = said["password"] or ("" if said["without_password"] else None)
        return {"due_at": said["due_at"], "admission": Admission(said["expires_at"], password, said["shows"])}


class AddForm(forms.Form):
    """More clips for a review, and more people before it."""

    clips = ClipChoice(Clip.objects.none(), widget=forms.CheckboxSelectMultiple, required=False)
    people = PersonChoice(User.objects.none(), widget=forms.CheckboxSelectMultiple, required=False)
    guests = GuestsField()

    def __init__(self, *args: Any, review: Review, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = review.items.values("clip_id")
        people = people_of(review.project).filter(kind=review.stage.role)
        _offer(self, "clips", clips_of(review.project, actor).exclude(pk__in=there))
        _offer(self, "people", people.exclude(review_seats__in=review.participants.standing()))
        if review.stage.role != Kind.GUEST:
            del self.fields["guests"]


def clips_of(project: Project, actor: User, named: Iterable[UUID] = ()) -> QuerySet[Clip]:
    """The newest clips of the project that can be put before people, and those that are named, in the order of their shots,
    which is the review's.
    """
    clips = Clip.objects.visible_to(actor).filter(project=project, quarantined_at=None, withdrawn_at=None)
    newest = clips.order_by("-id").values_list("pk", flat=True)[:MOST_CLIPS]
    offered = Q(pk__in=list(newest)) | Q(pk__in=clips.filter(pk__in=list(named)).values("pk"))
    return Clip.objects.filter(offered).select_related("shot").order_by("shot__code", "take", "id")


def people_of(project: Project) -> QuerySet[User]:
    """Those of the project who decide somewhere."""
    kinds = [Kind.REVIEWER, Kind.GUEST, Kind.LEGAL]
    members = User.objects.filter(memberships__project=project, is_active=True, kind__in=kinds)
    return members.select_related("person").order_by("kind", "person__name")


def _offer(form: forms.Form, name: str, rows: Any) -> None:
    cast("forms.ModelChoiceField[Any]", form.fields[name]).queryset = rows


class StageForm(forms.Form):
    """One stage; without a name it is left out."""

    name = forms.CharField(max_length=60, required=False)
    role = forms.ChoiceField(
        choices=[(kind.value, kind.label) for kind in (Kind.REVIEWER, Kind.GUEST, Kind.LEGAL)],
        required=False,
        label="Who decides",
    )
    needed = forms.IntegerField(min_value=1, max_value=50, initial=1, required=False, label="How many must approve")
    enough = forms.BooleanField(
        required=False,
        label="These approvals are enough",
        help_text="Even where somebody asks for changes. Otherwise one request for changes outweighs every approval.",
    )
    locks = forms.BooleanField(
        required=False,
        label="Lock once approved",
        help_text="Then no decision here about those bytes changes any more.",
    )

    def spec(self) -> StageSpec | None:
        """Return the stage as the action takes it."""
        said = self.cleaned_data
        if not said.get("name"):
            return None
        return StageSpec(said["name"], said["role"], said["needed"] or 1, not said["enough"], said["locks"])


StageFormSet = forms.formset_factory(StageForm, extra=2, max_num=9)
