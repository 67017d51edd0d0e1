"""Which release stands for whom of the persons that references depict: to be read."""

from django.contrib import admin

from reviews.models import ReferenceRelease
from sorahub.accounts.admin.scoped import ScopedAdmin


@admin.register(ReferenceRelease)
class ReferenceReleaseAdmin(ScopedAdmin):
    """Links between depicted persons and releases. Nobody changes or deletes one."""

    list_display = ("name", "reference", "release", "linked_by", "linked_at")
    list_filter = ("reference__project",)
    list_select_related = ("reference__project", "release", "linked_by__person")
    search_fields = ("name", "reference__original_name", "release__subject")
    date_hierarchy = "linked_at"
