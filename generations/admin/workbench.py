"""Kept words and watched names, to be read: the pages of the workbench change them."""

from django.contrib import admin

from generations.models import KeptVersion, KeptWords, KnownName
from sorahub.accounts.admin.scoped import ScopedAdmin, ScopedInline


class VersionInline(ScopedInline):
    """What they said, version by version."""

    model = KeptVersion
    fields = readonly_fields = ("version", "text", "negative", "note", "created_by", "created_at")
    joins = ("created_by__person",)


@admin.register(KeptWords)
class KeptWordsAdmin(ScopedAdmin):
    """Snippets, templates and sheets."""

    list_display = ("title", "sort", "kind", "name", "client", "project", "archived_at")
    list_filter = ("sort", "kind", "client", ("archived_at", admin.EmptyFieldListFilter))
    list_select_related = ("client", "project", "created_by__person")
    search_fields = ("title", "name")
    inlines = (VersionInline,)


@admin.register(KnownName)
class KnownNameAdmin(ScopedAdmin):
    """People, brands and works that prompts are looked through for."""

    list_display = ("name", "sort", "client", "needs_release", "note", "archived_at")
    list_filter = ("sort", "client", "needs_release")
    list_select_related = ("client", "created_by__person")
    search_fields = ("name", "note")
