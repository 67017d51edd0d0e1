"""Identifiers: UUIDv7 (RFC 9562), time-ordered, made by the application so that a row's id is known before it is written."""

import uuid

import uuid_utils


def uuid7() -> uuid.UUID:
    """Return a new UUIDv7 as the standard library's type (Django's UUIDField wants that one)."""
    return uuid.UUID(int=uuid_utils.uuid7().int)
