"""Checklists of rights and duties of disclosure: to be found and read; made and edited on the hub's own pages."""

from django.contrib import admin

from generations.admin.pictures import address, links
from reviews.models import ChecklistTemplate, DisclosureRule
from sorahub.accounts.admin.looks import short
from sorahub.accounts.admin.scoped import ScopedAdmin


@admin.register(ChecklistTemplate)
class ChecklistAdmin(ScopedAdmin):
    """Versions of checklists."""

    list_display = (
        "title",
        "key",
        "version",
        "client",
        "distributor",
        "market",
        "retired",
        "hash",
        "made_by",
        "made_at",
    )
    list_filter = ("client", "market", "retired")
    list_select_related = ("client", "made_by__person")
    search_fields = ("title", "key", "distributor", "sha256")
    date_hierarchy = "made_at"

    @admin.display(description="SHA-256")
    def hash(self, row: ChecklistTemplate) -> str:
        """The hash that a licence record names."""
        return short(row.sha256)

    def links_for(self, row: ChecklistTemplate) -> list[dict[str, object]]:
        """Link to the page with its history."""
        return links(Open_the_checklist=address("reviews:checklist", row.pk))


@admin.register(DisclosureRule)
class DisclosureRuleAdmin(ScopedAdmin):
    """Versions of duties of disclosure."""

    list_display = (
        "title",
        "key",
        "version",
        "status",
        "applies_from",
        "applies_until",
        "source",
        "sourced_on",
        "made_at",
    )
    list_filter = ("status",)
    list_select_related = ("made_by__person",)
    search_fields = ("title", "key", "duty", "source")
    date_hierarchy = "made_at"

    def links_for(self, row: DisclosureRule) -> list[dict[str, object]]:
        """Link to the page with its history."""
        return links(Open_the_duty=address("reviews:duty", row.pk))
