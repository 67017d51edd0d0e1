"""Scrub thumbnails as WebVTT: which part of the sprite stands for which stretch of a clip. Values in, text out."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from sorahub.lib.timecode import Rate


def webvtt(layout: Mapping[str, Any], *, sprite: str, frames: int, rate: Rate) -> str:
    """Return the cues, one for each tile, without gaps from the first frame to the end of the last.

    A tile shows the middle of its part (generations.media.stills), so neighbouring parts meet halfway between two tiles.
    ``sprite`` is the picture's address as a reader of this text reaches it; the fragment is that of Media Fragments 1.0.
    """
    tiles = layout["tiles"]
    halves = [Fraction(one["frame"] + other["frame"] + 1, 2) for one, other in pairwise(tiles)]
    ends = [Fraction(0), *halves, Fraction(frames)]
    size = f"{layout['tile_width']},{layout['tile_height']}"
    cues = [
        f"{_clock(start, rate)} --> {_clock(end, rate)}\n{sprite}#xywh={tile['x']},{tile['y']},{size}\n"
        for tile, (start, end) in zip(tiles, pairwise(ends), strict=True)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _clock(frame: Fraction, rate: Rate) -> str:
    """Return the moment at which a frame begins, to the millisecond: 00:00:05.005."""
    seconds, thousandths = divmod(round(1000 * frame / rate.fraction), 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{thousandths:03}"
