"""Threads as markers: one a frame. Resolve drops all but one of the markers that begin on a frame, so those are merged and say so."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from reviews.interchange.values import Note, Reel, Thread

LONGEST_NAME = 60


@dataclass(frozen=True)
class Marker:
    """What a format with one line of words a marker shows: ``frame_out`` is inclusive."""

    frame_in: int
    frame_out: int
    name: str
    text: str
    category: str
    resolved: bool
    threads: tuple[Thread, ...]

    @property
    def frames(self) -> int:
        """How many frames it lasts."""
        return self.frame_out - self.frame_in + 1


def merged(reel: Reel) -> list[Marker]:
    """Return a marker for each frame on which threads begin, the longest range of them, in order."""
    by_frame: defaultdict[int, list[Thread]] = defaultdict(list)
    for thread in reel.threads:
        by_frame[thread.note.frame_in].append(thread)
    return [_merge(by_frame[frame]) for frame in sorted(by_frame)]


def single(reel: Reel) -> list[Marker]:
    """Return a marker for each thread, for formats that keep several on a frame."""
    return [_merge([thread]) for thread in reel.threads]


def _merge(threads: list[Thread]) -> Marker:
    notes = [thread.note for thread in threads]
    words = [told(thread) for thread in threads]
    text = words[0]
    if len(threads) > 1:
        counted = (f"({number}) {each}" for number, each in enumerate(words, start=1))
        text = f"{len(threads)} notes on this frame:\n" + "\n".join(counted)
    return Marker(
        frame_in=notes[0].frame_in,
        frame_out=max(note.frame_out for note in notes),
        name=_name(notes),
        text=text,
        category=notes[0].category if len({note.category for note in notes}) == 1 else "general",
        resolved=all(note.resolved_at is not None for note in notes),
        threads=tuple(threads),
    )


def told(thread: Thread) -> str:
    """Return a thread in words: who said what, who answered, and whether it is resolved."""
    note = thread.note
    lines = [f"{note.author}: {said(note)}"]
    lines += [f"↳ {reply.author}: {said(reply)}" for reply in thread.replies]
    if note.resolved_at is not None:
        lines.append(f"✓ resolved by {note.resolved_by}" if note.resolved_by else "✓ resolved")
    return "\n".join(lines)


def said(note: Note) -> str:
    """Return the words of a note; of one that is only drawn, that it is."""
    return note.words or ("[drawing]" if note.marks else "[no words]")


def _name(notes: list[Note]) -> str:
    """Return a short title: the authors, and what it is about."""
    people = ", ".join(dict.fromkeys(note.author for note in notes))
    kinds = ", ".join(sorted({note.category for note in notes} - {"general"}))
    return shortened(f"{people} · {kinds}" if kinds else people, LONGEST_NAME)


def shortened(text: str, most: int) -> str:
    """Return the text, cut with an ellipsis where it is longer than ``most``."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def laid(reels: Sequence[Reel]) -> list[tuple[int, Reel]]:
    """Return the clips one after another, each with the frame of the timeline at which it begins."""
    begins = accumulate((reel.frame_count for reel in reels), initial=0)
    return list(zip(begins, reels, strict=False))
