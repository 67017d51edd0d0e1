"""Reads what a caller of the Ark dialect asks for: an Order, or the vendor's refusal."""

import secrets
from collections.abc import Mapping, Sequence

from generations.sandbox.ark_inputs import Content, read_content
from generations.sandbox.ark_words import Model, model_named, wrong
from generations.sandbox.inputs import is_address
from generations.sandbox.jobs import Json, Order
from generations.sandbox.json_bodies import is_text

SIZES: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "480p": {"16:9": (864, 496), "4:3": (752, 560), "1:1": (640, 640), "21:9": (992, 432)},
    "720p": {"16:9": (1280, 720), "4:3": (1112, 834), "1:1": (960, 960), "21:9": (1470, 630)},
    "1080p": {"16:9": (1920, 1080), "4:3": (1664, 1248), "1:1": (1440, 1440), "21:9": (2206, 946)},
    "4k": {"16:9": (3840, 2160), "4:3": (3328, 2496), "1:1": (2880, 2880), "21:9": (4412, 1892)},
}
RATIOS = ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9")
UPRIGHT = {"3:4": "4:3", "9:16": "16:9"}
SHORTEST = 4
EXPIRY, EXPIRES_AFTER = range(3600, 259_201), 172_800
MOST_SEED = 2**32 - 1
ASSET_SECONDS = 24 * 3600
NOT_SUPPORTED = ("frames", "camera_fixed", "draft")


async def read_order(values: Mapping[str, object]) -> Order:
    """Return the order in a create request. Fields that are null count as absent, unknown ones are ignored. Raises ArkError."""
    given = {name: value for name, value in values.items() if value is not None}
    model = model_named(given.get("model"))
    _refuse_what_is_not_supported(given)
    content = await read_content(given.get("content"), model)
    resolution = _choice(given, "resolution", model.resolutions, "720p")
    ratio = _ratio(given, content)
    width, height = size_of(resolution, ratio)
    seed = _whole(given, "seed", -1, MOST_SEED, -1)
    facts = _echoed(given) | {"resolution": resolution, "ratio": ratio, "references": dict(content.counts)}
    return Order(
        prompt=content.text,
        model=str(given["model"]),
        seconds=_duration(given, model),
        width=width,
        height=height,
        seed=secrets.randbits(32) if seed < 0 else seed,
        dialect="ark",
        audio=_flag(given, "generate_audio", default=True),
        callback_url=_callback(given),
        expires_after=_whole(given, "execution_expires_after", EXPIRY[0], EXPIRY[-1], EXPIRES_AFTER),
        asset_seconds=ASSET_SECONDS,
        facts=facts,
        reference=content.opening,
    )


def size_of(resolution: str, ratio: str) -> tuple[int, int]:
    """Return the pixels of a resolution and ratio."""
    if ratio in UPRIGHT:
        height, width = SIZES[resolution][UPRIGHT[ratio]]
        return width, height
    return SIZES[resolution][ratio]


def _ratio(given: Mapping[str, object], content: Content) -> str:
    """The ratio that is used: adaptive follows the first video or image that could be read, and is 16:9 without one."""
    ratio = _choice(given, "ratio", (*RATIOS, "adaptive"), "adaptive")
    if ratio != "adaptive":
        return ratio
    if content.shape is None:
        return "16:9"
    across, down = content.shape
    return min(RATIOS, key=lambda each: _distance(across / down, each))


def _distance(shape: float, ratio: str) -> float:
    """How far a shape is from a ratio, the same for too wide and too tall."""
    across, down = map(int, ratio.split(":"))
    return max(shape * down / across, across / down / shape)


def _refuse_what_is_not_supported(given: Mapping[str, object]) -> None:
    for name in NOT_SUPPORTED:
        if given.get(name, False) is not False:
            raise wrong(name, "it is not supported by this model.")
    if given.get("service_tier", "default") != "default":
        raise wrong("service_tier", "only default is supported by this model.")
    if given.get("output_format", "mp4") != "mp4":
        raise wrong("output_format", "only mp4 is supported.")


def _echoed(given: Mapping[str, object]) -> Json:
    safety = given.get("safety_identifier", "")
    if not isinstance(safety, str) or not is_text(safety):
        raise wrong("safety_identifier", "a string is expected.")
    _flag(given, "watermark", default=False)
    facts: Json = {
        "last_frame": _flag(given, "return_last_frame", default=False),
        "priority": _whole(given, "priority", 0, 9, 0),
        "safety_identifier": safety,
    }
    return facts


def _duration(given: Mapping[str, object], model: Model) -> int:
    return _whole(given, "duration", SHORTEST, model.longest, 5)


def _callback(given: Mapping[str, object]) -> str:
    url = given.get("callback_url", "")
    if not isinstance(url, str) or not is_text(url) or (url and not is_address(url)):
        raise wrong("callback_url", "an http or https URL is expected.")
    return url


def _choice(given: Mapping[str, object], name: str, choices: Sequence[str], default: str) -> str:
    value = given.get(name, default)
    if not isinstance(value, str) or value not in choices:
        raise wrong(name, f"one of {', '.join(choices)} is expected.")
    return value


def _flag(given: Mapping[str, object], name: str, *, default: bool) -> bool:
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise wrong(name, "true or false is expected.")
    return value


def _whole(given: Mapping[str, object], name: str, least: int, most: int, default: int) -> int:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise wrong(name, f"a whole number from {least} to {most} is expected.")
    return value
