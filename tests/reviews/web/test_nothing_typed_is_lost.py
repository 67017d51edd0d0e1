"""Where somebody else was quicker, or something is missing: the page says so, and what was typed is still there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from generations.models import Clip
from reviews.actions.deliver import grant_download
from reviews.actions.extensions import settle_extension
from reviews.actions.holds import lift_hold, place_hold
from reviews.actions.incidents import close_incident, report_incident
from reviews.actions.presence import reauthenticate
from reviews.actions.recalls import acknowledge
from reviews.actions.rereading import settle
from reviews.actions.sign import revoke_sign_off
from reviews.actions.terms import mark_clause
from reviews.models import (
    ClauseFlag,
    ExtensionRequest,
    Hold,
    Incident,
    LicenceRecordVersion,
    Recall,
    ReReview,
    SignOff,
    TermsChange,
)
from tests.people import PASSWORD, Agency
from tests.reviews import histories, world
from tests.reviews.actions.test_changes import ONE, THREE, TWO
from tests.reviews.histories import FIRST
from tests.reviews.judging import change_of, judge
from tests.reviews.web import test_changed_terms
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.core, pytest.mark.django_db]
TYPED = "Three lines that took me a while"


def kept(answer: Any, words: str = "") -> None:
    """Hold a page to what it promises: refused, with the reason, and the words in a field."""
    assert answer.status_code == 422
    assert words in answer.text
    assert f">\n{TYPED}</textarea>" in answer.text or f'value="{TYPED}"' in answer.text


def test_a_judgement_of_a_pair_that_was_split_meanwhile(agency: Agency) -> None:
    source = histories.source(agency.lena)
    histories.keep(agency.lena, source, (ONE, THREE))
    change = TermsChange.objects.get()
    histories.keep(agency.lena, source, [TWO], first=FIRST + timedelta(days=1))
    address = reverse("reviews:terms-change", args=[change.pk])
    said = {"verdict": "material", "reason": TYPED}
    kept(logged_in(agency.lena).post(address, said), "judge the changes before and after it")
    assert "<textarea" not in logged_in(agency.lena).get(address).text


def test_a_clause_that_somebody_settled_meanwhile(agency: Agency) -> None:
    source = histories.source(agency.lena)
    first = histories.keep(agency.lena, source, [ONE])[0]
    mark_clause(actor=agency.lena, terms_version=first, quote="You may show it.", topic="commercial_use")
    histories.keep(agency.lena, source, [TWO.replace("You may not show it.", TYPED)], first=FIRST + timedelta(days=1))
    flag, browser = ClauseFlag.objects.get(), logged_in(agency.bob)
    address = reverse("reviews:terms-flag", args=[flag.pk])
    assert browser.post(address, {"gone": "on"}).status_code == 302
    kept(browser.post(address, {"quote": TYPED}), "Somebody settled this flag already.")
    assert "<textarea" not in browser.get(address).text


def _hold(agency: Agency, signed: SignOff) -> tuple[str, str, Callable[[], object]]:
    hold = place_hold(actor=agency.lena, clip=signed.clip, reason="A claim")
    place_hold(actor=agency.lena, clip=signed.clip, reason="Another claim")
    done = reverse("reviews:hold-lift", args=[hold.pk])
    return done, "lift-reason", lambda: lift_hold(actor=agency.lena, hold=Hold.objects.get(pk=hold.pk), reason="Over")


def _incident(agency: Agency, signed: SignOff) -> tuple[str, str, Callable[[], object]]:
    for _ in range(2):
        report_incident(actor=agency.lena, clip=signed.clip, kind="claim", words="A claim", stops=True)
    found = Incident.objects.order_by("id")[0]
    done = reverse("reviews:incident-close", args=[found.pk])
    return done, "outcome-outcome", lambda: close_incident(actor=agency.lena, incident=found, outcome="Over")


@pytest.mark.parametrize("begun", [_hold, _incident])
def test_a_hold_or_incident_that_ended_meanwhile(
    agency: Agency, signed: SignOff, begun: Callable[[Agency, SignOff], tuple[str, str, Callable[[], object]]]
) -> None:
    """Beside its own row, and beside no other."""
    address, name, end = begun(agency, signed)
    browser = logged_in(agency.lena)
    empty = browser.post(address, {name: " "})
    assert (empty.status_code, empty.text.count("This field is required.")) == (422, 1)
    end()
    answer = browser.post(address, {name: TYPED})
    kept(answer, "before.")
    assert answer.text.count(f'value="{TYPED}"') == 1
    assert answer.text.count(f'name="{name}"') == 2


def test_a_report_that_lacks_something(agency: Agency, clip: Clip) -> None:
    address = reverse("reviews:incident-report", args=[clip.pk])
    kept(logged_in(agency.lena).post(address, {"incident-kind": "", "incident-words": TYPED}))
    too_long = {"incident-kind": "claim", "incident-words": TYPED, "incident-claimant": "x" * 201}
    kept(logged_in(agency.alice).post(address, too_long))


def test_a_request_that_was_answered_meanwhile(agency: Agency, clip: Clip, signed: SignOff) -> None:
    asked = {"use": "social_media", "territory": "FR", "purpose": "advertising", "reason": "France"}
    wish = {f"extension-{name}": value for name, value in asked.items()}
    assert logged_in(agency.alice).post(reverse("reviews:extension-ask", args=[clip.pk]), wish).status_code == 302
    row = ExtensionRequest.objects.get()
    settle_extension(actor=agency.lena, request=row, granted=False, answer="No")
    address = reverse("reviews:extension-settle", args=[row.pk])
    kept(logged_in(agency.lena).post(address, {"settle-granted": "no", "settle-answer": TYPED}))


def test_a_receipt_that_somebody_gave_meanwhile(agency: Agency, clip: Clip, signed: SignOff) -> None:
    grant_download(actor=agency.dora, clip=clip, **world.SCOPE)
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    revoke_sign_off(actor=agency.lena, sign_off=signed, reason="A claim", reauthentication=proof)
    recall = Recall.objects.get()
    acknowledge(actor=agency.alice, recall=recall, done="deleted", words="")
    address = reverse("reviews:recall", args=[recall.pk])
    kept(logged_in(agency.dora).post(address, {"done": "deleted", "words": TYPED}), "There is a receipt for this")
    assert "<textarea" not in logged_in(agency.dora).get(address).text


def test_a_revocation_that_somebody_made_meanwhile(agency: Agency, signed: SignOff) -> None:
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    revoke_sign_off(actor=agency.lena, sign_off=signed, reason="A claim", reauthentication=proof)
    address = reverse("reviews:sign-off", args=[signed.pk])
    kept(logged_in(agency.lena).post(address, {"reason": TYPED, "password": PASSWORD}))
    assert TYPED not in logged_in(agency.bob).post(address, {"reason": TYPED, "password": PASSWORD}).text


def test_a_rejection_of_a_version_that_is_not_the_newest_any_more(
    agency: Agency, version: LicenceRecordVersion
) -> None:
    world.draft(agency.bob, version.record.clip, version.governing_set)
    said = {"shown_sha256": version.sha256, "meaning": "rejected", "password": PASSWORD, "reason": TYPED}
    answer = logged_in(agency.lena).post(reverse("reviews:sign", args=[version.pk]), said)
    assert (answer.status_code, f"<p>{TYPED}</p>" in answer.text) == (422, True)


def test_the_last_task_that_was_settled_meanwhile(agency: Agency) -> None:
    test_changed_terms.signed(agency, "continuous")
    judge(agency.lena, change_of(*test_changed_terms.first_and_next(agency)), "material", "They train.")
    task = ReReview.objects.get()
    settle(actor=agency.lena, re_reviews=[task], outcome="no_effect", reason="Opted out")
    said = {"task": [str(task.pk)], "outcome": "no_effect", "reason": TYPED}
    kept(logged_in(agency.lena).post(reverse("reviews:re-reviews"), said))
