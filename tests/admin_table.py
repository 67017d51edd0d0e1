"""Every address of the admin by its URL name, and the table of what each kind of person gets there."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib import admin

from tests.permission_table import PLACE, routes

TABLE = Path(__file__).with_name("admin_permissions.toml")
ADMIN = "/admin/"
ROW_PLACES = {"object_id", "pk"}
# Addresses that the resolver writes as patterns without an end: an app's own page, and what no other address matches.
APPS = re.compile(r"\(\?P<app_label>([^)]*)\)")
ANYTHING = re.compile(r"\(\?P<url>[^)]*\)")


@dataclass(frozen=True)
class Page:
    """One address: its URL name, its path with the row's place left open as ``{row}``, and whose model it is."""

    name: str
    path: str
    model: str = ""

    @property
    def has_row(self) -> bool:
        """Whether the address is about one row."""
        return "{row}" in self.path


@dataclass(frozen=True)
class Line:
    """Statuses by kind of person: GET and an empty POST, on own rows and (where there is a row) on the other client's."""

    get: list[int]
    post: list[int] | None = None
    get_other: list[int] | None = None
    post_other: list[int] | None = None


def pages() -> list[Page]:
    """Return the admin's addresses. Those that Django left without a name get one here: ``…_short``, ``nowhere``."""
    return [page for route, name in routes() if route.startswith(ADMIN) for page in _pages(route, name)]


def _pages(route: str, name: str | None) -> Iterator[Page]:
    if apps := APPS.search(route):
        for label in apps[1].split("|"):
            yield Page(f"{name}_{label}", APPS.sub(label, route.replace("^", "").removesuffix("$")))
    elif ANYTHING.search(route):
        yield Page("nowhere", ANYTHING.sub("no-such-page", route).removesuffix("$"))
    else:
        model = _model_of(route)
        short = f"{model.replace('.', '_')}_short"
        yield Page(name or short, PLACE.sub(lambda each: _place(each[1]), route), model)


def _place(name: str) -> str:
    assert name in ROW_PLACES, f"an address of the admin with an unknown place: {name}"
    return "{row}"


def _model_of(route: str) -> str:
    parts = route.removeprefix(ADMIN).split("/")
    model = ".".join(parts[:2])
    return model if model in {each._meta.label_lower for each in admin.site._registry} else ""


class Table:
    """The committed answers: a class of answers for each model's five pages, and a line for everything else."""

    def __init__(self) -> None:
        data: dict[str, Any] = tomllib.loads(TABLE.read_text("utf-8"))
        self.who: list[str] = data["who"]
        self.models: dict[str, str] = data["models"]
        self.classes: dict[str, dict[str, list[int]]] = data["classes"]
        self.lines: dict[str, dict[str, list[int]]] = data["lines"]

    def line(self, page: Page) -> Line | None:
        """Return what the table says of a page: the line of its name, else what its model's class says, else None."""
        found = self.lines.get(page.name)
        if found is None and page.model in self.models:
            action = page.name.rpartition("_")[2]
            found = self.classes.get(f"{self.models[page.model]}.{action}")
        return Line(**found) if found is not None else None
