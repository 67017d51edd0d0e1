"""Find and read the files that declare providers: those that come with the hub, and the operator's own."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from pydantic import ValidationError

from generations.providers.declared_form import Declared
from sorahub.lib.errors import InvalidInput

OURS = Path(__file__).resolve().parent / "declared"


class DeclarationError(ValueError):
    """A file is wrong; the message names file and field."""


@cache
def declared() -> dict[str, Declared]:
    """Return every declared provider by name (the file's, without its ending). Raises DeclarationError."""
    return load(OURS, *map(Path, settings.PROVIDER_DIRS))


def load(*folders: Path) -> dict[str, Declared]:
    """Read all files of these folders; two of one name are an error. Raises DeclarationError."""
    found: dict[str, tuple[Path, Declared]] = {}
    for file in (file for folder in folders for file in sorted(folder.glob("*.toml"))):
        if file.stem in found:
            raise DeclarationError(f"{file}: {file.stem} is declared already, by {found[file.stem][0]}")
        found[file.stem] = (file, read(file))
    return {name: declaration for name, (_, declaration) in found.items()}


def read(file: Path) -> Declared:
    """Read one file. Raises DeclarationError naming each wrong field."""
    try:
        return Declared.model_validate(_tuples(tomllib.loads(file.read_text(encoding="utf-8"))))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise DeclarationError(f"{file.name}: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}" for each in error.errors())
        raise DeclarationError(f"{file.name}: {wrong}") from error


def complete(name: str) -> Declared:
    """Return a declared provider that can be used. Raises InvalidInput naming what is not known yet."""
    found = declared().get(name)
    if found is None:
        raise InvalidInput(f"No file declares a provider {name!r}.", code="unknown-dialect")
    if found.unknown:
        lines = "; ".join(found.unknown)
        raise InvalidInput(
            f"{found.title} cannot be used yet. Not known: {lines}. Copy its file to the hub's own folder under another "
            "name, fill this in from your contract's documentation, and let the route speak it: an [[amend]] table with "
            "dialects in the hub's own catalogue.",
            code="declared-incomplete",
        )
    return found


def _tuples(value: object) -> object:
    """TOML's lists are the form's tuples."""
    if isinstance(value, dict):
        return {key: _tuples(each) for key, each in value.items()}
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value


def declarations_are_readable(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:
    """A wrong file stops every command before it starts, with file and field."""
    try:
        declared()
    except DeclarationError as error:
        hint = "Mend the file, or take it out of the folder."
        return [checks.Error(str(error), hint=hint, id="providers.E001")]
    return []
