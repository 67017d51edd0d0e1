"""What a request amounts to, in the tokens of the catalogue's rules."""

from generations.catalog.capability import Capability
from generations.catalog.parts import Rule
from generations.catalog.request import Params


def sound(capability: Capability, params: Params) -> str:
    """Return the sound that is asked for: "on", "off" or "original"; where nothing is said, the row's first choice that no
    rule forbids beside the references given.
    """
    if params.audio:
        return params.audio
    excluded = {token for rule in capability.rules if applies(rule, params, "") for token in rule.forbid}
    choices = capability.audio.choices
    return next((choice for choice in choices if f"audio:{choice}" not in excluded), choices[0])


def applies(rule: Rule, params: Params, audio: str) -> bool:
    """Whether everything that the rule is about is there."""
    return all(count(token, params, audio) for token in rule.when)


def count(tokens: str, params: Params, audio: str) -> int:
    """Return how many of a token, or of any of several joined by "|" or "+", the request has."""
    return sum(_count(token, params, audio) for token in tokens.replace("|", "+").split("+"))


def _count(token: str, params: Params, audio: str) -> int:
    facts = {
        f"audio:{audio}": 1,
        "characters": len(params.characters),
        "multi_shot": int(bool(params.shots)),
        "seed": int(params.seed is not None),
        "negative": int(bool(params.negative)),
    }
    if token in facts:
        return facts[token]
    return sum(token in (f"kind:{reference.kind}", reference.role) for reference in params.references)
