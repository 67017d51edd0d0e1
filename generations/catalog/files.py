"""May these reference files be given? Slot by slot, and all together."""

from collections.abc import Iterator

from generations.catalog.capability import Capability
from generations.catalog.parts import Slot
from generations.catalog.request import Params, ReferenceFacts, Refusal

MIB, MB = 1024**2, 1_000_000
SLACK = 0.05  # seconds: a container's rounding is no reason to refuse a file
_A = {"image": "an image", "video": "a video", "audio": "a sound"}
_MANY = {"image": "images", "video": "videos", "audio": "sounds"}


def files(capability: Capability, params: Params) -> Iterator[Refusal]:
    """Return what speaks against the references."""
    slots = {(slot.kind, slot.role): slot for slot in capability.slots}
    for reference in params.references:
        slot = slots.get((reference.kind, reference.role))
        if slot is None:
            words = f"{reference.role.replace('_', ' ')} {reference.kind}"
            yield Refusal("reference-kind", "references", f"{capability.title} takes no {words} in this mode.")
        else:
            yield from _file(slot, reference, params)
    for slot in capability.slots:
        yield from _together(slot, params)
    yield from _all(capability, params)


def unfit(slot: Slot, reference: ReferenceFacts) -> list[str]:
    """Say why a file does not fit a place, whatever else is asked for; empty where it fits. The picture's size is not looked at."""
    if reference.kind != slot.kind:
        return [f"It is {_A[reference.kind]}; {_MANY[slot.kind]} go here."]
    return [each.message for each in _alone(slot, reference)]


def _file(slot: Slot, reference: ReferenceFacts, params: Params) -> Iterator[Refusal]:
    if slot.must_match_size and (reference.width, reference.height) != (params.width, params.height):
        given = f"{reference.width}x{reference.height}"
        yield Refusal("reference-size", "references", f"The image is {given}; it must be {params.size}.")
    yield from _alone(slot, reference)


def _alone(slot: Slot, reference: ReferenceFacts) -> Iterator[Refusal]:
    if reference.media_type not in slot.formats:
        offered = ", ".join(slot.formats)
        yield Refusal("reference-format", "references", f"{reference.media_type} is not among {offered}.")
    if reference.size_bytes > slot.max_bytes:
        words = f"A reference may have at most {_bytes(slot.max_bytes)}."
        yield Refusal("reference-bytes", "references", words)
    yield from _sides(slot, reference)
    yield from _time(slot, reference)


def _sides(slot: Slot, reference: ReferenceFacts) -> Iterator[Refusal]:
    if not (reference.width and reference.height):
        return
    given = f"The {reference.kind} is {reference.width}x{reference.height}"
    shorter, longer = sorted((reference.width, reference.height))
    if shorter < (slot.min_side or 0):
        yield Refusal("reference-side", "references", f"{given}; each side must have at least {slot.min_side} pixels.")
    if slot.max_side and longer > slot.max_side:
        yield Refusal("reference-side", "references", f"{given}; each side may have at most {slot.max_side} pixels.")
    ratio = reference.width / reference.height
    if not (slot.min_ratio or 0) <= ratio <= (slot.max_ratio or ratio):
        words = f"{given}; width over height must lie between {slot.min_ratio or 0:g} and {slot.max_ratio or ratio:g}."
        yield Refusal("reference-ratio", "references", words)


def _time(slot: Slot, reference: ReferenceFacts) -> Iterator[Refusal]:
    low, high = slot.min_seconds or 0, slot.max_seconds
    if reference.seconds is not None and not low - SLACK <= reference.seconds <= (high or reference.seconds) + SLACK:
        words = f"The {reference.kind} lasts {reference.seconds:.1f} s; {low:g} to {high or low:g} s are possible."
        if high is None:
            words = f"The {reference.kind} lasts {reference.seconds:.1f} s; at least {low:g} s are needed."
        yield Refusal("reference-seconds", "references", words)
    slow, fast = slot.min_fps or 0, slot.max_fps
    if reference.fps is not None and not slow - 0.1 <= reference.fps <= (fast or reference.fps) + 0.1:
        words = f"The video has {reference.fps:.2f} frames per second; it must have {slow:g} to {fast or slow:g}."
        yield Refusal("reference-fps", "references", words)


def _together(slot: Slot, params: Params) -> Iterator[Refusal]:
    given = [item for item in params.references if (item.kind, item.role) == (slot.kind, slot.role)]
    words = f"{slot.role.replace('_', ' ')} {slot.kind}"
    if len(given) < slot.at_least:
        yield Refusal("reference-missing", "references", f"This mode needs a {words}: add {slot.at_least}.")
    if len(given) > slot.at_most:
        yield Refusal("reference-count", "references", f"At most {slot.at_most} {words}; {len(given)} were given.")
    total = sum(item.seconds or 0 for item in given)
    if slot.max_total_seconds is not None and total > slot.max_total_seconds + SLACK:
        limit = f"{slot.max_total_seconds:g} s"
        told = f"The references of kind {slot.kind} last {total:.1f} s together; at most {limit} are possible."
        yield Refusal("reference-total-seconds", "references", told)


def _all(capability: Capability, params: Params) -> Iterator[Refusal]:
    given, most = len(params.references), capability.max_references
    if most is not None and given > most:
        words = f"{capability.title} takes at most {most} references in all; {given} were given."
        yield Refusal("references-total", "references", words)
    sent = _written(capability, params)
    if capability.body_limit and sent > capability.body_limit:
        words = f"The references make a request of {sent / MB:.0f} MB; at most {_bytes(capability.body_limit)} fit."
        yield Refusal("references-body", "references", words)


def _written(capability: Capability, params: Params) -> int:
    """How many bytes the files take in a request, in base64; those that the provider fetches take none."""
    fetched = {(slot.kind, slot.role) for slot in capability.slots if slot.by_address}
    sizes = [item.size_bytes for item in params.references if (item.kind, item.role) not in fetched]
    return sum(-(-size // 3) * 4 for size in sizes)


def _bytes(limit: int) -> str:
    return f"{limit // MIB} MiB" if limit % MIB == 0 else f"{limit / MB:g} MB"
