"""Calling back what was handed over; incidents; and originals whose bytes change while nobody asks for them."""

import json
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from generations.actions.descent import declare_parent
from generations.models import Clip, ClipParent
from reviews.actions import incidents, recalls
from reviews.actions.clear import clearance
from reviews.actions.deliver import grant_download
from reviews.actions.licensing import DepictionInput
from reviews.actions.presence import reauthenticate
from reviews.actions.releases import add_release, withdraw_release
from reviews.actions.scrub import scrub
from reviews.actions.sign import revoke_sign_off
from reviews.models import Delivery, Incident, Notice, Recall, SignOff
from sorahub.accounts.models import User
from sorahub.jobs import runner
from sorahub.jobs.models import Job
from sorahub.ledger.models import Event
from sorahub.lib import storage
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.people import PASSWORD, Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def take(actor: User, clip: Clip) -> Delivery:
    return grant_download(actor=actor, clip=clip, **world.SCOPE).delivery


def revoke(agency: Agency, signed: SignOff) -> SignOff:
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    return revoke_sign_off(actor=agency.lena, sign_off=signed, reason="A claim was made", reauthentication=proof)


def against(clip: Clip) -> list[str]:
    return [one.code for one in clearance(clip=Clip.objects.get(pk=clip.pk), **world.SCOPE).reasons]


def test_a_revocation_calls_back_each_copy_once_and_tells_whoever_has_one(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    given = {take(agency.alice, clip).pk, take(agency.dora, clip).pk, take(agency.dora, clip).pk}
    revocation = revoke(agency, signed)
    made = Recall.objects.all()
    assert {row.delivery_id for row in made} == given
    assert {row.revocation_id for row in made} == {revocation.pk}
    assert all(row.notified_at for row in made)
    assert set(Notice.objects.filter(kind="recall").values_list("user__email", flat=True)) == {
        agency.alice.email,
        agency.dora.email,
    }
    assert world.kinds_of_events().count("recall.opened") == 3


def test_what_counsel_took_before_clearance_is_not_under_the_approval(
    agency: Agency, clip: Clip, version: object
) -> None:
    take(agency.lena, clip)
    signed = world.sign(agency.lena, version)  # type: ignore[arg-type]  # the fixture's row
    revoke(agency, signed)
    assert not Recall.objects.exists()


def test_a_receipt_is_given_once_by_who_has_the_copy_or_on_their_behalf(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    take(agency.dora, clip)
    take(agency.alice, clip)
    revoke(agency, signed)
    hers = Recall.objects.get(delivery__delivered_to=agency.dora)
    with pytest.raises(InvalidInput):
        recalls.acknowledge(actor=agency.dora, recall=hers, done="running")
    with pytest.raises(InvalidInput):
        recalls.acknowledge(actor=agency.dora, recall=hers, done="nonsense")
    with pytest.raises(NotFound):
        recalls.acknowledge(actor=agency.carol, recall=hers, done="deleted")
    with pytest.raises(Forbidden):
        recalls.acknowledge(actor=agency.ada, recall=hers, done="deleted")
    kept = recalls.acknowledge(actor=agency.dora, recall=hers, done="running", words="On air until Sunday.")
    assert kept.receipt == "It cannot be stopped yet. On air until Sunday."
    assert kept.acknowledged_by == agency.dora
    with pytest.raises(Conflict):
        recalls.acknowledge(actor=agency.lena, recall=hers, done="deleted")
    with pytest.raises(Conflict):
        recalls.remind(actor=agency.alice, recall=kept)
    event = Event.objects.get(kind="recall.acknowledged")
    assert "Sunday" not in event.body
    assert json.loads(event.body)["done"] == "running"


def test_a_guest_sees_their_own_recalls_alone(agency: Agency, clip: Clip, signed: SignOff) -> None:
    take(agency.dora, clip)
    take(agency.alice, clip)
    revoke(agency, signed)
    assert [row.delivery.delivered_to for row in Recall.objects.visible_to(agency.dora)] == [agency.dora]
    assert Recall.objects.visible_to(agency.alice).count() == 2
    assert not Recall.objects.visible_to(agency.carol).exists()


def test_a_withdrawn_consent_calls_back_what_rested_on_it(agency: Agency, clip: Clip) -> None:
    release = add_release(
        actor=agency.alice, project=agency.aurora, kind="model", subject="Mia", scope="All", ai_use="yes",
        uses=["social_media", "own_channels"], territories=["WORLD"], valid_from=date(2025, 1, 1),
    )  # fmt: skip
    mia = DepictionInput(kind="person", name="Mia", real="yes", release=release)
    version = world.ready_to_sign(agency, clip, none_depicted=False, depictions=[mia])
    world.sign(agency.lena, version)
    take(agency.alice, clip)
    withdraw_release(actor=agency.lena, release=release)
    assert Recall.objects.get().release == release
    assert "release-withdrawn" in against(clip)


def test_an_open_incident_stops_a_cleared_clip_until_counsel_closes_it(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    incident = incidents.report_incident(actor=agency.alice, clip=clip, kind="claim", words="It shows my boat")
    assert against(clip) == ["incident"]
    assert Notice.objects.get(kind="incident").user == agency.lena
    for somebody in (agency.alice, agency.bob, agency.ada):
        with pytest.raises(Forbidden):
            incidents.close_incident(actor=somebody, incident=incident, outcome="Nothing in it")
    closed = incidents.close_incident(actor=agency.lena, incident=incident, outcome="Nothing in it")
    assert closed.closed_by == agency.lena
    assert against(clip) == []
    with pytest.raises(Conflict):
        incidents.close_incident(actor=agency.lena, incident=incident, outcome="Again")
    kinds = world.kinds_of_events()
    assert kinds.count("incident.opened") == kinds.count("incident.closed") == 1


def test_only_counsel_reports_what_does_not_stop_or_calls_copies_back(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    take(agency.dora, clip)
    with pytest.raises(Forbidden):
        incidents.report_incident(actor=agency.alice, clip=clip, kind="claim", words="Mine", stops=False)
    with pytest.raises(Forbidden):
        incidents.report_incident(actor=agency.alice, clip=clip, kind="claim", words="Mine", recall=True)
    with pytest.raises(InvalidInput):
        incidents.report_incident(actor=agency.lena, clip=clip, kind="bytes_changed", words="Mine")
    incidents.report_incident(actor=agency.lena, clip=clip, kind="claim", words="Mine", stops=False, recall=True)
    assert against(clip) == []
    assert Recall.objects.get().delivery.delivered_to == agency.dora


def left(clip: Clip, to: User) -> Delivery:
    return Delivery.objects.create(clip=clip, sha256=clip.sha256, manner=Delivery.Manner.COUNSEL, delivered_to=to)


def test_an_incident_calls_back_what_was_made_from_the_clip_too(agency: Agency, clip: Clip, signed: SignOff) -> None:
    taken = take(agency.dora, clip)
    cut = world.add_clip(agency.aurora, agency.alice, grey=120)
    again = world.add_clip(agency.aurora, agency.alice, grey=140)
    source = world.add_clip(agency.aurora, agency.alice, grey=160)
    abroad = world.add_clip(agency.borealis, agency.carol, grey=180)
    for child, parent in ((cut, clip), (again, cut), (clip, source)):
        declare_parent(actor=agency.alice, clip=child, parent=parent, operation="Cut to 6 s")
    ClipParent.objects.create(clip=abroad, parent=again, operation="Cut", declared_by=agency.alice)
    given = {taken, left(cut, agency.lena), left(again, agency.alice)}
    elsewhere, untouched = left(abroad, agency.carol), left(source, agency.lena)
    incident = incidents.report_incident(actor=agency.lena, clip=clip, kind="claim", words="My boat", recall=True)
    assert {row.delivery for row in Recall.objects.filter(incident=incident)} == given | {elsewhere}
    assert not untouched.recalls.exists()
    assert {row.reason for row in Recall.objects.exclude(delivery=elsewhere)} == {"My boat"}
    row = elsewhere.recalls.get()
    assert row.reason == recalls.FROM_ANOTHER
    assert Event.objects.get(kind="recall.opened", subject_id=row.pk).chain.client_id == agency.south.pk
    told = Notice.objects.filter(kind="recall").values_list("user", flat=True)
    assert set(told) == {each.delivered_to_id for each in given | {elsewhere}} - {agency.lena.pk}


def aged(clip: Clip) -> None:
    Clip.objects.filter(pk=clip.pk).update(created_at=timezone.now() - timedelta(days=8))


def test_case_04_replaced_bytes_are_found_by_the_scrub_and_stop_everything(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    """The file is exchanged in storage, size and name kept: nobody asks for it, and it is found all the same."""
    take(agency.dora, clip)
    aged(clip)
    with world.damaged(clip):
        assert scrub() == {"asked": 1, "missing": 0}
        assert scrub() == {"asked": 0, "missing": 0}  # somebody is looking already
        assert runner.run_one(Job.objects.get(kind="clip.verify").pk) == "succeeded"
    clip.refresh_from_db()
    assert clip.quarantined_at is not None
    incident = Incident.objects.get()
    assert (incident.kind, incident.stops, incident.opened_by) == ("bytes_changed", True, None)
    assert against(clip) == ["quarantined", "incident"]
    with pytest.raises(Conflict) as caught:
        incidents.close_incident(actor=agency.lena, incident=incident, outcome="Restored")
    assert caught.value.code == "still-quarantined"
    told = Notice.objects.filter(kind="incident").values_list("user", flat=True)
    assert set(told) == {agency.lena.pk, agency.alice.pk}
    assert scrub() == {"asked": 0, "missing": 0}


def test_sound_originals_are_hashed_once_a_week(agency: Agency, clip: Clip) -> None:
    assert scrub() == {"asked": 0, "missing": 0}  # it came in lately
    aged(clip)
    assert scrub() == {"asked": 1, "missing": 0}
    runner.run_one(Job.objects.get(kind="clip.verify").pk)
    assert scrub() == {"asked": 0, "missing": 0}
    assert not Incident.objects.exists()


def test_a_missing_original_is_an_incident(agency: Agency, clip: Clip, signed: SignOff) -> None:
    aged(clip)
    path = storage.path_for(clip.storage_key, settings.MEDIA_ROOT)
    aside = path.rename(path.with_suffix(".aside"))
    try:
        assert scrub() == {"asked": 0, "missing": 1}
        scrub()
    finally:
        aside.rename(path)
    incident = Incident.objects.get()
    assert "missing" in incident.words
    assert against(clip) == ["incident"]
    incidents.close_incident(actor=agency.lena, incident=incident, outcome="Restored from the backup of Sunday")
    assert against(clip) == []


def test_a_guest_is_not_told_what_the_agency_wrote_and_a_reviewer_settles_nothing_for_others(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    take(agency.dora, clip)
    words = "The heirs of somebody famous write to us"
    incidents.report_incident(actor=agency.lena, clip=clip, kind="claim", words=words, recall=True)
    row = Recall.objects.get()
    assert recalls.told(agency.dora, row) == "A claim was made."
    assert recalls.told(agency.alice, row) == words
    with pytest.raises(Forbidden):
        recalls.acknowledge(actor=agency.bob, recall=row, done="deleted")
    assert recalls.acknowledge(actor=agency.alice, recall=row, done="deleted").acknowledged_by == agency.alice


def test_nobody_reminds_themselves(agency: Agency, clip: Clip, signed: SignOff) -> None:
    take(agency.alice, clip)
    revoke(agency, signed)
    with pytest.raises(Forbidden):
        recalls.remind(actor=agency.alice, recall=Recall.objects.get())
    assert recalls.remind(actor=agency.lena, recall=Recall.objects.get()).notified_at is not None
