"""Recalls and incidents on pages: reported, seen, answered, exported."""

import pytest
from django.urls import reverse

from generations.models import Clip
from reviews.actions.deliver import grant_download
from reviews.models import Incident, Recall, SignOff
from tests.people import PASSWORD, Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def recall(agency: Agency, clip: Clip, signed: SignOff) -> Recall:
    """Dora was given the clip, and lena revokes the approval on its page."""
    grant_download(actor=agency.dora, clip=clip, **world.SCOPE)
    said = {"reason": "=cmd|' /C calc'!A0", "password": PASSWORD}
    assert logged_in(agency.lena).post(reverse("reviews:sign-off", args=[signed.pk]), said).status_code == 302
    return Recall.objects.get()


def test_case_13_revoked_after_delivery_the_copy_is_called_back_and_a_receipt_comes(
    agency: Agency, clip: Clip, recall: Recall
) -> None:
    """Downloads stop, the delivery is listed, the client is asked and answers, and the agency sees the receipt."""
    asked = logged_in(agency.dora)
    refused = asked.get(reverse("reviews:download", args=[clip.pk]), world.SCOPE)
    assert refused.status_code == 422
    listed = asked.get(reverse("reviews:recalls")).text
    assert reverse("reviews:recall", args=[recall.pk]) in listed
    page = reverse("reviews:recall", args=[recall.pk])
    assert "Stop using this clip" in asked.get(page).text
    assert asked.post(page, {"done": "running", "words": ""}).status_code == 422
    assert asked.post(page, {"done": "deleted", "words": "All three copies."}).status_code == 302
    seen = logged_in(agency.alice).get(reverse("reviews:recalls"), {"show": "answered"}).text
    assert "Receipt" in seen
    rights = logged_in(agency.alice).get(reverse("reviews:clip-rights", args=[clip.pk])).text
    assert page in rights
    assert "Every copy is deleted. All three copies." in logged_in(agency.lena).get(page).text


def test_the_list_leaves_as_csv_without_formulas(agency: Agency, recall: Recall) -> None:
    answer = logged_in(agency.alice).get(reverse("reviews:recalls-export"))
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]  # a streaming answer
    assert recall.delivery.sha256 in text
    assert "'=cmd" in text
    mine = logged_in(agency.carol).get(reverse("reviews:recalls-export"))
    assert recall.delivery.sha256 not in b"".join(mine.streaming_content).decode()  # type: ignore[attr-defined]  # as above


def test_who_has_not_answered_is_asked_once_more(agency: Agency, recall: Recall) -> None:
    before = recall.notified_at
    url = reverse("reviews:recall-remind", args=[recall.pk])
    assert logged_in(agency.alice).post(url).status_code == 302
    recall.refresh_from_db()
    assert before is not None
    assert recall.notified_at is not None
    assert recall.notified_at > before
    assert logged_in(agency.bob).post(url).status_code == 403


def test_an_incident_is_reported_and_closed_on_the_clips_page(agency: Agency, clip: Clip, signed: SignOff) -> None:
    url = reverse("reviews:incident-report", args=[clip.pk])
    empty = logged_in(agency.alice).post(url, {"incident-kind": "claim", "incident-words": ""})
    assert empty.status_code == 422
    assert not Incident.objects.exists()
    said = {"incident-kind": "takedown", "incident-words": "Take it down", "incident-claimant": "Cola AG"}
    assert logged_in(agency.alice).post(url, said).status_code == 302
    incident = Incident.objects.get()
    page = logged_in(agency.lena).get(reverse("reviews:clip-rights", args=[clip.pk]), world.SCOPE)
    assert "An incident is open: Take it down" in page.text
    assert "Cola AG" in page.text
    close = reverse("reviews:incident-close", args=[incident.pk])
    assert logged_in(agency.lena).post(close, {"outcome-outcome": ""}).status_code == 422
    assert logged_in(agency.lena).post(close, {"outcome-outcome": "Settled"}).status_code == 302
    assert "Settled" in logged_in(agency.lena).get(reverse("reviews:clip-rights", args=[clip.pk])).text
