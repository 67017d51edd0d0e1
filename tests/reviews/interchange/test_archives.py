"""Strangers' archives: what would cost hours or all memory is refused by name, within seconds, before it is unpacked."""

import hashlib
import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.repo import Repo

from reviews.interchange.archives import opening, packs, zips
from reviews.interchange.archives.git_history import GitHistory
from reviews.interchange.archives.records import Malformed, Name, Record
from sorahub.lib.errors import InvalidInput
from sorahub.lib.zips import opened_zip
from tests.reviews import archives
from tests.reviews.archives import BEGIN

pytestmark = pytest.mark.core
LARGEST = packs.LARGEST_OBJECT


@contextmanager
def within(seconds: float) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds


def head(kind: int, size: int) -> bytes:
    """The kind and size with which an object of a pack begins."""
    out, size = bytearray([kind << 4 | size & 15]), size >> 4
    while size:
        out[-1] |= 0x80
        out.append(size & 0x7F)
        size >>= 7
    return bytes(out)


def back(distance: int) -> bytes:
    """How far before a delta its base begins."""
    out, distance = [distance & 0x7F], distance >> 7
    while distance:
        distance -= 1
        out.insert(0, 0x80 | distance & 0x7F)
        distance >>= 7
    return bytes(out)


def number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def pack(objects: list[bytes]) -> bytes:
    raw = b"PACK" + struct.pack(">II", 2, len(objects)) + b"".join(objects)
    return raw + hashlib.sha1(raw, usedforsecurity=False).digest()


ZEROS = head(3, LARGEST) + zlib.compress(bytes(LARGEST))
COPIED = number(LARGEST) + number(LARGEST) + b"\xf0\xff\xff\xff" + b"\xf3\xff\xff\xff\x00\x00\x40"
DELTA = zlib.compress(COPIED)


def chain(links: int) -> list[bytes]:
    """A large object, and deltas each on the one before."""
    objects = [ZEROS]
    while len(objects) <= links:
        objects.append(head(6, len(COPIED)) + back(len(objects[-1])) + DELTA)
    return objects


def star(deltas: int) -> list[bytes]:
    """A large object, and deltas all on it."""
    objects, at = [ZEROS], len(ZEROS)
    while len(objects) <= deltas:
        objects.append(head(6, len(COPIED)) + back(at) + DELTA)
        at += len(objects[-1])
    return objects


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        ([ZEROS] * 200, "50 times as small"),
        (chain(40), "build on each other"),
        (star(500), "larger than 8 GiB"),
        ([ZEROS, *[head(7, len(COPIED)) + b"x" * 20 + DELTA] * 40], "build on each other"),
        ([head(6, len(COPIED)) + back(5) + DELTA], "no base"),
        ([head(6, len(COPIED)) + b"\xff" * 40 + b"\x00" + DELTA], "no base"),
    ],
    ids=["zeros", "chain", "star", "named", "baseless", "far"],
)
def test_a_pack_that_would_fill_disk_or_memory_is_refused(objects: list[bytes], words: str) -> None:
    with within(10), pytest.raises(InvalidInput) as caught:
        packs.check_pack(io.BytesIO(pack(objects)))
    assert words in caught.value.message


def test_deltas_on_what_is_named_count_with_it() -> None:
    named = head(7, len(COPIED)) + b"x" * 20 + DELTA
    objects = [ZEROS, named]
    while len(objects) < 40:
        objects.append(head(6, len(COPIED)) + back(len(objects[-1])) + DELTA)
    with pytest.raises(InvalidInput):
        packs.check_pack(io.BytesIO(pack(objects)))


def test_a_pack_of_ordinary_deltas_is_read_to_its_end() -> None:
    raw = pack([*chain(10), *[head(3, 5) + zlib.compress(b"Words")] * 20_000])
    file = io.BytesIO(b"before" + raw)
    file.seek(6)
    packs.check_pack(file)
    assert file.tell() == 6 + len(raw) - 20


def test_too_many_branches_of_a_bundle_are_refused(tmp_path: Path) -> None:
    lines = b"".join(b"%040d refs/heads/b%d\n" % (each, each) for each in range(opening.MOST_BRANCHES + 1))
    path = tmp_path / "a.bundle"
    path.write_bytes(b"# v2 git bundle\n" + lines + b"\n" + pack([]))
    with pytest.raises(InvalidInput, match="branches"):
        opening.unbundle(path, tmp_path / "made")


def test_a_branch_that_would_lie_elsewhere_is_refused(tmp_path: Path) -> None:
    repo = archives.repository(tmp_path / "made.git", list(archives.steps(2)))
    raw = archives.bundle(repo).replace(b" refs/heads/main\n", b" refs/heads/../../../x\n")
    repo.close()
    path = tmp_path / "a.bundle"
    path.write_bytes(raw)
    (tmp_path / "into").mkdir()
    with pytest.raises(InvalidInput, match="branch"):
        opening.unbundle(path, tmp_path / "into")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.bundle", "into", "made.git"]


def entry(name: bytes) -> bytes:
    """A row of a zip's directory."""
    fields = (20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0)
    return struct.pack("<4s4B4H3L5H2L", b"PK\x01\x02", *fields) + name


def listing(names: list[bytes]) -> bytes:
    """A zip that is all directory."""
    rows, begun = b"".join(map(entry, names)), b"PK\x03\x04" + bytes(26)
    count, size, end = len(names), len(rows), len(begun) + len(rows)
    long = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, len(begun))
    where = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    short = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)
    return begun + rows + long + where + short


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (lambda: listing([b"a"] * 400_000), "more than 300,000 files"),
        (lambda: listing([b"a" * 65_000] * 1_100), "list of files is too long"),
        (lambda: b"PK\x03\x04" + b"PK\x05\x06" * 5_000_000, "damaged"),
    ],
    ids=["members", "names", "ends"],
)
def test_a_zip_with_a_hostile_directory_is_refused(raw: Callable[[], bytes], words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(raw())
    with within(5), pytest.raises(InvalidInput) as caught:
        opening.format_of(path)
    assert words in caught.value.message


def test_many_repositories_in_a_zip_are_looked_through_once(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(
        listing([b"%d/HEAD" % each for each in range(20_000)] + [b"x/%d" % each for each in range(20_000)])
    )
    with within(8):
        assert opening.format_of(path) == "dataset"


def test_a_dataset_that_would_fill_the_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(archives.archive({"Lumo/Terms/2026-08-22T10-30-58Z.md": b"x" * 2000}))
    monkeypatch.setattr(zips, "LARGEST_TEXTS", 1999)
    with opened_zip(path) as archive, pytest.raises(InvalidInput, match="larger than 8 GiB"):
        zips.Dataset(archive)


def test_branches_of_a_zip_are_small(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    large = bytes(zips.LARGEST_REFERENCE + 1)
    path.write_bytes(archives.archive({"HEAD": b"ref: refs/heads/main\n", "objects/x": b"", "packed-refs": large}))
    with pytest.raises(InvalidInput, match="branches than 4 MiB"):
        zips.unpack_repository(path, tmp_path / "into")


def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(archives.archive({"HEAD": b"", "objects/x": b"", "refs/heads/a": b"", "refs/heads/a/b": b""}))
    with pytest.raises(InvalidInput, match="refs/heads/a/b is in it twice"):
        zips.unpack_repository(path, tmp_path / "into")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Lumo/Terms/DAY.md", Name("Lumo", "Terms")),
        ("a/b/Lumo/Terms #imprint/DAY.md", Name("Lumo", "Terms", "imprint")),
        ("Lumo/Terms #a #b/DAY.md", Name("Lumo", "Terms", "a #b")),
        ("Lumo/Terms #/DAY.md", Name("Lumo", "Terms #")),
        ("Lumo/#1/DAY.md", Name("Lumo", "#1")),
        ("Terms/DAY.md", None),
        ("Lumo//DAY.md", None),
        (f"a/{' #' * 140}.md", None),
    ],
)
def test_a_record_is_known_by_its_last_folders(path: str, name: Name | None) -> None:
    file = io.BytesIO(archives.archive({path.replace("DAY", "2026-08-22T10-30-58Z"): b"Words"}))
    with zipfile.ZipFile(file) as archive:
        found = list(zips.Dataset(archive).entries())
    assert [each.name if isinstance(each, Record) else None for each in found] == [name]


def committed(folder: Path, tree: Tree, *others: Tree | Blob) -> Repo:
    """A repository with one commit that records this tree."""
    folder.mkdir()
    repo = Repo.init_bare(str(folder))
    commit = Commit()
    commit.tree = tree.id
    commit.author = commit.committer = b"A <a@example.org>"
    commit.author_time = commit.commit_time = int(BEGIN.timestamp())
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = b"First record of Lumo Terms"
    for each in (*others, tree, commit):
        repo.object_store.add_object(each)
    repo.refs[archives.MAIN] = commit.id
    return repo


def tree_of(entries: dict[bytes, ObjectID], mode: int) -> Tree:
    tree = Tree()
    for name, what in entries.items():
        tree.add(name, mode, what)
    return tree


def test_folders_that_contain_each_other_are_not_walked(tmp_path: Path) -> None:
    blob = Blob.from_string(b"Words")
    trees = [tree_of({b"Terms.md": blob.id}, 0o100644)]
    for _ in range(30):
        trees.append(tree_of({b"%d" % each: trees[-1].id for each in range(10)}, 0o040000))
    top = tree_of({b"Lumo": trees[0].id, b"deep": trees[-1].id}, 0o040000)
    with (
        closing(committed(tmp_path / "a.git", top, blob, *trees)),
        closing(GitHistory(str(tmp_path / "a.git"))) as history,
        within(5),
    ):
        found = list(history.entries())
    assert [each.name for each in found if isinstance(each, Record)] == [Name("Lumo", "Terms")]


def test_a_commit_with_too_many_files_is_named(tmp_path: Path) -> None:
    blob = Blob.from_string(b"Words")
    folder = tree_of({b"%d.md" % each: blob.id for each in range(2_000)}, 0o100644)
    top = tree_of({b"%d" % each: folder.id for each in range(1_000)}, 0o040000)
    with (
        closing(committed(tmp_path / "a.git", top, blob, folder)),
        closing(GitHistory(str(tmp_path / "a.git"))) as history,
        within(10),
    ):
        found = list(history.entries())
    assert [isinstance(each, Malformed) and "more than 100,000 files" in each.words for each in found] == [True]
