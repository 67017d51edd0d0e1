"""One bundle of several sign-offs; how far it is, stopping it, and the end of its days."""

import json
import shutil
from collections import namedtuple
from datetime import timedelta
from pathlib import Path
from typing import Any

import bagit
import pytest
from django.test import Client
from django.utils import timezone

from generations.models import Clip
from reviews.actions.evidence import cancel_bundle, grant_bundle, request_bundle, request_collection
from reviews.evidence import progress, retention
from reviews.evidence.verify import match, verify
from reviews.models import Bundle, Delivery, SignOff
from sorahub.jobs import runner
from sorahub.jobs.models import Job
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput
from tests.people import Agency
from tests.reviews import world
from tests.reviews.evidence.conftest import folder, made
from tests.reviews.evidence.test_making import left_in_storage, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def approvals(agency: Agency, approval: SignOff) -> list[SignOff]:
    """Two approvals of two clips under the same terms."""
    other = world.add_clip(agency.aurora, agency.alice, grey=30)
    for stage, person in zip(agency.aurora.stages.order_by("position"), (agency.bob, agency.dora), strict=False):
        world.approve(other, stage, person)
    draft = world.draft(agency.bob, other, approval.record_version.governing_set)
    return [approval, world.sign(agency.lena, draft)]


def browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_projects_evidence_is_one_bundle_with_each_clip_and_text_once(
    agency: Agency, approvals: list[SignOff], tmp_path: Path
) -> None:
    lena = browser(agency.lena)
    page = f"/projects/{agency.aurora.pk}/evidence/"
    assert all(str(each.pk) in lena.get(page).text for each in approvals)
    for variant in ("full", "redacted"):
        asked = {"sign_off": [str(each.pk) for each in approvals], "variant": variant}
        assert lena.post(page, asked).status_code == 302
    assert Delivery.objects.filter(manner="bundle").count() == 4
    runner.drain()
    part, full = (folder(bundle) for bundle in Bundle.objects.order_by("-id"))
    assert verify(full) == verify(part) == match(full, part) == []
    assert bagit.Bag(str(full)).validate()
    items = sorted(path.name for path in (full / "data/items").iterdir())
    assert items == sorted(str(each.pk) for each in approvals)
    assert len(list((full / "data/terms").iterdir())) == 1
    assert len(list((full / "data/items").glob("*/clip/*.mp4"))) == 2
    shutil.rmtree(full / "data/items" / items[0])
    assert {failure.item.split("/")[2] for failure in verify(full)} == {items[0]}
    assert lena.get(page).text.count("Download") == 2


def test_what_is_no_sensible_choice_is_refused(agency: Agency, approvals: list[SignOff]) -> None:
    for choice in ([], [approvals[0], approvals[0]]):
        refused(InvalidInput, lambda choice=choice: request_collection(actor=agency.lena, sign_offs=choice))  # type: ignore[misc]
    refused(InvalidInput, lambda: request_bundle(actor=agency.lena, sign_off=approvals[0], variant="secret"))
    refused(Forbidden, lambda: request_collection(actor=agency.bob, sign_offs=approvals))


def test_it_says_how_far_it_is_and_stops_when_it_is_not_wanted(
    agency: Agency, approval: SignOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    bundle = request_bundle(actor=agency.lena, sign_off=approval)
    lena, page, seen = browser(agency.lena), f"/sign-offs/{approval.pk}/", []
    tell = progress.Progress.tell

    def looked(self: progress.Progress) -> None:
        tell(self)
        row = Bundle.objects.get(pk=bundle.pk)
        seen.append((row.files_done, row.bytes_done))
        if len(seen) == 5:
            assert f"{row.files_done} files" in lena.get(page).text
            assert lena.post(f"/bundles/{bundle.pk}/cancel/").status_code == 302

    monkeypatch.setattr(progress.Progress, "tell", looked)
    runner.drain()
    bundle.refresh_from_db()
    assert seen == sorted(seen)
    assert (len(seen), bundle.state, left_in_storage(bundle)) == (5, "cancelled", [])
    assert Event.objects.filter(kind="evidence.cancelled", subject_id=bundle.pk).count() == 1
    assert not Event.objects.filter(kind="evidence.sealed").exists()
    refused(Conflict, lambda: cancel_bundle(actor=agency.lena, bundle=bundle))
    assert request_bundle(actor=agency.lena, sign_off=approval) != bundle


def test_a_full_disk_is_told_before_anything_is_written(
    agency: Agency, approval: SignOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = request_bundle(actor=agency.lena, sign_off=approval)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 1000, 1000))
    runner.drain()
    bundle.refresh_from_db()
    assert (bundle.state, bundle.error_code, bundle.files_done) == ("failed", "disk-full", 0)
    assert "Free some space" in bundle.error_message
    assert left_in_storage(bundle) == []


def test_after_its_days_it_is_deleted_which_is_ledgered_and_can_be_made_again(
    agency: Agency, approval: SignOff, told: Clip, settings: Any
) -> None:
    bundle = made(agency, approval)
    place = Path(settings.MEDIA_ROOT) / "bundles"
    stray = place / f".making-{bundle.pk}-7"
    stray.mkdir()
    settings.BUNDLE_DAYS = 30
    assert retention.discard_old()["discarded"] == 0
    assert left_in_storage(bundle) == [f"{bundle.pk}.zip"]
    Bundle.objects.filter(pk=bundle.pk).update(verified_at=timezone.now() - timedelta(days=31))
    assert retention.discard_old()["discarded"] == 1
    bundle.refresh_from_db()
    assert (bundle.state, left_in_storage(bundle)) == ("expired", [])
    event = Event.objects.get(kind="evidence.discarded", subject_id=bundle.pk)
    assert json.loads(event.body) == {"after_days": 30, "bundle_sha256": bundle.sha256, "size": bundle.size}
    assert refused(Conflict, lambda: grant_bundle(actor=agency.lena, bundle=bundle)).code == "bundle-expired"
    assert verify(place / f"{made(agency, approval).pk}.zip") == []
    assert Job.objects.filter(kind="evidence.bundle").count() == 2
    assert told.bundles.count() == 2
