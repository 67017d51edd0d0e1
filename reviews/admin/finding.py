"""Tags and clients' own fields, to be looked at; they are changed on the hub's own pages."""

from django.contrib import admin

from reviews.models import CustomField, Tag
from sorahub.accounts.admin.scoped import ScopedAdmin


@admin.register(Tag)
class TagAdmin(ScopedAdmin):
    """Tags."""

    list_display = ("name", "client", "look", "created_by", "created_at", "archived_at")
    list_filter = ("client", "look")
    list_select_related = ("client", "created_by__person")
    search_fields = ("name", "key")
    ordering = ("client__name", "key")


@admin.register(CustomField)
class CustomFieldAdmin(ScopedAdmin):
    """Clients' own fields."""

    list_display = ("name", "client", "on", "sort", "key", "archived_at")
    list_filter = ("client", "on", "sort")
    list_select_related = ("client",)
    search_fields = ("name", "key")
    ordering = ("client__name", "on", "position")
