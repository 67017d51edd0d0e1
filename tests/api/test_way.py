"""The whole way by program: words, a decision, a record, a signature, clearance, the file, and what each refusal says."""

import hashlib
from typing import Any

import pytest
from rest_framework.test import APIClient

from generations.models import Clip
from reviews.models import Delivery, SignOff
from sorahub.jobs import runner
from tests.api.conftest import Program, post
from tests.people import PASSWORD, Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]
PURPOSE = world.SCOPE


@pytest.fixture
def clip(agency: Agency) -> Clip:
    """A clip of alice's whose stages are laid, and which dora may see."""
    made = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    stages = world.staged(agency)
    world.approve(made, stages["Creative"], agency.bob)
    world.approve(made, stages["Client"], agency.dora)
    return made


def drafted(bob: APIClient, agency: Agency, clip: Clip) -> dict[str, Any]:
    governing = world.governing(agency.lena)
    body = {
        "clip": str(clip.pk), "governing_set": str(governing.pk), "uses": ["social_media"], "territories": ["DE"],
        "purposes": ["advertising"], "starts_at": "2026-01-01T00:00:00Z", "ownership": "yes", "commercial_use": "yes", "none_depicted": True,
    }  # fmt: skip
    answer = post(bob, "licence-record-versions/", body)
    assert answer.status_code == 201, answer.json()
    version: dict[str, Any] = answer.json()
    return version


def signature(version: dict[str, Any], password: str = PASSWORD) -> dict[str, Any]:
    return {
        "record_version": version["id"], "meaning": "approved", "shown_sha256": version["sha256"], "password": password,
    }  # fmt: skip


def test_from_a_draft_to_the_file(agency: Agency, clip: Clip, program: Program) -> None:
    alice, bob, lena = program(agency.alice), program(agency.bob), program(agency.lena)
    before = alice.get(f"/api/v1/clips/{clip.pk}/clearance/", PURPOSE).json()
    assert (before["granted"], before["reasons"][0]["code"]) == (False, "no-record")
    version = drafted(bob, agency, clip)
    shown = lena.get(f"/api/v1/licence-record-versions/{version['id']}/to-sign/").json()
    assert shown["blocks"] == []
    assert shown["shown_sha256"] != version["sha256"]  # of all that is shown
    assert post(lena, "sign-offs/", {**signature(version), "shown_sha256": shown["shown_sha256"]}).status_code == 201
    after = alice.get(f"/api/v1/clips/{clip.pk}/clearance/", PURPOSE).json()
    assert (after["granted"], after["reasons"]) == (True, [])
    file = post(alice, f"clips/{clip.pk}/download/", PURPOSE)
    assert hashlib.sha256(b"".join(file.streaming_content)).hexdigest() == clip.sha256
    assert Delivery.objects.get().delivered_to == agency.alice


def test_the_evidence_comes_as_a_zip(agency: Agency, program: Program) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    sign_off = world.sign(agency.lena, world.ready_to_sign(agency, clip))
    lena = program(agency.lena)
    asked = post(lena, "bundles/", {"sign_off": str(sign_off.pk)}).json()
    assert (asked["state"], asked["url"]) == ("requested", None)
    early = post(lena, f"bundles/{asked['id']}/download/", {})
    assert (early.status_code, early.json()["code"]) == (409, "bundle-not-ready")
    runner.drain()
    made = lena.get(f"/api/v1/bundles/{asked['id']}/").json()
    file: Any = lena.post(made["url"])
    assert (made["state"], file.headers["Content-Type"]) == ("ready", "application/zip")
    assert hashlib.sha256(b"".join(file.streaming_content)).hexdigest() == made["sha256"]


def test_an_uncleared_clip_stays_here_and_the_answer_says_why(agency: Agency, clip: Clip, program: Program) -> None:
    answer = post(program(agency.alice), f"clips/{clip.pk}/download/", PURPOSE)
    assert (answer.status_code, answer.json()["code"]) == (422, "not-cleared")
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["no-record"]
    assert not Delivery.objects.exists()


def test_a_guest_learns_whether_but_not_why(agency: Agency, clip: Clip, program: Program) -> None:
    answer = program(agency.dora).get(f"/api/v1/clips/{clip.pk}/clearance/", PURPOSE).json()
    assert [reason["code"] for reason in answer["reasons"]] == ["not-cleared"]


def test_a_wrong_password_signs_nothing(agency: Agency, clip: Clip, program: Program) -> None:
    version = drafted(program(agency.bob), agency, clip)
    answer = post(program(agency.lena), "sign-offs/", signature(version, "guess"))
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong-password")
    assert not SignOff.objects.exists()


def test_a_guest_sees_nothing_of_how_a_clip_was_made(agency: Agency, clip: Clip, program: Program) -> None:
    seen = program(agency.dora).get(f"/api/v1/clips/{clip.pk}/").json()
    assert seen["sha256"] == clip.sha256
    assert not {"declared_prompt", "declared_model", "declared_route", "original_name", "shot"} & set(seen)


def test_a_note_is_written_once_for_its_id(agency: Agency, clip: Clip, program: Program) -> None:
    bob = program(agency.bob)
    note = {
        "id": "01900000-0000-7000-8000-000000000001",
        "clip": str(clip.pk),
        "frame_in": 2,
        "frame_out": 3,
        "body": "Dim",
    }
    assert [post(bob, "annotations/", note).status_code for _ in range(2)] == [201, 201]
    listed = bob.get("/api/v1/annotations/", {"clip": str(clip.pk)}).json()["results"]
    assert [(each["frame_in"], each["frame_out"], each["body"]) for each in listed] == [(2, 3, "Dim")]


def test_wrong_input_names_its_fields_in_one_shape(agency: Agency, program: Program) -> None:
    by_serializer = post(program(agency.alice), "shots/", {"project": str(agency.borealis.pk)}).json()
    assert set(by_serializer["errors"]) == {"project", "code"}
    assert all(isinstance(text, str) for text in by_serializer["errors"].values())
    body = {"project": str(agency.aurora.pk), "code": "SC010-SH010"}
    by_action = post(program(agency.alice), "shots/", body)
    assert (by_action.status_code, by_action.json()["code"]) == (409, "taken")


def test_pages_of_a_list_follow_each_other(agency: Agency, program: Program) -> None:
    alice = program(agency.alice)
    for number in range(5):
        post(alice, "shots/", {"project": str(agency.aurora.pk), "code": f"SC{number}"})
    first = alice.get("/api/v1/shots/", {"page_size": 4}).json()
    rest = alice.get(first["next"]).json()
    codes = [shot["code"] for shot in first["results"] + rest["results"]]
    assert codes == ["SC4", "SC3", "SC2", "SC1", "SC0", "SC010-SH010"]
    assert rest["next"] is None
