"""What would it cost, and what did it cost? Integers all the way: micro-units, rounded half up at the end."""

from generations.catalog.asked import sound
from generations.catalog.capability import Capability
from generations.catalog.parts import Price, PriceKind, Pricing, Shape, Size
from generations.catalog.request import Money, Params

MICRO, MILLI = 1_000_000, 1_000
TOKEN_PIXELS = 1024


def tokens(size: Size, seconds: int, fps: tuple[int, int]) -> int:
    """Return the tokens of a clip: width × height × (fps × seconds + 1) / 1024, rounded half up to a whole one."""
    number, over = fps
    pixels = size.width * size.height * (number * seconds + over)
    return divided(pixels, TOKEN_PIXELS * over)


def divided(amount: int, by: int) -> int:
    """Return the quotient of two whole numbers above zero, rounded half up."""
    return (2 * amount + by) // (2 * by)


def estimate(capability: Capability, params: Params) -> Money | None:
    """Return what ``params`` should cost by the row's price list; None when it names no price for that, or when the
    provider alone knows how long the clip will be. A remix or an edit is reckoned with the length of its source.
    """
    pricing, seconds = capability.pricing, _seconds(capability, params)
    shape = capability.shape(params.size)
    if pricing is None or shape is None or not seconds:
        return None
    with_video = any(reference.kind == "video" for reference in params.references)
    line = _line(pricing, _words(shape, sound(capability, params), with_video=with_video))
    if line is None:
        return None
    if pricing.kind is PriceKind.TOKENS:
        return _for_tokens(pricing, line, tokens(params.size, seconds, capability.fps))
    return _by_the_second(pricing, line, seconds, str(params.size))


def charge(
    capability: Capability,
    *,
    tokens: int | None = None,
    units_milli: int | None = None,
    size: Size | None = None,
    video: bool = False,
) -> Money | None:
    """Return what the provider's own figure comes to: tokens, or thousandths of a unit.

    ``size`` and ``video`` (a reference video was given) choose the line of a price list that has several. None where the
    row has no price for such a figure.
    """
    pricing = capability.pricing
    if pricing is None:
        return None
    if units_milli is not None and pricing.unit_micro is not None:
        micro = divided(units_milli * pricing.unit_micro, MILLI)
        basis = f"{units_milli / MILLI:g} units × {_price(pricing.unit_micro, pricing)} ({_origin(pricing)})"
        return Money(micro, pricing.currency, basis)
    if tokens is None or pricing.kind is not PriceKind.TOKENS:
        return None
    line = _of_tokens(capability, pricing, size, video=video)
    return None if line is None else _for_tokens(pricing, line, tokens)


def _seconds(capability: Capability, params: Params) -> int:
    if params.seconds:
        return params.seconds
    if capability.uses_source in {"remix", "edit"} and params.source:
        return params.source.seconds
    return max(capability.seconds, default=0)  # the model chooses: at most the longest it makes


def _words(shape: Shape, audio: str, *, with_video: bool) -> set[str]:
    return {
        str(shape.size),
        shape.resolution,
        "silent" if audio == "off" else "audio",
        *(["video"] if with_video else []),
    }


def _line(pricing: Pricing, words: set[str]) -> Price | None:
    """The line that fits with the most words; the first of equals."""
    fitting = [price for price in pricing.prices if words.issuperset(price.selector)]
    return max(fitting, key=lambda price: len(price.selector), default=None)


def _of_tokens(capability: Capability, pricing: Pricing, size: Size | None, *, video: bool) -> Price | None:
    if len(pricing.prices) == 1:
        return pricing.prices[0]
    shape = capability.shape(size) if size else None
    return _line(pricing, _words(shape, "on", with_video=video)) if shape else None


def _for_tokens(pricing: Pricing, line: Price, count: int) -> Money:
    basis = f"{count} tokens × {_price(line.amount, pricing)} per million ({_origin(pricing)})"
    return Money(divided(count * line.amount, MICRO), pricing.currency, basis)


def _by_the_second(pricing: Pricing, line: Price, seconds: int, size: str) -> Money:
    if pricing.unit_micro is None:
        basis = f"{seconds} s × {_price(line.amount, pricing)} at {size} ({_origin(pricing)})"
        return Money(seconds * line.amount, pricing.currency, basis)
    units = f"{line.amount / MILLI:g} units × {_price(pricing.unit_micro, pricing)}"
    basis = f"{seconds} s × {units} at {size} ({_origin(pricing)})"
    return Money(divided(seconds * line.amount * pricing.unit_micro, MILLI), pricing.currency, basis)


def _price(micro: int, pricing: Pricing) -> str:
    """A price in words: at least two decimals, more where it has them."""
    cents, rest = divmod(micro, 10_000)
    whole, part = divmod(cents, 100)
    return f"{whole}.{part:02d}{f'{rest:04d}'.rstrip('0')} {pricing.currency}"


def _origin(pricing: Pricing) -> str:
    return f"{pricing.source}, {pricing.as_of}"
