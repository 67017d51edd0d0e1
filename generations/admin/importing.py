"""Imports of finished footage, their rows, and files on their way in: to be looked at; what is done with them is done on their pages."""

from django.contrib import admin

from generations.admin.pictures import address, links
from generations.models import ImportRow, ImportRun, Transfer
from sorahub.accounts.admin.looks import state
from sorahub.accounts.admin.scoped import ScopedAdmin


@admin.register(ImportRun)
class ImportRunAdmin(ScopedAdmin):
    """One import: what was handed over, how its manifest was read, and how far it is."""

    list_display = ("name", "project", "standing", "total", "position", "created_by", "created_at")
    list_filter = ("state", "project")
    list_select_related = ("project", "created_by__person")
    search_fields = ("name", "project__name")
    date_hierarchy = "created_at"
    hidden = frozenset({"inputs"})

    @admin.display(description="State", ordering="state")
    def standing(self, row: ImportRun) -> str:
        """The state as a badge."""
        return state(row.state, row.get_state_display())

    def links_for(self, row: ImportRun) -> list[dict[str, object]]:
        """Link to its own page."""
        return links(Open_the_import=address("generations:import", row.pk))


@admin.register(ImportRow)
class ImportRowAdmin(ScopedAdmin):
    """What became of each row, with everything that was said of its file."""

    list_display = ("number", "name", "run", "state", "words")
    list_filter = ("state", "run__project")
    list_select_related = ("run", "clip__shot")
    search_fields = ("name", "words", "key")


@admin.register(Transfer)
class TransferAdmin(ScopedAdmin):
    """Files that come in pieces."""

    list_display = (
        "original_name",
        "project",
        "purpose",
        "state",
        "size",
        "received_bytes",
        "created_by",
        "expires_at",
    )
    list_filter = ("state", "purpose", "project")
    list_select_related = ("project", "created_by__person")
    search_fields = ("original_name", "found_sha256", "project__name")
    date_hierarchy = "created_at"
    hidden = frozenset({"received"})
