"""Zips and exports: Sora's own, hostile ones, and a folder of the hub's machine."""

import hashlib
import io
import json
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from generations.models import Clip, ImportFile, ImportRow
from tests.generations.importing.parcels import hand_over, send, start, states, work, zipped
from tests.people import Agency

pytestmark = pytest.mark.django_db


def test_soras_export_is_matched_by_id_and_by_name_and_kept_as_it_came(
    agency: Agency, alice: APIClient, clips: list[Path]
) -> None:
    first = {
        "id": "gen_01abcdef99", "prompt": "A lighthouse at dawn", "model": "sora-2", "created_at": 1766534400.5,
        "seed": 7, "n_frames": 150, "odd": {"deep": [1, 2]},
    }  # fmt: skip
    beside = {"id": "task_x", "prompt": "A storm"}
    export = zipped({
        "sora/generations.json": json.dumps({"user": {"name": "?"}, "items": [first]}).encode(),
        "sora/videos/gen_01ABCDEF99.mp4": clips[0].read_bytes(),
        "sora/videos/storm.mp4": clips[1].read_bytes(),
        "sora/videos/storm.json": json.dumps(beside).encode(),
        "sora/videos/untold.mp4": clips[2].read_bytes(),
        "sora/broken.json": b"{",
        "__MACOSX/sora/._storm.mp4": b"junk",
        "sora/.DS_Store": b"junk",
        "sora/thumb.jpg": b"a picture",
    })  # fmt: skip
    run = hand_over(alice, agency.aurora, {"export.zip": export}, options={"model": "sora-2", "route": "Sora app"})
    assert states(run) == [("new", "")] * 3
    start(alice, run)
    told, named, untold = Clip.objects.order_by("original_name")
    assert (told.completeness, told.declared_model, str(told.declared_made_on)) == ("full", "sora-2", "2025-12-24")
    assert (named.completeness, named.declared_prompt) == ("partial", "A storm")
    assert (untold.completeness, untold.declared_prompt, untold.declared_route) == ("declared", "", "Sora app")
    row = told.import_rows.get()
    assert row.raw == {"metadata": first, "metadata_file": "sora/generations.json"}
    assert (row.facts["seed"], row.facts["remote_id"]) == ("7", "gen_01abcdef99")


@pytest.mark.long
def test_what_is_wrong_in_a_zip_spoils_only_itself(agency: Agency, alice: APIClient, clips: list[Path]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../outside.mp4", clips[0].read_bytes())
        archive.writestr("/absolute.mp4", clips[0].read_bytes())
        link = zipfile.ZipInfo("link.mp4")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("bomb.mp4", bytes(70 * 1024**2))
        archive.writestr("inner.zip", zipped({"a.mp4": clips[0].read_bytes()}))
        archive.writestr("words.mp4", b"no video at all, but words")
        archive.writestr("cut.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(900))
        with archive.open("good.mp4", "w", force_zip64=True) as member:
            member.write(clips[1].read_bytes())
        archive.writestr("broken.mp4", clips[2].read_bytes(), zipfile.ZIP_STORED)
    body = bytearray(out.getvalue())
    at = body.index(clips[2].read_bytes())
    body[at + 40] ^= 0xFF
    run = hand_over(alice, agency.aurora, {"hostile.zip": bytes(body)})
    found = dict(ImportFile.objects.filter(run=run).values_list("name", "code"))
    assert found == {
        "../../outside.mp4": "bad-path", "/absolute.mp4": "bad-path", "link.mp4": "link", "bomb.mp4": "bomb",
        "inner.zip": "nested", "words.mp4": "not-a-video", "cut.mp4": "", "good.mp4": "", "broken.mp4": "damaged",
    }  # fmt: skip
    start(alice, run)
    assert dict(ImportRow.objects.filter(run=run).values_list("name", "state"))["good.mp4"] == "imported"
    assert ImportRow.objects.get(run=run, name="cut.mp4").state == "refused"
    assert Clip.objects.get().original_name == "good.mp4"


def test_an_encrypted_or_broken_zip_is_told(agency: Agency, alice: APIClient, clips: list[Path]) -> None:
    plain = bytearray(zipped({"a.mp4": clips[0].read_bytes()}))
    directory = plain.index(b"PK\x01\x02")
    for at in (6, directory + 8):
        struct.pack_into("<H", plain, at, 1)  # the flag that says: encrypted
    run = hand_over(alice, agency.aurora, {"locked.zip": bytes(plain)})
    assert states(run) == [("refused", "encrypted")]
    run = hand_over(alice, agency.aurora, {"half.zip": zipped({"a.mp4": clips[0].read_bytes()})[:-40]})
    assert (run.state, "damaged" in run.words) == ("failed", True)


@pytest.mark.long
def test_a_folder_of_the_machine_is_read_where_an_administrator_allows_it(
    agency: Agency, alice: APIClient, clips: list[Path], settings: Any, tmp_path: Path
) -> None:
    settings.IMPORT_FOLDERS = [str(tmp_path / "open")]
    reel = tmp_path / "open" / "reel"
    reel.mkdir(parents=True)
    (reel / "a.mp4").write_bytes(clips[0].read_bytes())
    (reel / "b.mp4").write_bytes(clips[1].read_bytes())
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(clips[2].read_bytes())
    (reel / "link.mp4").symlink_to(secret)
    (tmp_path / "open" / "way-out").symlink_to(tmp_path)
    (reel / "list.csv").write_bytes("Datei;Prompt\r\na;Grüße\r\nb;Zwei\r\n".encode("utf-16"))
    out = {"project": str(agency.aurora.pk), "folder": str(tmp_path / "open" / "way-out")}
    assert alice.post("/api/v1/imports/", out, format="json").json()["code"] == "folder-not-allowed"
    run = hand_over(alice, agency.aurora, folder=str(reel))
    assert states(run)[:2] == [("unmatched", "no-name")] * 2
    asked = {
        "mapping": {"file": "Datei", "prompt": "Prompt"},
        "options": {"model": "m", "route": "r"},
        "keep_as": "Datei-Listen",
    }
    alice.post(f"/api/v1/imports/{run.pk}/plan/", asked, format="json")
    work()
    run.refresh_from_db()
    assert (run.manifest["encoding"], run.manifest["delimiter"]) == ("utf-16", ";")
    assert states(run) == [("new", ""), ("new", "")]
    (reel / "b.mp4").write_bytes(clips[3].read_bytes())
    start(alice, run)
    assert states(run) == [("imported", ""), ("refused", "changed")] or states(run)[1][1] == "length-mismatch"
    assert Clip.objects.get().declared_prompt == "Grüße"
    assert (reel / "a.mp4").exists()
    assert (reel / "link.mp4").readlink() == secret


def test_a_name_that_no_database_keeps_is_told_and_the_others_go_on(
    agency: Agency, alice: APIClient, settings: Any, tmp_path: Path
) -> None:
    settings.IMPORT_FOLDERS = [str(tmp_path)]
    (tmp_path / os.fsdecode(b"caf\xe9.mp4")).write_bytes(b"?")
    (tmp_path / "good.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42")
    run = hand_over(alice, agency.aurora, folder=str(tmp_path))
    assert states(run) == [("refused", "bad-path"), ("new", "")]
    assert ImportFile.objects.get(code="bad-path").name == "caf\ufffd.mp4"


def test_a_long_folder_is_cut_at_its_beginning(agency: Agency, alice: APIClient) -> None:
    pk = send(alice, agency.aurora, "a.mp4", b"\x00\x00\x00\x18ftypmp42", folder="/".join(["f" * 199] * 5))
    run = hand_over(alice, agency.aurora, transfers=[pk])
    name = ImportFile.objects.get(run=run).name
    assert (len(name), name.endswith("ff/a.mp4")) == (1000, True)


def test_of_a_name_twice_in_a_zip_the_first_is_read(agency: Agency, alice: APIClient, clips: list[Path]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a.mp4", clips[0].read_bytes())
        archive.writestr("a.mp4", clips[1].read_bytes())
    run = hand_over(alice, agency.aurora, {"twice.zip": out.getvalue()})
    assert states(run) == [("new", ""), ("refused", "twice")]
    assert ImportFile.objects.get(run=run, code="").sha256 == hashlib.sha256(clips[0].read_bytes()).hexdigest()
