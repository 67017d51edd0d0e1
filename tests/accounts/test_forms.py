"""What an action refuses is shown on the form: beside the fields it is about, and above it what no field is for."""

import pytest
from django import forms

from sorahub.accounts.web.forms import apply_errors
from sorahub.lib.errors import InvalidInput, Refused


class NameForm(forms.Form):
    """A form with one field."""

    name = forms.CharField()


@pytest.fixture
def form() -> NameForm:
    """A form that was sent in order."""
    sent = NameForm({"name": "Dawn"})
    assert sent.is_valid()
    return sent


def test_what_no_field_is_for_is_told_above_when_another_error_finds_its_field(form: NameForm) -> None:
    fields = {"name": "Taken.", "client": "Of another agency.", "project": "Of another agency."}
    apply_errors(form, InvalidInput("Two things.", fields=fields))
    assert form.errors == {"name": ["Taken."], "__all__": ["Of another agency."]}


def test_an_error_without_a_field_of_the_form_is_told_in_its_own_words(form: NameForm) -> None:
    apply_errors(form, InvalidInput("A clip is not made from itself.", fields={"parent": "Choose another."}))
    assert form.errors == {"__all__": ["A clip is not made from itself."]}


def test_a_reason_is_told_once(form: NameForm) -> None:
    reasons = [
        {"message": "Too long.", "field": "name"},
        {"message": "No such mode.", "field": "mode", "mend": "Pick one."},
    ]
    apply_errors(form, Refused("No.", reasons=reasons, fields={"name": "Too long.", "mode": "No such mode."}))
    assert form.errors == {"name": ["Too long."], "__all__": ["No such mode. Pick one."]}


def test_what_another_form_of_the_page_tells_is_not_told_again(form: NameForm) -> None:
    fields = {"name": "Taken.", "questions.0.help": "Too long."}
    apply_errors(form, InvalidInput("Two things.", fields=fields), told={"questions.0.help"})
    assert form.errors == {"name": ["Taken."]}
