"""Characters of the OpenAI dialect: a name and a short clip, kept as one picture that later videos show."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.datastructures import UploadFile

from generations.sandbox.bodies import check_names, required, text_of
from generations.sandbox.clips import Clip, NotAClip, png_of, read_clip
from generations.sandbox.errors import ApiError, invalid
from generations.sandbox.jobs import Json
from sorahub.lib.ids import uuid7

NAME_LIMIT = 80
SHORTEST_SECONDS, LONGEST_SECONDS = 2, 4
MOST_CHARACTERS = 2
PICTURE_EDGE = 320


@dataclass(frozen=True)
class Character:
    """Someone, not a person, who can appear in videos. ``created_at`` is in Unix seconds."""

    id: str
    name: str
    created_at: int


class CharacterStore:
    """Keeps characters in a folder: one JSON file and one picture each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        stored = (Character(**json.loads(path.read_text())) for path in folder.glob("*.json"))
        self._characters = {each.id: each for each in stored}

    def add(self, name: str, picture: bytes) -> Character:
        """Store a new character."""
        character = Character(f"char_{uuid7().hex}", name, int(time.time()))
        self.picture(character.id).write_bytes(picture)
        (self._folder / f"{character.id}.json").write_text(json.dumps(asdict(character)))
        self._characters[character.id] = character
        return character

    def get(self, character_id: str) -> Character | None:
        """Return a character, or None."""
        return self._characters.get(character_id)

    def picture(self, character_id: str) -> Path:
        """Return the place of a character's picture, a PNG."""
        return self._folder / f"{character_id}.png"


def character_of(character: Character) -> Json:
    """Return the dialect's character object."""
    return {"id": character.id, "object": "character", "name": character.name, "created_at": character.created_at}


async def create_character(values: Mapping[str, object], store: CharacterStore) -> Character:
    """Make a character of a name and an MP4 of two to four seconds. Raises ApiError."""
    check_names(values, ("name", "video"))
    name = text_of(values, "name", NAME_LIMIT)
    video = required(values, "video")
    if not isinstance(video, UploadFile):
        raise invalid("'video' must be a multipart file.", "video", "invalid_type")
    try:
        clip = await asyncio.to_thread(read_clip, await video.read())
    except NotAClip as error:
        raise invalid(f"The character's video cannot be used: {error}.", "video", "invalid_video") from error
    return store.add(name, _picture(clip))


def named_in(prompt: str, value: object, store: CharacterStore) -> list[Character]:
    """Return the characters that a create request lists by id; each must be named in the prompt. Raises ApiError."""
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_CHARACTERS:
        raise invalid(f"'characters' must be a list of at most {MOST_CHARACTERS} ids.", "characters")
    found = [_listed(each, store) for each in value]
    for character in found:
        if character.name.casefold() not in prompt.casefold():
            raise invalid(
                f"The character's name '{character.name}' must appear in the prompt.",
                "characters",
                "character_not_named",
            )
    return found


def missing_character(character_id: str) -> ApiError:
    """Return the 404 for a character that does not exist."""
    return ApiError(404, f"Character with id '{character_id}' not found.", param="character_id", code="not_found")


def _listed(value: object, store: CharacterStore) -> Character:
    character_id = value.get("id") if isinstance(value, dict) else value
    if not isinstance(character_id, str):
        raise invalid("Each of 'characters' must be an id, or an object with one.", "characters", "invalid_type")
    if (character := store.get(character_id)) is None:
        raise missing_character(character_id)
    return character


def _picture(clip: Clip) -> bytes:
    if not SHORTEST_SECONDS <= clip.seconds <= LONGEST_SECONDS:
        raise invalid(
            f"A character's video must last {SHORTEST_SECONDS} to {LONGEST_SECONDS} seconds; "
            f"this one lasts {float(clip.seconds):.2f}.",
            "video",
            "invalid_video",
        )
    clip.first.thumbnail((PICTURE_EDGE, PICTURE_EDGE))
    return png_of(clip.first)
