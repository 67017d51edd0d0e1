"""Small bar charts, drawn by the server: geometry as attributes of SVG, so that the page's policy needs no exception."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, FOOT = 360.0, 72.0, 14.0
GAP = 2.0
WIDEST = 28.0
LEAST = 1.5  # a day with something on it shows, however small
LABELS = 12
"""At most so many labels stand beneath a chart: every second, third … bar has one where there are more."""


@dataclass(frozen=True)
class Bar:
    """A value with the label below it and the words a pointer or a screen reader gets."""

    label: str
    value: float
    words: str


@dataclass(frozen=True)
class Drawn:
    """One bar in user units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    label: str
    words: str

    @property
    def middle(self) -> float:
        """Where its label is centred."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class Chart:
    """A drawing of bars, and its size."""

    bars: Sequence[Drawn]
    width: float = WIDTH
    base: float = HEIGHT
    foot: float = FOOT

    @property
    def height(self) -> float:
        """With the line of labels."""
        return self.base + self.foot

    @property
    def label_line(self) -> float:
        """Where labels stand, with room below for letters that hang."""
        return self.height - 4.0

    @property
    def ends(self) -> Sequence[Drawn]:
        """The first and the last bar: those whose labels are written."""
        return [self.bars[0], self.bars[-1]] if len(self.bars) > 1 else self.bars

    @property
    def labelled(self) -> Sequence[Drawn]:
        """As many bars as have room for a label, evenly spread, the last among them."""
        step = -(-len(self.bars) // LABELS) or 1
        return self.bars[::-1][::step][::-1]


def bars(
    values: Sequence[Bar], *, width: float = WIDTH, height: float = HEIGHT, foot: float = FOOT, widest: float = WIDEST
) -> Chart:
    """Lay bars out over the width, the highest as high as the drawing; a value below nothing is drawn as none."""
    top = max((each.value for each in values), default=0.0) or 1.0
    step = width / max(len(values), 1)
    thick = min(step - GAP, widest)
    drawn = [_drawn(each, number * step, thick, top, height) for number, each in enumerate(values)]
    return Chart(drawn, width, height, foot)


def _drawn(bar: Bar, x: float, width: float, top: float, high: float) -> Drawn:
    height = max(bar.value / top * high, LEAST) if bar.value > 0 else 0.0
    return Drawn(round(x, 2), round(high - height, 2), round(width, 2), round(height, 2), bar.label, bar.words)


@dataclass(frozen=True)
class Part:
    """A share of a line: how much, in which tone (ok, warn, bad, info, quiet), and the words for it."""

    value: float
    tone: str
    words: str


@dataclass(frozen=True)
class Segment:
    """One part of a line in user units of the drawing."""

    x: float
    width: float
    tone: str
    words: str


@dataclass(frozen=True)
class Line:
    """A line of parts laid end to end, and where a mark stands on it (None: no mark)."""

    segments: Sequence[Segment]
    mark: float | None = None
    width: float = WIDTH
    height: float = 12.0


def line(parts: Sequence[Part], *, whole: float | None = None, mark: float | None = None) -> Line:
    """Lay parts end to end; ``whole`` is what the full width stands for (what they add up to, or more), as is ``mark``."""
    total = max(whole or 0.0, sum(each.value for each in parts), mark or 0.0) or 1.0
    segments, x = [], 0.0
    for part in parts:
        width = part.value / total * WIDTH
        if part.value > 0:
            segments.append(Segment(round(x, 2), round(max(width, LEAST), 2), part.tone, part.words))
        x += width
    return Line(segments, None if mark is None else round(mark / total * WIDTH, 2))
