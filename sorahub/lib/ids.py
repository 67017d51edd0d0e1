"""Identifiers: UUIDv7 (RFC 9562), time-ordered, made by the application so that a row's id is known before it is written."""

import uuid

import uuid_utils


def uuid7() -> uuid.UUID:
    """Return a new UUIDv7 as the standard library's type (Django's UUIDField wants that one)."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


def read_id(text: str | None) -> uuid.UUID | None:
    """Return the id that an address or a form names; None, which no row has, where it names none."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
