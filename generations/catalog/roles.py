"""The six roles of people, and which of them each place for files of the catalogue serves. Pure.

The catalogue's places are named as the providers name them; people say what a file is for: first frame, last frame, style,
subject, motion or voice.
"""

from generations.catalog.parts import Slot

SERVES: dict[tuple[str, str], tuple[str, ...]] = {
    ("image", "first_frame"): ("first_frame",),
    ("image", "last_frame"): ("last_frame",),
    ("image", "reference"): ("subject", "style"),
    ("image", "subject"): ("subject",),
    ("video", "reference"): ("motion", "style", "subject"),
    ("video", "feature_video"): ("motion", "style"),
    ("video", "base_video"): ("motion",),
    ("audio", "reference"): ("voice",),
}
KINDS: dict[str, tuple[str, ...]] = {
    "image": ("first_frame", "last_frame", "style", "subject"),
    "video": ("style", "subject", "motion"),
    "audio": ("voice",),
}
TITLES = {
    ("image", "first_frame"): "First frame",
    ("image", "last_frame"): "Last frame",
    ("image", "reference"): "Subject and style: reference images",
    ("image", "subject"): "Subjects",
    ("video", "reference"): "Motion and style: reference videos",
    ("video", "feature_video"): "Motion and style: video to follow",
    ("video", "base_video"): "Motion: video to change",
    ("audio", "reference"): "Voice: reference sounds",
}


def served(kind: str, place: str) -> tuple[str, ...]:
    """Return the roles of people that files of this kind at this place of the catalogue play, the likeliest first."""
    return SERVES.get((kind, place), (place,) if place in KINDS.get(kind, ()) else ())


def place_of(role: str, kind: str, slots: tuple[Slot, ...]) -> str:
    """Return which of a model's places for this kind serves a role of people; the role itself where it is a place, or none does."""
    own = [slot.role for slot in slots if slot.kind == kind]
    return role if role in own else next((place for place in own if role in served(kind, place)), role)


def in_words(kind: str, place: str) -> str:
    """Return what files at a place are for, such as "motion, style or subject"; "" where no role of people is played."""
    words = [each.replace("_", " ") for each in served(kind, place)]
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def title(kind: str, place: str) -> str:
    """Return a place in words, such as "First frame"."""
    return (
        TITLES.get((kind, place)) or f"{place.replace('_', ' ').capitalize()}, {'sound' if kind == 'audio' else kind}"
    )
