"""Cases 17 and 18: a clock that cannot be trusted, and an authority that is away. By the sign page and the job runner."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from generations.models import Alarm
from generations.sandbox.tsa import Authority, Mode
from reviews.actions import stamping
from reviews.actions.clear import clearance
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

pytestmark = pytest.mark.core


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
