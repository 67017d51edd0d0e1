"""Originals are written once, whole or not at all, and never change."""

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sorahub.lib.errors import Conflict, InvalidInput, NotFound, Unavailable
from sorahub.lib.storage import Incomplete, Received, commit, open_original, path_for, receive, verify

BYTES = b"the very bytes " * 1000
SHA = hashlib.sha256(BYTES).hexdigest()


def chunks(data: bytes = BYTES) -> Iterator[bytes]:
    for start in range(0, len(data), 999):
        yield data[start : start + 999]


def received(tmp_path: Path, data: bytes = BYTES) -> Received:
    return receive(chunks(data), max_bytes=10**6, into=tmp_path / "incoming")


def nothing_left(tmp_path: Path) -> bool:
    return list((tmp_path / "incoming").iterdir()) == []


def test_bytes_come_in_hashed_and_go_to_their_place_for_good(tmp_path: Path) -> None:
    whole = receive(
        chunks(), max_bytes=len(BYTES), into=tmp_path / "incoming", expected_length=len(BYTES), expected_sha256=SHA
    )
    assert (whole.sha256, whole.size, whole.path.read_bytes()) == (SHA, len(BYTES), BYTES)
    key = commit(whole, tmp_path)
    assert key == f"originals/{SHA[:2]}/{SHA}.mp4"
    assert path_for(key, tmp_path).stat().st_mode & 0o777 == 0o444
    with open_original(key, tmp_path) as file:
        assert file.read() == BYTES
    assert verify(key, tmp_path, SHA)
    assert nothing_left(tmp_path)


def test_the_same_bytes_again_are_the_same_original(tmp_path: Path) -> None:
    key = commit(received(tmp_path), tmp_path)
    before = path_for(key, tmp_path).stat()
    assert commit(received(tmp_path), tmp_path, suffix=".mov") == key
    after = path_for(key, tmp_path).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert nothing_left(tmp_path)


def test_a_damaged_original_is_reported_and_not_replaced(tmp_path: Path) -> None:
    key = commit(received(tmp_path), tmp_path)
    path = path_for(key, tmp_path)
    path.chmod(0o644)
    path.write_bytes(b"other")
    assert not verify(key, tmp_path, SHA)
    with pytest.raises(Conflict) as refused:
        commit(received(tmp_path), tmp_path)
    assert refused.value.code == "original-damaged"
    assert path.read_bytes() == b"other"


def test_bytes_that_change_before_the_commit_are_refused(tmp_path: Path) -> None:
    whole = received(tmp_path)
    whole.path.write_bytes(b"swapped")
    with pytest.raises(Conflict) as refused:
        commit(whole, tmp_path)
    assert refused.value.code == "hash-mismatch"
    assert not (tmp_path / "originals").exists()


@pytest.mark.parametrize(
    ("wish", "kind", "code"),
    [
        ({"max_bytes": 5000}, InvalidInput, "too-large"),
        ({"max_bytes": 5000, "expected_length": 6000}, InvalidInput, "too-large"),
        ({"max_bytes": 10**6, "expected_length": len(BYTES) + 1}, Incomplete, "length-mismatch"),
        ({"max_bytes": 10**6, "expected_length": len(BYTES) - 1}, Incomplete, "length-mismatch"),
        ({"max_bytes": 10**6, "expected_sha256": "0" * 64}, Incomplete, "hash-mismatch"),
    ],
)
def test_other_bytes_than_announced_leave_nothing(
    tmp_path: Path, wish: dict[str, int | str], kind: type[Exception], code: str
) -> None:
    (tmp_path / "incoming").mkdir()
    with pytest.raises(kind) as refused:
        receive(chunks(), into=tmp_path / "incoming", **wish)  # type: ignore[arg-type]
    assert refused.value.code == code  # type: ignore[attr-defined]
    assert nothing_left(tmp_path)


def test_a_broken_connection_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield BYTES
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        receive(broken(), max_bytes=10**6, into=tmp_path / "incoming")
    assert nothing_left(tmp_path)


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable) as refused:
        received(tmp_path)
    assert refused.value.code == "disk-full"
    assert refused.value.retryable
    assert nothing_left(tmp_path)


def test_another_file_system_is_copied_to_and_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def only_near(source: Path, target: Path) -> None:
        if Path(source).parent != Path(target).parent:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        link(source, target)

    monkeypatch.setattr(os, "link", only_near)
    key = commit(received(tmp_path), tmp_path)
    assert verify(key, tmp_path, SHA)
    assert [path.name for path in path_for(key, tmp_path).parent.iterdir()] == [f"{SHA}.mp4"]
    assert nothing_left(tmp_path)


@pytest.mark.parametrize("key", ["../../etc/passwd", "originals/ab/../x", f"originals/00/{SHA}.mp4", "", "/etc/passwd"])
def test_keys_that_are_not_ours_find_nothing(tmp_path: Path, key: str) -> None:
    with pytest.raises(NotFound):
        open_original(key, tmp_path)
    with pytest.raises(NotFound):
        open_original(f"originals/{SHA[:2]}/{SHA}.mp4", tmp_path)
    with pytest.raises(InvalidInput):
        commit(received(tmp_path), tmp_path, suffix="/../x")
