"""An original whose bytes were exchanged in storage: refused on the page, in the API and to the next signature, and mended on the page."""

import pytest
from django.urls import reverse

from generations.models import Clip
from reviews.models import Delivery, Incident, SignOff
from tests.people import Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.core]

ASKED = {"use": "social_media", "territory": "DE", "purpose": "advertising"}


def test_case_04_replaced_bytes_leave_by_no_way_until_they_are_the_clips_own_again(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    """Same name and size: whoever asks for the file finds it changed, it is hashed, and everything stops."""
    alice, lena, guest = (logged_in(each) for each in (agency.alice, agency.lena, agency.dora))
    original = reverse("reviews:download", args=[clip.pk])
    rights = reverse("reviews:clip-rights", args=[clip.pk])
    question = f"/api/v1/clips/{clip.pk}/clearance/"
    assert alice.get(question, ASKED).json()["granted"] is True
    with world.damaged(clip):
        refused = alice.get(original, ASKED)
        assert (refused.status_code, Delivery.objects.count()) == (422, 0)
        told = alice.get(question, ASKED).json()
        assert (told["granted"], {one["code"] for one in told["reasons"]}) == (False, {"quarantined", "incident"})
        page = lena.get(rights, ASKED)
        assert "The clip is in quarantine" in page.text
        assert [each.kind for each in Incident.objects.all()] == ["bytes_changed"]
        assert (
            lena.get(original, ASKED).status_code == 422
        )  # counsel takes what is not cleared, but not what is not the clip
        assert guest.get(original, ASKED).status_code == 422
        still = lena.post(reverse("reviews:clip-restore", args=[clip.pk]))
        assert "still not the clip&#x27;s" in still.text
    assert lena.post(reverse("reviews:clip-restore", args=[clip.pk])).status_code == 302
    closed = lena.post(
        reverse("reviews:incident-close", args=[Incident.objects.get().pk]),
        {"outcome-outcome": "Restored from the backup"},
    )
    assert closed.status_code == 302
    assert b"".join(alice.get(original, ASKED)) == world.video_bytes()
    assert Delivery.objects.get().sha256 == clip.sha256
