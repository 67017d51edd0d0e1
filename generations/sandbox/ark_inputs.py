"""Reads the content items of the Ark dialect: words, and files with their roles, caps and rules of company."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from generations.sandbox.ark_words import Model, wrong
from generations.sandbox.inputs import (
    Footage,
    InputProblem,
    fetched,
    footage,
    from_data_url,
    is_address,
    picture_size,
)
from generations.sandbox.json_bodies import is_text

FRAMES = ("first_frame", "last_frame")
ROLES = {
    "image": (*FRAMES, "reference_image"),
    "video": ("reference_video",),
    "audio": ("reference_audio",),
}
MEGABYTE = 1024**2
BYTES = {"image": 30 * MEGABYTE, "video": 50 * MEGABYTE, "audio": 15 * MEGABYTE}
PIXELS, WIDEST, NARROWEST = (300, 6000), 2.5, 0.4
SECONDS, SECONDS_IN_ALL, RATES = (2, 15), 15, (24, 60)
SLACK = Fraction(1, 10)
PROMPT_LIMIT = 32_000


@dataclass(frozen=True)
class File:
    """One input file: image, video or audio, its role, and its bytes where they could be read."""

    kind: str
    role: str
    content: bytes | None


@dataclass(frozen=True)
class Content:
    """What was sent: the words, the picture that the clip opens on, the shape that adaptive follows, files by role."""

    text: str
    opening: bytes | None
    shape: tuple[int, int] | None
    counts: Counter[str]


async def read_content(items: object, model: Model) -> Content:
    """Return what the items hold. Raises ArkError."""
    if not isinstance(items, list) or not items:
        raise wrong("content", "a list with at least one item is expected.")
    words = [_words(item) for item in items if _kind(item) == "text"]
    if len(words) > 1:
        raise wrong("content", "at most one text item is allowed.")
    files = [await _file(item) for item in items if _kind(item) != "text"]
    files = _with_default_role(files)
    if not words and not files:
        raise wrong("content", "words or files are expected.")
    _check_company(files, model)
    clips = await _check_footage(files)
    opening = next((each.content for each in _openings(files)), None)
    return Content(words[0] if words else "", opening, _shape(clips, opening), Counter(each.role for each in files))


def _kind(item: object) -> str:
    kind = item.get("type") if isinstance(item, dict) else None
    if kind == "draft_task":
        raise wrong("content", "draft_task is not supported by this model.")
    if kind not in ("text", "image_url", "video_url", "audio_url"):
        raise wrong("content.type", f"{kind} is not a known type.")
    return str(kind).removesuffix("_url")


def _words(item: object) -> str:
    text = item.get("text") if isinstance(item, dict) else None
    if not isinstance(text, str) or not is_text(text) or not text.strip() or len(text) > PROMPT_LIMIT:
        raise wrong("content.text", "words are expected.")
    return text


async def _file(item: object) -> File:
    kind = _kind(item)
    assert isinstance(item, dict)  # noqa: S101 - _kind has looked
    holder, role = item.get(f"{kind}_url"), item.get("role") or ""
    url = holder.get("url") if isinstance(holder, dict) else None
    if not isinstance(url, str) or not is_text(url) or not url:
        raise wrong(f"content.{kind}_url.url", "a string is expected.")
    if role and role not in ROLES[kind]:
        raise wrong("content.role", f"{role} is not a role of {kind}_url.")
    try:
        return File(kind, role, await _content(kind, url))
    except InputProblem as problem:
        raise wrong(f"content.{kind}_url.url", str(problem)) from problem


async def _content(kind: str, url: str) -> bytes | None:
    """The file's bytes; None for library assets and for addresses outside this machine."""
    if url.startswith("asset://"):
        return None
    if is_address(url):
        content = await fetched(url, BYTES[kind])
    elif kind == "video":
        raise InputProblem("a video must come by URL or asset id, not as base64.")
    else:
        content = from_data_url(url, kind, BYTES[kind])
    if content is not None and kind == "image":
        _check_picture(*picture_size(content))
    return content


def _check_picture(width: int, height: int) -> None:
    if not (PIXELS[0] <= min(width, height) and max(width, height) <= PIXELS[1]):
        raise InputProblem(f"an image must have {PIXELS[0]} to {PIXELS[1]} pixels on each side.")
    if not NARROWEST <= width / height <= WIDEST:
        raise InputProblem(f"an image's ratio must lie between {NARROWEST} and {WIDEST}.")


def _with_default_role(files: Sequence[File]) -> list[File]:
    """A single image without a role is the first frame, videos and sounds have one role only; other images must say theirs."""
    if [(each.kind, each.role) for each in files] == [("image", "")]:
        return [File("image", "first_frame", files[0].content)]
    if any(each.kind == "image" and not each.role for each in files):
        raise wrong("content.role", "each of several files needs a role.")
    return [File(each.kind, each.role or ROLES[each.kind][0], each.content) for each in files]


def _check_company(files: Sequence[File], model: Model) -> None:
    """Refuse files that may not come together, or not so many."""
    roles = Counter(each.role for each in files)
    frames, references = [roles[each] for each in FRAMES], len(files) - sum(roles[each] for each in FRAMES)
    if frames[0] > 1 or frames[1] > frames[0]:
        raise wrong("content.role", "at most one first frame, and a last frame only beside it, are allowed.")
    if frames[0] and references:
        raise wrong("content.role", "first and last frames cannot be mixed with reference media.")
    caps = {"reference_image": model.images, "reference_video": model.videos, "reference_audio": model.sounds}
    for role, most in caps.items():
        if roles[role] > most:
            raise wrong("content", f"at most {most} items of role {role} are allowed.")
    if references and references == roles["reference_audio"] and not model.sound_alone:
        raise wrong("content", "audio cannot come alone: an image or a video is needed beside it.")


async def _check_footage(files: Sequence[File]) -> list[Footage]:
    """Measure the videos and sounds that could be read, and return the videos."""
    found = {kind: [await _measured(each) for each in files if each.kind == kind] for kind in ("video", "audio")}
    for kind, clips in found.items():
        known = [clip.seconds for clip in clips if clip]
        if sum(known) > SECONDS_IN_ALL + SLACK:
            raise wrong("content", f"{kind} items may last {SECONDS_IN_ALL} seconds in all.")
    return [clip for clip in found["video"] if clip]


async def _measured(file: File) -> Footage | None:
    if file.content is None:
        return None
    try:
        clip = await footage(file.content)
    except InputProblem as problem:
        raise wrong(f"content.{file.kind}_url.url", str(problem)) from problem
    if not SECONDS[0] - SLACK <= clip.seconds <= SECONDS[1] + SLACK:
        raise wrong(f"content.{file.kind}_url.url", f"it must last {SECONDS[0]} to {SECONDS[1]} seconds.")
    if file.kind == "video" and not RATES[0] - SLACK <= clip.rate <= RATES[1] + SLACK:
        raise wrong("content.video_url.url", f"it must have {RATES[0]} to {RATES[1]} frames per second.")
    return clip


def _openings(files: Sequence[File]) -> list[File]:
    """The pictures that were read, the first frame before the references, the last frame not."""
    read = [each for each in files if each.kind == "image" and each.content and each.role != "last_frame"]
    return sorted(read, key=lambda each: each.role != "first_frame")


def _shape(clips: Sequence[Footage], opening: bytes | None) -> tuple[int, int] | None:
    if clips and clips[0].width:
        return clips[0].width, clips[0].height
    return picture_size(opening) if opening else None
