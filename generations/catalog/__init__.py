"""What each (provider, route, model, mode) can do: data with dates, validated when it is loaded."""

from generations.catalog.asked import sound
from generations.catalog.capability import Capability, Claim, Route
from generations.catalog.entries import kept
from generations.catalog.fitting import Wished, fitted
from generations.catalog.lengths import Length, length_of
from generations.catalog.parties import Maker, Party
from generations.catalog.parts import Audio, Cancel, Lifecycle, PromptUnit, Size, Slot, SourceUse, Webhook
from generations.catalog.prices import charge, estimate
from generations.catalog.prompt_rules import Level, PromptRule
from generations.catalog.reading import CatalogueError
from generations.catalog.records import restored
from generations.catalog.request import Money, Params, ReferenceFacts, Refusal, ShotAsk, SourceFacts
from generations.catalog.rules import shot_problems, spelled
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
    rules_of_prompts,
)

__all__ = [
    "Audio",
    "Cancel",
    "Capability",
    "CatalogueError",
    "Claim",
    "Length",
    "Level",
    "Lifecycle",
    "Maker",
    "Money",
    "Params",
    "Party",
    "PromptRule",
    "PromptUnit",
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
    "length_of",
    "maker_of",
    "refusals",
    "restored",
    "route",
    "routes",
    "rows",
    "rules_of_prompts",
    "shot_problems",
    "sound",
    "spelled",
]
