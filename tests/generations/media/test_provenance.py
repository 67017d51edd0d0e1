"""What a file says about its origin is read and judged, without a single request, and never guessed."""

import json
from collections.abc import Iterator
from pathlib import Path

import c2pa
import pytest

from generations.media import MediaError, provenance
from generations.media.child import Limits
from tests.generations.media.authority import SOURCE_TYPE, Authority, listening, xmp_box
from tests.generations.media.clips import make_clip

LABEL = {"Label": "1", "ContentProducer": "001191110000", "ProduceID": "v-17", "ReservedCode1": ""}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_a_signed_clip_is_valid_and_trusted_only_under_its_own_root(tmp_path: Path, authority: Authority) -> None:
    signed = authority.sign(make_clip(tmp_path / "a.mp4", frames=6), tmp_path / "s.mp4")
    found = provenance(signed)
    assert found["state"] == "present_valid"
    assert "signingCredential.untrusted" in {failure["code"] for failure in found["credentials"]["failures"]}
    assert found["digital_source_types"] == [SOURCE_TYPE]
    assert found["credentials"]["signature"]["issuer"] == "Test"
    assert found["tools"]["c2pa-python"] == "0.38.1"
    trusted = provenance(signed, own_anchors=authority.root)
    assert trusted["state"] == "present_trusted"
    assert trusted["trust"]["anchors_sha256"] is None
    assert len(trusted["trust"]["own_anchors_sha256"]) == 64


def test_one_changed_byte_of_picture_is_invalid(tmp_path: Path, authority: Authority) -> None:
    signed = authority.sign(make_clip(tmp_path / "a.mp4", frames=6), tmp_path / "s.mp4")
    data = bytearray(signed.read_bytes())
    data[data.index(b"mdat") + 200] ^= 1
    signed.write_bytes(data)
    found = provenance(signed, own_anchors=authority.root)
    assert found["state"] == "present_invalid"
    assert "assertion.bmffHash.mismatch" in {failure["code"] for failure in found["credentials"]["failures"]}


def test_a_tampered_parent_is_found_below_a_trusted_clip(tmp_path: Path, authority: Authority) -> None:
    parent = authority.sign(make_clip(tmp_path / "p.mp4", frames=6), tmp_path / "parent.mp4")
    data = bytearray(parent.read_bytes())
    data[data.index(b"mdat") + 200] ^= 1
    parent.write_bytes(data)
    clip = make_clip(tmp_path / "a.mp4", frames=6)
    found = provenance(authority.sign(clip, tmp_path / "s.mp4", parent=parent), own_anchors=authority.root)
    assert found["state"] == "present_trusted"
    failures = found["credentials"]["failures"]
    assert "assertion.bmffHash.mismatch" in {failure["code"] for failure in failures}
    assert all(failure["where"] != "active" for failure in failures)


def test_a_plain_clip_has_none_and_matroska_cannot_be_read(tmp_path: Path) -> None:
    assert provenance(make_clip(tmp_path / "a.mp4", frames=3))["state"] == "absent"
    assert provenance(make_clip(tmp_path / "a.mkv", frames=3))["state"] == "unsupported"


def test_too_large_to_check_is_never_called_absent(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=3)
    with clip.open("r+b") as file:
        file.seek(0, 2)
        file.write((600 * 1024**2).to_bytes(4, "big") + b"free")
        file.truncate(file.tell() - 8 + 600 * 1024**2)
    found = provenance(clip, limits=Limits(memory=1024**3))
    assert (found["state"], found["credentials"]["reason"]) == ("not_checked", "larger_than_checked")


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    with listening() as server:
        yield server


def test_a_planted_manifest_address_is_reported_but_never_asked(
    tmp_path: Path, authority: Authority, listener: tuple[str, list[str]]
) -> None:
    url, asked = listener
    clip = make_clip(tmp_path / "a.mp4", frames=3)
    found = provenance(authority.sign(clip, tmp_path / "r.mp4", remote_url=url))
    assert asked == []
    assert (found["state"], found["credentials"]["reason"]) == ("not_checked", "remote_manifest")
    assert found["credentials"]["remote_url"] == url
    assert url in found["xmp"]
    with pytest.raises(c2pa.C2paError):
        c2pa.Reader(str(tmp_path / "r.mp4"))
    assert asked, "the file would have been asked for by a careless reader"


def test_the_aigc_label_is_read_from_tags_and_from_xmp(tmp_path: Path) -> None:
    tagged = make_clip(
        tmp_path / "a.mp4", frames=3, tags={"AIGC": json.dumps(LABEL)}, movflags="use_metadata_tags+faststart"
    )
    found = provenance(tagged)["aigc"]
    assert (found["label"], found["source"], found["well_formed"]) == (LABEL, "tag:AIGC", True)
    comment = make_clip(tmp_path / "c.mp4", frames=3, tags={"comment": json.dumps({"AIGC": LABEL})})
    assert provenance(comment)["aigc"]["label"] == LABEL
    broken = make_clip(tmp_path / "b.mp4", frames=3, tags={"comment": '{"AIGC": {"Label"'})
    assert (provenance(broken)["aigc"]["label"], provenance(broken)["aigc"]["well_formed"]) == (None, False)


def test_xmp_is_kept_as_it_stands_with_its_source_type(tmp_path: Path) -> None:
    quoted = json.dumps(LABEL).replace('"', "&quot;")
    packet = f'<x:xmpmeta><rdf:Description DST="{SOURCE_TYPE}" TC260:AIGC="{quoted}"/></x:xmpmeta>'
    clip = make_clip(tmp_path / "a.mp4", frames=3)
    clip.write_bytes(clip.read_bytes() + xmp_box(packet))
    found = provenance(clip)
    assert found["xmp"] == packet
    assert found["digital_source_types"] == [SOURCE_TYPE]
    assert (found["aigc"]["source"], found["aigc"]["label"]) == ("xmp", LABEL)


def test_a_file_that_is_no_video_has_no_provenance(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"#EXTM3U\n")
    with pytest.raises(MediaError) as refused:
        provenance(path)
    assert refused.value.code == "not_a_video"
