"""Writing bags: any BagIt tool accepts them, large files cost no memory, the same files give the same zip."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import bagit
import pytest

from reviews.evidence.bag import Bag
from sorahub.lib import signing
from sorahub.lib.errors import Conflict, InvalidInput
from sorahub.lib.signing import Signature

MEBI = 1024 * 1024


def unsigned(data: bytes) -> Signature:
    return Signature("0" * 16, bytes(64))


def small(target: Path) -> Path:
    with Bag(target, "bag") as bag:
        bag.put("data/b.txt", b"two")
        bag.put("data/deep/a.txt", b"one")
        bag.put("notes.txt", b"outside")
        bag.seal({"Bagging-Date": "2026-11-22"}, unsigned)
    return target


def test_the_librarians_own_tool_accepts_a_bundle(root: Path) -> None:
    bag = bagit.Bag(str(root))
    assert bag.validate()
    assert bag.info["Bag-Software-Agent"] == "SoraHub"
    payload = [path for path in (root / "data").rglob("*") if path.is_file()]
    assert bag.info["Payload-Oxum"] == f"{sum(path.stat().st_size for path in payload)}.{len(payload)}"


@pytest.mark.parametrize("path", ["../out", "/etc/x", "data/../x", "data//x", "data/\n", ""])
def test_nothing_is_written_outside_the_bag(tmp_path: Path, path: str) -> None:
    with Bag(tmp_path / "bag.zip", "bag") as bag, pytest.raises(InvalidInput):
        bag.put(path, b"x")
    assert zipfile.ZipFile(tmp_path / "bag.zip").namelist() == []


def test_nothing_is_written_twice(tmp_path: Path) -> None:
    with Bag(tmp_path / "bag.zip", "bag") as bag:
        bag.put("data/a", b"first")
        with pytest.raises(InvalidInput):
            bag.put("data/a", b"second")
    assert zipfile.ZipFile(tmp_path / "bag.zip").read("bag/data/a") == b"first"
    with pytest.raises(FileExistsError):
        Bag(tmp_path / "bag.zip", "bag")


def test_the_same_files_give_the_same_zip_uncompressed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        small(tmp_path / f"{name}.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        entries = archive.infolist()
        assert archive.testzip() is None
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.filename.split("/")[0] for entry in entries} == {"bag"}


def test_a_large_clip_costs_no_memory_and_is_told_of_on_the_way(tmp_path: Path) -> None:
    large, told = tmp_path / "large.mp4", [0]
    with large.open("wb") as file:
        file.truncate(64 * MEBI)
    tracemalloc.start()
    try:
        with Bag(tmp_path / "bag.zip", "bag", lambda size, files: told.append(size)) as bag, large.open("rb") as source:
            bag.copy("data/clip/large.mp4", source, 64 * MEBI)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (bag.sizes, sum(told)) == ({"data/clip/large.mp4": 64 * MEBI}, 64 * MEBI)
    assert peak < 8 * MEBI


def test_what_the_telling_raises_ends_the_writing(tmp_path: Path) -> None:
    def enough(size: int, files: int) -> None:
        raise Conflict("Enough.")

    with pytest.raises(Conflict), Bag(tmp_path / "bag.zip", "bag", enough) as bag:
        bag.put("data/a", b"a")
    assert bag.hashes == {}


@pytest.mark.long
def test_a_file_beyond_four_gigabytes_is_written_and_read(tmp_path: Path) -> None:
    size = 4 * 1024 * MEBI + 5
    with (tmp_path / "huge.mp4").open("wb") as file:
        file.truncate(size)
    with Bag(tmp_path / "bag.zip", "bag") as bag, (tmp_path / "huge.mp4").open("rb") as source:
        bag.copy("data/clip/huge.mp4", source, size)
        bag.put("data/after", b"after")
    with zipfile.ZipFile(tmp_path / "bag.zip") as archive:
        assert archive.getinfo("bag/data/clip/huge.mp4").file_size == size
        assert archive.read("bag/data/after") == b"after"


def test_the_seal_is_the_last_word_over_the_tag_manifest(tmp_path: Path) -> None:
    with Bag(tmp_path / "bag.zip", "bag") as bag:
        bag.copy("data/a", io.BytesIO(b"a"), 1)
        bag.seal({}, lambda data: signing.sign("record", data))
    with zipfile.ZipFile(tmp_path / "bag.zip") as archive:
        tags, seal, raw = (archive.read(f"bag/tagmanifest-sha256.txt{end}") for end in ("", ".sig", ".sig.bin"))
    key_id, made = seal.decode().split()
    (key,) = [key for key in signing.public_keys("record") if key.key_id == key_id]
    assert signing.verify(key.raw, tags, bytes.fromhex(made))
    assert raw.hex() == made
