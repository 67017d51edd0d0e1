"""The catalogue as this hub has it: our own data and the operator's, read once."""

import datetime as dt
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from generations.catalog import parties, prompt_rules, rules
from generations.catalog.capability import Capability, Claim, Route
from generations.catalog.loader import DATA, Shelf, load
from generations.catalog.parties import Maker, Party
from generations.catalog.prompt_rules import PromptRule
from generations.catalog.request import Params, Refusal
from sorahub.lib.errors import NotFound

EMBEDDED = "sandbox"


@lru_cache(maxsize=4)
def _shelf(folders: tuple[Path, ...]) -> Shelf:
    return load(folders)


def shelf() -> Shelf:
    """Return everything, read from the package's folder and ``settings.CATALOGUE_DIRS``. Raises CatalogueError."""
    return _shelf((DATA, *(Path(folder) for folder in settings.CATALOGUE_DIRS)))


def rows() -> list[Capability]:
    """Return every row, retired and import-only ones included, by route, model and mode."""
    found = shelf().rows
    return [found[key] for key in sorted(found)]


def capability(route: str, model: str, mode: str) -> Capability:
    """Return one row. Raises NotFound."""
    try:
        return shelf().rows[route, model, mode]
    except KeyError:
        raise NotFound(f"The catalogue has no {model} for {mode} by route {route}.") from None


def launchable(at: dt.date) -> list[Capability]:
    """Return the rows that new work may be sent to on the day ``at``."""
    return [row for row in rows() if row.launchable(at)]


def alternatives(row: Capability, at: dt.date, *, without: Collection[str] = ()) -> list[Capability]:
    """Return the other rows of the same mode that can be launched: the same model by other routes first, then other models,
    one of each provider before the next of any; the embedded service last (for its own rows first).

    ``without``: routes that nothing can be sent by.
    """
    seen: Counter[str] = Counter()
    ranked: list[tuple[bool, bool, int, Capability]] = []
    for each in sorted(launchable(at), key=lambda other: other.model != row.model):
        if each.mode == row.mode and each.name != row.name and each.route not in without:
            ranked.append((_embedded(each) != _embedded(row), each.model != row.model, seen[each.provider], each))
            seen[each.provider] += 1
    return [each for *_, each in sorted(ranked, key=lambda rank: rank[:3])]


def refusals(row: Capability, params: Params, at: dt.date, *, without: Collection[str] = ()) -> list[Refusal]:
    """Return every reason against launching ``params`` on the day ``at``; where the row itself is the reason, with what
    could serve instead (``without`` as for ``alternatives``).
    """
    instead = () if row.launchable(at) else alternatives(row, at, without=without)
    where = shelf().routes[row.route].title
    said = prompt_rules.blocks(shelf().prompt_rules, row, params)
    return [*rules.refusals(row, params, at, instead=instead, where=where), *said]


def routes() -> list[Route]:
    """Return every route by name, those without a row included."""
    found = shelf().routes
    return [found[name] for name in sorted(found)]


def route(name: str) -> Route:
    """Return one route. Raises NotFound."""
    try:
        return shelf().routes[name]
    except KeyError:
        raise NotFound(f"The catalogue has no route {name}.") from None


def claims() -> list[Claim]:
    """Return what is claimed of models, in the order of the files."""
    return list(shelf().claims)


def rules_of_prompts() -> list[PromptRule]:
    """Return what is said against words in prompts, in the order of the files."""
    return list(shelf().prompt_rules)


def hops(route: str, model: str) -> tuple[Party, ...]:
    """Return by way of whom a model is used on a route that resells it, its maker last; nothing for every other route."""
    found = shelf()
    return parties.hops(route, model, found.routes, found.makers)


def behind(route: str) -> list[str]:
    """Return the parties whose terms may govern a route: its provider, and for one that resells every known maker."""
    found = shelf()
    known = found.routes.get(route.strip().casefold())
    if known is None:
        return []
    makers = [party for each in found.makers for party in each.parties] if known.resells else []
    return list(dict.fromkeys((known.provider, *makers)))


def maker_of(model: str) -> Maker | None:
    """Return who makes a model, or None where nobody knows."""
    return next((each for each in shelf().makers if each.makes(model)), None)


def ended(route: str, model: str) -> tuple[str, dt.date] | None:
    """Return who shut a model down and when, or will: by this route, or, where the route is not known to offer it, its maker.

    None while any row of it goes on without an end.
    """
    name, way = parties.plain(model), route.strip().casefold()
    here = [row for row in rows() if (row.route, row.model) == (way, name)]
    made = maker_of(name)
    told = here or [row for row in rows() if made and row.model == name and row.provider in made.parties]
    days = [row.retired_on for row in told if row.retired_on]
    if not told or len(days) < len(told):
        return None
    return shelf().routes[told[0].route].title, max(days)


def _embedded(row: Capability) -> bool:
    return row.provider == EMBEDDED
