"""Cases 17 and 18: a clock that cannot be trusted, and an authority that is away. By the sign page and the job runner."""

import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from generations.models import Alarm
from generations.sandbox.tsa import Authority, Mode
from reviews.actions import stamping
from reviews.actions.clear import clearance
from reviews.actions.holds import place_hold
from reviews.actions.signatures import sound
from reviews.models import LicenceRecordVersion, SignOff
from reviews.tasks import look_after_stamps
from sorahub.accounts.models import User
from sorahub.jobs import runner
from sorahub.jobs.models import Job
from sorahub.ledger import timestamps
from sorahub.ledger.models import Checkpoint, ClockReading, Event, TimeStamp
from tests.ledger.authorities import authority, openssl_accepts
from tests.lib.servers import Server
from tests.people import PASSWORD, Agency
from tests.reviews.web.browsing import logged_in


@pytest.fixture
def tsa(tmp_path: Path) -> Iterator[tuple[Authority, Server]]:
    with authority(tmp_path) as running:
        yield running


def post(user: User, version: LicenceRecordVersion, **said: str) -> Any:
    values = {"shown_sha256": version.sha256, "meaning": "approved", "password": PASSWORD, "reason": "", **said}
    return logged_in(user).post(reverse("reviews:sign", args=[version.pk]), values)


def run_due() -> None:
    """Let the worker do what is due, and what waits for its next try."""
    Job.objects.filter(state="queued").update(run_at=timezone.now())
    runner.drain()


def codes(version: LicenceRecordVersion) -> list[str]:
    found = clearance(clip=version.record.clip, use="social_media", territory="DE", purpose="advertising")
    return [one.code for one in found.reasons]


@pytest.mark.core
def test_case_18_while_the_authority_is_away_a_sign_off_is_pending_then_signed_and_never_unstamped(
    agency: Agency, version: LicenceRecordVersion, tsa: tuple[Authority, Server], tmp_path: Path
) -> None:
    tsa[0].mode = Mode.AWAY
    assert post(agency.lena, version).status_code == 302
    signed = SignOff.objects.get()
    assert signed.stamp_required
    assert '"timestamp":"required"' in signed.payload
    for _ in range(2):
        run_due()
    assert codes(version) == ["timestamp-pending"]
    assert not TimeStamp.objects.exists()
    receipt = logged_in(agency.lena).get(reverse("reviews:sign-off", args=[signed.pk])).text
    assert "Waiting for the time-stamp authority" in receipt
    assert "asked 2 times" in receipt
    assert "No answer" in receipt
    rights = logged_in(agency.lena).get(reverse("reviews:clip-rights", args=[version.record.clip_id])).text
    assert "Awaiting its time-stamp" in rights

    tsa[0].mode = Mode.WELL
    run_due()
    stamp = TimeStamp.objects.of(signed.payload_sha256)
    assert stamp is not None
    assert codes(version) == []
    root = tmp_path / "tsa" / "root.pem"
    assert openssl_accepts(bytes(stamp.token), signed.payload_sha256, root, tmp_path)
    note = Checkpoint.objects.get().note
    checkpoint = TimeStamp.objects.of(sha256(note.encode()).hexdigest())
    assert checkpoint is not None
    assert openssl_accepts(bytes(checkpoint.token), checkpoint.digest, root, tmp_path)
    assert Event.objects.filter(kind=stamping.STAMPED, subject_id=signed.pk).count() == 1
    receipt = logged_in(agency.lena).get(reverse("reviews:sign-off", args=[signed.pk])).text
    assert "Waiting for" not in receipt
    assert tsa[1].url in receipt


def measured(tsa: tuple[Authority, Server], *, ahead: timedelta = timedelta()) -> None:
    """Let the schedule ask the authority, whose clock goes by ours, and ``ahead`` of it."""
    tsa[0].ahead = ahead
    look_after_stamps()


def refusal(agency: Agency, version: LicenceRecordVersion) -> str:
    """Try to sign; nothing may come of it. Returns the page's text."""
    before = Event.objects.count()
    answer = post(agency.lena, version)
    assert answer.status_code == 422
    assert not SignOff.objects.exists()
    assert not agency.lena.reauthentications.exclude(used_at=None).exists()
    assert Event.objects.count() == before
    return str(answer.text)


@pytest.mark.parametrize(("days", "words"), [(-5, "5 days behind"), (5, "5 days ahead of")])
def test_case_17_a_clock_that_was_set_signs_nothing_until_the_authority_says_that_it_is_right(
    agency: Agency, version: LicenceRecordVersion, tsa: tuple[Authority, Server], days: int, words: str
) -> None:
    measured(tsa)
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        assert words in refusal(agency, version)
        measured(tsa, ahead=timedelta(days=-days))
        assert words in refusal(agency, version)
        alarm = Alarm.objects.get(kind="late", cleared_at=None)
        assert words in alarm.message
        measured(tsa)
        assert not Alarm.objects.filter(cleared_at=None).exists()
        assert post(agency.lena, version).status_code == 302
        assert '"clock":{"ahead_ms":' in SignOff.objects.get().payload
    said = [reading.ahead_ms for reading in ClockReading.objects.order_by("id")]
    assert [round(each / 86_400_000) for each in said] == [0, days, 0]


@pytest.mark.core
def test_case_17_without_an_authority_the_ledger_tells_a_clock_that_was_put_back(
    agency: Agency, version: LicenceRecordVersion
) -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=10)):
        assert "it was put back" in refusal(agency, version)
        page = logged_in(agency.lena).get(reverse("reviews:sign", args=[version.pk])).text
        assert "This server’s clock cannot be trusted" in page
        assert "neither approved nor rejected" in page
    assert post(agency.lena, version).status_code == 302
    assert '"clock":null' in SignOff.objects.get().payload
    assert codes(version) == []


@pytest.mark.core
def test_case_17_a_revocation_is_made_by_any_clock_and_the_sequence_holds(
    agency: Agency, version: LicenceRecordVersion, tsa: tuple[Authority, Server]
) -> None:
    post(agency.lena, version)
    run_due()
    signed = SignOff.objects.get()
    assert codes(version) == []
    with time_machine.travel(timezone.now() + timedelta(days=5)):
        address = reverse("reviews:sign-off", args=[signed.pk])
        said = {"password": PASSWORD, "reason": "The artist withdrew"}
        assert logged_in(agency.lena).post(address, said).status_code == 302
        assert "revoked" in codes(version)  # at once, before its time-stamp is here
        tsa[0].ahead = timedelta(days=-5)
        run_due()
    place_hold(actor=agency.lena, clip=version.record.clip, reason="A claim")
    revocation = SignOff.objects.get(revokes=signed)
    event, after = Event.objects.get(kind="signoff.revoked"), Event.objects.get(kind="hold.placed")
    assert "5 days ahead of" in json.loads(event.body)["clock_doubt"]
    assert event.chain == after.chain
    assert (after.seq > event.seq, after.at > event.at) == (True, False)
    stamp = TimeStamp.objects.of(revocation.payload_sha256)
    assert stamp is not None
    assert abs(stamp.at - timezone.now()) < timedelta(minutes=1)
    call_command("verify_ledger", stdout=StringIO())


def test_a_sign_off_whose_job_gave_up_is_asked_for_again_and_told_of(
    agency: Agency, version: LicenceRecordVersion, tsa: tuple[Authority, Server]
) -> None:
    tsa[0].mode = Mode.REFUSES
    post(agency.lena, version)
    Job.objects.filter(kind=stamping.SIGN_OFF).update(max_attempts=1)
    run_due()
    assert Job.objects.get(kind=stamping.SIGN_OFF).state == "dead"
    with time_machine.travel(timezone.now() + timedelta(minutes=45)):
        look_after_stamps()
        alarm = Alarm.objects.get(cleared_at=None, key__startswith=stamping.WAITING)
        assert "Not today" in alarm.message
        tsa[0].mode = Mode.WELL
        look_after_stamps()
        run_due()
    assert Job.objects.filter(kind=stamping.SIGN_OFF).count() == 2
    assert codes(version) == []
    alarm.refresh_from_db()
    assert alarm.cleared_at is not None


def test_a_demand_for_a_time_stamp_cannot_be_taken_back_in_the_database(
    agency: Agency, version: LicenceRecordVersion, tsa: tuple[Authority, Server]
) -> None:
    tsa[0].mode = Mode.AWAY
    post(agency.lena, version)
    signed = SignOff.objects.get()
    signed.stamp_required = False
    assert not sound(signed)


def test_the_api_says_of_a_sign_off_that_it_waits(
    agency: Agency, version: LicenceRecordVersion, tsa: tuple[Authority, Server]
) -> None:
    post(agency.lena, version)
    address = f"/api/v1/sign-offs/{SignOff.objects.get().pk}/"
    client = logged_in(agency.lena)
    assert (client.get(address).json()["stamp_required"], client.get(address).json()["pending_timestamp"]) == (
        True,
        True,
    )
    run_due()
    assert (client.get(address).json()["stamp_required"], client.get(address).json()["pending_timestamp"]) == (
        True,
        False,
    )
    assert timestamps.verify_token(bytes(TimeStamp.objects.first().token), SignOff.objects.get().payload_sha256)  # type: ignore[union-attr]
