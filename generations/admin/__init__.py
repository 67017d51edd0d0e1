"""What gets made, in the admin site. Producers live here."""

from generations.admin import accounts, clips, dashboard, generation, invoices, money, planning, watching

__all__ = ["accounts", "clips", "dashboard", "generation", "invoices", "money", "planning", "watching"]
