"""Every format at every rate: what is written comes back on the same frames."""

import pytest
from hypothesis import HealthCheck, given, settings

from reviews.interchange import csv_file, edl, fcp7xml, fcpxml, otio
from reviews.interchange import reading as files
from reviews.interchange.values import Note
from sorahub.lib.errors import InvalidInput
from sorahub.lib.timecode import Rate
from tests.reviews.interchange import reels

KEEPS_ALL = {"csv": csv_file, "fcp7xml": fcp7xml, "fcpxml": fcpxml, "otio": otio}
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("count", reels.COUNTS, ids=reels.name_of)
def test_a_clock_knows_each_label_that_it_gives_and_begins_anew_after_a_day(count: tuple[Rate, bool]) -> None:
    rate, drop = count
    clock = reels.clock(rate, drop=drop, hours=23)
    assert [clock.frame(clock.label(frame)) for frame in reels.PLACES] == reels.PLACES
    assert clock.label(clock.day - clock.start) == f"00:00:00{';' if drop else ':'}00"
    assert clock.label(clock.day - clock.start - 1).startswith("23:59:59")


def some_notes() -> list[Note]:
    """A note on each awkward frame, two ranges, and two on the same frame."""
    found = [reels.note(frame) for frame in reels.PLACES]
    found += [reels.note(0, reels.LONG - 1), reels.note(1797, 1800), reels.note(24)]
    return sorted(found, key=lambda note: note.frame_in)


def frames(notes: list[Note]) -> list[tuple[int, int]]:
    """Where notes lie."""
    return [(note.frame_in, note.frame_out) for note in notes]


@pytest.mark.parametrize("count", reels.COUNTS, ids=reels.name_of)
@pytest.mark.parametrize("kind", KEEPS_ALL)
def test_every_note_comes_back_on_its_frames(kind: str, count: tuple[Rate, bool]) -> None:
    rate, drop = count
    notes = some_notes()
    text = KEEPS_ALL[kind].write("Notes", [reels.reel(rate, *notes)], reels.clock(rate, drop=drop, hours=1))
    read = files.read(text.encode(), rate, reels.LONG)
    assert (read.kind, list(read.problems)) == (kind, [])
    assert [(note.frame_in, note.frame_out) for note in read.notes] == frames(notes)


@pytest.mark.parametrize("hours", [0, 1, 10])
@pytest.mark.parametrize("count", reels.COUNTS, ids=reels.name_of)
def test_the_edl_comes_back_with_one_marker_a_frame(count: tuple[Rate, bool], hours: int) -> None:
    rate, drop = count
    notes = some_notes()
    text = edl.write("Notes", [reels.reel(rate, *notes)], reels.clock(rate, drop=drop, hours=hours))
    read = files.read(text.encode(), rate, reels.LONG)
    longest = {note.frame_in: note.frame_out for note in sorted(notes, key=lambda note: note.frame_out)}
    assert [(note.frame_in, note.frame_out) for note in read.notes] == sorted(longest.items())
    assert len(read.guesses) == (1 if hours else 0)


@few
@given(reels.notes())
def test_words_survive_in_every_format_that_keeps_them(notes: list[Note]) -> None:
    rate = Rate(30000, 1001)
    clip = reels.reel(rate, *notes)
    for kind, module in KEEPS_ALL.items():
        read = module.read(module.write("A & <b>", [clip], reels.clock(rate)), rate, reels.LONG)
        assert [(note.frame_in, note.frame_out) for note in read.notes] == frames(notes)
        assert not read.problems
        for note, back in zip(notes, read.notes, strict=True):
            words = note.body if kind in {"csv", "otio"} else f"Alice: {note.words or '[no words]'}"
            assert back.body == (words if kind in {"csv", "otio"} else words.strip())


@few
@given(reels.notes())
def test_an_edl_holds_any_words_on_one_line(notes: list[Note]) -> None:
    rate = Rate(60000, 1001)
    text = edl.write("Tïtle", [reels.reel(rate, *notes)], reels.clock(rate, drop=True, hours=1))
    read = edl.read(text, rate, reels.LONG, start="01:00:00;00")
    assert not read.problems
    assert {note.frame_in for note in read.notes} == {note.frame_in for note in notes}
    assert text.count("\r\n |C:") == len(read.notes) == text.count("\n |C:")


def test_a_sheet_of_ours_and_a_timeline_of_ours_come_back_with_their_ids() -> None:
    note = reels.note(3, 9, "**Brighter**", category="picture", marks=(reels.mark(), reels.mark("text")))
    clip = reels.reel(Rate(24), note)
    for module in (csv_file, otio):
        back = module.read(module.write("x", [clip], reels.clock(Rate(24))), Rate(24), reels.LONG).notes[0]
        told = (back.id, back.author, back.body, back.category, back.visibility)
        assert told == (note.id, "Alice", "**Brighter**", "picture", "client")
    assert list(back.marks) == [mark.as_dict() for mark in note.marks]


@pytest.mark.parametrize("kind", ["csv", "fcp7xml", "otio"])
def test_a_file_of_another_rate_puts_no_note_on_a_wrong_frame(kind: str) -> None:
    text = KEEPS_ALL[kind].write("x", [reels.reel(Rate(25), reels.note(50))], reels.clock(Rate(25)))
    try:
        read = files.read(text.encode(), Rate(24), reels.LONG)
    except InvalidInput as refused:
        assert refused.code == "other-rate"
    else:
        assert not read.notes
        assert "25" in read.problems[0].words
