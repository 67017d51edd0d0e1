"""A review as its guests see it, the queue, and what its sender does on its page."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.models import Clip
from reviews.actions.admission import Admission
from reviews.actions.decide import decide
from reviews.actions.reviews import add_to_review, change_review, revoke_review, send_review
from reviews.models import Annotation, Decision, Review, Stage, Viewing
from sorahub.accounts.models import User
from tests.people import Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def stages(agency: Agency) -> dict[str, Stage]:
    return world.staged(agency)


@pytest.fixture
def other(agency: Agency) -> Clip:
    return world.add_clip(agency.aurora, agency.alice, grey=50, shot=agency.shot)


@pytest.fixture
def review(agency: Agency, clip: Clip, other: Clip, stages: dict[str, Stage]) -> Review:
    """Two clips before dora, which she can watch and decide about."""
    for each in (clip, other):
        world.approve(each, stages["Creative"], agency.bob)
        world.watchable(each)
    return send(agency, stages["Client"], [clip, other], agency.dora)


def send(agency: Agency, stage: Stage, clips: list[Clip], *people: User, **more: Any) -> Review:
    return send_review(
        actor=agency.alice, project=agency.aurora, stage=stage, title="Rough cut", clips=clips, people=people, **more
    )


def say(browser: Client, clip: Clip, review: Review, verdict: str, **more: str) -> Any:
    values = {"stage": review.stage_id, "seen_sha256": clip.sha256, "review": review.pk, "verdict": verdict, **more}
    return browser.post(f"/clips/{clip.pk}/decisions/", values)


def test_a_guest_walks_through_the_clips_to_the_end(agency: Agency, clip: Clip, other: Clip, review: Review) -> None:
    browser = logged_in(agency.dora)
    page = browser.get(f"/reviews/{review.pk}/").text
    for words in ("Alice", "Rough cut", "<strong>0 of 2</strong>", "Start", f"/clips/{clip.pk}/?review={review.pk}"):
        assert words in page
    shown = browser.get(f"/clips/{clip.pk}/").text
    for words in ("decision-bar", "1 of 2", "Motion or physics", f'data-url="/reviews/{review.pk}/watched/"'):
        assert words in shown
    answer = say(browser, clip, review, "approved")
    assert answer.headers["Location"] == f"/clips/{other.pk}/?review={review.pk}"
    refused = say(browser, other, review, "changes_requested", reason_kind="other")
    assert (refused.status_code, "Say what should change." in refused.text) == (422, True)
    assert say(browser, other, review, "changes_requested", reason_kind="sound").headers["Location"] == (
        f"/reviews/{review.pk}/done/"
    )
    done = browser.get(f"/reviews/{review.pk}/done/").text
    for words in ("Thank you", "You approved", "You asked for changes", "Sound, music or voice"):
        assert words in done
    back = say(browser, other, review, "taken_back")
    assert back.headers["Location"] == f"/clips/{other.pk}/?review={review.pk}"
    assert "1 clip still waits for you" in browser.get(f"/reviews/{review.pk}/done/").text
    assert browser.post(f"/reviews/{review.pk}/finish/").status_code == 302
    assert review.participants.get().finished_at is not None


def test_what_is_watched_is_kept_and_a_revoked_review_answers_404(agency: Agency, clip: Clip, review: Review) -> None:
    browser = logged_in(agency.dora)

    def watched(spans: Any) -> int:
        body = json.dumps({"clip": str(clip.pk), "spans": spans})
        return browser.post(f"/reviews/{review.pk}/watched/", body, content_type="application/json").status_code

    assert [watched(spans) for spans in ([[0, 5]], [], [[0, 99]], "all", [[0.5, 1]], [[True, 1]])] == [
        200, 200, 400, 400, 400, 400,
    ]  # fmt: skip
    assert Viewing.objects.get().frames == 6
    table = logged_in(agency.alice).get(f"/reviews/{review.pk}/people/").text
    assert "50 %" in table
    revoke_review(actor=agency.alice, review=review)
    assert watched([[0, 5]]) == 404
    paths = [f"/clips/{clip.pk}/", f"/clips/{clip.pk}/renditions/guest_proxy", f"/reviews/{review.pk}/"]
    assert [browser.get(path).status_code for path in paths] == [404] * 3


def test_how_a_clip_was_made_is_told_only_where_the_review_turns_it_on(
    agency: Agency, clip: Clip, review: Review
) -> None:
    made = world.add_generation(clip, agency, launcher=agency.alice)
    type(made).objects.filter(pk=made.pk).update(settled_micro=1_250_000)
    Annotation.objects.create(
        clip=clip, clip_sha256=clip.sha256, frame_in=0, frame_out=0, body="Between us", author=agency.bob
    )
    secrets = {"prompts": "A lighthouse at dawn", "provider": "sora-2", "costs": "1.25 USD", "internal": "Between us"}
    for shows in ([], ["prompts"], ["provider"], ["costs"], ["internal"], list(secrets)):
        change_review(actor=agency.alice, review=review, due_at=None, admission=Admission(shows=shows))
        page = logged_in(agency.dora).get(f"/clips/{clip.pk}/").text.split("<main")[1]
        assert {name: words in page for name, words in secrets.items()} == {name: name in shows for name in secrets}
        assert ("The agency&#x27;s own" in page) == ("internal" in shows)


def test_a_locked_stage_offers_nothing_more(agency: Agency, clip: Clip, review: Review) -> None:
    Stage.objects.filter(pk=review.stage_id).update(locks=True)
    say(logged_in(agency.dora), clip, review, "approved")
    page = logged_in(agency.dora).get(f"/clips/{clip.pk}/").text
    assert "takes no further decision" in page
    assert 'name="verdict"' not in page


def test_the_queue_begins_with_what_is_due_first_and_leads_on(
    agency: Agency, clip: Clip, other: Clip, stages: dict[str, Stage]
) -> None:
    browser = logged_in(agency.bob)
    later, soon = (timezone.now() + timedelta(days=days) for days in (3, 1))
    send(agency, stages["Creative"], [clip], agency.bob, due_at=later)
    send(agency, stages["Creative"], [other], agency.bob, due_at=soon)
    page = browser.get("/queue/").text
    assert page.index(str(other.pk)) < page.index(str(clip.pk))
    first = browser.get(f"/clips/{other.pk}/", {"queue": "1"}).text
    assert "1 of 2" in first
    said = {"seen_sha256": other.sha256, "stage": stages["Creative"].pk, "queue": "1", "verdict": "approved"}
    answer = browser.post(f"/clips/{other.pk}/decisions/", said)
    assert answer.headers["Location"] == f"/clips/{clip.pk}/?queue=1"
    answer = browser.post(f"/clips/{clip.pk}/decisions/", {**said, "seen_sha256": clip.sha256})
    assert answer.headers["Location"] == "/queue/"
    assert "Nothing waits for you" in browser.get("/queue/").text
    decide(
        actor=agency.bob, clip=clip, stage=stages["Creative"], verdict="taken_back", seen_sha256=clip.sha256
    )  # fmt: skip
    assert str(clip.pk) in browser.get("/queue/").text


def test_a_long_queue_costs_as_many_queries_as_a_short_one(
    agency: Agency, clip: Clip, other: Clip, stages: dict[str, Stage]
) -> None:
    def counted(who: User, path: str) -> tuple[int, int]:
        browser = logged_in(who)
        browser.get(path)
        with CaptureQueriesContext(connection) as asked:
            cards = browser.get(path).context
        return len(cards["cards"] if "cards" in cards else cards["steps"]), len(asked)

    first = send(agency, stages["Creative"], [clip], agency.bob)
    shown = send(agency, stages["Client"], [clip], agency.dora)
    paths = [(agency.bob, "/queue/"), (agency.alice, f"/reviews/{first.pk}/"), (agency.dora, f"/reviews/{shown.pk}/")]
    few = [counted(*one) for one in paths]
    values = {field.attname: getattr(clip, field.attname) for field in Clip._meta.concrete_fields if field.name != "id"}
    more = [Clip(**{**values, "sha256": f"{n:064x}", "shot_id": None}) for n in range(40)]
    Clip.objects.bulk_create(more)
    add_to_review(actor=agency.alice, review=first, clips=more)
    add_to_review(actor=agency.alice, review=shown, clips=more)
    many = [counted(*one) for one in paths]
    assert [rows for rows, _ in many] == [42, 41, 41]
    assert [asked for _, asked in many] == [asked for _, asked in few]


def test_the_sender_looks_first_and_sends_then(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    browser = logged_in(agency.alice)
    address = f"/projects/{agency.aurora.pk}/reviews/new/"
    assert f'value="{clip.pk}" id="id_clips_0" checked' in browser.get(address, {"clip": str(clip.pk)}).text
    form = {
        "title": "Rough cut", "stage": stages["Client"].pk, "clips": [clip.pk], "guests": "Nora <nora@client.example>",
        "shows": ["prompts"],
    }  # fmt: skip
    preview = browser.post(address, {**form, "preview": "1"})
    assert (preview.status_code, Review.objects.count()) == (200, 0)
    assert "Nora &lt;nora@client.example&gt;" in preview.text
    for wrong, words in (
        ({"guests": "bob@example.com"}, "belongs to an account of the agency"),
        ({"guests": "Nora"}, "is not an e-mail address"),
        ({"stage": stages["Creative"].pk}, "Guests are asked in a client stage"),
        ({"clips": []}, "Choose at least one clip."),
        ({"password": "no"}, "At least 6 characters."),
    ):
        for act in ({}, {"preview": "1"}):
            refused = browser.post(address, {**form, **wrong, **act})
            assert (refused.status_code, words in refused.text) == (422, True), words
            assert "What they will get" not in refused.text
    assert not Review.objects.exists()
    assert browser.post(address, form).status_code == 302
    sent = Review.objects.get()
    assert (sent.shows_prompts, sent.shows_costs) == (True, False)


def test_a_revoked_review_is_sent_again_as_a_new_one(agency: Agency, clip: Clip, other: Clip, review: Review) -> None:
    browser = logged_in(agency.alice)
    again = f"/projects/{agency.aurora.pk}/reviews/new/?again={review.pk}"
    assert again not in browser.get(f"/reviews/{review.pk}/").text
    revoke_review(actor=agency.alice, review=review)
    assert again in browser.get(f"/reviews/{review.pk}/").text
    assert again not in logged_in(agency.bob).get(f"/reviews/{review.pk}/").text
    page = browser.get(again).text
    assert 'value="Rough cut"' in page
    for row in (clip, other, agency.dora):
        assert re.search(f'value="{row.pk}"[^>]* checked', page)
    assert f'<option value="{review.stage_id}" selected>' in page
    for foreign in ("nonsense", str(clip.pk)):
        assert browser.get(f"/projects/{agency.aurora.pk}/reviews/new/?again={foreign}").status_code == 200


def test_the_sender_acts_on_the_reviews_page(agency: Agency, review: Review) -> None:
    browser = logged_in(agency.alice)
    page = browser.get(f"/reviews/{review.pk}/").text
    for words in ("dora@example.com", "0 of 2", "Remind all who are not done (1)"):
        assert words in page
    assert browser.post(f"/reviews/{review.pk}/remind/", {"person": str(agency.dora.pk)}).status_code == 302
    assert browser.post(f"/reviews/{review.pk}/remind/", {"person": "nobody"}).status_code == 404
    soon = {"due_at": "2031-05-01T12:00", "expires_at": "2031-06-01T12:00", "password": "open sesame"}
    assert browser.post(f"/reviews/{review.pk}/terms/", soon).status_code == 302
    review.refresh_from_db()
    assert (bool(review.password_hash), review.expires_at is not None) == (True, True)
    assert browser.post(f"/reviews/{review.pk}/terms/", {**soon, "password": "no"}).status_code == 422
    browser.post(f"/reviews/{review.pk}/close/")
    assert browser.post(f"/reviews/{review.pk}/reopen/").status_code == 302
    assert Decision.objects.filter(user=agency.dora).count() == 0
