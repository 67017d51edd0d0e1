"""Verbs: how the admin changes anything. A verb is a form, a permission, and the one action that it calls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse

from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.errors import DomainError

if TYPE_CHECKING:
    from sorahub.accounts.admin.scoped import ScopedAdmin

Cleaned = Mapping[str, Any]
MOST_AT_ONCE = 500
MOST_REFUSALS_TOLD = 10


class VerbForm(forms.Form):
    """What an action needs to be told. Every choice of rows is narrowed to those the person may see.

    ``searched`` names fields chosen by searching: field name to the model field whose admin page answers the search.
    """

    searched: ClassVar[Mapping[str, tuple[type[models.Model], str]]] = {}

    def __init__(self, *args: Any, actor: User, subject: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor, self.subject = actor, subject
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = self._narrowed(field.queryset)
                self._make_searched(name, field)

    def _narrowed(self, rows: Any) -> models.QuerySet[Any]:
        seen: models.QuerySet[Any] = rows.model._default_manager.visible_to(self.actor)
        return seen & rows if rows.query.where else seen

    def _make_searched(self, name: str, field: "forms.ModelChoiceField[Any]") -> None:
        if name not in self.searched:
            return
        model, column = self.searched[name]
        many = isinstance(field, forms.ModelMultipleChoiceField)
        widget = AutocompleteSelectMultiple if many else AutocompleteSelect
        source: Any = model._meta.get_field(column)
        field.widget = widget(source, admin.site)
        field.widget.choices = field.choices

    def outlook(self) -> Any:
        """Return what the page shows beside the form after "Check": nothing, unless the verb knows better."""
        return None


class ReasonForm(VerbForm):
    """Why something is done: kept with it."""

    reason = forms.CharField(max_length=500, help_text="Kept with it, for whoever asks later.")


@dataclass(frozen=True)
class Verb:
    """Something that can be done: its words, who may, what it asks, and the action behind it.

    ``also`` is a second permission that will do instead.

    ``run(actor, row, cleaned)`` calls the action and returns the row to show next (None: stay). ``checks`` offers a
    "Check" button that shows the form's ``outlook``, by the template ``outlook``, and does nothing; ``go`` is what the
    button says that does it (the label, where nothing else is said).
    """

    name: str
    label: str
    permission: Permission
    run: Callable[[User, Any, Cleaned], models.Model | None]
    form: type[VerbForm] = VerbForm
    intro: str = ""
    done: str = "Done."
    applies: Callable[[Any], bool] = lambda row: True
    danger: bool = False
    checks: bool = False
    also: Permission | None = None
    outlook: str = "admin/outlooks/launch.html"
    go: str = ""

    def open_to(self, user: User) -> bool:
        """Say whether this person may use it, on rows that they see."""
        return user.may(self.permission) or (self.also is not None and user.may(self.also))


def perform(page: "ScopedAdmin", request: HttpRequest, verb: Verb, row: Any) -> HttpResponse:
    """Ask for what the verb needs; on POST do it, and go to what came of it."""
    actor = person(request)
    posted = request.method == "POST"
    given = {"data": request.POST, "files": request.FILES} if posted else {"initial": _asked(request)}
    form = verb.form(**given, actor=actor, subject=row)
    checking = "_check" in request.POST
    if posted and not checking:
        outcome = attempt(form, lambda: (verb.run(actor, row, form.cleaned_data),))
        if outcome is not None:
            messages.success(request, verb.done)
            return HttpResponseRedirect(_after(outcome[0] or row, page))
    outlook = attempt(form, form.outlook) if checking else None
    return _page(page, request, verb, row, {"form": form, "outlook": outlook})


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.GET.items()}


def _page(page: "ScopedAdmin", request: HttpRequest, verb: Verb, row: Any, more: Mapping[str, Any]) -> TemplateResponse:
    context = {
        **page.admin_site.each_context(request),
        "title": verb.label,
        "opts": page.opts,
        "verb": verb,
        "row": row,
        "back": _after(row, page),
        "media": page.media + more["form"].media,
        **more,
    }
    return TemplateResponse(request, "admin/verb.html", context)


def address_of(row: models.Model) -> str:
    """Return the address of a row's admin page, or "" if it has none."""
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return ""


def _after(row: models.Model | None, page: "ScopedAdmin") -> str:
    opts = page.opts
    return (address_of(row) if row is not None else "") or reverse(
        f"admin:{opts.app_label}_{opts.model_name}_changelist"
    )


def confirmed(
    page: "ScopedAdmin",
    request: HttpRequest,
    rows: "models.QuerySet[Any]",
    verb: Verb,
    name: str,
) -> HttpResponse | None:
    """Carry a verb out on each chosen row, after a page that asks whether it is meant, and for what its form asks.

    At most ``MOST_AT_ONCE`` rows; more are refused before anything is done. Says per row what was refused.
    """
    chosen = list(rows[: MOST_AT_ONCE + 1])
    if len(chosen) > MOST_AT_ONCE:
        messages.error(
            request, f"At most {MOST_AT_ONCE} at once: narrow the list, and do it in parts. Nothing was done."
        )
        return None
    given = {"data": request.POST} if "confirmed" in request.POST else {}
    form = verb.form(**given, actor=person(request), subject=None)
    if not form.is_valid():
        return _question(page, request, chosen, verb, name, form)
    _each(request, chosen, verb, form.cleaned_data)
    return None


def _each(request: HttpRequest, rows: Sequence[Any], verb: Verb, said: Cleaned) -> None:
    refused = []
    for row in rows:
        try:
            verb.run(person(request), row, said)
        except DomainError as error:
            refused.append(f"{row}: {error.message}")
    for words in refused[:MOST_REFUSALS_TOLD]:
        messages.warning(request, words)
    if len(refused) > MOST_REFUSALS_TOLD:
        messages.warning(request, f"So were {len(refused) - MOST_REFUSALS_TOLD} more.")
    if len(refused) < len(rows):
        messages.success(request, f"{verb.label}: {len(rows) - len(refused)} done.")


def _question(
    page: "ScopedAdmin", request: HttpRequest, rows: Sequence[Any], verb: Verb, name: str, form: VerbForm
) -> TemplateResponse:
    context = {
        **page.admin_site.each_context(request),
        "title": verb.label,
        "opts": page.opts,
        "verb": verb,
        "rows": rows,
        "form": form,
        "media": page.media + form.media,
        "action": name,
        "checkbox": ACTION_CHECKBOX_NAME,
        "back": _after(None, page),
    }
    return TemplateResponse(request, "admin/confirm.html", context)
