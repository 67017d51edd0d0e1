"""Importing through the API, from files to takes: manifests, zips, folders, Sora's export, duplicates, mending and stopping."""

import csv
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from rest_framework.test import APIClient

from generations.models import Clip, ClipGrant, ImportRow, ImportRun, Shot, Transfer, Upload
from generations.rules.source import escaped
from sorahub.jobs.models import Job
from sorahub.jobs.runner import run_one
from sorahub.ledger.models import Event
from sorahub.lib import storage
from tests.generations.importing.parcels import STORY, hand_over, send, start, states, table, work
from tests.people import Agency

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_a_manifest_becomes_takes_and_its_mended_report_takes_only_the_rest(
    agency: Agency, alice: APIClient, clips: list[Path], settings: Any
) -> None:
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in clips]
    rows = [
        {"Clip": "clip0.mp4", "Hash": sums[0], "Shot": "SC010-SH010", "Prompt": "=1+1", "Made on": "24/12/2025", "Colour": "blue"},
        {"Clip": "CLIP1", "Hash": "", "Shot": "SC020", "Prompt": "A storm", "Made on": "2025-12-24", "Colour": ""},
        {"Clip": "clip1.mp4", "Hash": sums[1], "Shot": "SC020", "Prompt": "Again", "Made on": "", "Colour": ""},
        {"Clip": "clip2.mp4", "Hash": sums[0], "Shot": "", "Prompt": "Another file", "Made on": "", "Colour": ""},
        {"Clip": "nowhere.mp4", "Hash": "", "Shot": "", "Prompt": "", "Made on": "", "Colour": ""},
        {"Clip": "clip3.mp4", "Hash": "", "Shot": "", "Prompt": "", "Made on": "31/31/2025", "Colour": ""},
    ]  # fmt: skip
    files = {path.name: path.read_bytes() for path in clips}
    options = {"model": "sora-2", "route": "OpenAI", "shots": "make"}
    run = hand_over(alice, agency.aurora, {**files, "list.csv": table(rows)}, options=options)
    assert run.mapping == {"file": "Clip", "sha256": "Hash", "shot": "Shot", "prompt": "Prompt", "made_on": "Made on"}
    assert states(run) == [
        ("new", ""), ("new", ""), ("repeat", "file-twice"), ("refused", "hash-differs"), ("unmatched", "no-file"),
        ("refused", "bad-made-on"), ("unlisted", "unlisted"),
    ]  # fmt: skip
    assert not Clip.objects.exists()
    run = start(alice, run)
    assert (run.state, run.counts) == ("done", {"imported": 2, "same": 1, "refused": 2, "unmatched": 1, "unlisted": 1})
    first, second = Clip.objects.order_by("created_at", "original_name")
    assert (first.sha256, first.shot, first.declared_prompt) == (sums[0], agency.shot, "=1+1")
    assert (first.completeness, first.declared_by, str(first.declared_made_on)) == (
        "declared",
        agency.alice,
        "2025-12-24",
    )
    assert first.import_rows.get().raw["manifest"]["Colour"] == "blue"
    assert (second.shot, second.take) == (Shot.objects.get(code="SC020"), 1)
    assert storage.verify(first.storage_key, Path(settings.MEDIA_ROOT), sums[0])
    assert Upload.objects.filter(state="ingested", clip=first).count() == 1
    assert Job.objects.filter(kind="clip.derive").count() == 2
    kinds = list(Event.objects.filter(kind__startswith="import.").order_by("seq").values_list("kind", flat=True))
    assert kinds == ["import.started", "import.finished"]
    assert Event.objects.filter(kind="clip.ingested").count() == 2
    assert Transfer.objects.get(original_name="clip0.mp4").state == "taken"

    told: Any = alice.get(f"/api/v1/imports/{run.pk}/report/")
    report = b"".join(told.streaming_content).decode("utf-8-sig")
    amiss = list(csv.DictReader(io.StringIO(report)))
    assert [each["Clip"] for each in amiss] == ["clip2.mp4", "nowhere.mp4", "clip3.mp4"]
    assert amiss[0]["What to mend"] == "Send the right file, or mend the SHA-256."
    amiss[0]["Hash"], amiss[1]["Clip"], amiss[2]["Made on"] = sums[2], "clip4.mp4", "2025-12-31"
    again = hand_over(alice, agency.aurora, {"mended.csv": table(amiss)}, mends=str(run.pk), options=options)
    assert states(again) == [("new", "")] * 3
    assert start(alice, again).counts == {"imported": 3}
    third = hand_over(alice, agency.aurora, {**files, "list.csv": table(rows[:2])}, options=options)
    assert states(third)[:2] == [("again", "again"), ("again", "again")]
    assert (
        alice.post(f"/api/v1/imports/{third.pk}/start/", {"declaration": True}, format="json").json()["code"]
        == "nothing-new"
    )
    assert Clip.objects.count() == 5


def test_nothing_starts_unvouched_or_for_others(agency: Agency, alice: APIClient, clips: list[Path]) -> None:
    run = hand_over(alice, agency.aurora, {"a.mp4": clips[0].read_bytes()})
    assert states(run) == [("new", "")]
    refused = alice.post(f"/api/v1/imports/{run.pk}/start/", {}, format="json").json()
    assert refused["code"] == "not-declared"
    assert (
        alice.post("/api/v1/imports/", {"project": str(agency.aurora.pk)}, format="json").json()["code"]
        == "nothing-given"
    )
    folder = {"project": str(agency.aurora.pk), "folder": "/etc"}
    assert alice.post("/api/v1/imports/", folder, format="json").json()["code"] == "folder-not-allowed"
    assert (ImportRun.objects.count(), ImportRun.objects.get().state, Clip.objects.count()) == (1, "ready", 0)


def test_bytes_that_are_here_already_are_told(agency: Agency, alice: APIClient, clips: list[Path]) -> None:
    body = clips[0].read_bytes()
    start(alice, hand_over(alice, agency.aurora, {"a.mp4": body}))
    run = hand_over(alice, agency.aurora, {"b.mp4": body, "c.mp4": clips[1].read_bytes()})
    assert states(run) == [("same", "duplicate"), ("new", "")]
    assert ImportRow.objects.get(run=run, number=1).clip == Clip.objects.get()
    start(alice, run)
    assert Clip.objects.count() == 2


def test_all_that_was_sent_before_is_one_box_however_much_it_is(
    agency: Agency, alice: APIClient, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generations.web.imports.SENT_SHOWN", 1)
    sent = [send(alice, agency.aurora, f"{name}.mp4", name.encode()) for name in "abc"]
    client.force_login(agency.alice)
    at = f"/projects/{agency.aurora.pk}/imports/new/"
    page = client.get(at).content.decode()
    assert ("All 3 files sent before" in page, "And 2 more." in page, page.count("data-sent")) == (True, True, 1)
    client.post(at, {"transfers": sent[1], "waiting": "on", "shots": "auto"})
    assert sorted(each["transfer"] for each in ImportRun.objects.get().inputs) == sorted(sent)


def test_rows_go_to_the_shots_they_name_unless_said_otherwise(
    agency: Agency, alice: APIClient, clips: list[Path], client: Browser
) -> None:
    rows = [{"file": path.name, "shot": code} for path, code in zip(clips, ("SC010-SH010", "SC999", ""), strict=False)]
    run = hand_over(
        alice, agency.aurora, {**{path.name: path.read_bytes() for path in clips[:3]}, "l.csv": table(rows)}
    )
    assert states(run) == [("new", ""), ("refused", "no-such-shot"), ("new", "")]
    client.force_login(agency.alice)
    assert "1 row names a shot that the project does not have" in client.get(f"/imports/{run.pk}/").content.decode()
    plan = {"mapping": run.mapping, "options": {**STORY, "shots": "leave"}}
    alice.post(f"/api/v1/imports/{run.pk}/plan/", plan, format="json")
    work()
    told = list(ImportRow.objects.filter(run=run).order_by("number").values_list("words", flat=True))
    assert told[1:] == ["A new clip without a shot, though the row names SC999.", "A new clip without a shot."]
    alice.post(f"/api/v1/imports/{run.pk}/plan/", {**plan, "options": STORY}, format="json")
    work()
    start(alice, run)
    named = Clip.objects.order_by("original_name").values_list("original_name", "shot__code", "take")
    assert list(named) == [("clip0.mp4", "SC010-SH010", 1), ("clip2.mp4", None, 1)]
    lone = Clip.objects.get(shot=None)
    filed = alice.post(f"/api/v1/shots/{agency.shot.pk}/file-clips/", {"clips": [str(lone.pk)]}, format="json")
    assert [(each["id"], each["take"]) for each in filed.json()] == [(str(lone.pk), 2)]


def test_a_clips_page_tells_what_was_declared_of_it_and_by_whom(
    agency: Agency, alice: APIClient, clips: list[Path], client: Browser
) -> None:
    row = {
        "file": "clip0.mp4", "shot": agency.shot.code, "prompt": "A {{calm}} harbour", "seed": "4711", "notes": "<b>last try</b>",
        "tags": "sea, dawn", "Colour": "<i>blue</i>",
    }  # fmt: skip
    files = {"clip0.mp4": clips[0].read_bytes(), "l.csv": table([row])}
    start(alice, hand_over(alice, agency.aurora, files))
    clip = Clip.objects.get()
    client.force_login(agency.alice)
    page = client.get(f"/clips/{clip.pk}/").content.decode()
    for words in (
        "As declared",
        "4711",
        "&lt;b&gt;last try",
        "sea, dawn",
        "&lt;i&gt;blue",
        "Alice",
        "Declared by a named person",
    ):
        assert words in page
    assert "<i>blue" not in page
    at = f"/shots/{agency.shot.pk}/prompts/new/?words_of={clip.pk}"
    assert at in page
    assert client.get(at).context["form"].begin.text == escaped("A {{calm}} harbour")
    client.force_login(agency.bob)
    assert at not in client.get(f"/clips/{clip.pk}/").content.decode()
    agency.aurora.memberships.create(user=agency.dora)
    ClipGrant.objects.create(clip=clip, user=agency.dora, granted_by=agency.alice)
    client.force_login(agency.dora)
    guests = client.get(f"/clips/{clip.pk}/")
    assert (guests.status_code, guests.context["declared"]) == (200, None)
    assert not any(words in guests.text for words in ("4711", "calm", "last try"))


@pytest.mark.long
def test_an_import_stops_and_goes_on(
    agency: Agency, alice: APIClient, clips: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generations.pipeline.import_run.FILES_AT_ONCE", 1)
    monkeypatch.setattr("generations.pipeline.import_run.SLICE_SECONDS", 0)  # one batch a job
    run = hand_over(alice, agency.aurora, {path.name: path.read_bytes() for path in clips[:3]})
    alice.post(f"/api/v1/imports/{run.pk}/start/", {"declaration": True}, format="json")
    job = Job.objects.get(kind="import.run")
    run_one(job.pk)
    assert (Clip.objects.count(), Job.objects.filter(kind="import.run", state="queued").count()) == (1, 1)
    browser, later = Browser(), f"/imports/{run.pk}/?after={ImportRow.objects.get(run=run, number=1).pk}"
    browser.force_login(agency.alice)
    assert f'hx-get="{later}"' in browser.get(later).text  # the page that one reads stays that page
    assert alice.post(f"/api/v1/imports/{run.pk}/stop/").json()["state"] == "stopped"
    run_one(Job.objects.get(kind="import.run", state="queued").pk)
    assert Clip.objects.count() == 1
    assert alice.post(f"/api/v1/imports/{run.pk}/stop/").json()["code"] == "import-moved-on"
    alice.post(f"/api/v1/imports/{run.pk}/resume/")
    work()
    run.refresh_from_db()
    assert (run.state, run.counts, Clip.objects.count()) == ("done", {"imported": 3}, 3)
