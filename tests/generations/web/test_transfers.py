"""Files in pieces, through the API: out of order, twice, wrong, after a restart, given up, and never more than there is room for."""

import hashlib
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as hub
from django.test import Client
from django.utils import timezone

from generations.models import Transfer
from generations.pipeline import tending, transferring
from generations.pipeline.places import transfer_path
from sorahub.jobs.runner import drain
from tests.generations.web.conftest import Login
from tests.people import Agency

pytestmark = pytest.mark.django_db
KIB = 1024
PIECE = 64 * KIB
BYTES = bytes(range(256)) * 800  # 3 pieces and 8 KiB
WHOLE = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def sender(agency: Agency, login: Login) -> Client:
    return login(agency.alice)


def begin(sender: Client, agency: Agency, size: int = len(BYTES), **more: Any) -> Any:
    asked = {
        "project": str(agency.aurora.pk),
        "purpose": "footage",
        "original_name": "a.mp4",
        "chunk_size": PIECE,
        **more,
    }
    return sender.post("/api/v1/transfers/", {"size": size, **asked}, content_type="application/json")


def put(sender: Client, pk: str, number: int, body: bytes | None = None, sha256: str = "") -> Any:
    piece = BYTES[number * PIECE : (number + 1) * PIECE] if body is None else body
    sum_ = sha256 or hashlib.sha256(piece).hexdigest()
    address = f"/api/v1/transfers/{pk}/chunk/?offset={number * PIECE}&sha256={sum_}"
    return sender.put(address, piece, content_type="application/octet-stream")


def test_pieces_come_in_any_order_over_several_sessions_and_make_the_file(
    agency: Agency, sender: Client, login: Login
) -> None:
    pk = begin(sender, agency, sha256=WHOLE, fingerprint="f" * 64, folder="../Reel 1/./day").json()["id"]
    assert put(sender, pk, 3).json()["missing"] == [[0, 3 * PIECE]]
    assert put(sender, pk, 1).json()["missing"] == [[0, PIECE], [2 * PIECE, 3 * PIECE]]
    assert put(sender, pk, 1).json()["received_bytes"] == PIECE + 8 * KIB  # the same again: nothing more
    assert sender.post(f"/api/v1/transfers/{pk}/finish/").json()["code"] == "pieces-missing"
    again = login(agency.alice)  # another browser, the same file
    row = begin(again, agency, fingerprint="f" * 64).json()
    assert (row["id"], row["folder"], row["missing"]) == (pk, "Reel 1/day", [[0, PIECE], [2 * PIECE, 3 * PIECE]])
    for number in (0, 2):
        assert put(again, pk, number).status_code == 200
    done = again.post(f"/api/v1/transfers/{pk}/finish/").json()
    assert (done["state"], done["found_sha256"], done["missing"]) == ("ready", WHOLE, [])
    transfer = Transfer.objects.get()
    assert transfer_path(transfer).read_bytes() == BYTES
    assert put(again, pk, 0).json()["code"] == "transfer-over"


def test_a_wrong_piece_changes_nothing(agency: Agency, sender: Client, login: Login) -> None:
    pk = begin(sender, agency).json()["id"]
    assert put(sender, pk, 0).status_code == 200
    other = b"x" * PIECE
    said = [
        put(sender, pk, 1, other, sha256=WHOLE),
        put(sender, pk, 1, b"short"),
        put(sender, pk, 9),
        put(sender, pk, 0, other),
        sender.put(f"/api/v1/transfers/{pk}/chunk/?offset=7&sha256={WHOLE}", b"x", content_type="application/octet-stream"),
        put(login(agency.ada), pk, 1),
        put(login(agency.carol), pk, 1),
    ]  # fmt: skip
    codes = [each.json()["code"] for each in said]
    assert codes == [
        "hash-mismatch",
        "length-mismatch",
        "bad-offset",
        "chunk-differs",
        "bad-offset",
        "forbidden",
        "not-found",
    ]
    row = Transfer.objects.get()
    assert (row.received, row.received_bytes, row.state) == ([[0, 1]], PIECE, "open")
    assert transfer_path(row).read_bytes()[: 2 * PIECE] == BYTES[:PIECE] + bytes(PIECE)


def test_a_whole_that_is_not_the_one_announced_is_refused_and_its_room_freed(agency: Agency, sender: Client) -> None:
    pk = begin(sender, agency, sha256="0" * 64).json()["id"]
    for number in range(4):
        put(sender, pk, number)
    done = sender.post(f"/api/v1/transfers/{pk}/finish/").json()
    assert done["state"] == "refused"
    assert WHOLE in done["words"]
    assert not transfer_path(Transfer.objects.get()).exists()


def test_a_large_file_is_hashed_by_a_job(agency: Agency, sender: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generations.actions.transfers.CHECKED_AT_ONCE", 1)
    pk = begin(sender, agency, sha256=WHOLE).json()["id"]
    for number in range(4):
        put(sender, pk, number)
    assert sender.post(f"/api/v1/transfers/{pk}/finish/").json()["state"] == "checking"
    drain()
    assert sender.get(f"/api/v1/transfers/{pk}/").json()["state"] == "ready"


def test_what_cannot_begin_leaves_no_row(agency: Agency, sender: Client, settings: Any) -> None:
    assert begin(sender, agency, size=0).status_code == 400
    assert begin(sender, agency, purpose="reference", size=300 * KIB * KIB).json()["code"] == "too-large"
    settings.TRANSFER_PERSON_BYTES = 10
    assert begin(sender, agency).json()["code"] == "too-much-on-its-way"
    settings.TRANSFER_PERSON_BYTES = 10**9
    settings.DISK_RESERVE_BYTES = 2**62
    assert begin(sender, agency).json()["code"] == "disk-full"
    assert not Transfer.objects.exists()


def test_what_is_given_up_or_forgotten_is_swept_and_nothing_else(agency: Agency, sender: Client) -> None:
    kept, forgotten, given_up = (begin(sender, agency).json()["id"] for _ in range(3))
    for pk in (kept, forgotten, given_up):
        put(sender, pk, 0)
    assert sender.delete(f"/api/v1/transfers/{given_up}/").status_code == 204
    Transfer.objects.filter(pk=forgotten).update(expires_at=timezone.now() - timedelta(days=1))
    folder = Path(hub.MEDIA_ROOT) / "incoming" / "transfers"
    assert {path.name for path in folder.iterdir()} & {kept, forgotten, given_up} == {kept, forgotten}
    old = time.time() - 9 * 86_400
    for path in [folder, *folder.iterdir()]:
        os.utime(path, (old, old))
    assert transferring.sweep()["given_up"] == 1
    tending.tidy()
    assert {path.name for path in folder.iterdir()} & {kept, forgotten, given_up} == {kept}
    states = dict(Transfer.objects.values_list("pk", "state"))
    assert sorted(states.values()) == ["abandoned", "abandoned", "open"]


@pytest.mark.long
def test_five_gigabytes_lie_in_a_sparse_file_and_are_hashed_by_a_job(agency: Agency, sender: Client) -> None:
    """Pieces at both ends and across the fourth gibibyte are sent; those between count as here and are holes, to spare the disk."""
    piece, size = 8 * KIB * KIB, 5 * KIB**3 + 4242
    sent = {0: b"a" * piece, 512: b"b" * piece, 639: b"c" * piece, 640: b"d" * 4242}
    digest, at = hashlib.sha256(), 0
    for number, body in sent.items():
        for _ in range(number - at):
            digest.update(bytes(piece))
        digest.update(body)
        at = number + 1
    pk = begin(sender, agency, size=size, chunk_size=piece, sha256=digest.hexdigest()).json()["id"]
    for number, body in sent.items():
        where = f"offset={number * piece}&sha256={hashlib.sha256(body).hexdigest()}"
        answer = sender.put(f"/api/v1/transfers/{pk}/chunk/?{where}", body, content_type="application/octet-stream")
        assert answer.status_code == 200, answer.content
    transfer = Transfer.objects.get()
    assert transfer.received == [[0, 1], [512, 513], [639, 641]]
    assert transfer_path(transfer).stat().st_blocks * 512 < 64 * KIB * KIB
    Transfer.objects.update(received=[[0, 641]], received_bytes=size)
    assert sender.post(f"/api/v1/transfers/{pk}/finish/").json()["state"] == "checking"
    drain()
    assert sender.get(f"/api/v1/transfers/{pk}/").json()["state"] == "ready"
    transfer_path(transfer).unlink()


def test_one_whose_check_was_killed_is_checked_again_or_given_up_at_its_day(agency: Agency, sender: Client) -> None:
    small, large = (begin(sender, agency, sha256=WHOLE).json()["id"] for _ in range(2))
    for number in range(4):
        put(sender, small, number)
    Transfer.objects.update(state="checking")
    assert sender.post(f"/api/v1/transfers/{small}/finish/").json()["state"] == "ready"
    Transfer.objects.filter(pk=large).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert transferring.sweep()["given_up"] == 1
    assert Transfer.objects.get(pk=large).state == "abandoned"
