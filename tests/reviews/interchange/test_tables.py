"""CSV: safe in spreadsheets and back again; Frame.io's, whatever its columns are called this year."""

import json

import pytest
from hypothesis import given, settings

from reviews.interchange import csv_file, frameio, otio
from reviews.interchange import reading as files
from sorahub.lib.errors import InvalidInput
from sorahub.lib.timecode import Rate
from tests.reviews.interchange import reels

FRAMEIO = (
    "Timecode Source,Timecode In,Timecode Out,Frame,Duration,Commenter,Comment,Date,Completed,Reply\r\n"
    '00:00:01:00,00:00:01:00,,24,0,Carol Smith,"Too dark, here",2026-03-01,false,\r\n'
    "00:00:01:00,00:00:01:00,,24,0,Dan,I agree,2026-03-01,,yes\r\n"
    '00:00:02:00,00:00:02:00,00:00:03:00,48,25,Erin,"Louder\n“please”",2026-03-02,Completed,\r\n'
)


def test_a_row_tells_frames_and_timecode() -> None:
    note = reels.note(1800, 1830, "**Brighter**", category="sound")
    clip = reels.reel(Rate(30000, 1001), note)
    head, row = csv_file.write("x", [clip], reels.clock(Rate(30000, 1001), drop=True)).split("\r\n")[:2]
    assert head.startswith(
        "\ufeffClip,SHA-256,Note id,Reply to,Frame in,Frame out,Timecode in,Timecode out,Rate,Author,Words"
    )
    assert f"{note.id},,1800,1830,00:01:00;02,00:01:01;02,30000/1001,Alice,**Brighter**,sound,client,open" in row


@pytest.mark.parametrize("field", ["=1+1", "+1", "-1", "@x", "\tx", "  =x", "'=x"])
def test_no_field_of_a_persons_can_become_a_formula(field: str) -> None:
    clip = reels.reel(Rate(24), reels.note(0, body=field, author=field, resolved_by=field), name=field)
    row = csv_file.write("x", [clip], reels.clock(Rate(24))).split("\r\n", 1)[1]
    assert row.count("'" + field) == 4
    assert csv_file.read("\ufeff" + ",".join(csv_file.HEAD) + "\r\n" + row, Rate(24), 9).notes[0].body == field


@settings(max_examples=50, deadline=None)
@given(reels.words())
def test_any_words_come_back_from_a_sheet(words: str) -> None:
    text = csv_file.write("x", [reels.reel(Rate(24), reels.note(0, body=words))], reels.clock(Rate(24)))
    assert csv_file.read(text, Rate(24), 9).notes[0].body == words


def test_frame_ios_comments_come_in_with_replies_ranges_and_states() -> None:
    read = files.read(FRAMEIO.encode(), Rate(24), 240)
    assert (read.kind, list(read.problems)) == ("frameio", [])
    told = [(n.frame_in, n.frame_out, n.author, n.body, n.resolved, n.answers_row) for n in read.notes]
    assert told == [
        (24, 24, "Carol Smith", "Too dark, here", False, None),
        (24, 24, "Dan", "I agree", False, 1),
        (48, 72, "Erin", "Louder\n“please”", True, None),
    ]
    assert read.guesses[0].startswith("Columns: words from “Comment”, frame from “Frame”, begin from “Timecode In”")


def test_frames_that_count_from_one_are_found_out() -> None:
    read = frameio.read("Frame;Timecode;Comment\n25;00:00:01:00;x\n49;00:00:02:00;y\n", Rate(24), 240)
    assert [note.frame_in for note in read.notes] == [24, 48]
    assert "count from 1" in read.guesses[-1]


@pytest.mark.parametrize(
    ("label", "rate", "frame"),
    [
        ("01:00:01:00", Rate(25), 25),
        ("01:00:01;00", Rate(30000, 1001), 30),
        ("01:00:01.00", Rate(60000, 1001), 60),
        ("00:00:09:23", Rate(24), 239),
    ],
)
def test_timecodes_alone_are_enough_and_an_hour_is_guessed(label: str, rate: Rate, frame: int) -> None:
    read = frameio.read(f"TC\tNotes\n{label}\tx\n", rate, 240)
    assert [note.frame_in for note in read.notes] == [frame]


def test_a_start_that_was_said_is_taken() -> None:
    read = frameio.read("Timecode,Comment\n00:59:58:00,x\n", Rate(24), 240, start="00:59:50:00")
    assert [note.frame_in for note in read.notes] == [192]


def test_each_row_that_fails_says_why() -> None:
    text = "Timecode,Comment\n00:00:01:00,\n00:00:01:30,x\n1.5,x\n,x\n00:00:02:00,good\n"
    read = frameio.read(text, Rate(24), 240)
    assert [(problem.row, problem.words) for problem in read.problems] == [
        (1, "There are no words in this row."),
        (2, "00:00:01:30 does not exist at 24 frames a second."),
        (3, "'1.5' is no timecode: seconds do not say which frame is meant."),
        (4, "This row says no timecode and no frame."),
    ]
    assert [note.row for note in read.notes] == [5]


@pytest.mark.parametrize(
    "own",
    [5, [], None, {"notes": 5}, {"schema": 1, "notes": [5]}, {"schema": 1, "notes": [{"id": "x"}]}, {"schema": 2}],
    ids=str,
)
def test_a_marker_that_pretends_to_be_ours_stays_out(own: object) -> None:
    data = json.loads(otio.write("x", [reels.reel(Rate(24), reels.note(3))], reels.clock(Rate(24))))
    data["tracks"]["children"][0]["children"][0]["markers"][0]["metadata"]["sorahub"] = own
    read = files.read(json.dumps(data).encode(), Rate(24), 240)
    assert (len(read.notes), len(read.problems)) == (0, 1)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e300])
def test_a_marker_at_no_frame_stays_out(value: float) -> None:
    text = otio.write("x", [reels.reel(Rate(24), reels.note(3))], reels.clock(Rate(24)))
    data = json.loads(text)
    data["tracks"]["children"][0]["children"][0]["markers"][0]["marked_range"]["start_time"]["value"] = value
    read = files.read(json.dumps(data).encode(), Rate(24), 240)
    assert all(note.frame_in < 0 for note in read.notes)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01",
        b"a,b\n1,2\n",
        b"{",
        b'{"OTIO_SCHEMA": "Clip.2"}',
        b"[" * 50_000,
        b'{"a":' * 50_000,
        b"x" * (files.LARGEST + 1),
        b"Frame,Comment\n" + b"1,x\n" * 5001,
    ],
    ids=["empty", "binary", "columns", "json", "no timeline", "brackets", "nested", "large", "many"],
)
def test_what_cannot_be_taken_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        files.read(data, Rate(24), 240)
