"""Releases and records that rest on them, by program."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from reviews.models import LicenceRecordVersion, Release
from sorahub.ledger.models import Event
from tests.api.conftest import Program, post
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]
MIA = {
    "kind": "model", "subject": "Mia", "scope": "The spring campaign", "uses": ["social_media"], "territories": ["DE"],
    "ai_use": "yes", "valid_from": "2026-01-01",
}  # fmt: skip


def test_a_release_is_put_on_file_with_its_paper_read_and_replaced(agency: Agency, program: Program) -> None:
    bob = program(agency.bob)
    paper = SimpleUploadedFile("mia.pdf", b"%PDF-1.7 signed")
    body = {**MIA, "project": str(agency.aurora.pk), "document": paper}
    made = bob.post("/api/v1/releases/", body, format="multipart")
    assert made.status_code == 201, made.json()
    shown = made.json()
    assert (shown["uses"], shown["document_name"], shown["document_size"]) == (["social_media"], "mia.pdf", 15)
    file: Any = post(bob, f"releases/{shown['id']}/document/", {})
    assert b"".join(file.streaming_content) == b"%PDF-1.7 signed"
    assert Event.objects.filter(kind="release.document_read").count() == 1
    other = post(bob, f"releases/{shown['id']}/replace/", {**MIA, "territories": ["DE", "AT"]}).json()
    assert (other["replaces"], other["territories"], other["document_sha256"]) == (shown["id"], ["AT", "DE"], "")
    assert bob.get(f"/api/v1/releases/{shown['id']}/").json()["withdrawn_at"] is not None


def test_a_release_that_says_too_little_names_its_fields(agency: Agency, program: Program) -> None:
    body = {**MIA, "project": str(agency.aurora.pk), "kind": "guardian", "territories": ["UK"]}
    answer = post(program(agency.bob), "releases/", body)
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"of_age_on", "territories"})
    assert not Release.objects.exists()


def test_a_record_names_who_can_be_recognised(agency: Agency, program: Program) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    mia = world.consent(agency.bob, agency.aurora)
    body = {
        "clip": str(clip.pk), "governing_set": str(world.governing(agency.lena).pk), "uses": ["social_media"],
        "purposes": ["advertising"], "territories": ["DE"], "starts_at": "2026-01-01T00:00:00Z", "product": "Coffee",
        "depictions": [{"kind": "person", "name": "Mia", "real": "yes", "release": str(mia.pk)}],
    }  # fmt: skip
    answer = post(program(agency.bob), "licence-record-versions/", body)
    assert answer.status_code == 201, answer.json()
    shown = answer.json()
    assert (shown["schema"], shown["purposes"], shown["releases"]) == (2, ["advertising"], [str(mia.pk)])
    assert shown["depictions"] == [
        {"position": 1, "kind": "person", "name": "Mia", "real": "yes", "words": "", "release": str(mia.pk)}
    ]
    refused = post(program(agency.bob), "licence-record-versions/", {**body, "purposes": []})
    assert (refused.status_code, set(refused.json()["errors"])) == (400, {"purposes"})
    assert LicenceRecordVersion.objects.count() == 1
