"""The copy that is delivered: labels in its picture, XMP that others can read, and every mark of the source that can come along."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import av
import pytest

from generations import media
from generations.media import labels, xmp
from generations.media.aigc import find_xmp
from generations.media.marks import answer as marks_of
from sorahub.lib import storage
from tests.generations.media.authority import SOURCE_TYPE, XMP_UUID, xmp_box
from tests.generations.media.clips import make_clip

LABEL = {"Label": "1", "ContentProducer": "001191110000", "ProduceID": "v-17"}
XMP: dict[str, xmp.Value] = {
    "Iptc4xmpExt:DigitalSourceType": SOURCE_TYPE,
    "plus:LicenseID": "SH-0000-0000-0000",
    "plus:Licensor": [{"plus:LicensorName": "North & <Sons>"}],
    "plus:OtherConstraints": {"x-default": "<script>alert(1)</script>"},
}
PLUS = "{http://ns.useplus.org/ldf/xmp/1.0/}"


def packet_of(path: Path) -> ET.Element:
    """Read XMP as anybody would: the uuid box by its own identifier, then plain XML."""
    data = path.read_bytes()
    start = data.index(XMP_UUID) + 16
    return ET.fromstring(data[start : data.index(b"</x:xmpmeta>") + 12].partition(b"?>\n")[2])  # noqa: S314 (ours)


def brightness(path: Path, *, x: int, y: int) -> list[int]:
    """How bright this place is in each frame."""
    with av.open(str(path)) as container:
        planes = [frame.planes[0] for frame in container.decode(video=0)]
        return [bytes(plane)[plane.line_size * y + x] for plane in planes]


def test_without_a_label_not_one_byte_of_the_source_changes(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4", frames=6, tags={"AIGC": json.dumps(LABEL)}, movflags="use_metadata_tags")
    before = storage.sha256_of(source)
    target = tmp_path / "marked.mp4"
    done = media.mark(source, target, name="a.mp4", probe=None, labels=[], xmp=XMP)
    assert done == {"container": "mp4", "encoded": False, "xmp": True, "xmp_carried": True}
    assert target.read_bytes().startswith(source.read_bytes())
    assert storage.sha256_of(source) == before
    meta = packet_of(target)
    assert [each.text for each in meta.iter(f"{PLUS}LicenseID")] == ["SH-0000-0000-0000"]
    assert [each.text for each in meta.iter(f"{PLUS}LicensorName")] == ["North & <Sons>"]
    found = media.provenance(target)
    assert found["xmp_fields"]["plus:OtherConstraints"] == "<script>alert(1)</script>"
    assert found["digital_source_types"] == [SOURCE_TYPE]
    assert found["aigc"]["label"] == LABEL


def test_a_label_stands_for_its_seconds_at_its_place_and_costs_no_frame(tmp_path: Path) -> None:
    source = make_clip(
        tmp_path / "a.mp4",
        frames=72,
        b_frames=2,
        size=(64, 64),
        tags={"AIGC": json.dumps(LABEL)},
        movflags="use_metadata_tags",
    )
    target, before = tmp_path / "marked.mp4", media.probe(source)
    wanted = [{"text": "AI生成", "start": 0, "seconds": 2, "position": "top-left"}]
    assert media.mark(source, target, name="a.mp4", probe=before, labels=wanted, xmp=XMP)["encoded"]
    after = media.probe(target)
    for name in ("frames", "rate", "first_frame_time", "duration", "width", "height", "audio"):
        assert getattr(after, name) == getattr(before, name), name
    corner, middle = brightness(target, x=4, y=4), brightness(target, x=32, y=40)
    plain = [40 + 5 * (index % 40) for index in range(72)]
    assert all(shown < expected - 15 for shown, expected in zip(corner[:48], plain, strict=False))
    assert all(abs(shown - expected) <= 12 for shown, expected in zip(corner[48:], plain[48:], strict=True))
    assert all(abs(shown - expected) <= 12 for shown, expected in zip(middle, plain, strict=True))
    assert media.provenance(target)["aigc"]["label"] == LABEL


@pytest.mark.parametrize(("width", "height"), [(64, 64), (640, 360), (360, 640)])
def test_the_letters_are_as_high_as_the_standard_asks(width: int, height: int) -> None:
    wanted = min(width, height) * 0.05
    for text in ("AI生成", "AI", "Made with AI by North, all of it, every single picture"):
        drawn = labels.draw([labels.Label(text)], width, height)
        letters = drawn.convert("L").point([0] * 60 + [255] * 196).getbbox()
        assert letters is not None
        assert letters[3] - letters[1] >= wanted
        assert 0 < letters[0] < letters[2] < width
        assert 0 < letters[1] < letters[3] < height


def test_what_else_stood_in_the_sources_xmp_stays_and_an_address_of_a_manifest_does_not(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4", frames=3)
    quoted = json.dumps(LABEL).replace('"', "&quot;")
    before = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        f'xmlns:T="http://www.tc260.org.cn/ns/AIGC/1.0/" dcterms:provenance="http://127.0.0.1:9/m.c2pa" T:AIGC="{quoted}">'
        "<dc:rights>Studio</dc:rights></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    source.write_bytes(source.read_bytes() + xmp_box(before))
    target = tmp_path / "marked.mp4"
    assert media.mark(source, target, name="a.mp4", probe=None, labels=[], xmp=XMP)["xmp_carried"]
    found = media.provenance(target)
    assert found["xmp_fields"]["dc:rights"] == "Studio"
    assert found["aigc"]["label"] == LABEL
    assert "127.0.0.1" not in found["xmp"]
    assert target.read_bytes().count(XMP_UUID) == 1


def test_xmp_that_declares_entities_is_not_read_and_that_is_said(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4", frames=3)
    source.write_bytes(
        source.read_bytes()
        + xmp_box('<!DOCTYPE x [<!ENTITY a "b">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&a;</x:xmpmeta>')
    )
    target = tmp_path / "marked.mp4"
    assert not media.mark(source, target, name="a.mp4", probe=None, labels=[], xmp=XMP)["xmp_carried"]
    assert media.provenance(target)["xmp_fields"]["plus:LicenseID"] == "SH-0000-0000-0000"


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about=''/></rdf:RDF>",
            True,
        ),
        ("<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + "<a>" * 100_000 + "</a>" * 100_000 + "</x:xmpmeta>", False),
        ("<x:xmpmeta xmlns:x='adobe:ns:meta/'><a></x:xmpmeta>", False),
    ],
)
def test_packets_of_every_shape_are_joined_or_given_up(before: str, kept: bool) -> None:
    text, carried = xmp.packet(XMP, before)
    assert carried is kept
    assert xmp.fields(text)["plus:LicenseID"] == "SH-0000-0000-0000"


def test_a_last_box_without_a_length_is_given_one_before_something_follows(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", frames=3, movflags="faststart")
    data = bytearray(path.read_bytes())
    place = data.index(b"mdat") - 4
    data[place : place + 4] = bytes(4)
    path.write_bytes(data)
    frames = media.probe(path).frames
    xmp.embed(path, "<x:xmpmeta/>")
    assert find_xmp(path) == "<x:xmpmeta/>"
    assert media.probe(path).frames == frames == 3


def test_a_file_that_has_no_place_for_xmp_stays_as_it_is(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mkv", frames=3)
    done = media.mark(source, tmp_path / "marked", name="a.mkv", probe=None, labels=[], xmp=XMP)
    assert done == {"container": "matroska", "encoded": False, "xmp": False, "xmp_carried": True}
    assert (tmp_path / "marked").read_bytes() == source.read_bytes()
    request = {"path": str(source), "name": "a.mkv", "anchors": "", "own_anchors": "", "largest_checked": 1 << 30}
    assert marks_of(request)["state"] == "unsupported"
