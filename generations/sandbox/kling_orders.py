"""Reads what a caller of the Kling dialect asks for: an Order, or the vendor's refusal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generations.sandbox.bodies import seed_of
from generations.sandbox.inputs import Footage, InputProblem, fetched, footage, is_address, picture_size, unpacked
from generations.sandbox.jobs import Json, Order
from generations.sandbox.json_bodies import is_text
from generations.sandbox.kling_words import KlingError, tenths_of_units, wrong

TURBO, OMNI = "kling-3.0-turbo", "kling-3.0-omni"
FRAMES = ("first_frame", "last_frame")
IMAGES = ("image", "refer_image")
VIDEOS = ("video", "feature_video", "base_video")
ROUTES: Mapping[tuple[str, str], Sequence[str]] = {
    ("text-to-video", "kling-3.0"): ("prompt",),
    ("text-to-video", TURBO): ("prompt",),
    ("image-to-video", "kling-3.0"): ("prompt", *FRAMES, "element"),
    ("image-to-video", TURBO): ("prompt", "first_frame"),
    ("omni-video", OMNI): ("prompt", *FRAMES, *IMAGES, *VIDEOS, "element"),
}
SHORT_SIDES = {"720p": 720, "1080p": 1080, "4k": 2160}
RATIOS = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1)}
SECONDS = range(3, 16)
PROMPT_LIMIT, SHOT_LIMIT, MOST_SHOTS = 3072, 512, 6
MOST_IMAGES, MOST_IMAGES_WITH_VIDEO, MOST_ELEMENTS = 7, 4, 3
IMAGE_BYTES, VIDEO_BYTES = 50 * 1024**2, 200 * 1024**2
LEAST_PIXELS, WIDEST = 300, 2.5
ASSET_SECONDS = 30 * 24 * 3600
_SHOT = re.compile(r"\bshot\s+(\d+)\s*,\s*(\d+)\s*,\s*([^;]*);?", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """One entry of ``contents``: its type, its text, and its address or base64."""

    kind: str
    text: str
    url: str


@dataclass(frozen=True)
class Settings:
    """The values of ``settings``, defaults filled in."""

    resolution: str
    seconds: int
    audio: str
    ratio: str
    multi_shot: bool


@dataclass(frozen=True)
class Options:
    """The values of ``options``."""

    callback_url: str
    client_id: str
    watermark: bool


async def read_order(values: Mapping[str, object], kind: str, model: str) -> Order:
    """Return the order in a create request for one of ``ROUTES``. Raises KlingError."""
    items = _items(values, kind, model)
    settings, options = _settings(values, model), _options(values)
    _check_company(items)
    _check_cuts(items, settings)
    prompt = _prompt(items)
    with_video = any(item.kind in VIDEOS for item in items)
    audio = _has_audio(settings, model, items)
    shots = _shots(prompt, settings.seconds) if settings.multi_shot and not with_video and model != TURBO else 0
    seen = await _looked_at(items)
    width, height = _pixels(settings, seen.shape)
    seconds = seen.seconds or settings.seconds
    facts: Json = {
        "product": kind,
        "resolution": settings.resolution,
        "shots": shots,
        "watermark": options.watermark,
        "tenths": tenths_of_units(model, settings.resolution, seconds, audio=audio, with_video=with_video),
    }
    return Order(
        prompt=prompt,
        model=model,
        seconds=seconds,
        width=width,
        height=height,
        seed=seed_of(prompt),
        dialect="kling",
        audio=audio,
        client_id=options.client_id,
        callback_url=options.callback_url,
        asset_seconds=ASSET_SECONDS,
        facts=facts,
        reference=seen.opening,
    )


def _items(values: Mapping[str, object], kind: str, model: str) -> list[Item]:
    contents = values.get("contents")
    if contents is None and kind == "text-to-video" and "prompt" in values:
        contents = [{"type": "prompt", "text": values["prompt"]}]
    if not isinstance(contents, list) or not contents:
        raise wrong("contents cannot be empty")
    return [_item(each, index, ROUTES[kind, model]) for index, each in enumerate(contents)]


def _item(value: object, index: int, known: Sequence[str]) -> Item:
    if not isinstance(value, dict):
        raise wrong(f"contents[{index}] value type is invalid, expected object")
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in known:
        raise wrong(f"contents[{index}].type value '{kind}' is invalid")
    needed = {"prompt": "text", "element": "element_id"}.get(kind, "url")
    text = value.get(needed)
    if isinstance(text, int) and needed == "element_id":
        text = str(text)
    if not isinstance(text, str) or not is_text(text) or not text.strip():
        raise wrong(f"content item of type '{kind}' must have a non-blank {needed}")
    return Item(kind, text if kind == "prompt" else "", text if needed == "url" else "")


def _prompt(items: Sequence[Item]) -> str:
    prompts = [item.text for item in items if item.kind == "prompt"]
    if len(prompts) != 1:
        raise wrong("contents must hold exactly one item of type 'prompt'")
    if len(prompts[0]) > PROMPT_LIMIT:
        raise wrong(f"prompt must not exceed {PROMPT_LIMIT} characters")
    return prompts[0]


def _settings(values: Mapping[str, object], model: str) -> Settings:
    given = _object(values, "settings")
    sides = [each for each in SHORT_SIDES if model != TURBO or each != "4k"]
    multi_shot = given.get("multi_shot", True)
    if not isinstance(multi_shot, bool):
        raise wrong("settings.multi_shot value type is invalid, expected boolean")
    return Settings(
        _one_of(given, "resolution", sides, "720p"),
        _seconds(given.get("duration", 5)),
        _one_of(given, "audio", ("off", "native", "original"), "off"),
        _one_of(given, "aspect_ratio", tuple(RATIOS), "16:9"),
        multi_shot,
    )


def _seconds(value: object) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal() or int(text) not in SECONDS:
        raise wrong(f"settings.duration value '{value}' is invalid, allowed: {SECONDS[0]} to {SECONDS[-1]}")
    return int(text)


def _options(values: Mapping[str, object]) -> Options:
    given = _object(values, "options")
    callback, client_id = given.get("callback_url") or "", given.get("external_task_id") or ""
    if not isinstance(callback, str) or not is_text(callback) or (callback and not is_address(callback)):
        raise wrong("options.callback_url is not a valid URL")
    if not isinstance(client_id, str) or not is_text(client_id):
        raise wrong("options.external_task_id value type is invalid, expected string")
    enabled = _object(given, "watermark_info").get("enabled", False)
    if not isinstance(enabled, bool):
        raise wrong("options.watermark_info.enabled value type is invalid, expected boolean")
    return Options(callback, client_id, enabled)


def _object(values: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = values.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise KlingError(1200, f"{name} value type is invalid, expected object")
    return value


def _one_of(given: Mapping[str, object], name: str, allowed: Sequence[str], default: str) -> str:
    value = given.get(name)
    if value is None:
        return default
    if not isinstance(value, str) or value not in allowed:
        raise wrong(f"settings.{name} value '{value}' is invalid, allowed values: {', '.join(allowed)}")
    return value


def _check_company(items: Sequence[Item]) -> None:
    """Refuse items that may not come together, or not so many."""
    kinds = [item.kind for item in items]
    videos, elements = [each for each in kinds if each in VIDEOS], kinds.count("element")
    frames = [each for each in kinds if each in FRAMES]
    images = sum(each in IMAGES for each in kinds) + elements
    if len(frames) != len(set(frames)) or frames == ["last_frame"]:
        raise wrong("a last_frame needs a first_frame, and there is at most one of each")
    if len(videos) > 1:
        raise wrong("at most one video is allowed in contents")
    if "base_video" in kinds and frames:
        raise wrong("base_video cannot be combined with first_frame or last_frame")
    most = MOST_IMAGES_WITH_VIDEO if videos else MOST_IMAGES
    if images > most or elements > MOST_ELEMENTS:
        raise wrong(f"at most {most} images and elements together, and {MOST_ELEMENTS} elements, are allowed")


def _check_cuts(items: Sequence[Item], settings: Settings) -> None:
    """A feature video is cut by the service itself: its clip cannot be asked for as one shot."""
    if not settings.multi_shot and any(item.kind == "feature_video" for item in items):
        raise wrong("settings.multi_shot must be true with a feature_video")


def _has_audio(settings: Settings, model: str, items: Sequence[Item]) -> bool:
    """Whether the clip has sound: turbo always, next to a reference video never, unless the edited one's is kept."""
    kinds = {item.kind for item in items}
    if settings.audio == "original" and (model != OMNI or not kinds & {*VIDEOS}):
        raise wrong("audio mode 'original' is not supported by the current model or input")
    if model == TURBO:
        return True
    return settings.audio == "original" if kinds & {*VIDEOS} else settings.audio == "native"


def _shots(prompt: str, seconds: int) -> int:
    """Check the shots that a prompt spells out as ``shot 1, 2, words; shot 2, 3, words;`` and return their number."""
    shots = _SHOT.findall(prompt)
    if len(shots) > MOST_SHOTS:
        raise wrong(f"at most {MOST_SHOTS} shots are allowed")
    if [int(number) for number, _, _ in shots] != list(range(1, len(shots) + 1)):
        raise wrong("shots must be numbered from 1")
    if any(not words.strip() or len(words) > SHOT_LIMIT for _, _, words in shots):
        raise wrong(f"each shot must have 1 to {SHOT_LIMIT} characters")
    lengths = [int(length) for _, length, _ in shots]
    if shots and (min(lengths) < 1 or sum(lengths) != seconds):
        raise wrong("the durations of the shots must add up to settings.duration")
    return len(shots)


@dataclass(frozen=True)
class Seen:
    """What the files that could be read decide: the picture the clip opens on, its shape and its length."""

    opening: bytes | None = None
    shape: tuple[int, int] | None = None
    seconds: int = 0


async def _looked_at(items: Sequence[Item]) -> Seen:
    """Check the files that can be read. A first frame gives the shape, an edited video shape and length."""
    try:
        pictures = {item: await _picture(item) for item in items if item.kind in (*FRAMES, *IMAGES)}
        clips = {item: await _clip(item) for item in items if item.kind in VIDEOS}
    except InputProblem as problem:
        raise wrong(str(problem)) from problem
    read = sorted((item.kind not in FRAMES, content) for item, content in pictures.items() if content)
    opening = read[0][1] if read else None
    if any(item.kind == "first_frame" for item in items):
        return Seen(opening, picture_size(opening) if opening else None)
    edited = next((clip for item, clip in clips.items() if item.kind == "base_video" and clip), None)
    return Seen(opening, (edited.width, edited.height), round(edited.seconds)) if edited else Seen(opening)


async def _picture(item: Item) -> bytes | None:
    if item.url.startswith("data:"):
        raise InputProblem("base64 must come without the data prefix")
    content = await fetched(item.url, IMAGE_BYTES) if is_address(item.url) else unpacked(item.url, IMAGE_BYTES)
    if content is not None:
        width, height = picture_size(content)
        if min(width, height) < LEAST_PIXELS or not 1 / WIDEST <= width / height <= WIDEST:
            raise InputProblem(f"an image needs {LEAST_PIXELS} px on each side and a ratio from 1:2.5 to 2.5:1")
    return content


async def _clip(item: Item) -> Footage | None:
    if not is_address(item.url):
        raise InputProblem("Video URL is invalid")
    content = await fetched(item.url, VIDEO_BYTES)
    if content is None:
        return None
    clip = await footage(content)
    if not clip.width or round(clip.seconds) not in SECONDS:
        raise InputProblem(f"a reference video must last {SECONDS[0]} to {SECONDS[-1]} seconds")
    return clip


def _pixels(settings: Settings, followed: tuple[int, int] | None) -> tuple[int, int]:
    """Return the clip's size: the resolution is the shorter side; a frame's or edited video's shape wins over the ratio."""
    across, down = followed or RATIOS[settings.ratio]
    short = SHORT_SIDES[settings.resolution]
    longer = round(short * max(across, down) / min(across, down) / 2) * 2
    return (longer, short) if across >= down else (short, longer)
