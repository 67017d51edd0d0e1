"""Every address of the hub with its methods, from the URL resolver, and the table of what each person gets there."""

import inspect
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.two_clients import Side

TABLE = Path(__file__).with_name("permissions.toml")
PLACE = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
ADMIN = "/admin/"  # hundreds of addresses made by one machine: tests/admin_table.py has a shorter table for them
HTTP = ("get", "post", "put", "patch", "delete")
# In an address, the word before an id says of what the id is, where it is not that word's singular.
SINGULARS = {
    "people": "person",
    "batches": "batch",
    "spend-entries": "spend-entry",
    "deliveries": "delivery",
    "exceptions": "override",
    "records": "licence-record-version",
    "webhooks": "account",
    "stories": "project",
    "kept-words": "snippet",
    "names": "known-name",
}
SHORT = {"provider-account": "account", "source": "terms-source", "version": "terms-version"}


@dataclass(frozen=True)
class Address:
    """One method at one pattern, such as ``GET /api/v1/projects/<uuid:pk>/``."""

    method: str
    route: str

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


@dataclass(frozen=True)
class Entry:
    """A line of the table. ``own`` and ``other`` are statuses for the kinds of people, in the order of the table's ``who``.

    ``other`` is missing where nothing in the request belongs to a client. In ``body`` and ``query``, words that begin
    with @ stand for the row of that name: "@clip" for its id, "@clip.sha256" for a value of it.
    """

    own: list[int]
    other: list[int] | None = None
    body: dict[str, Any] | None = None
    query: dict[str, Any] | None = None
    places: dict[str, str] | None = None


def addresses() -> list[Address]:
    """Return every method at every pattern that the hub answers, the admin's own apart."""
    views = [(route, pattern.callback) for route, pattern in _patterns() if not route.startswith(ADMIN)]
    return list(dict.fromkeys(Address(method, route) for route, view in views for method in _methods(view)))


def routes() -> list[tuple[str, str | None]]:
    """Return every pattern with its name."""
    return [(route, pattern.name) for route, pattern in _patterns()]


def table() -> tuple[list[str], dict[str, Entry]]:
    """Return the kinds of people in the order of the columns, and the lines by address."""
    with TABLE.open("rb") as opened:
        data = tomllib.load(opened)
    who: list[str] = data.pop("who")
    return who, {name: Entry(**{"own": line.pop("any", None), **line}) for name, line in data.items()}


def path_of(address: str, entry: Entry, side: Side) -> str:
    """Return the address with the ids of this side's rows in their places."""
    route = address.partition(" ")[2]

    def fill(match: re.Match[str]) -> str:
        place = match[1] or match[2]
        said = (entry.places or {}).get(place)
        if said is None:
            segment = route[: match.start()].rstrip("/").rpartition("/")[2]
            said = "@" + _singular(segment)
        return str(filled(said, side))

    return PLACE.sub(fill, route)


def filled(value: Any, side: Side) -> Any:
    """Return the value with every @word in it replaced by this side's row."""
    if isinstance(value, dict):
        return {key: filled(each, side) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, side) for each in value]
    if not isinstance(value, str) or not value.startswith("@"):
        return value
    name, _, attribute = value[1:].partition(".")
    row = side[name]
    if isinstance(row, str):
        return row
    return str(getattr(row, attribute) if attribute else row.pk)


def _singular(segment: str) -> str:
    word = SINGULARS.get(segment, segment.removesuffix("s"))
    return SHORT.get(word, word)


def _patterns(patterns: Any = None, before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for each in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(each.pattern).removeprefix("^").removesuffix("$")
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield route, each


def _methods(view: Any) -> list[str]:
    """The methods that a view answers: what a viewset maps, a class defines, or a decorator allows; else GET and POST."""
    if actions := getattr(view, "actions", None):
        return [method.upper() for method in actions if method in HTTP]
    cls = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if cls is not None:
        return [method.upper() for method in HTTP if hasattr(cls, method)]
    return _allowed(view) or ["GET", "POST"]


def _allowed(view: Any) -> list[str]:
    while view is not None:
        listed = _closure(view).get("request_method_list")
        if listed is not None:
            return [method for method in listed if method.lower() in HTTP]
        view = getattr(view, "__wrapped__", None)
    return []


def _closure(view: Any) -> dict[str, Any]:
    return dict(inspect.getclosurevars(view).nonlocals) if inspect.isfunction(view) else {}
