"""Two approvers at once, each at their own browser. Real threads and connections on PostgreSQL."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from generations.models import Clip, Membership
from reviews.models import LicenceRecordVersion, Reauthentication, SignOff
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger import audit
from tests.people import PASSWORD, Agency, user
from tests.reviews.web.browsing import logged_in
from tests.reviews.web.test_standing import carried, granted, page, send, suspend

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture(autouse=True)
def ledger_stays_whole(transactional_db: None) -> Iterator[None]:
    yield
    assert list(audit.verify()) == []


@pytest.fixture
def leo(agency: Agency) -> User:
    """A second lawyer."""
    lawyer = user("leo", Kind.LEGAL)
    Membership.objects.create(project=agency.aurora, user=lawyer)
    return lawyer


def at_once(*requests: Callable[[], Any]) -> list[Any]:
    """Send the requests from threads that start together; return their answers in order."""
    start, answers = threading.Barrier(len(requests)), [None] * len(requests)

    def run(number: int, request: Callable[[], Any]) -> None:
        try:
            start.wait()
            answers[number] = request()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(requests)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def signing(lawyer: User, version: LicenceRecordVersion, meaning: str) -> Callable[[], Any]:
    """Open the page, and return what sends its form."""
    browser = logged_in(lawyer)
    shown = carried(page(browser, version))
    return lambda: send(browser, version, shown, meaning=meaning, reason="As read")


def revoking(lawyer: User, sign_off: SignOff) -> Callable[[], Any]:
    browser, address = logged_in(lawyer), reverse("reviews:sign-off", args=[sign_off.pk])
    return lambda: browser.post(address, {"reason": "A claim", "password": PASSWORD})


def test_case_09_of_two_approvers_at_once_one_signs_and_the_other_is_told(
    agency: Agency, leo: User, version: LicenceRecordVersion
) -> None:
    answers = at_once(signing(agency.lena, version, "approved"), signing(leo, version, "rejected"))
    assert sorted(answer.status_code for answer in answers) == [302, 422]
    refused = next(answer for answer in answers if answer.status_code == 422)
    assert "The record was changed while you read it" in refused.text
    assert "signed version 1" in refused.text
    assert SignOff.objects.count() == 1
    assert Reauthentication.objects.exclude(used_at=None).count() == 1


def test_case_09_signing_again_never_overtakes_a_revocation(
    agency: Agency, leo: User, clip: Clip, signed: SignOff
) -> None:
    suspend(leo, signed)
    again, revoked = at_once(signing(agency.lena, signed.record_version, "reinstated"), revoking(leo, signed))
    assert revoked.status_code == 302
    assert again.status_code in {302, 422}
    assert SignOff.objects.filter(meaning="reinstated").count() == (again.status_code == 302)
    assert SignOff.objects.filter(meaning="revoked").count() == 1
    assert not granted(clip)


def test_case_09_an_approval_is_revoked_once_and_suspended_or_revoked(
    agency: Agency, leo: User, clip: Clip, signed: SignOff
) -> None:
    two = at_once(revoking(agency.lena, signed), revoking(leo, signed), lambda: suspend(leo, signed))
    assert sorted(answer.status_code for answer in two[:2]) == [302, 422]
    assert SignOff.objects.filter(meaning="revoked").count() == 1
    assert SignOff.objects.filter(meaning="suspended").count() == (two[2].status_code == 302)
    assert not granted(clip)
