"""What was said about references before, and how large ones came in: to be read."""

from django.contrib import admin

from generations.models import ReferenceChange, ReferenceIntake
from sorahub.accounts.admin.scoped import ScopedAdmin


@admin.register(ReferenceChange)
class ReferenceChangeAdmin(ScopedAdmin):
    """Changes of what is said about references. Nobody changes or deletes one."""

    list_display = ("reference", "__str__", "changed_by", "changed_at")
    list_filter = ("reference__project",)
    list_select_related = ("reference__project", "changed_by__person")
    search_fields = ("reference__original_name", "reference__sha256")
    date_hierarchy = "changed_at"


@admin.register(ReferenceIntake)
class ReferenceIntakeAdmin(ScopedAdmin):
    """Files that came in pieces, and what became of them."""

    list_display = ("transfer", "state", "words", "reference", "created_by", "created_at")
    list_filter = ("state", "transfer__project")
    list_select_related = ("transfer__project", "reference", "created_by__person")
    search_fields = ("transfer__original_name", "words")
    date_hierarchy = "created_at"
