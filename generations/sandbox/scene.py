"""The moving scene: sky, light, clouds, ground and weather. What stands still is painted once; a frame adds what moves."""

import math
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from generations.sandbox.ground import Layer, doubled, ground_layers
from generations.sandbox.look import RGB, Look, Weather, choose_look, dice, mix


@dataclass(frozen=True)
class Particle:
    """A soft dot that drifts: start and speed in pixels (per frame), sway in pixels, and its mask."""

    x: float
    y: float
    dx: float
    dy: float
    sway: float
    mask: Image.Image


class Scene:
    """A world for one prompt and seed; ``paint(number)`` gives frame ``number`` of it, always the same."""

    def __init__(self, prompt: str, seed: int, width: int, height: int) -> None:
        self.look = choose_look(prompt, seed)
        self._size = (width, height)
        self._unit = min(width, height) / 720
        self._sky = _sky(self.look, seed, width, height)
        self._sun = _sun(round(300 * self._unit))
        self._sun_x = dice(seed, "sun").uniform(0.2, 0.7) * width
        self._cloud = _clouds(seed, width, round(height * 0.4))
        self._layers: list[Layer] = ground_layers(self.look, seed, width, height)
        self._particles = _particles(self.look.weather, seed, width, height)
        self._birds = _birds(seed, self._unit)

    def paint(self, number: int) -> Image.Image:
        """Return frame ``number`` as an RGB image that the caller may draw on."""
        frame = self._sky.copy()
        self._paint_light(frame, number)
        for index, layer in enumerate(self._layers):
            if index == 2:
                self._paint_birds(frame, number)
            layer.paste_on(frame, number)
        self._paint_weather(frame, number)
        return frame

    def _paint_light(self, frame: Image.Image, number: int) -> None:
        width, height = self._size
        rise = height * (0.30 + 0.04 * math.sin(number / 70))
        corner = (
            round(self._sun_x + number * 0.4 * self._unit - self._sun.width / 2),
            round(rise - self._sun.width / 2),
        )
        frame.paste(self.look.light, corner, self._sun)
        left = number % width
        clouds = self._cloud.crop((left, 0, left + width, self._cloud.height))
        frame.paste(mix(self.look.light, self.look.sky[2], 0.4), (0, round(height * 0.08)), clouds)

    def _paint_birds(self, frame: Image.Image, number: int) -> None:
        width, height = self._size
        for index, (x, y) in enumerate(((0, 0), (34, 16), (30, -18), (70, 30), (64, -34))):
            bird = self._birds[(number // 2 + index) % len(self._birds)]
            left = (width * 1.1 - number * 2.6 * self._unit + x * self._unit) % (width * 1.4) - width * 0.2
            top = height * 0.36 + (y + 12 * math.sin(number / 20 + index)) * self._unit
            frame.paste(self.look.near, (round(left), round(top)), bird)

    def _paint_weather(self, frame: Image.Image, number: int) -> None:
        width, height = self._size
        colour = (255, 255, 255) if self.look.weather in ("snow", "rain") else self.look.light
        for each in self._particles:
            x = (each.x + each.dx * number + each.sway * math.sin(number / 24 + each.y)) % (width + 40) - 20
            y = (each.y + each.dy * number) % (height + 40) - 20
            frame.paste(colour, (round(x), round(y)), each.mask)


def _sky(look: Look, seed: int, width: int, height: int) -> Image.Image:
    column = Image.new("RGB", (1, height))
    column.putdata([_sky_colour(look, row / (height * 0.72)) for row in range(height)])
    sky = column.resize((width, height))
    if look.weather == "stars":
        _scatter_stars(sky, seed)
    return sky


def _sky_colour(look: Look, depth: float) -> RGB:
    zenith, middle, horizon = look.sky
    return mix(zenith, middle, depth * 2) if depth < 0.5 else mix(middle, horizon, min(1, depth * 2 - 1))


def _scatter_stars(sky: Image.Image, seed: int) -> None:
    chance = dice(seed, "stars")
    draw = ImageDraw.Draw(sky)
    for _ in range(140):
        x, y = chance.uniform(0, sky.width), chance.uniform(0, sky.height * 0.6)
        size = chance.uniform(0.6, 1.6) * min(sky.size) / 720
        draw.ellipse((x - size, y - size, x + size, y + size), fill=(230, 236, 255))


def _sun(size: int) -> Image.Image:
    """A disc in its glow, as a mask."""
    glow = Image.radial_gradient("L").point([round(120 * max(0.0, 1 - level / 181) ** 2) for level in range(256)])
    glow = glow.resize((size * 2, size * 2), Image.Resampling.BICUBIC)
    radius = size * 0.3
    ImageDraw.Draw(glow).ellipse((size - radius, size - radius, size + radius, size + radius), fill=245)
    return glow.resize((size, size), Image.Resampling.BOX)


def _clouds(seed: int, width: int, height: int) -> Image.Image:
    """A looping band of soft clouds, two frames wide, as a mask; drawn at a quarter of the size, thrice for a seamless loop."""
    chance = dice(seed, "clouds")
    across, down = width // 4, height // 4
    small = Image.new("L", (across * 3, down), 0)
    draw = ImageDraw.Draw(small)
    for _ in range(7):
        x, y = chance.uniform(0, 1) * across, chance.uniform(0.25, 0.75) * down
        for _ in range(6):
            reach, tall = chance.uniform(0.05, 0.14) * across, chance.uniform(0.02, 0.06) * down
            left, level = x + chance.uniform(-0.08, 0.08) * across, chance.randrange(50, 110)
            for start in (left, left + across, left + 2 * across):
                draw.ellipse((start - reach, y - tall, start + reach, y + tall), fill=level)
    soft = small.filter(ImageFilter.GaussianBlur(3)).crop((across, 0, across * 2, down))
    return doubled(soft.resize((width, height), Image.Resampling.BICUBIC))


_DRIFT: dict[Weather, tuple[int, float, float, float]] = {
    "motes": (36, 0.5, -0.6, 10),
    "stars": (26, 0.3, -0.3, 14),
    "snow": (110, -0.8, 2.6, 14),
    "rain": (130, -2.0, 19.0, 0),
}


def _particles(weather: Weather, seed: int, width: int, height: int) -> list[Particle]:
    count, dx, dy, sway = _DRIFT[weather]
    chance = dice(seed, "weather")
    unit = min(width, height) / 720
    masks = [_drop(unit * size) if weather == "rain" else _dot(unit * size) for size in (5, 7, 10, 14)]
    particles = []
    for _ in range(count):
        near = chance.randrange(4)
        pace = unit * (0.5 + near * 0.25)
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        particles.append(Particle(x, y, dx * pace, dy * pace, sway * pace, masks[near]))
    return particles


def _dot(size: float) -> Image.Image:
    edge = max(4, round(size))
    soft = Image.radial_gradient("L").point([max(0, 230 - round(level * 1.27)) for level in range(256)])
    return soft.resize((edge, edge), Image.Resampling.BOX)


def _drop(size: float) -> Image.Image:
    mask = Image.new("L", (max(3, round(size * 0.4)), max(8, round(size * 2.4))), 0)
    ImageDraw.Draw(mask).line((mask.width - 1, 0, 0, mask.height), fill=110, width=max(1, round(size / 8)))
    return mask


def _birds(seed: int, unit: float) -> list[Image.Image]:
    """A wing-beat in six masks, drawn at four times the size."""
    size = round(26 * unit)
    phase = dice(seed, "birds").uniform(0, math.tau)
    return [_bird(size, math.sin(phase + math.tau * step / 6)) for step in range(6)]


def _bird(size: int, lift: float) -> Image.Image:
    large = Image.new("L", (size * 4, size * 4), 0)
    middle, tip = size * 2, size * (2 - lift)
    wing = [(0, tip), (size, middle - size * 0.35), (middle, middle), (size * 3, middle - size * 0.35), (size * 4, tip)]
    ImageDraw.Draw(large).line(wing, fill=220, width=max(4, size // 3), joint="curve")
    return large.resize((size, size), Image.Resampling.BOX)
