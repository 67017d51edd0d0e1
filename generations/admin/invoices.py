"""Providers' invoices, to be looked at. They are brought in and reconciled on the pages of the engine."""

from django.contrib import admin

from generations.models import Invoice, InvoiceRuling
from sorahub.accounts.admin.looks import short
from sorahub.accounts.admin.scoped import ADMINISTRATORS, ScopedAdmin, ScopedInline


class RulingInline(ScopedInline):
    """What people said of its lines."""

    model = InvoiceRuling
    fields = readonly_fields = ("at", "outcome", "reason", "actor")
    joins = ("actor__person",)


@admin.register(Invoice)
class InvoiceAdmin(ScopedAdmin):
    """An invoice as it came."""

    audience = ADMINISTRATORS
    list_display = ("number", "account", "state", "starts_on", "ends_on", "total", "created_at")
    list_filter = ("state", "account")
    list_select_related = ("account",)
    search_fields = ("number", "file_name")
    date_hierarchy = "created_at"
    fields = (
        "number",
        "account",
        "state",
        "currency",
        "starts_on",
        "ends_on",
        "total",
        "refused",
        "file_name",
        "size",
        "hash",
        "created_by",
        "created_at",
    )
    inlines = (RulingInline,)

    @admin.display(description="SHA-256")
    def hash(self, row: Invoice) -> str:
        """The file's hash, short."""
        return short(row.sha256)
