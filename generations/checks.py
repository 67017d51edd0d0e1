"""What no single file can show: every wire that a route of the catalogue speaks is one that the hub knows."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks

from generations.catalog.reading import CatalogueError
from generations.catalog.shelf import shelf
from generations.providers.declared_files import DeclarationError
from generations.providers.registry import dialects


def routes_speak_what_is_known(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:
    """A route that speaks a wire which no module and no file knows stops every command; a wrong file is told elsewhere."""
    try:
        routes, known = shelf().routes.values(), set(dialects())
    except (CatalogueError, DeclarationError):
        return []
    hint = "Put the provider's file into SORAHUB_PROVIDER_DIRS (its name without .toml follows “declared:”), or mend dialects."
    return [
        checks.Error(f"The route {route.name} speaks {name}, which nothing declares.", hint=hint, id="catalogue.E002")
        for route in routes
        for name in route.dialects
        if name not in known
    ]
