"""Asking outside counsel: who may, whom, a new link, a reminder, the end of it, and the papers that they read."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from reviews.actions.counsel import remind_counsel
from reviews.models import CounselInvitation, LicenceRecordVersion, Notice
from sorahub.accounts.models import User
from sorahub.ledger.models import Event
from tests.people import Agency
from tests.reviews import world
from tests.reviews.web import chambers
from tests.reviews.web.browsing import logged_in
from tests.smtp import Post, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    """A mail server."""
    with chambers.mail(settings) as office:
        yield office


def test_who_may_ask(agency: Agency, version: LicenceRecordVersion, post: Post) -> None:
    said = {"name": chambers.NAME, "email": chambers.ADDRESS, "firm": chambers.FIRM, "days": 14}
    page = f"/records/{version.pk}/counsel/"
    for person in (
        agency.alice,
        agency.bob,
        agency.ada,
    ):  # alice may ask, but drafted nothing; a reviewer and an administrator never
        assert logged_in(person).post(page, said).status_code == 422
    assert logged_in(agency.dora).post(page, said).status_code == 404
    assert not CounselInvitation.objects.exists()
    assert not User.objects.filter(email=chambers.ADDRESS).exists()
    mine = world.draft(agency.alice, version.record.clip, version.governing_set)
    page = f"/records/{mine.pk}/counsel/"
    for wrong in ({"email": agency.bob.email}, {"email": agency.dora.email}, {"days": 61}):
        assert logged_in(agency.alice).post(page, {**said, **wrong}).status_code == 422
    assert logged_in(agency.alice).post(page, said).status_code == 302
    assert logged_in(agency.alice).post(page, said).status_code == 422  # it is before her already
    assert [one.user for one in Notice.objects.filter(kind="counsel")] == [agency.lena]


def test_a_new_link_a_reminder_and_the_end_of_it_by_the_api(
    agency: Agency, version: LicenceRecordVersion, post: Post
) -> None:
    world.watchable(version.record.clip)
    lena = logged_in(agency.lena)
    body = {"record_version": str(version.pk), "name": chambers.NAME, "email": chambers.ADDRESS, "firm": chambers.FIRM}
    made = lena.post("/api/v1/counsel-invitations/", body, content_type="application/json")
    assert made.status_code == 201, made.content
    chambers.deliver()
    row = f"/api/v1/counsel-invitations/{made.json()['id']}/"
    first = chambers.link(post)
    assert lena.post(f"{row}resend/").status_code == 200
    chambers.deliver()
    assert [Client().get(path).status_code for path in (first, chambers.link(post))] == [404, 302]
    CounselInvitation.objects.update(
        expires_at=timezone.now() + timedelta(days=2), sent_at=timezone.now() - timedelta(days=2)
    )
    assert (remind_counsel(), remind_counsel()) == (1, 0)
    chambers.deliver()
    assert str(post.to(chambers.ADDRESS)[-1]["Subject"]).startswith("Reminder: ")
    assert "ends on" in text_of(post.to(chambers.ADDRESS)[-1])
    assert logged_in(agency.bob).post(f"{row}withdraw/").status_code == 403
    assert lena.post(f"{row}withdraw/").json()["state"] == "withdrawn"
    assert lena.post(f"{row}withdraw/").status_code == 409
    assert (
        lena.get(f"/api/v1/counsel-invitations/?clip={version.record.clip_id}").json()["results"][0]["state"]
        == "withdrawn"
    )
    kinds = [event.kind for event in Event.objects.filter(kind__startswith="counsel.")]
    assert kinds == ["counsel.invited", "counsel.resent", "counsel.reminded", "counsel.withdrawn"]
    assert "This request was withdrawn" in Client().get(chambers.link(post), follow=True).text


def test_papers_of_releases_are_read_where_the_asker_allows_it(agency: Agency, clip: Any, post: Post) -> None:
    paper = SimpleUploadedFile("mia.pdf", b"%PDF-1.7 Mia's consent")
    consent = world.consent(agency.alice, agency.aurora, document=paper, document_name="mia.pdf")
    version = world.ready_to_sign(agency, clip, **world.shows(consent))
    invitation = chambers.asked(agency.lena, version)
    browser, door = chambers.inside(post)
    path = f"{door}releases/{consent.pk}/document"
    answer: Any = browser.get(path)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 Mia's consent"
    [read] = Event.objects.filter(kind="release.document_read")
    assert read.actor == invitation.counsel_id
    CounselInvitation.objects.update(papers=False)
    assert browser.get(path).status_code == 404
    assert path not in browser.get(door).text
