"""What each (provider, route, model, mode) can do: data with dates, validated when it is loaded."""

from generations.catalog.asked import sound
from generations.catalog.capability import Capability, Claim, Route
from generations.catalog.entries import kept
from generations.catalog.fitting import Wished, fitted
from generations.catalog.parties import Maker, Party
from generations.catalog.parts import Audio, Cancel, Lifecycle, Size, Slot, SourceUse, Webhook
from generations.catalog.prices import charge, estimate
from generations.catalog.reading import CatalogueError
from generations.catalog.records import restored
from generations.catalog.request import Money, Params, ReferenceFacts, Refusal, ShotAsk, SourceFacts
from generations.catalog.shelf import (
    alternatives,
    behind,
    capability,
    claims,
    ended,
    hops,
    launchable,
    maker_of,
    refusals,
    route,
    routes,
    rows,
)

__all__ = [
    "Audio",
    "Cancel",
    "Capability",
    "CatalogueError",
    "Claim",
    "Lifecycle",
    "Maker",
    "Money",
    "Params",
    "Party",
    "ReferenceFacts",
    "Refusal",
    "Route",
    "ShotAsk",
    "Size",
    "Slot",
    "SourceFacts",
    "SourceUse",
    "Webhook",
    "Wished",
    "alternatives",
    "behind",
    "capability",
    "charge",
    "claims",
    "ended",
    "estimate",
    "fitted",
    "hops",
    "kept",
    "launchable",
    "maker_of",
    "refusals",
    "restored",
    "route",
    "routes",
    "rows",
    "sound",
]
