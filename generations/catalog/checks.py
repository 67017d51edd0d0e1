"""A wrong catalogue stops every command before it starts, with the file, the row and the field."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from generations.catalog.reading import CatalogueError
from generations.catalog.shelf import shelf


def catalogue_is_readable(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:
    """Read the whole catalogue, the operator's files included; name folders that an operator set and that are not there."""
    usual = Path(settings.VAR_DIR) / "catalogue"
    missing = [folder for folder in map(Path, settings.CATALOGUE_DIRS) if folder != usual and not folder.is_dir()]
    said: list[checks.CheckMessage] = [
        checks.Warning(
            f"The catalogue folder {folder} does not exist.", hint="SORAHUB_CATALOGUE_DIRS", id="catalogue.W001"
        )
        for folder in missing
    ]
    try:
        shelf()
    except CatalogueError as error:
        said.append(checks.Error(str(error), hint="Mend the file, or take it out of the folder.", id="catalogue.E001"))
    return said
