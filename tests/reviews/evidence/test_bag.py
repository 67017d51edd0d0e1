"""Writing bags: any BagIt tool accepts them, large files cost no memory, the same files give the same zip."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import bagit
import pytest

from reviews.evidence.bag import Bag, pack
from sorahub.lib import signing
from sorahub.lib.errors import InvalidInput
from sorahub.lib.signing import Signature

MEBI = 1024 * 1024


def unsigned(data: bytes) -> Signature:
    return Signature("0" * 16, bytes(64))


def small(root: Path) -> Path:
    bag = Bag(root)
    bag.put("data/b.txt", b"two")
    bag.put("data/deep/a.txt", b"one")
    bag.put("notes.txt", b"outside")
    bag.seal({"Bagging-Date": "2026-11-22"}, unsigned)
    return root


def test_the_librarians_own_tool_accepts_a_bundle(root: Path) -> None:
    bag = bagit.Bag(str(root))
    assert bag.validate()
    assert bag.info["Bag-Software-Agent"] == "SoraHub"
    payload = [path for path in (root / "data").rglob("*") if path.is_file()]
    assert bag.info["Payload-Oxum"] == f"{sum(path.stat().st_size for path in payload)}.{len(payload)}"


@pytest.mark.parametrize("path", ["../out", "/etc/x", "data/../x", "data//x", "data/\n", ""])
def test_nothing_is_written_outside_the_bag(tmp_path: Path, path: str) -> None:
    with pytest.raises(InvalidInput):
        Bag(tmp_path / "bag").put(path, b"x")
    assert list(tmp_path.rglob("*")) == [tmp_path / "bag"]


def test_nothing_is_written_twice(tmp_path: Path) -> None:
    bag = Bag(tmp_path / "bag")
    bag.put("data/a", b"first")
    with pytest.raises(FileExistsError):
        bag.put("data/a", b"second")
    assert (tmp_path / "bag/data/a").read_bytes() == b"first"


def test_the_same_files_give_the_same_zip_uncompressed_and_in_order(tmp_path: Path) -> None:
    for name in ("one", "two"):
        pack(small(tmp_path / name), tmp_path / f"{name}.zip", "bag")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.filename.split("/")[0] for entry in entries} == {"bag"}


def test_a_large_clip_costs_no_memory(tmp_path: Path) -> None:
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate(64 * MEBI)
    tracemalloc.start()
    try:
        bag = Bag(tmp_path / "bag")
        with large.open("rb") as source:
            bag.copy("data/clip/large.mp4", source)
        pack(tmp_path / "bag", tmp_path / "bag.zip", "bag")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert bag.sizes == {"data/clip/large.mp4": 64 * MEBI}
    assert peak < 8 * MEBI


def test_the_seal_is_the_last_word_over_the_tag_manifest(tmp_path: Path) -> None:
    bag = Bag(tmp_path / "bag")
    bag.copy("data/a", io.BytesIO(b"a"))
    bag.seal({}, lambda data: signing.sign("record", data))
    key_id, made = (tmp_path / "bag/tagmanifest-sha256.txt.sig").read_text().split()
    (key,) = [key for key in signing.public_keys("record") if key.key_id == key_id]
    assert signing.verify(key.raw, (tmp_path / "bag/tagmanifest-sha256.txt").read_bytes(), bytes.fromhex(made))
