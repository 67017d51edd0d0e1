"""EDL for Resolve: exactly these lines, merged where notes share a frame; and Resolve's own files read."""

import time

import opentimelineio
import pytest

from reviews.interchange import edl
from reviews.interchange.values import Thread
from sorahub.lib.timecode import Rate
from tests.reviews.interchange import reels

# By hand, after the layout of Resolve's own export: notes before the fields, a marker of two seconds, one without a note.
RESOLVE = """TITLE: Timeline 1
FCM: NON-DROP FRAME

001  001      V     C        01:00:03:05 01:00:03:06 01:00:03:05 01:00:03:06
 |C:ResolveColorBlue |M:Marker 1 |D:1

002  001      V     C        01:00:05:00 01:00:05:01 01:00:05:00 01:00:05:01
Tache d'eau en haut à gauche |C:ResolveColorYellow |M:Marker 2 |D:48
"""
AVID = """TITLE: Reel 1
FCM: NON-DROP FRAME
001  AX       V     C        00:00:00:00 00:00:04:00 01:00:00:00 01:00:04:00
* LOC: 01:00:01:14 RED     ANIM FIX NEEDED
"""


def test_a_marker_is_an_event_of_one_frame_and_three_fields() -> None:
    note = reels.note(29, 31, "Two\nlines | bar", category="sound")
    text = edl.write(
        "Dawn – take 2", [reels.reel(Rate(30000, 1001), note)], reels.clock(Rate(30000, 1001), drop=True, hours=1)
    )
    assert text.split("\r\n") == [
        "TITLE: Dawn _ take 2",
        "FCM: DROP FRAME",
        "",
        "001  001      V     C        01:00:00;29 01:00:01;00 01:00:00;29 01:00:01;00  ",
        " |C:ResolveColorGreen |M:Alice: Two / lines ¦ bar |D:3",
        "",
        "",
    ]


def test_notes_that_share_a_frame_are_one_marker_that_says_so() -> None:
    reply = reels.note(7, 7, "Done", author="Bob", parent=reels.note(7).id)
    threads = [Thread(reels.note(7, 9, "Brighter"), (reply,)), Thread(reels.note(7, 20, "Louder", author="Carol"))]
    text = edl.write("x", [reels.reel(Rate(24), *threads)], reels.clock(Rate(24)))
    assert text.count("|M:") == 1
    assert "|M:2 notes on this frame: / (1) Alice: Brighter / ↳ Bob: Done / (2) Carol: Louder |D:14" in text


def test_clips_of_one_rate_lie_one_after_another() -> None:
    clips = [reels.reel(Rate(25), reels.note(3), frames=100), reels.reel(Rate(25), reels.note(3), frames=50)]
    text = edl.write("x", clips, reels.clock(Rate(25), hours=1))
    read = edl.read(text, Rate(25), 150, start="01:00:00:00")
    assert [note.frame_in for note in read.notes] == [3, 103]


def test_resolves_own_export_is_read() -> None:
    read = edl.read(RESOLVE, Rate(24), 300)
    assert [(note.frame_in, note.frame_out, note.category) for note in read.notes] == [
        (77, 77, "general"),
        (120, 167, "picture"),
    ]
    assert read.notes[1].body == "Tache d'eau en haut à gauche\nMarker 2"
    assert read.guesses == [
        "The first frame is taken to be 01:00:00:00, as in most timelines; the clip is shorter than that."
    ]


def test_avids_locators_are_read() -> None:
    read = edl.read(AVID, Rate(24), 96)
    assert [(note.frame_in, note.body) for note in read.notes] == [(38, "ANIM FIX NEEDED")]


@pytest.mark.parametrize(
    "line", ["9 " * 100_000, " " * 300_000 + "|C:", "1 a b c" + "x" * 300_000, "|C:|M:" * 50_000 + "|D:x"]
)
def test_endless_lines_take_no_time(line: str) -> None:
    began = time.process_time()
    assert edl.read(RESOLVE + line + "\n", Rate(24), 300).notes[1].frame_out == 167
    assert time.process_time() - began < 1


def test_a_label_that_does_not_exist_is_told_and_the_rest_is_read() -> None:
    read = edl.read(RESOLVE.replace("01:00:03:05 01:00:03:06\n", "01:00:03:29 01:00:03:30\n"), Rate(24), 300)
    assert [(problem.row, problem.words) for problem in read.problems] == [
        (4, "01:00:03:29 does not exist at 24 frames a second.")
    ]
    assert len(read.notes) == 1


@pytest.mark.parametrize("count", reels.COUNTS, ids=reels.name_of)
def test_the_librarys_reader_agrees_on_every_frame_but_sees_no_marker(count: tuple[Rate, bool]) -> None:
    """The reason why Resolve's fields are written and read by hand."""
    rate, drop = count
    clock = reels.clock(rate, drop=drop, hours=1)
    text = edl.write("x", [reels.reel(rate, *(reels.note(frame) for frame in reels.PLACES))], clock)
    timeline = opentimelineio.adapters.read_from_string(text, adapter_name="cmx_3600", rate=rate.num / rate.den)
    clips = list(timeline.find_clips())
    assert [round(clip.source_range.start_time.value) - clock.start for clip in clips] == reels.PLACES
    assert sum(len(clip.markers) for clip in clips) == 0


def test_the_librarys_writer_loses_length_and_case() -> None:
    time = opentimelineio.opentime.RationalTime
    span = opentimelineio.opentime.TimeRange(time(0, 25), time(100, 25))
    clip = opentimelineio.schema.Clip("c", source_range=span)
    marked = opentimelineio.opentime.TimeRange(time(10, 25), time(5, 25))
    clip.markers.append(opentimelineio.schema.Marker("Brighter", marked, color="RED"))
    timeline = opentimelineio.schema.Timeline("x")
    timeline.tracks.append(opentimelineio.schema.Track(children=[clip], kind="Video"))
    text = opentimelineio.adapters.write_to_string(timeline, adapter_name="cmx_3600", rate=25)
    assert "* LOC: 00:00:00:10 RED     BRIGHTER" in text
    assert "|D:" not in text
