"""Asking for evidence and taking it away: who may, what is written down, and what becomes of failures."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from generations.models import Clip, Membership
from reviews.actions import verification
from reviews.actions.evidence import grant_bundle, request_bundle
from reviews.actions.holds import place_hold
from reviews.actions.presence import reauthenticate
from reviews.actions.sign import revoke_sign_off
from reviews.evidence.build import build
from reviews.evidence.verify import verify
from reviews.models import Bundle, Delivery, SignOff
from sorahub.accounts.models import User
from sorahub.jobs import runner
from sorahub.jobs.errors import LeaseLost
from sorahub.jobs.models import Job, JobState
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, DomainError, Forbidden, NotFound, Refused, Unavailable
from tests.people import PASSWORD, Agency
from tests.reviews import world
from tests.reviews.evidence.conftest import folder, made
from tests.reviews.evidence.test_bundle import run

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.at_length]


def refused(error: type[DomainError], attempt: Callable[[], object]) -> DomainError:
    """Run the attempt, expect the error, and prove that nothing was begun or written down."""
    before = (Bundle.objects.count(), Delivery.objects.count(), Event.objects.count(), Job.objects.count())
    with pytest.raises(error) as caught:
        attempt()
    assert (Bundle.objects.count(), Delivery.objects.count(), Event.objects.count(), Job.objects.count()) == before
    return caught.value


def revoke(lena: User, sign_off: SignOff) -> SignOff:
    proof = reauthenticate(actor=lena, password=PASSWORD)
    return revoke_sign_off(actor=lena, sign_off=sign_off, reason="Misread", reauthentication=proof)


def job_of(bundle: Bundle) -> Job:
    return Job.objects.get(key=f"evidence.bundle:{bundle.pk}")


def claimed(bundle: Bundle) -> Job:
    job = runner.claim(job_of(bundle).pk)
    assert job is not None
    return job


def left_in_storage(bundle: Bundle) -> list[str]:
    bundles = Path(settings.MEDIA_ROOT) / "bundles"
    return sorted(path.name for path in bundles.glob("*") if str(bundle.pk) in path.name) + sorted(
        path.name for path in bundles.glob(f".making-{bundle.pk}*")
    )


def test_only_counsel_and_administrators_may_ask(agency: Agency, signed: SignOff) -> None:
    for person in (agency.alice, agency.bob, agency.dora, agency.carol):
        refused(Forbidden, lambda person=person: request_bundle(actor=person, sign_off=signed))  # type: ignore[misc]
    assert request_bundle(actor=agency.ada, sign_off=signed).created_by == agency.ada


def test_counsel_of_another_project_finds_no_such_sign_off(agency: Agency, signed: SignOff) -> None:
    Membership.objects.filter(user=agency.lena).delete()
    refused(NotFound, lambda: request_bundle(actor=agency.lena, sign_off=signed))


def test_asking_is_written_down_as_egress_of_these_bytes(agency: Agency, signed: SignOff) -> None:
    bundle = request_bundle(actor=agency.lena, sign_off=signed)
    delivery = Delivery.objects.get()
    assert (delivery.manner, delivery.sha256, delivery.delivered_to) == ("bundle", signed.clip_sha256, agency.lena)
    event = Event.objects.get(kind="evidence.exported")
    assert (event.subject_id, event.actor) == (bundle.pk, agency.lena.pk)
    assert json.loads(event.body) == {
        "bundle_sha256": None,
        "clip_id": str(signed.clip_id),
        "clip_sha256": signed.clip_sha256,
        "delivery": str(delivery.pk),
        "sign_off": str(signed.pk),
        "variant": "full",
    }


def test_asked_again_while_it_is_being_made_it_is_the_same_bundle(agency: Agency, signed: SignOff) -> None:
    first = request_bundle(actor=agency.lena, sign_off=signed)
    assert request_bundle(actor=agency.lena, sign_off=signed) == first
    assert (Delivery.objects.count(), Job.objects.filter(kind="evidence.bundle").count()) == (1, 1)
    assert request_bundle(actor=agency.ada, sign_off=signed) != first


def test_a_bundle_whose_job_died_unseen_does_not_block_the_next(agency: Agency, signed: SignOff) -> None:
    first = request_bundle(actor=agency.lena, sign_off=signed)
    Job.objects.filter(pk=job_of(first).pk).update(state=JobState.DEAD)
    assert request_bundle(actor=agency.lena, sign_off=signed) != first


def test_evidence_is_made_of_approvals_only(agency: Agency, version: object, clip: Clip) -> None:
    rejection = world.sign(agency.lena, version, meaning="rejected", reason="No release")  # type: ignore[arg-type]
    error = refused(Conflict, lambda: request_bundle(actor=agency.lena, sign_off=rejection))
    assert error.code == "not-an-approval"


def test_a_revoked_approval_goes_to_counsel_alone_with_its_revocation_inside(agency: Agency, signed: SignOff) -> None:
    revocation = revoke(agency.lena, signed)
    error = refused(Refused, lambda: request_bundle(actor=agency.ada, sign_off=signed))
    assert [reason["code"] for reason in error.reasons] == ["revoked"]
    refused(Conflict, lambda: request_bundle(actor=agency.lena, sign_off=revocation))
    root = folder(made(agency, signed))
    assert json.loads((root / "data/revocation.json").read_text())["payload"] == revocation.payload
    status, said = run(root)
    assert (status, said[-1].partition(",")[0]) == (0, "PASS")
    assert any("NOTE: this sign-off was REVOKED at" in line for line in said)
    assert "## Revoked" in (root / "VERIFY.md").read_text()


def test_a_clip_on_hold_goes_to_counsel_alone(agency: Agency, signed: SignOff) -> None:
    place_hold(actor=agency.lena, clip=signed.clip, reason="A claim came in")
    error = refused(Refused, lambda: request_bundle(actor=agency.ada, sign_off=signed))
    assert [reason["code"] for reason in error.reasons] == ["hold"]
    assert verify(folder(made(agency, signed))) == []


def test_a_quarantined_clip_goes_to_nobody(agency: Agency, signed: SignOff) -> None:
    verification.quarantine(signed.clip)
    error = refused(Refused, lambda: request_bundle(actor=agency.lena, sign_off=signed))
    assert [reason["code"] for reason in error.reasons] == ["quarantined"]


def test_damaged_bytes_are_found_while_it_is_made(agency: Agency, signed: SignOff) -> None:
    bundle = request_bundle(actor=agency.lena, sign_off=signed)
    with world.damaged(signed.clip):
        runner.drain()
    bundle.refresh_from_db()
    assert (bundle.state, bundle.error_code, bundle.sha256) == ("failed", "quarantined", "")
    assert Clip.objects.get(pk=signed.clip_id).quarantined_at is not None
    assert job_of(bundle).state == "failed"
    assert left_in_storage(bundle) == []


def test_who_lost_access_meanwhile_gets_nothing(agency: Agency, signed: SignOff) -> None:
    bundle = request_bundle(actor=agency.lena, sign_off=signed)
    Membership.objects.filter(user=agency.lena).delete()
    runner.drain()
    bundle.refresh_from_db()
    assert (bundle.state, bundle.error_code) == ("failed", "not-found")
    assert left_in_storage(bundle) == []


def test_what_a_killed_attempt_left_is_replaced(agency: Agency, signed: SignOff) -> None:
    bundle = request_bundle(actor=agency.lena, sign_off=signed)
    bundles = Path(settings.MEDIA_ROOT) / "bundles"
    left = bundles / f".making-{bundle.pk}-0"
    left.mkdir(parents=True)
    (left / f"{bundle.pk}.zip").write_bytes(b"half")
    (bundles / f"{bundle.pk}.zip").write_bytes(b"half")
    runner.drain()
    bundle.refresh_from_db()
    assert bundle.state == "ready"
    assert verify(folder(bundle)) == []
    assert left_in_storage(bundle) == [f"{bundle.pk}.zip"]


def test_an_attempt_that_was_taken_over_changes_nothing(agency: Agency, signed: SignOff) -> None:
    bundle = request_bundle(actor=agency.lena, sign_off=signed)
    job = claimed(bundle)
    Job.objects.filter(pk=job.pk).update(attempt=job.attempt + 1)
    with pytest.raises(LeaseLost):
        build(job)
    bundle.refresh_from_db()
    assert (bundle.state, left_in_storage(bundle)) == ("requested", [])
    assert not Event.objects.filter(kind="evidence.sealed").exists()


def test_a_finished_bundle_is_not_made_again(agency: Agency, signed: SignOff) -> None:
    bundle = made(agency, signed)
    before = (Path(settings.MEDIA_ROOT) / bundle.storage_key).stat().st_ino
    assert build(job_of(bundle)) == {"bundle": str(bundle.pk), "sha256": bundle.sha256}
    assert (Path(settings.MEDIA_ROOT) / bundle.storage_key).stat().st_ino == before


@pytest.mark.parametrize(("attempt", "state", "code"), [(1, "requested", ""), (5, "failed", "bundle-not-written")])
def test_a_disk_that_does_not_take_it_is_tried_again_and_then_told(
    agency: Agency, signed: SignOff, attempt: int, state: str, code: str
) -> None:
    bundle = request_bundle(actor=agency.lena, sign_off=signed)
    Job.objects.filter(pk=job_of(bundle).pk).update(attempt=attempt - 1)
    in_the_way = Path(settings.MEDIA_ROOT) / "bundles" / f".making-{bundle.pk}-{attempt}"
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_bytes(b"")
    with pytest.raises(Unavailable):
        build(claimed(bundle))
    bundle.refresh_from_db()
    assert (bundle.state, bundle.error_code) == (state, code)
    in_the_way.unlink()


def test_each_download_is_written_down_with_both_hashes(agency: Agency, signed: SignOff) -> None:
    bundle = made(agency, signed)
    grant = grant_bundle(actor=agency.ada, bundle=bundle)
    assert (grant.sha256, grant.path.stat().st_size) == (bundle.sha256, bundle.size)
    assert (grant.delivery.manner, grant.delivery.delivered_to) == ("bundle", agency.ada)
    body = json.loads(Event.objects.get(kind="evidence.downloaded").body)
    assert (body["bundle_sha256"], body["clip_sha256"]) == (bundle.sha256, signed.clip_sha256)


def test_a_download_asks_anew(agency: Agency, signed: SignOff) -> None:
    waiting = request_bundle(actor=agency.lena, sign_off=signed)
    assert refused(Conflict, lambda: grant_bundle(actor=agency.lena, bundle=waiting)).code == "bundle-not-ready"
    bundle = made(agency, signed)
    refused(Forbidden, lambda: grant_bundle(actor=agency.alice, bundle=bundle))
    revoke(agency.lena, signed)
    refused(Refused, lambda: grant_bundle(actor=agency.ada, bundle=bundle))
    shutil.move(Path(settings.MEDIA_ROOT) / bundle.storage_key, Path(settings.MEDIA_ROOT) / "moved.zip")
    assert refused(NotFound, lambda: grant_bundle(actor=agency.lena, bundle=bundle)).code == "bundle-missing"


def test_a_bundle_altered_in_storage_does_not_leave(agency: Agency, signed: SignOff) -> None:
    bundle = made(agency, signed)
    path = Path(settings.MEDIA_ROOT) / bundle.storage_key
    whole = path.read_bytes()
    for altered in (whole.replace(b"approved", b"rejected"), whole + b"more"):
        path.write_bytes(altered)
        assert refused(Conflict, lambda: grant_bundle(actor=agency.lena, bundle=bundle)).code == "bundle-damaged"
    path.write_bytes(whole)
    assert grant_bundle(actor=agency.lena, bundle=bundle).path == path
