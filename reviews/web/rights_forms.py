"""Forms of clearing: sign a licence record, ask for clearance, hold, cite clauses, ask for an exception."""

from collections.abc import Iterable
from typing import Any, TypeVar, cast
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from reviews.actions.sign import CHOICES
from reviews.models import Clause, SignOff
from reviews.rules.reasons import OVERRIDABLE
from reviews.web.presence_forms import PresenceForm
from reviews.web.review_forms import MomentInput
from sorahub.accounts.models import User

MOST_CLAUSES = 300
FormT = TypeVar("FormT", bound=forms.Form)


class SignForm(PresenceForm):
    """A signature: the hash that was shown, what it means, and the proof that it is the person, now."""

    shown_sha256 = forms.CharField(widget=forms.HiddenInput)
    meaning = forms.ChoiceField(
        choices=[(one.value, one.label) for one in (*CHOICES, SignOff.Meaning.REINSTATED)],
        widget=forms.RadioSelect,
        label="I sign that this is",
    )
    reason = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="Required to reject.")

    def show(self, shown_sha256: str, offered: Iterable[SignOff.Meaning]) -> None:
        """Carry the hash of what the page shows now and offer what the version can be signed as now, also where the form is shown
        again with what was typed.
        """
        self.initial["shown_sha256"] = shown_sha256
        cast("forms.ChoiceField", self.fields["meaning"]).choices = [(one.value, one.label) for one in offered]
        if self.is_bound:
            self.data = cast("QueryDict", self.data).copy()
            self.data[self.add_prefix("shown_sha256")] = shown_sha256


class RevokeForm(PresenceForm):
    """The end of an approval."""

    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), label="Why it is revoked")


class SuspendForm(PresenceForm):
    """A stop of an approval for the time being."""

    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), label="Why it is suspended")


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


class OverrideForm(forms.Form):
    """An exception to one block, for a time."""

    block = forms.ChoiceField(choices=[(code, code.replace("-", " ").capitalize()) for code in sorted(OVERRIDABLE)])
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}))
    expires_at = forms.DateTimeField(widget=MomentInput, label="Ends at", help_text="Within a year.")


def row_form(kind: type[FormT], row: UUID, prefix: str, said: QueryDict | None = None) -> FormT:
    """Return the form beside a row; a page may hold several, so each has ids of its own."""
    return kind(said, prefix=prefix, auto_id=f"id_{row}_%s")


def beside(
    kind: type[FormT], row: UUID, prefix: str, refused: tuple[UUID, FormT] | None, *, offered: bool
) -> FormT | None:
    """Return the form beside a row: the refused one, whatever became of the row meanwhile, else a new one where it is offered."""
    if refused is not None and refused[0] == row:
        return refused[1]
    return row_form(kind, row, prefix) if offered else None


def _offer(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    cast("forms.ModelChoiceField[Any]", form.fields[name]).queryset = rows
