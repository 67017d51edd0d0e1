"""FCP7 XML and FCPXML: the libraries' readers where they are right, their faults where they are not; strangers' files."""

from xml.etree import ElementTree

import opentimelineio
import pytest

from reviews.interchange import fcp7xml, fcpxml
from reviews.interchange import reading as files
from reviews.interchange.fcpxml import seconds
from sorahub.lib.errors import InvalidInput
from sorahub.lib.timecode import Rate
from tests.reviews.interchange import reels

parsed = ElementTree.XML
ALL = [reels.note(frame) for frame in reels.PLACES]


@pytest.mark.parametrize("count", reels.COUNTS, ids=reels.name_of)
def test_the_fcp7_reader_of_the_library_finds_our_markers(count: tuple[Rate, bool]) -> None:
    rate, drop = count
    notes = [*ALL[:-1], reels.note(reels.PLACES[-1] - 9, reels.PLACES[-1])]
    text = fcp7xml.write("x", [reels.reel(rate, *notes)], reels.clock(rate, drop=drop, hours=1))
    timeline = opentimelineio.adapters.read_from_string(text, adapter_name="fcp_xml")
    spans = [marker.marked_range for marker in timeline.tracks.markers]
    assert [span.start_time.value for span in spans] == [note.frame_in for note in notes]
    assert [span.duration.value for span in spans] == [*([0] * (len(notes) - 1)), 10]
    assert spans[0].start_time.rate == pytest.approx(float(rate.fraction), abs=1e-9)
    assert timeline.tracks.markers[0].metadata["fcp_xml"]["comment"] == "Alice: Brighter"


def test_a_marker_of_one_frame_has_no_out_and_a_range_ends_after_its_last_frame() -> None:
    clips = [reels.reel(Rate(25), reels.note(99), frames=100), reels.reel(Rate(25), reels.note(0, 4), frames=50)]
    root = parsed(fcp7xml.write("x", clips, reels.clock(Rate(25))).encode())
    spans = [(marker.findtext("in"), marker.findtext("out")) for marker in root.iter("marker")]
    assert spans == [("99", "-1"), ("100", "105")]
    assert [(item.findtext("start"), item.findtext("end")) for item in root.iter("clipitem")] == [
        ("0", "100"),
        ("100", "150"),
    ]


def test_the_librarys_fcp7_writer_gives_points_a_length_and_ignores_another_rate() -> None:
    """The reason why markers are written by hand."""
    time = opentimelineio.opentime.RationalTime
    span = opentimelineio.opentime.TimeRange
    whole = span(time(0, 25), time(100, 25))
    media = opentimelineio.schema.ExternalReference("a.mp4", whole)
    timeline = opentimelineio.schema.Timeline("x", global_start_time=time(0, 25))
    clip = opentimelineio.schema.Clip("c", media, whole)
    timeline.tracks.append(opentimelineio.schema.Track(children=[clip], kind="Video"))
    for marked in (span(time(10, 25), time(1, 25)), span(time(20, 50), time(0, 50))):
        timeline.tracks.markers.append(opentimelineio.schema.Marker("One", marked, color="RED", comment="words"))
    root = parsed(opentimelineio.adapters.write_to_string(timeline, adapter_name="fcp_xml").encode())
    spans = [(marker.findtext("in"), marker.findtext("out")) for marker in root.iter("marker")]
    assert spans == [("10", "11"), ("20", "20")]  # -1 for the first; frame 10 for the second
    assert root.find(".//marker/color") is None
    assert root.find(".//marker/comment") is None


def test_markers_on_a_clip_count_from_its_first_frame() -> None:
    text = """<xmeml version="5"><clipitem><name>c</name><rate><timebase>24</timebase><ntsc>TRUE</ntsc></rate>
      <in>10</in><marker><name>Here</name><comment/><in>12</in><out>-1</out></marker>
      <marker><name>No frame</name></marker></clipitem></xmeml>"""
    read = fcp7xml.read(text, Rate(24000, 1001), 100)
    assert [(note.frame_in, note.frame_out, note.body) for note in read.notes] == [(2, 2, "Here")]
    assert [problem.row for problem in read.problems] == [2]


@pytest.mark.parametrize("rate", reels.RATES, ids=str)
def test_fcpxml_times_are_exact_fractions(rate: Rate) -> None:
    text = fcpxml.write("x", [reels.reel(rate, *ALL, reels.note(5, 9))], reels.clock(rate))
    root = parsed(text.encode())
    assert root.find("resources/format").get("frameDuration") == f"{rate.den}/{rate.num}s"  # type: ignore[union-attr]
    assert {marker.get("completed") for marker in root.iter("marker")} == {"0"}
    assert seconds(rate.num, rate) == f"{rate.den}s"
    assert seconds(1, rate) == f"{rate.den}/{rate.num}s"


@pytest.mark.parametrize("rate", [rate for rate in reels.RATES if rate not in (Rate(24), Rate(30), Rate(60))], ids=str)
def test_the_librarys_fcpxml_reader_puts_markers_on_other_frames(rate: Rate) -> None:
    """The reason why FCPXML is written and read by hand."""
    text = fcpxml.write("x", [reels.reel(rate, *ALL)], reels.clock(rate))
    found = opentimelineio.adapters.read_from_string(text, adapter_name="fcpx_xml")
    markers = [marker for clip in _clips(found) for marker in clip.markers]
    assert len(markers) == len(reels.PLACES)
    assert [marker.marked_range.start_time.value for marker in markers] != reels.PLACES


def _clips(found: object) -> list[opentimelineio.schema.Clip]:
    timelines = [found] if isinstance(found, opentimelineio.schema.Timeline) else list(found)  # type: ignore[call-overload]
    return [clip for timeline in timelines for clip in timeline.find_clips()]


def test_a_resolved_note_is_a_completed_to_do() -> None:
    note = reels.note(3, resolved_at=reels.WRITTEN, resolved_by="Bob")
    text = fcpxml.write("x", [reels.reel(Rate(24), note)], reels.clock(Rate(24)))
    assert fcpxml.read(text, Rate(24), 100).notes[0].resolved
    assert "✓ resolved by Bob" in text


def test_a_file_in_utf_16_is_read() -> None:
    text = fcp7xml.write("x", [reels.reel(Rate(24), reels.note(3, body="Größer"))], reels.clock(Rate(24)))
    data = text.replace("UTF-8", "UTF-16").encode("utf-16")
    assert files.read(data, Rate(24), 100).notes[0].body == "Alice: Größer"


def test_a_marker_between_frames_is_told() -> None:
    text = fcpxml.write("x", [reels.reel(Rate(25), reels.note(3))], reels.clock(Rate(25)))
    read = fcpxml.read(text, Rate(24), 100)
    assert not read.notes
    assert "does not lie on a frame of 24" in read.problems[0].words


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><xmeml/>',
        "<xmeml>",
        "<other/>",
        "<xmeml><marker>" + "<a>" * 10,
    ],
)
def test_what_is_not_such_a_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        fcp7xml.read(text, Rate(24), 100)


@pytest.mark.parametrize("time", ["1e999999s", "nan", "1/0s", "９s", "-"])
def test_a_time_that_is_none_is_told(time: str) -> None:
    text = f'<fcpxml version="1.10"><clip start="0s"><marker start="{time}" value="x"/></clip></fcpxml>'
    assert "is no time" in fcpxml.read(text, Rate(24), 100).problems[0].words
