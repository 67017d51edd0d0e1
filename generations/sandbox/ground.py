"""The layers of ground that pass by at different speeds. Each is drawn once, twice the loop wide, and then only cropped."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image, ImageDraw

from generations.sandbox.look import RGB, Ground, Look, dice, mix

LAYERS = 4
Crest = Sequence[float]


@dataclass(frozen=True)
class Layer:
    """A looping strip of ground: its colours and mask, the row it starts at, and its pace in pixels per frame."""

    colours: Image.Image
    mask: Image.Image
    top: int
    pace: int
    loop: int

    def paste_on(self, frame: Image.Image, number: int) -> None:
        """Put the layer on frame ``number`` of the clip, in place."""
        left = self.pace * number % self.loop
        box = (left, 0, left + frame.width, self.mask.height)
        frame.paste(self.colours.crop(box), (0, self.top), self.mask.crop(box))


def ground_layers(look: Look, seed: int, width: int, height: int) -> list[Layer]:
    """Return the layers from the farthest to the nearest. Each reaches down just to where the next covers everything."""
    crests = [_crest(look.ground, dice(seed, f"ground{index}"), index, width, height) for index in range(LAYERS)]
    bottoms = [min(height, round(max(crest)) + 2) for crest in crests[1:]] + [height]
    return [_layer(look, seed, index, crest, bottoms[index]) for index, crest in enumerate(crests)]


def _crest(ground: Ground, chance: random.Random, index: int, width: int, height: int) -> Crest:
    """The upper edge of a layer in rows from the top of the frame, one value per column of the loop."""
    base = height * (0.56 + 0.12 * index)
    swing = height * (0.13 - 0.022 * index)
    shape = _SHAPES[ground](chance, width, index)
    return [base - swing * shape(column) for column in range(width)]


def _layer(look: Look, seed: int, index: int, crest: Crest, bottom: int) -> Layer:
    top = max(0, math.floor(min(crest)) - 1)
    width, height = len(crest), max(2, bottom - top)
    colour = mix(look.far, look.near, index / (LAYERS - 1))
    colours = _shaded(colour, mix(colour, look.sky[2], 0.28), width, height)
    if look.ground == "skyline" and index:
        _light_windows(colours, look.light, dice(seed, f"windows{index}"), crest, top)
    mask = _below(crest, top, height)
    pace = (1, 2, 3, 5)[index] * max(1, round(min(width, bottom) / 720))
    return Layer(doubled(colours), doubled(mask), top, pace, width)


def _below(crest: Crest, top: int, height: int) -> Image.Image:
    """A smooth-edged mask of everything below the crest: drawn at twice the size, then halved."""
    width = len(crest)
    mask = Image.new("L", (width * 2, height * 2), 0)
    edge = [(column * 2 + half, (row - top) * 2) for column, row in enumerate(crest) for half in (0, 1)]
    ImageDraw.Draw(mask).polygon([(0, height * 2), *edge, (width * 2, height * 2)], fill=255)
    return mask.resize((width, height), Image.Resampling.BOX)


def _shaded(colour: RGB, haze: RGB, width: int, height: int) -> Image.Image:
    """The layer's colour at its top, sinking into the haze of the distance."""
    column = Image.new("RGB", (1, height))
    column.putdata([mix(colour, haze, row / height) for row in range(height)])
    return column.resize((width, height))


def doubled(image: Image.Image) -> Image.Image:
    """Return the image twice, side by side, so that any crop of its width shows the loop."""
    twice = Image.new(image.mode, (image.width * 2, image.height))
    twice.paste(image, (0, 0))
    twice.paste(image, (image.width, 0))
    return twice


def _light_windows(colours: Image.Image, light: RGB, chance: random.Random, crest: Crest, top: int) -> None:
    draw = ImageDraw.Draw(colours)
    step = max(6, len(crest) // 110)
    pane = max(2, step // 3)
    for left in range(step, len(crest) - step, step):
        roof = max(crest[left - 1], crest[left + pane + 1]) - top
        for row in range(round(roof) + step, colours.height, step):
            if chance.random() < 0.3:
                draw.rectangle((left, row, left + pane, row + pane), fill=mix(light, (255, 200, 120), chance.random()))


def _rolling(chance: random.Random, width: int, index: int) -> Callable[[int], float]:
    waves = [(n + index, chance.uniform(0, math.tau), 1 / n) for n in (1, 2, 3, 5)]
    return lambda column: (
        sum(share * math.sin(math.tau * count * column / width + start) for count, start, share in waves) / 1.6
    )


def _jagged(chance: random.Random, width: int, index: int) -> Callable[[int], float]:
    """Ridges by halving: between two heights, their mean and a chance that shrinks with the distance."""
    heights = [chance.uniform(-0.4, 0.4) for _ in range(4 + index)]
    roughness = 0.9
    while len(heights) < 256:
        closed = [*heights, heights[0]]
        heights = [each for a, b in pairwise(closed) for each in (a, (a + b) / 2 + chance.uniform(-1, 1) * roughness)]
        roughness *= 0.5
    return lambda column: _between(heights, column * len(heights) / width)


def _between(heights: list[float], position: float) -> float:
    index = int(position)
    share = position - index
    return heights[index % len(heights)] * (1 - share) + heights[(index + 1) % len(heights)] * share


def _built(chance: random.Random, width: int, index: int) -> Callable[[int], float]:
    roofs: list[float] = []
    while len(roofs) < width:
        breadth = round(width * chance.uniform(0.018, 0.05) * (1 + index * 0.3))
        roofs += [chance.uniform(-0.9, 1.3)] * breadth
    return lambda column: roofs[column]


def _swelling(chance: random.Random, width: int, index: int) -> Callable[[int], float]:
    count, start = 5 + 3 * index, chance.uniform(0, math.tau)
    return lambda column: 0.3 - 0.4 * abs(math.sin(math.pi * count * column / width + start))


_SHAPES: dict[Ground, Callable[[random.Random, int, int], Callable[[int], float]]] = {
    "hills": _rolling,
    "peaks": _jagged,
    "skyline": _built,
    "waves": _swelling,
}
