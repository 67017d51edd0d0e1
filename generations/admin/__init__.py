"""What gets made, in the admin site. Producers live here."""

from generations.admin import (
    accounts,
    clips,
    dashboard,
    generation,
    health,
    importing,
    invoices,
    money,
    planning,
    references,
    watching,
    workbench,
)

__all__ = [
    "accounts",
    "clips",
    "dashboard",
    "generation",
    "health",
    "importing",
    "invoices",
    "money",
    "planning",
    "references",
    "watching",
    "workbench",
]
