"""How a format names frames: a rate, the timecode of frame 0, drop-frame or not."""

from dataclasses import dataclass

from sorahub.lib.errors import InvalidInput
from sorahub.lib.timecode import Rate, from_timecode, to_timecode

HOUR = 3600


@dataclass(frozen=True)
class Clock:
    """``start`` is how many frames after 00:00:00:00 the first frame is labelled; ``drop`` asks for drop-frame labels."""

    rate: Rate
    start: int = 0
    drop: bool = False

    def label(self, frame: int) -> str:
        """Return the timecode of a frame; labels begin anew after 24 hours, as those of every deck and editor do."""
        return to_timecode((self.start + frame) % self.day, self.rate, drop=self.drop)

    def frame(self, label: str) -> int:
        """Return the frame that a timecode names; negative when it lies before frame 0. Raises InvalidInput."""
        return from_timecode(tidy(label), self.rate) - self.start

    @property
    def day(self) -> int:
        """Labels in 24 hours."""
        dropped = self.rate.dropped_per_minute * (24 * 60 - 24 * 6) if self.drop else 0
        return 24 * HOUR * self.rate.nominal - dropped


def clock_for(rate: Rate, start: str = "", *, drop: bool = False) -> Clock:
    """Return the clock on which frame 0 is labelled ``start`` (empty: 00:00:00:00). Raises InvalidInput.

    Drop-frame is for 29.97 and 59.94; at any other rate the wish is refused.
    """
    if drop and not rate.is_drop_capable:
        raise InvalidInput(
            f"Drop-frame timecode is not defined at {rate.label}.", fields={"drop": "For 29.97 and 59.94."}
        )
    if not start.strip():
        return Clock(rate, 0, drop)
    label = tidy(start)
    if drop:
        label = f"{label[:8]};{label[9:]}"
    return Clock(rate, from_timecode(label.replace(";", ":") if not drop else label, rate), drop)


def tidy(label: str) -> str:
    """Return a timecode as we write it: other programs put "." or "," or ";" before the frames of drop-frame labels."""
    text = label.strip()
    if len(text) < 11 or text[8] not in ";.,:":
        return text
    mark = ":" if text[8] == ":" else ";"
    return f"{text[:8].replace(';', ':')}{mark}{text[9:]}"


def guessed_start(labels: list[int], rate: Rate, frame_count: int) -> int:
    """Return the label of frame 0 that makes these labels (frames after 00:00:00:00) lie in the clip: 0, or whole hours.

    Editors begin at 01:00:00:00 (or 10:00:00:00) by habit; the hub counts from 0.
    """
    if not labels or max(labels) < frame_count:
        return 0
    hour = HOUR * rate.nominal
    dropping = rate.dropped_per_minute * 54
    for length in (hour, hour - dropping):
        hours = min(labels) // length
        if hours and max(labels) - hours * length < frame_count:
            return hours * length
    return 0
