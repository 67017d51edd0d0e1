"""What a producer's page offers for taking out and ordering, and that every address ends for a guest who was taken out."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from generations.models import Clip, Rendition
from reviews.actions.reviews import send_review
from reviews.models import Review, Stage
from sorahub.events import project_seen_by
from sorahub.lib import storage
from tests.people import Agency
from tests.reviews import world
from tests.reviews.notes import attached, note
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def other(agency: Agency) -> Clip:
    return world.add_clip(agency.aurora, agency.alice, grey=50)


@pytest.fixture
def review(agency: Agency, clip: Clip, other: Clip) -> Review:
    """Two clips before dora, whose copies and pictures can really be fetched."""
    stages = world.staged(agency)
    for each in (clip, other):
        world.approve(each, stages["Creative"], agency.bob)
        for kind, media_type in (("guest_proxy", "video/mp4"), ("poster", "image/jpeg"), ("sprite", "image/jpeg")):
            kept(each, kind, media_type)
    return send(agency, stages["Client"], [clip, other])


def kept(clip: Clip, kind: str, media_type: str) -> None:
    received = storage.receive([f"{kind} of {clip.pk}".encode()], max_bytes=999, into=settings.MEDIA_ROOT / "incoming")
    key = storage.commit(received, settings.MEDIA_ROOT)
    Rendition.objects.create(
        clip=clip, kind=kind, media_type=media_type, storage_key=key, sha256=received.sha256, size=received.size
    )


def send(agency: Agency, stage: Stage, clips: list[Clip]) -> Review:
    return send_review(
        actor=agency.alice, project=agency.aurora, stage=stage, title="Rough cut", clips=clips, people=[agency.dora]
    )


def statuses(browser: Client, paths: list[str]) -> dict[str, int]:
    found = {}
    for path in paths:
        answer: Any = browser.get(path)
        found[path] = answer.status_code
        b"".join(answer.streaming_content if answer.streaming else ())
    return found


def test_every_address_of_the_review_ends_for_who_is_taken_out(
    agency: Agency, clip: Clip, other: Clip, review: Review
) -> None:
    browser, alice = logged_in(agency.dora), logged_in(agency.alice)
    written = note(agency.alice, clip, visibility="client")
    file = attached(agency.alice, written)
    renditions = [f"/clips/{clip.pk}/renditions/{kind}" for kind in ("guest_proxy", "poster", "sprite")]
    pages = [
        f"/reviews/{review.pk}/", f"/reviews/{review.pk}/done/", f"/clips/{clip.pk}/", f"/clips/{clip.pk}/threads/",
        f"/clips/{clip.pk}/people/", f"/attachments/{file.pk}/{file.name}", f"/compare/?clip={clip.pk}&clip={other.pk}",
        f"/reviews/{review.pk}/notes/export/csv", f"/clips/{clip.pk}/notes/export/csv",
        f"/api/v1/reviews/{review.pk}/", f"/api/v1/clips/{clip.pk}/", f"/api/v1/annotations/{written.pk}/",
        f"/api/v1/clips/{clip.pk}/stages/",
    ]  # fmt: skip
    paths = [*renditions, *pages]
    watching = json.dumps({"clip": str(clip.pk), "spans": [[0, 3]]})
    watched = f"/reviews/{review.pk}/watched/"
    assert statuses(browser, paths) == dict.fromkeys(paths, 200)
    assert browser.post(watched, watching, content_type="application/json").status_code == 200
    assert project_seen_by(agency.dora, "clips", clip.pk) == agency.aurora.pk
    assert alice.post(f"/reviews/{review.pk}/remove/", {"person": str(agency.dora.pk)}).status_code == 302
    assert statuses(browser, paths) == dict.fromkeys(paths, 404)
    assert browser.post(watched, watching, content_type="application/json").status_code == 404
    assert [project_seen_by(agency.dora, kind, pk) for kind, pk in (("clips", clip.pk), ("projects", agency.aurora.pk))] == [
        None, None,
    ]  # fmt: skip
    for path in ("/api/v1/reviews/", "/api/v1/clips/", "/api/v1/annotations/", "/api/v1/renditions/"):
        assert browser.get(path).json()["results"] == []
    assert "Rough cut" not in browser.get("/").text
    assert "Rough cut" not in browser.get("/notices/").text


def test_the_people_table_says_it_and_offers_the_way_back(agency: Agency, review: Review) -> None:
    alice = logged_in(agency.alice)
    table = f"/reviews/{review.pk}/people/"
    assert 'aria-label="Take Dora out"' in alice.get(table).text
    assert "Take Dora out" not in logged_in(agency.bob).get(table).text
    alice.post(f"/reviews/{review.pk}/remove/", {"person": str(agency.dora.pk)})
    out = alice.get(table).text
    for words in ("Taken out", 'aria-label="Invite Dora again"'):
        assert words in out
    for words in ("Remind", "Take Dora out"):
        assert words not in out
    assert alice.get("/reviews/").context["page"].items[0].people_count == 0
    assert alice.post(f"/reviews/{review.pk}/add/", {"people": str(agency.dora.pk)}).status_code == 302
    assert 'aria-label="Take Dora out"' in alice.get(table).text
    assert logged_in(agency.dora).get(f"/reviews/{review.pk}/").status_code == 200


def test_clips_are_moved_and_taken_out_by_buttons(agency: Agency, clip: Clip, other: Clip, review: Review) -> None:
    alice, dora = logged_in(agency.alice), logged_in(agency.dora)
    page = alice.get(f"/reviews/{review.pk}/").text
    assert page.count('value="earlier"') == 2
    answer = alice.post(f"/reviews/{review.pk}/order/", {"clip": str(other.pk), "to": "earlier"})
    assert answer.headers["Location"] == f"/reviews/{review.pk}/#clip-{other.pk}"
    assert [step.clip.pk for step in dora.get(f"/reviews/{review.pk}/").context["steps"]] == [other.pk, clip.pk]
    assert "1 of 2" in dora.get(f"/clips/{other.pk}/?review={review.pk}").text
    alice.post(f"/reviews/{review.pk}/order/", {"clip": str(other.pk), "to": "earlier"})
    alice.post(f"/reviews/{review.pk}/order/", {"clip": str(other.pk), "to": "later"})
    assert [step.clip.pk for step in dora.get(f"/reviews/{review.pk}/").context["steps"]] == [clip.pk, other.pk]
    assert alice.post(f"/reviews/{review.pk}/order/", {"clip": "nothing", "to": "later"}).status_code == 404
    assert alice.post(f"/reviews/{review.pk}/remove/", {"clip": str(other.pk)}).status_code == 302
    assert dora.get(f"/clips/{other.pk}/renditions/poster").status_code == 404
    only = alice.get(f"/reviews/{review.pk}/").text
    assert 'value="earlier"' not in only
    assert f"Take {clip} out" not in only
    assert alice.post(f"/reviews/{review.pk}/remove/", {"clip": str(clip.pk)}).status_code == 400


def test_the_api_takes_out_and_orders(agency: Agency, clip: Clip, other: Clip, review: Review) -> None:
    alice = logged_in(agency.alice)
    at = f"/api/v1/reviews/{review.pk}"

    def post(verb: str, **body: Any) -> Any:
        return alice.post(f"{at}/{verb}/", json.dumps(body), content_type="application/json")

    assert post("order", clips=[str(other.pk), str(clip.pk)]).json()["clips"] == [str(other.pk), str(clip.pk)]
    assert post("order", clips=[str(other.pk)]).status_code == 409
    said = post("remove", clips=[str(clip.pk)], people=[str(agency.dora.pk)]).json()
    assert (said["clips"], said["people"]) == ([str(other.pk)], [])
    assert [row["removed_at"] is None for row in alice.get(f"{at}/progress/").json()] == [False]
    back = post("add", clips=[str(clip.pk)], people=[str(agency.dora.pk)]).json()
    assert (back["clips"], back["people"]) == ([str(other.pk), str(clip.pk)], [str(agency.dora.pk)])
