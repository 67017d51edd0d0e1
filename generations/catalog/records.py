"""A row of the catalogue out of the JSON that was kept of it, so that an old order is billed by the row that held."""

import dataclasses
import datetime as dt
import json
import types
from enum import StrEnum
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from generations.catalog.capability import Capability
from generations.catalog.reading import CatalogueError


@lru_cache(maxsize=512)
def restored(body: str, digest: str) -> Capability:
    """Return the row of which ``entries.kept`` made ``body``. Raises CatalogueError for what this version cannot read.

    A field that has come since takes its default; one that is gone is left out.
    """
    try:
        row: Capability = _value(Capability, json.loads(body))
    except (TypeError, ValueError, KeyError) as error:
        raise CatalogueError(f"The kept row {digest[:12]} cannot be read: {error}") from error
    return dataclasses.replace(row, digest=digest)


def _value(kind: Any, given: Any) -> Any:
    """A plain JSON value as what the field's type says."""
    if given is None:
        return None
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        meant = [each for each in parts if each is not type(None)]
        return _value(meant[0], given) if len(meant) == 1 else given
    if origin is tuple:
        kinds = [parts[0]] * len(given) if parts[-1] is Ellipsis else parts
        return tuple(_value(each, value) for each, value in zip(kinds, given, strict=True))
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        names = [each.name for each in dataclasses.fields(kind) if each.name in given]
        return kind(**{name: _value(hints[name], given[name]) for name in names})  # type: ignore[operator]
    if kind is dt.date:
        return dt.date.fromisoformat(given)
    return kind(given) if isinstance(kind, type) and issubclass(kind, StrEnum | float) else given
