"""Who stands behind a clip: the maker of a model, and by way of whom it was used."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generations.catalog.capability import Route
from generations.catalog.reading import Reader

UNKNOWN_MAKER = "model maker"


@dataclass(frozen=True)
class Maker:
    """Who makes the models whose names begin with one of ``models``. ``parties``: under which names its terms are kept."""

    name: str
    parties: tuple[str, ...]
    models: tuple[str, ...]
    source: str
    as_of: dt.date

    def makes(self, model: str) -> bool:
        """Say whether the model is its: by any part of a path such as ``fal-ai/kling-video/v3``."""
        return any(_begins(part, prefix) for part in plain(model).split("/") for prefix in self.models)


@dataclass(frozen=True)
class Party:
    """A hop of a route: its name for people, and the names under which its terms may be kept (none: nobody knows)."""

    name: str
    parties: frozenset[str]


def maker(reader: Reader) -> Maker:
    """Read one ``[[maker]]`` table. Raises CatalogueError."""
    found = Maker(
        name=reader.text("name"),
        parties=reader.texts("parties"),
        models=reader.texts("models"),
        source=reader.text("source"),
        as_of=reader.take("as_of", dt.date),
    )
    reader.end()
    for field, words in (("parties", found.parties), ("models", found.models)):
        if not words or any(word != plain(word) or not word for word in words):
            raise reader.fail(field, "must hold names in small letters, without blanks")
    return found


def hops(name: str, model: str, routes: Mapping[str, Route], makers: Sequence[Maker]) -> tuple[Party, ...]:
    """Return by way of whom a model is used on a route that resells, its maker last; nothing for every other route.

    A reseller's own model has one hop. The maker of a model that nobody knows is a hop without a name.
    """
    route = routes.get(name.strip().casefold())
    if route is None or not route.resells:
        return ()
    seller = Party(route.title, frozenset({route.provider}))
    made = next((each for each in makers if each.makes(model)), None)
    if made is None:
        return seller, Party(UNKNOWN_MAKER, frozenset())
    return (seller,) if route.provider in made.parties else (seller, Party(made.name, frozenset(made.parties)))


def plain(model: str) -> str:
    """Return a model's name as the catalogue writes it: small letters, a hyphen for each blank."""
    return re.sub(r"\s+", "-", model.strip().casefold())


def _begins(part: str, prefix: str) -> bool:
    """Whether the name begins with these letters as a word: "gen" begins "gen-4" and "gen4", not "general"."""
    return part.startswith(prefix) and not part[len(prefix) :][:1].isalpha()
