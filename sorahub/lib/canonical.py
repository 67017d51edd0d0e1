"""Canonical JSON (RFC 8785): the one byte sequence that stands for a value under every hash and signature."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

import rfc8785

from sorahub.lib.errors import InvalidInput

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


def dumps(value: Json) -> bytes:
    """Return the RFC 8785 form of ``value`` as UTF-8.

    Raises InvalidInput for what JSON cannot hold exactly: other types, NaN, infinities, integers beyond 2**53 - 1,
    lone surrogates, keys that are not text.
    """
    try:
        return rfc8785.dumps(cast("str", value))
    except (rfc8785.CanonicalizationError, TypeError, AttributeError) as error:
        raise InvalidInput(f"This value has no canonical JSON form: {error}", code="not-canonical") from error
