"""The question over the whole library: page, file and API."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from generations.models import Clip
from reviews.actions.holds import place_hold
from reviews.models import SignOff
from tests.database import unguarded
from tests.people import Agency
from tests.reviews import world

ASKED = {
    "use": "social_media",
    "territory": "DE",
    "first_day": "2027-03-01",
    "last_day": "2027-03-31",
    "purpose": "advertising",
}
API = {
    "use": "social_media", "territory": "DE", "purpose": "advertising", "at": "2027-03-01T00:00:00Z", "until": "2027-04-01T00:00:00Z",
}  # fmt: skip


@pytest.fixture
def browser(agency: Agency) -> Browser:
    """Alice's browser."""
    made = Browser()
    made.force_login(agency.alice)
    return made


def add_cleared(agency: Agency, signed: SignOff, number: int) -> None:
    """Add clips that are cleared as the signed one is."""
    stages = {stage.name: stage for stage in agency.aurora.stages.all()}
    for place in range(number):
        clip = world.add_clip(agency.aurora, agency.alice, grey=120 + 20 * place)
        world.approve(clip, stages["Creative"], agency.bob)
        world.approve(clip, stages["Client"], agency.dora)
        world.sign(agency.lena, world.draft(agency.bob, clip, signed.record_version.governing_set))


def test_a_cleared_clip_is_found_with_its_end(browser: Browser, signed: SignOff) -> None:
    page = browser.get("/rights/library/", ASKED)
    assert (page.status_code, page.context["cleared"], page.context["total"]) == (200, 1, 1)
    [card] = page.context["cards"]
    assert (card.clip.pk, card.granted, card.against) == (signed.clip_id, True, [])
    assert "1 cleared of 1" in page.content.decode()


def test_what_lacks_one_thing_is_named_with_the_way_to_mend_it(
    browser: Browser, agency: Agency, signed: SignOff
) -> None:
    place_hold(actor=agency.lena, clip=signed.clip, reason="A complaint")
    page = browser.get("/rights/library/", ASKED)
    part = browser.get("/rights/library/near/", ASKED)
    assert (page.context["cleared"], part.context["groups"]) == (0, [("hold", "The clip is on hold", 1)])
    assert "/rights/library/near/?use=social_media" in page.text
    near = browser.get("/rights/library/", {**ASKED, "near": "hold"})
    [block] = near.context["cards"][0].against
    assert (block.code, block.url) == ("hold", f"/clips/{signed.clip_id}/rights/#holds")


def test_another_place_is_not_cleared(browser: Browser, signed: SignOff) -> None:
    page = browser.get("/rights/library/", {**ASKED, "territory": "FR"})
    part = browser.get("/rights/library/near/", {**ASKED, "territory": "FR"})
    assert [code for code, _, _ in part.context["groups"]] == ["territory-not-in-scope"]
    assert "Nothing is cleared for this" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_forged_signature_is_seen_before_anything_is_shown_as_cleared(browser: Browser, signed: SignOff) -> None:
    with unguarded(connection), connection.cursor() as cursor:
        cursor.execute("UPDATE reviews_signoff SET signature = %s", ["00" * 64])
    [card] = browser.get("/rights/library/", ASKED).context["cards"]
    assert (card.granted, [block.code for block in card.against]) == (False, ["signature-invalid"])
    assert "harbour" not in b"".join(browser.get("/rights/library.csv", ASKED)).decode().split("\n", 1)[1]


def test_the_file_holds_what_is_cleared(browser: Browser, signed: SignOff, clip: Clip) -> None:
    file = browser.get("/rights/library.csv", ASKED)
    assert file.headers["Content-Disposition"] == 'attachment; filename="cleared-social_media-DE-2027-03-01.csv"'
    head, line, *rest = b"".join(file).decode().splitlines()
    assert head.startswith("\ufeffClient,Project,Clip,SHA-256")
    assert clip.sha256 in line and not rest


def test_what_is_asked_wrongly_is_said_beside_the_field(browser: Browser) -> None:
    page = browser.get(
        "/rights/library/", {"use": "radio", "territory": "UK", "first_day": "2027-03-02", "last_day": "2027-03-01"}
    )
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"use", "territory", "last_day"}
    assert browser.get("/rights/library.csv", {"use": "radio"}).headers["Location"] == "/rights/library/?use=radio"


def test_nobody_hears_of_clips_that_they_may_not_see(agency: Agency, signed: SignOff) -> None:
    guest, stranger = Browser(), Browser()
    guest.force_login(agency.dora)
    assert guest.get("/rights/library/", ASKED).status_code == 404
    agency.bob.memberships.all().delete()
    stranger.force_login(agency.bob)
    assert stranger.get("/rights/library/", ASKED).context["total"] == 0
    assert guest.get("/rights/library/near/", ASKED).status_code == 404


def test_the_api_answers_the_same(browser: Browser, agency: Agency, signed: SignOff) -> None:
    said = browser.get("/api/v1/library/", API).json()
    assert (said["total"], said["cleared"], said["near"], said["next"]) == (1, 1, None, "")
    assert browser.get("/api/v1/library/", {**API, "counts": "yes"}).json()["near"] == []
    elsewhere = browser.get("/api/v1/library/", {**API, "territory": "FR", "counts": "yes"}).json()
    assert elsewhere["near"] == [{"code": "territory-not-in-scope", "count": 1}]
    [found] = said["results"]
    assert (found["clip"], found["clearance"]["granted"]) == (str(signed.clip_id), True)
    assert datetime.fromisoformat(found["ends_at"]) == datetime(2028, 1, 1, tzinfo=UTC)
    agency_guest = Browser()
    agency_guest.force_login(agency.dora)
    assert agency_guest.get("/api/v1/library/", API).status_code == 404


def test_the_page_asks_as_often_for_many_clips_as_for_one(browser: Browser, agency: Agency, signed: SignOff) -> None:
    browser.get("/rights/library/", ASKED)
    with CaptureQueriesContext(connection) as one:
        assert len(browser.get("/rights/library/", ASKED).context["cards"]) == 1
    add_cleared(agency, signed, 3)
    with CaptureQueriesContext(connection) as four:
        assert len(browser.get("/rights/library/", ASKED).context["cards"]) == 4
    assert len(four) == len(one)


def test_pages_follow_one_another(agency: Agency, signed: SignOff, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser()
    browser.force_login(agency.lena)
    monkeypatch.setattr("reviews.web.library.PAGE_SIZE", 1)
    second = world.add_clip(agency.aurora, agency.alice, grey=120)
    first = browser.get("/rights/library/", {**ASKED, "near": "no-record"})
    assert (first.context["groups"], first.context["next_cursor"]) == ([], "")
    stages = {stage.name: stage for stage in agency.aurora.stages.all()}
    world.approve(second, stages["Creative"], agency.bob)
    world.approve(second, stages["Client"], agency.dora)
    world.sign(agency.lena, world.draft(agency.bob, second, signed.record_version.governing_set))
    newest = browser.get("/rights/library/", ASKED)
    assert [card.clip.pk for card in newest.context["cards"]] == [second.pk]
    older = browser.get("/rights/library/", {**ASKED, "after": newest.context["next_cursor"]})
    assert [card.clip.pk for card in older.context["cards"]] == [signed.clip_id]
    assert (older.context["cleared"], older.context["next_cursor"]) == (2, "")


def test_the_api_asks_as_often_for_many_clips_as_for_one(browser: Browser, agency: Agency, signed: SignOff) -> None:
    browser.get("/api/v1/library/", API)
    with CaptureQueriesContext(connection) as one:
        assert len(browser.get("/api/v1/library/", API).json()["results"]) == 1
    add_cleared(agency, signed, 3)
    with CaptureQueriesContext(connection) as four:
        said = browser.get("/api/v1/library/", API).json()["results"]
    assert [each["clearance"]["granted"] for each in said] == [True] * 4
    assert len(four) == len(one)


def test_page_and_api_tell_of_a_clip_what_its_own_clearance_tells(
    browser: Browser, agency: Agency, signed: SignOff
) -> None:
    place_hold(actor=agency.lena, clip=signed.clip, reason="A complaint")
    [found] = browser.get("/api/v1/library/", {**API, "near": "hold"}).json()["results"]
    assert found["clearance"] == browser.get(f"/api/v1/clips/{signed.clip_id}/clearance/", API).json()
    [card] = browser.get("/rights/library/", {**ASKED, "near": "hold"}).context["cards"]
    assert [block.message for block in card.against] == [each["message"] for each in found["clearance"]["reasons"]]


def test_from_today_is_from_now(browser: Browser, agency: Agency, signed: SignOff) -> None:
    """A record that begins at noon is in force in the afternoon, though the day began before it."""
    noon = datetime(2027, 3, 1, 12, tzinfo=UTC)
    world.sign(agency.lena, world.draft(agency.bob, signed.clip, signed.record_version.governing_set, starts_at=noon))
    asked = {**ASKED, "last_day": ""}
    with time_machine.travel(noon + timedelta(hours=1), tick=False):
        browser.force_login(agency.alice)
        assert browser.get("/rights/library/", asked).context["cleared"] == 1
