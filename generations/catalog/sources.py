"""May this generation be remixed, edited or extended?"""

from collections.abc import Iterator

from generations.catalog.capability import Capability
from generations.catalog.parts import SourceUse
from generations.catalog.request import Params, Refusal, SourceFacts

VERBS = {SourceUse.REMIX: "remixed", SourceUse.EDIT: "edited", SourceUse.EXTEND: "extended"}


def source(capability: Capability, params: Params) -> Iterator[Refusal]:
    """Return what speaks against the generation that the request starts from, or against there being one or none."""
    use, given = capability.uses_source, params.source
    if given is None:
        if use:
            yield _refusal("missing", f"Choose the generation that is to be {VERBS[use]}.")
        return
    if not use:
        yield _refusal("unused", f"{capability.title} starts from no other generation in this mode.")
        return
    yield from _within_reach(capability, given)
    if use is SourceUse.EXTEND:
        yield from _room(capability, params.seconds, given)
    elif params.seconds not in (0, given.seconds):
        words = f"What is {VERBS[use]} keeps the length of its source, {given.seconds} seconds."
        yield Refusal("seconds", "seconds", words)


def _within_reach(capability: Capability, given: SourceFacts) -> Iterator[Refusal]:
    verb = VERBS[capability.uses_source]
    if not given.same_account:
        yield _refusal("account", f"A generation can be {verb} only by the account that made it.")
    if given.model != capability.model:
        yield _refusal("model", f"A generation of {given.model} can be {verb} only by {given.model}.")
    if not given.reachable:
        yield _refusal("gone", f"The provider no longer keeps this generation, so it cannot be {verb} there.")


def _room(capability: Capability, seconds: int, given: SourceFacts) -> Iterator[Refusal]:
    limits = capability.extend
    if limits is None:
        return
    if given.extensions >= limits.at_most:
        yield _refusal("extensions", f"It was extended {given.extensions} times; {limits.at_most} are possible.")
    total, most = given.seconds + seconds, limits.max_total_seconds
    if total > most:
        yield _refusal("length", f"It would last {total} seconds in all; at most {most} are possible.")


def _refusal(what: str, words: str) -> Refusal:
    return Refusal(f"source-{what}", "source", words)
