"""The base of every admin page: rows by ``visible_to``, nothing changed but by a verb, and a verb is an action."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from django.contrib import admin
from django.contrib.admin.filters import RelatedFieldListFilter
from django.contrib.admin.utils import NotRelationField, get_fields_from_path, get_model_from_relation
from django.core.exceptions import PermissionDenied
from django.db import models
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from sorahub.accounts.admin.exporting import exported
from sorahub.accounts.admin.listing import KeyedList
from sorahub.accounts.admin.verbs import Verb, perform
from sorahub.accounts.admin_site import STAFF
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import person

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
else:
    AnyAdmin = admin.ModelAdmin
    AnyInline = admin.TabularInline

LONGEST_FILTER = 100
ADMINISTRATORS = frozenset({Kind.ADMINISTRATOR})


def visible(model: type[models.Model], request: HttpRequest) -> models.QuerySet[Any]:
    """Return the rows of a model that the person behind the request may see; none of a model without ``visible_to``."""
    manager = model._default_manager
    scope: Callable[[Any], models.QuerySet[Any]] | None = getattr(manager, "visible_to", None)
    return scope(request.user) if scope else manager.none()


class VisibleFilter(RelatedFieldListFilter):
    """A filter over a relation that offers only rows its reader may see, at most a hundred of them."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        """Return key and words of each choice."""
        rows = visible(get_model_from_relation(field), request)
        related = model_admin.admin_site._registry.get(rows.model)
        rows = rows.select_related(*getattr(related, "list_select_related", None) or ())
        return [(str(row.pk), str(row)) for row in rows[:LONGEST_FILTER]]

    def has_output(self) -> bool:
        """Stay in force when the address asks for a row, even one that is not offered: then nothing is found."""
        return bool(self.lookup_val) or super().has_output()


class ScopedInline(AnyInline):
    """Rows that belong to the row on the page, to be read only."""

    extra = 0
    can_delete = False
    joins: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Narrow to what the person may see; a model without ``visible_to`` is seen with its parent."""
        rows = visible(self.model, request) if hasattr(self.model._default_manager, "visible_to") else None
        found = super().get_queryset(request) if rows is None else rows
        return found.select_related(*self.joins) if self.joins else found

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sees the page sees its rows."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the admin adds by verbs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the admin changes by verbs."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


class ScopedAdmin(AnyAdmin):
    """A model's pages. Everything on them is read-only, for superusers too; ``adds`` and ``verbs`` call actions.

    ``bulk`` are verbs over the whole list, such as an import. What a list shows can be exported as CSV, filtered as it is.

    ``audience`` are the kinds of people for whom the pages exist; ``reads`` narrows to those with a permission. Permission
    rows of Django play no part: sorahub.accounts.roles decides. Lookups in the address are allowed for ``list_filter``
    only, so that no column (such as a hash) can be guessed letter by letter.
    """

    is_scoped = True
    audience: ClassVar[frozenset[Kind]] = STAFF
    reads: ClassVar[Permission | None] = None
    adds: ClassVar[Verb | None] = None
    verbs: ClassVar[tuple[Verb, ...]] = ()
    bulk: ClassVar[tuple[Verb, ...]] = ()
    hidden: ClassVar[frozenset[str]] = frozenset()
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    view_on_site = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Start from what the person may see."""
        rows = visible(self.model, request)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyedList]:
        """Return the kind of list that stays light at any length."""
        return KeyedList

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show every column but the ``hidden`` ones."""
        if self.fields:
            return self.fields
        columns = [*self.opts.concrete_fields, *self.opts.many_to_many]
        return [field.name for field in columns if field.name not in self.hidden]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything: what is not editable by form is shown all the same."""
        return self.get_fields(request, obj)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Put the scoped filter in the place of Django's for every relation."""
        return [self._scoped_filter(each) for each in super().get_list_filter(request)]

    def _scoped_filter(self, each: Any) -> Any:
        if not isinstance(each, str):
            return each
        try:
            get_model_from_relation(get_fields_from_path(self.model, each)[-1])
        except NotRelationField:
            return each
        return (each, VisibleFilter)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow what the list's own filters and dates ask, nothing else."""
        filters = self.list_filter if request is None else self.get_list_filter(request)
        paths = {each[0] if isinstance(each, tuple) else each for each in filters} | {self.date_hierarchy}
        names = {each for each in paths if isinstance(each, str)}
        return any(lookup == name or lookup.startswith(f"{name}__") for name in names)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say whether these pages exist for the person."""
        user = person(request)
        return user.is_active and user.kind in self.audience and (self.reads is None or user.may(self.reads))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As viewing."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Adding is a verb; who may use it, the table of roles says."""
        return self.has_view_permission(request) and self.adds is not None and self.adds.open_to(person(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: rows change by verbs."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: BaseForm, change: Any) -> NoReturn:
        """Refuse: no row is written past the actions."""
        raise PermissionDenied

    def delete_model(self, request: HttpRequest, obj: Any) -> NoReturn:
        """Refuse."""
        raise PermissionDenied

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> NoReturn:
        """Refuse."""
        raise PermissionDenied

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """There is no such page: the ledger is the history."""
        raise Http404

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask for what the adding verb needs, and do it."""
        if not self.has_add_permission(request) or self.adds is None:
            raise PermissionDenied
        return perform(self, request, self.adds, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the row with the verbs that can be done to it."""
        row = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if row is None:
            raise Http404
        tools = self.tools_for(request, row)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "tools": tools})

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """List what the person may see; for whom these pages are not, they do not exist."""
        if not self.has_view_permission(request):
            raise Http404
        more = {"list_tools": self.list_tools(request), "export": reverse(f"admin:{self._stem()}_export")}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def tools_for(self, request: HttpRequest, row: Any) -> list[dict[str, object]]:
        """Return links to the row's own page and to each verb that this person may use on it now."""
        usable = (verb for verb in self.verbs if verb.open_to(person(request)) and verb.applies(row))
        return [*self.links_for(row), *({"label": v.label, "url": self.verb_url(v, row), "verb": v} for v in usable)]

    def links_for(self, row: Any) -> list[dict[str, object]]:
        """Return links (label, url) from the row to the hub's own pages."""
        return []

    def verb_url(self, verb: Verb, row: models.Model) -> str:
        """Return the address of a verb's page for a row."""
        return reverse(f"admin:{self._stem()}_{verb.name}", args=[row.pk])

    def _stem(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def get_urls(self) -> list[Any]:
        """Add one address for each verb."""
        own: list[URLPattern] = [
            path(
                f"<uuid:pk>/{verb.name.replace('_', '-')}/",
                self.admin_site.admin_view(partial(self._verb_view, verb)),
                name=f"{self._stem()}_{verb.name}",
            )
            for verb in self.verbs
        ]
        return [*own, *self._list_urls(), *super().get_urls()]

    def _list_urls(self) -> list[URLPattern]:
        """The addresses over the whole list: its export, and its bulk verbs."""
        view, stem = self.admin_site.admin_view, self._stem()
        return [
            path("export.csv", view(self._export_view), name=f"{stem}_export"),
            *(
                path(
                    f"{verb.name.replace('_', '-')}/", view(partial(self._bulk_view, verb)), name=f"{stem}_{verb.name}"
                )
                for verb in self.bulk
            ),
        ]

    def list_tools(self, request: HttpRequest) -> list[dict[str, str]]:
        """Return label and address of what this person may do with the whole list."""
        verbs = [verb for verb in self.bulk if verb.open_to(person(request))]
        return [{"label": verb.label, "url": reverse(f"admin:{self._stem()}_{verb.name}")} for verb in verbs]

    def _export_view(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise Http404
        return exported(self, request)

    def _bulk_view(self, verb: Verb, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise Http404
        if not verb.open_to(person(request)):
            raise PermissionDenied
        return perform(self, request, verb, None)

    def _verb_view(self, verb: Verb, request: HttpRequest, pk: object) -> HttpResponse:
        if not self.has_view_permission(request):
            raise Http404
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not verb.open_to(person(request)):
            raise PermissionDenied
        return perform(self, request, verb, row)
