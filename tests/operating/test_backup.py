"""Backup and restoration drilled: whole hubs, their own databases and folders, by the commands that an operator types."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operating.hubs import Hub, hub

pytestmark = [pytest.mark.long, pytest.mark.core]


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Hub]:
    """A hub in which a clip was signed."""
    with hub(tmp_path / "first") as made:
        yield made


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Hub]:
    """Another machine: nothing there yet."""
    with hub(tmp_path / "second", empty=True) as made:
        yield made


def backups(place: Path) -> list[Path]:
    return sorted(place.glob("sorahub-*"))


def test_a_hub_comes_back_from_its_backup_on_another_machine(first: Hub, second: Hub, tmp_path: Path) -> None:
    told = first.play("sign_a_clip")
    place, safe = tmp_path / "backups", tmp_path / "safe"
    said = first.done("backup", str(place), "--keys", str(safe))
    (folder,), (keys,) = backups(place), backups(safe)
    assert f"Keys: {keys}." in said
    assert not list(place.glob(".making*"))
    assert f"{folder} is whole" in second.done("restore", str(folder), "--check")

    refused = second.manage("restore", str(folder))
    assert refused.returncode != 0
    assert "These keys are missing" in refused.stderr
    assert "events proven" in second.done("restore", str(folder), "--keys", str(keys))
    assert second.play("look") == {**first.play("look"), "sound": True, "whole": True}
    (tmp_path / "note").write_text(told["note"], encoding="utf-8")
    assert "sound" in second.done("verify_ledger", "--checkpoint", str(tmp_path / "note"))

    again = second.manage("restore", str(folder), "--keys", str(keys))
    assert "not empty" in again.stderr
    assert second.play("look")["sound"]


def test_what_is_there_is_replaced_only_when_told_so_and_media_are_kept(first: Hub, tmp_path: Path) -> None:
    first.play("sign_a_clip")
    place = tmp_path / "backups"
    first.done("backup", str(place), "--without-keys")
    before = first.play("look")
    first.play("hold_it")
    (first.media / "incoming" / "later.txt").write_text("came later")
    said = first.done("restore", str(backups(place)[0]), "--replace", "--no-input")
    assert "lie in" in said
    assert first.play("look") == before
    (aside,) = first.folder.glob("media.replaced-*")
    assert (aside / "incoming" / "later.txt").read_text() == "came later"


def test_case_24_a_hub_restored_from_an_old_backup_is_read_only_until_that_is_accepted(
    first: Hub, tmp_path: Path
) -> None:
    place, shelf = tmp_path / "backups", tmp_path / "shelf"
    shelf.mkdir()
    alive = {"DJANGO_SETTINGS_MODULE": "tests.operating.settings", "SORAHUB_CHECKPOINT_DIR": str(shelf)}
    first.play("sign_a_clip", **alive)
    first.done("backup", str(place), "--without-keys", **alive)
    assert first.play("hold_it", **alive)["copied"] >= 2
    first.done("restore", str(backups(place)[0]), "--replace", "--no-input", **alive)

    refused = first.play("try_to_hold", **alive)
    assert (refused["code"], refused["added"]) == ("read-only", 0)
    assert "were signed" in refused["message"]
    assert first.play("look", **alive)["sound"], "reading goes on"
    assert "FAULT    history" in first.manage("doctor", **alive).stdout
    accept = ["accept_restore", "--reason", "The disk died.", "--actor"]
    assert first.manage(*accept, "lena@example.com", **alive).returncode != 0
    assert first.play("try_to_hold", **alive)["code"] == "read-only"

    first.done(*accept, "ada@example.com", **alive)
    went_on = first.play("try_to_hold", **alive)
    assert (went_on["code"], went_on["added"]) == ("", 1)
    old = sorted(shelf.iterdir())[0]
    told = first.manage("verify_ledger", "--checkpoint", str(shelf), **alive)
    assert told.returncode != 0, f"whoever holds a copy such as {old.name} is told still"


def test_a_later_backup_shares_the_originals_of_the_one_before(first: Hub, tmp_path: Path) -> None:
    told = first.play("sign_a_clip")
    place = tmp_path / "backups"
    first.done("backup", str(place), "--without-keys")
    first.play("hold_it")
    said = first.done("backup", str(place), "--without-keys")
    older, newer = backups(place)
    assert "shared with the backup before" in said
    assert (older / "media" / told["key"]).samefile(newer / "media" / told["key"])
    assert "is whole" in first.done("restore", str(newer), "--check")


def test_a_damaged_backup_is_named_and_nothing_is_touched(first: Hub, tmp_path: Path) -> None:
    told = first.play("sign_a_clip")
    place = tmp_path / "backups"
    first.done("backup", str(place), "--without-keys")
    (folder,) = backups(place)
    file, stranger = folder / "media" / told["key"], folder / "media" / "stranger"
    before, data = first.play("look"), file.read_bytes()
    file.unlink()
    stranger.write_text("?")
    refused = first.manage("restore", str(folder), "--check")
    assert refused.returncode != 0
    assert f"media/{told['key']}: is missing" in refused.stderr
    assert "media/stranger: is not listed" in refused.stderr
    stranger.unlink()
    file.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    refused = first.manage("restore", str(folder), "--replace", "--no-input")
    assert refused.returncode != 0
    assert f"media/{told['key']}: was altered" in refused.stderr
    assert first.play("look") == before


def test_keys_never_lie_beside_what_they_sign(first: Hub, tmp_path: Path) -> None:
    place = tmp_path / "backups"
    for keys in (place, place / "keys", tmp_path):
        refused = first.manage("backup", str(place), "--keys", str(keys))
        assert "Keys lie elsewhere" in refused.stderr
    assert "one of the arguments --keys --without-keys is required" in first.manage("backup", str(place)).stderr
    assert not place.exists()


@pytest.mark.postgres
def test_a_backup_of_the_other_kind_of_database_is_refused(first: Hub, tmp_path: Path) -> None:
    place = tmp_path / "backups"
    first.done("backup", str(place), "--without-keys")
    other = Hub(tmp_path / "third", f"sqlite:///{tmp_path}/third.sqlite3")
    other.folder.mkdir()
    refused = other.manage("restore", str(backups(place)[0]))
    assert "This backup is of postgresql" in refused.stderr
