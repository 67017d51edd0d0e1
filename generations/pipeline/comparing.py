"""What a provider says it made, beside what was asked of it. Pure but for the rows it reads."""

from collections.abc import Iterator

from generations.models import Generation
from generations.pipeline.remote import capability_of


def differences(generation: Generation) -> list[str]:
    """Return in words where the provider's own figures differ from what was asked; what it does not say is no difference."""
    return list(differing(generation).values())


def differing(generation: Generation) -> dict[str, str]:
    """Return the same by what differs: size, seconds, model."""
    found = {"size": _size(generation), "seconds": _length(generation), "model": _model(generation)}
    return {name: words for name, each in found.items() if (words := "; ".join(each))}


def _size(generation: Generation) -> Iterator[str]:
    row, actual = capability_of(generation), generation.actual
    made = f"{actual.get('width')}x{actual.get('height')}"
    follows = row is not None and row.ratio_follows
    if actual.get("width") and actual.get("height") and not follows and made != generation.params["size"]:
        yield f"{made} instead of {generation.params['size']}"


def _length(generation: Generation) -> Iterator[str]:
    made, asked = generation.actual.get("seconds"), int(generation.params["seconds"])
    row = capability_of(generation)
    stitched = row is not None and bool(row.extend)
    if made is not None and asked and made != asked and not stitched:
        yield f"{made} seconds instead of {asked}"


def _model(generation: Generation) -> Iterator[str]:
    row, made = capability_of(generation), generation.actual.get("model")
    if row is not None and made and row.wire_model not in str(made):
        yield f"the model {made} instead of {row.wire_model}"
