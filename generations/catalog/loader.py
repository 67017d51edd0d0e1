"""Read the catalogue's TOML files, ours and the operator's, and refuse anything that is not exactly understood.

A file holds ``[common]`` fields of all its rows, ``[shared.NAME]`` groups of fields, and ``[[row]]`` tables. A row takes
the groups it names in ``like``, in their order, over the common fields, and its own over both; with ``each`` it stands for
one row per group named there. ``[[route]]``, ``[[maker]]`` and ``[[claim]]`` tables describe routes, who makes which models,
and what is claimed of them; ``[[prompt_rule]]`` tables what is said against words in prompts.
``[[amend]]`` tables, in the operator's files only, say what an account or a route has otherwise: see ``amending``.
"""

import datetime as dt
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generations.catalog.amending import Amendment, RouteAmendment, amendment
from generations.catalog.capability import Capability, Claim, Route
from generations.catalog.entries import capability
from generations.catalog.parties import Maker, maker
from generations.catalog.prompt_rules import PromptRule, prompt_rule
from generations.catalog.reading import CatalogueError, Reader

DATA = Path(__file__).resolve().parent / "data"
TABLES = frozenset({"common", "shared", "row", "route", "maker", "claim", "prompt_rule", "amend"})
Key = tuple[str, str, str]


@dataclass
class Shelf:
    """Everything that was read: rows by (route, model, mode), routes by name; makers, claims, prompt rules in their order."""

    rows: dict[Key, Capability] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)
    makers: list[Maker] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    prompt_rules: list[PromptRule] = field(default_factory=list)


def load(folders: Sequence[Path] = (DATA,)) -> Shelf:
    """Read every file of the folders, which need not exist. Raises CatalogueError."""
    shelf = Shelf()
    places: dict[str, Path] = {}
    amendments: list[Amendment | RouteAmendment] = []
    for file in (file for folder in folders for file in sorted(folder.glob("*.toml"))):
        content = _content(file)
        for place, table in _numbered(file, content, "route"):
            route = _route(Reader(table, place))
            _once(places, f"the route {route.name}", file)
            shelf.routes[route.name] = route
        for place, table in _rows(file, content):
            row = capability(table, place)
            _once(places, row.name, file)
            shelf.rows[row.route, row.model, row.mode] = row
        shelf.makers += _makers(file, content, places)
        shelf.claims += [_claim(Reader(table, place)) for place, table in _numbered(file, content, "claim")]
        for place, table in _numbered(file, content, "prompt_rule"):
            shelf.prompt_rules.append(prompt_rule(Reader(table, place)))
            _once(places, f"the prompt rule {shelf.prompt_rules[-1].code}", file)
        amendments += [amendment(Reader(table, place)) for place, table in _numbered(file, content, "amend")]
    for each in amendments:
        each.apply(shelf.rows, shelf.routes)
    _check_routes(shelf, places)
    return shelf


def _content(file: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file.name}: {error}") from error
    if unknown := sorted(set(content) - TABLES):
        raise CatalogueError(f"{file.name}: unknown table {', '.join(unknown)}")
    return content


def _numbered(file: Path, content: dict[str, Any], kind: str) -> list[tuple[str, dict[str, Any]]]:
    return [(f"{file.name}, {kind} {number}", table) for number, table in enumerate(content.get(kind, []), 1)]


def _rows(file: Path, content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each row's place and its fields, put together from what it shares."""
    shared = content.get("shared", {})
    for place, table in _numbered(file, content, "row"):
        reader = Reader(table, place)
        like, each = reader.texts("like"), reader.texts("each")
        for groups in [(*like, name) for name in each] or [like]:
            if missing := [name for name in groups if name not in shared]:
                raise reader.fail("like, each", f"must name groups of this file: {', '.join(missing)}")
            fields = dict(content.get("common", {}))
            for name in groups:
                fields |= shared[name]
            yield place, {**fields, **reader.table}


def _route(reader: Reader) -> Route:
    addresses = reader.take("addresses", dict, {})
    found = Route(
        name=reader.text("name"),
        title=reader.text("title"),
        provider=reader.text("provider"),
        dialects=reader.texts("dialects"),
        addresses=tuple(addresses.items()),
        result_hosts=reader.hosts("result_hosts"),
        note=reader.take("note", str, ""),
        source=reader.text("source"),
        as_of=reader.take("as_of", dt.date),
        resells=reader.flag("resells"),
    )
    reader.end()
    if not found.dialects:
        raise reader.fail("dialects", "must not be empty")
    if wrong := [each for each in addresses.values() if not str(each).startswith("https://")]:
        raise reader.fail("addresses", f"must start with https://: {', '.join(map(str, wrong))}")
    return found


def _makers(file: Path, content: dict[str, Any], places: dict[str, Path]) -> list[Maker]:
    found = [maker(Reader(table, place)) for place, table in _numbered(file, content, "maker")]
    for prefix in (prefix for each in found for prefix in each.models):
        _once(places, f"the maker of {prefix}", file)
    return found


def _claim(reader: Reader) -> Claim:
    found = Claim(
        model=reader.take("model", str),
        topic=reader.text("topic"),
        text=reader.text("text"),
        source=reader.text("source"),
        as_of=reader.take("as_of", dt.date),
    )
    reader.end()
    return found


def _once(places: dict[str, Path], name: str, file: Path) -> None:
    """Nothing is said twice: an operator's file amends a row of ours, it does not replace one."""
    before = places.get(name)
    if before == file:
        raise CatalogueError(f"{file.name}: {name} is there twice")
    if before is not None:
        raise CatalogueError(f"{file}: {name} is in {before} already; use [[amend]] to say what you have otherwise")
    places[name] = file


def _check_routes(shelf: Shelf, places: dict[str, Path]) -> None:
    for row in shelf.rows.values():
        if row.route not in shelf.routes:
            raise CatalogueError(f"{places[row.name].name}: {row.name}: route must have a [[route]] table")
