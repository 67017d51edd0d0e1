"""Internal notes come to an open page of a guest, and leave it, with what the review shows: without a word about others."""

from typing import Any

import pytest
from django.test import Client

from generations.models import Clip
from reviews.actions.admission import Admission
from reviews.actions.annotate import delete_annotation
from reviews.actions.reviews import change_review, revoke_review, send_review
from reviews.models import Review, Stage
from tests.people import Agency
from tests.reviews import world
from tests.reviews.notes import note
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.core]


class Page:
    """An open page of a guest: the notes it holds, kept up as reviews.js does."""

    def __init__(self, browser: Client, clip: Clip) -> None:
        self.browser, self.address = browser, f"/clips/{clip.pk}/threads/"
        text = browser.get(f"/clips/{clip.pk}/").text
        self.cursor = text.split('data-cursor="')[1].split('"')[0]
        self.notes = {part[:36] for part in text.split('data-note="')[1:]}

    def ask(self) -> dict[str, Any]:
        """Ask what is new, and keep up with it."""
        news: dict[str, Any] = self.browser.get(self.address, {"since": self.cursor}).json()
        self.cursor = news["cursor"]
        self.notes = (self.notes | {one["id"] for one in news["notes"]}) - set(news["gone"])
        return news


@pytest.fixture
def stage(agency: Agency) -> Stage:
    return world.staged(agency)["Client"]


def send(agency: Agency, stage: Stage, clip: Clip, *shows: str) -> Review:
    world.watchable(clip)
    return send_review(
        actor=agency.alice, project=agency.aurora, stage=stage, title="Rough cut", clips=[clip], people=[agency.dora],
        admission=Admission(shows=shows),
    )  # fmt: skip


def turn(agency: Agency, review: Review, *shows: str) -> None:
    change_review(actor=agency.alice, review=review, due_at=None, admission=Admission(shows=shows))


def test_shown_notes_leave_the_open_page_with_what_the_review_shows(agency: Agency, clip: Clip, stage: Stage) -> None:
    review = send(agency, stage, clip, "internal")
    ours, theirs = (str(note(agency.bob, clip, visibility=circle).pk) for circle in ("internal", "client"))
    aside = note(agency.bob, clip, "Between us", parent=None, visibility="client")
    note(agency.alice, clip, "So it is", parent=aside, visibility="internal")
    page = Page(logged_in(agency.dora), clip)
    assert page.notes == {ours, theirs, str(aside.pk)}
    turn(agency, review)
    after = note(agency.bob, clip, "Never shown", visibility="internal")
    news = page.ask()
    assert news["gone"] == [ours]
    assert page.notes == {theirs, str(aside.pk)}
    assert not any("So it is" in one["html"] for one in news["notes"])
    assert page.ask()["gone"] == []
    turn(agency, review, "internal")
    assert {one["id"] for one in page.ask()["notes"]} == {ours, str(after.pk), str(aside.pk)}
    assert (page.ask()["notes"], page.notes) == ([], {ours, theirs, str(aside.pk), str(after.pk)})


def test_they_leave_when_the_review_is_revoked_and_another_shows_the_clip(
    agency: Agency, clip: Clip, stage: Stage
) -> None:
    telling = send(agency, stage, clip, "internal")
    send(agency, stage, clip)
    ours = note(agency.bob, clip, visibility="internal")
    page = Page(logged_in(agency.dora), clip)
    revoke_review(actor=agency.alice, review=telling)
    delete_annotation(actor=agency.bob, annotation=ours)
    assert (page.ask()["gone"], page.notes) == ([str(ours.pk)], set())


def test_a_page_that_was_shown_none_hears_of_none(agency: Agency, clip: Clip, stage: Stage) -> None:
    review = send(agency, stage, clip)
    page = Page(logged_in(agency.dora), clip)
    gone = note(agency.bob, clip, visibility="internal")
    delete_annotation(actor=agency.bob, annotation=gone)
    standing = note(agency.bob, clip, visibility="internal")
    assert (page.ask()["notes"], page.notes) == ([], set())
    turn(agency, review, "prompts")
    assert page.ask() == {"notes": [], "gone": [], "cursor": page.cursor}
    turn(agency, review, "internal")
    page.ask()
    assert page.notes == {str(standing.pk)}
