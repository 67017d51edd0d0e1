"""What every page with a form does alike: call one action, and put its refusal where the person sees it."""

from collections.abc import Callable, Collection
from typing import TypeVar, cast

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest

from sorahub.accounts.models import User
from sorahub.lib.errors import DomainError, NotFound

T = TypeVar("T")


def person(request: HttpRequest) -> User:
    """Return the account behind a request that a log-in guard let through."""
    return cast("User", request.user)


def apply_errors(form: forms.BaseForm, error: DomainError, *, told: Collection[str] = ()) -> None:
    """Put what an action said beside the fields it is about, and everything else above the form.

    ``told``: names of fields whose errors another form of the page shows.
    """
    placed = {name: words for name, words in error.fields.items() if name in form.fields}
    for name, words in placed.items():
        form.add_error(name, words)
    told = {*placed, *told}
    for reason in error.reasons:
        if reason.get("field") in told:
            continue
        form.add_error(NON_FIELD_ERRORS, f"{reason['message']} {reason.get('mend', '')}".strip())
    if not placed and not error.reasons:
        form.add_error(NON_FIELD_ERRORS, error.message)
        return
    given = {reason.get("field") for reason in error.reasons}
    for words in dict.fromkeys(words for name, words in error.fields.items() if name not in {*told, *given}):
        form.add_error(NON_FIELD_ERRORS, words)


def attempt(form: forms.BaseForm, action: Callable[[], T]) -> T | None:
    """Run the action if the form is valid; None when it is not, or when the action refused (then the form says why).

    NotFound passes on: what a person may not see does not exist.
    """
    if not form.is_valid():
        return None
    try:
        return action()
    except NotFound:
        raise
    except DomainError as error:
        apply_errors(form, error)
        return None
