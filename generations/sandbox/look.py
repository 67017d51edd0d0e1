"""How a clip looks: palette, ground and weather, chosen from the prompt's words and the seed. Pure and repeatable."""

import colorsys
import random
import re
from dataclasses import dataclass
from typing import Literal, TypeVar

RGB = tuple[int, int, int]
Ground = Literal["hills", "peaks", "skyline", "waves"]
Weather = Literal["motes", "snow", "rain", "stars"]
Name = TypeVar("Name", bound=str)


@dataclass(frozen=True)
class Look:
    """Everything that the painter needs to know. Colours are sRGB; the sky runs from zenith over middle to horizon."""

    sky: tuple[RGB, RGB, RGB]
    far: RGB
    near: RGB
    light: RGB
    ground: Ground
    weather: Weather


_PALETTES: dict[str, tuple[str, str, str, str, str, str]] = {
    "dawn": ("#27406f", "#e58f86", "#ffd9a0", "#b8798c", "#1d2440", "#fff1c9"),
    "noon": ("#2c7fc9", "#86c4ea", "#e9f3ee", "#8fb4c0", "#1e4a3b", "#fffbe6"),
    "dusk": ("#2b1b4d", "#b0426a", "#ffa45c", "#7d4270", "#160f2b", "#ffd27d"),
    "night": ("#060b1f", "#12264c", "#35547f", "#294468", "#03060f", "#e8efff"),
    "desert": ("#3d7ea6", "#f2c48d", "#ffe6bd", "#d08d5b", "#5a2a1a", "#fff4d6"),
    "winter": ("#6d8fb3", "#b9cfe0", "#f2f5f7", "#a5bccf", "#2c435c", "#ffffff"),
    "neon": ("#0d0628", "#4a1173", "#e0418f", "#6a2a86", "#07041a", "#7df3ff"),
    "forest": ("#38636b", "#94b88f", "#eef0c4", "#6f9a80", "#0f2a20", "#fbf7c5"),
}
_PALETTE_WORDS = {
    "neon": "neon cyberpunk club tokyo",
    "dusk": "dusk sunset evening autumn golden warm",
    "dawn": "dawn morning sunrise spring",
    "night": "night midnight moon stars dark space",
    "winter": "winter snow snowy ice frost arctic",
    "desert": "desert dune dunes sand canyon savanna",
    "forest": "forest wood woods jungle garden tree trees meadow green",
    "noon": "noon day sunny summer sky blue sea ocean beach coast",
}
_GROUND_WORDS: dict[Ground, str] = {
    "skyline": "city street town skyline building neon cyberpunk tokyo office rooftop",
    "waves": "sea ocean wave waves beach coast lake river water boat ship harbour harbor surf",
    "peaks": "mountain mountains peak alps canyon glacier rock cliff",
    "hills": "hill hills field meadow forest desert dune dunes garden savanna",
}
_WEATHER_WORDS: dict[Weather, str] = {
    "snow": "snow snowy winter ice frost blizzard",
    "rain": "rain rainy storm stormy monsoon drizzle",
    "stars": "night midnight moon stars space galaxy",
}


def dice(seed: int, purpose: str) -> random.Random:
    """Return the repeatable chance for one purpose, so that a change in one part of the picture leaves the others alone."""
    return random.Random(f"{seed}/{purpose}")  # noqa: S311 - pictures, not secrets


def choose_look(prompt: str, seed: int) -> Look:
    """Return the look of a prompt: its words choose where they say something, the seed chooses the rest and shifts the hues."""
    words = re.findall(r"[^\W\d_]+", prompt.casefold())
    chance = dice(seed, "look")
    palette = _named_by(words, _PALETTE_WORDS, chance.choice(sorted(_PALETTES)))
    ground = _named_by(words, _GROUND_WORDS, chance.choice(list(_GROUND_WORDS)))
    shift = chance.uniform(-0.03, 0.03)
    zenith, middle, horizon, far, near, light = (_shifted(code, shift) for code in _PALETTES[palette])
    calm: Weather = "stars" if palette == "night" else "motes"
    weather = _named_by(words, _WEATHER_WORDS, calm)
    return Look((zenith, middle, horizon), far, near, light, ground, weather)


def mix(first: RGB, second: RGB, share: float) -> RGB:
    """Return the colour ``share`` (0 to 1) of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _named_by(words: list[str], table: dict[Name, str], otherwise: Name) -> Name:
    """The first row of the table that knows one of the words: a time of day says more about light than a place does."""
    return next((name for name, known in table.items() if not set(known.split()).isdisjoint(words)), otherwise)


def _shifted(code: str, shift: float) -> RGB:
    red, green, blue = (int(code[index : index + 2], 16) / 255 for index in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    red, green, blue = colorsys.hls_to_rgb((hue + shift) % 1, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)
