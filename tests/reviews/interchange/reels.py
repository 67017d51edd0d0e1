"""Notes and clips as plain values, and strategies that make awkward ones."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from reviews.interchange.clock import Clock
from reviews.interchange.values import Mark, Note, Reel, Thread
from sorahub.lib.ids import uuid7
from sorahub.lib.timecode import Rate

WRITTEN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
RATES = [
    *(Rate(24000, 1001), Rate(24), Rate(25), Rate(30000, 1001), Rate(30), Rate(50), Rate(60000, 1001), Rate(60)),
]
# Every rate, and drop-frame where there is such a thing.
COUNTS = [(rate, drop) for rate in RATES for drop in ((False, True) if rate.is_drop_capable else (False,))]
LONG = 20 * 60 * 60  # frames: past the tenth minute at every rate
PLACES = [0, 1, 2, 23, 24, 59, 60, 1797, 1798, 1799, 1800, 3595, 3596, 3600, 17981, 17982, 35963, 35964, LONG - 1]
AWKWARD = [
    "Brighter, please",
    "",
    '=HYPERLINK("http://x")',
    "'=1+1",
    " @SUM(A1)",
    "<marker>&amp;\"quotes\" 'single' ]]>",
    "Two\nlines\n\nand a third",
    "pipe | in | words |D:7",
    "Café 北京 éè – „Gänse“ שלום 🎬",
    "tab\there; semicolon; comma, all",
    "-12 dB",
]


def name_of(count: tuple[Rate, bool]) -> str:
    """Return a test's name for a rate and its way of counting."""
    return f"{count[0].label}{' drop' if count[1] else ''}"


def clock(rate: Rate, *, drop: bool = False, hours: int = 0) -> Clock:
    """Return the clock whose first frame is that many hours."""
    from_hours = Clock(rate, 0, drop).frame(f"{hours:02}:00:00{';' if drop else ':'}00")
    return Clock(rate, from_hours, drop)


def note(frame_in: int, frame_out: int | None = None, body: str = "Brighter", **more: Any) -> Note:
    """Return alice's note."""
    values: dict[str, Any] = {
        "id": uuid7(), "author": "Alice", "category": "general", "visibility": "client", "created_at": WRITTEN, "words": body,
    }  # fmt: skip
    return Note(
        frame_in=frame_in, frame_out=frame_in if frame_out is None else frame_out, body=body, **{**values, **more}
    )


def reel(rate: Rate, *threads: Thread | Note, frames: int = LONG, **more: Any) -> Reel:
    """Return a clip with these notes."""
    hung = tuple(each if isinstance(each, Thread) else Thread(each) for each in threads)
    values: dict[str, Any] = {
        "clip": UUID(int=1), "name": "SC010 · take 2", "file_name": "AURORA_SC010_take2.mp4", "sha256": "ab" * 32, "width": 1920,
        "height": 1080,
    }  # fmt: skip
    return Reel(rate=rate, frame_count=frames, threads=hung, **{**values, **more})


def mark(kind: str = "arrow", **more: Any) -> Mark:
    """Return a mark."""
    points = [[0.25, 0.5]] if kind == "text" else [[0.25, 0.5], [0.75, 0.625]]
    values: dict[str, Any] = {"points": points, "stroke": 0.008, "colour": "#ff5a4f", "schema": 1}
    return Mark(id=uuid7(), kind=kind, **{**values, **({"text": "Here"} if kind == "text" else {}), **more})


def spans(last: int = LONG - 1) -> st.SearchStrategy[tuple[int, int]]:
    """Frames of a note, the clip's ends among them."""
    ends = st.sampled_from([0, 1, last - 1, last])
    frames = st.integers(0, last) | ends
    return st.tuples(frames, frames).map(lambda pair: (min(pair), max(pair)))


def words() -> st.SearchStrategy[str]:
    """Words of every script, with the characters that break formats."""
    letters = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=60)
    return st.one_of(st.sampled_from(AWKWARD), letters)


@st.composite
def notes(draw: Any) -> list[Note]:
    """Return some notes, now and then on the same frame."""
    kinds = st.sampled_from(["general", "picture", "sound"])
    found: list[Any] = draw(st.lists(st.tuples(spans(), words(), kinds), max_size=6))
    found += found[: draw(st.integers(0, 1))]
    return [
        note(first, last, body, category=category, created_at=WRITTEN + timedelta(seconds=place))
        for place, ((first, last), body, category) in enumerate(sorted(found, key=lambda each: each[0]))
    ]
