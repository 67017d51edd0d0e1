"""The review page: which file each person plays, who decides, what a stale or mistaken decision meets."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from generations.models import Clip, Membership, Rendition
from generations.models.clip import ClipGrant
from reviews.models import Annotation, Decision
from sorahub.accounts.models import User
from tests.people import Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.core


def put_before(clip: Clip, guest: User) -> None:
    Membership.objects.get_or_create(project=clip.project, user=guest)
    ClipGrant.objects.create(clip=clip, user=guest, granted_by=clip.created_by)


def rendition(clip: Clip, kind: str) -> None:
    Rendition.objects.create(
        clip=clip, kind=kind, storage_key=f"r/{kind}", sha256="0" * 64, size=1, media_type="video/mp4"
    )


def decide(user: User, clip: Clip, stage: str, **said: str) -> Any:
    stages = {each.name: each for each in clip.project.stages.all()}
    values = {"stage": str(stages[stage].pk), "seen_sha256": clip.sha256, "verdict": "approved", **said}
    return logged_in(user).post(reverse("reviews:decide", args=[clip.pk]), values)


def test_the_projects_people_play_the_scrub_safe_original(agency: Agency, clip: Clip) -> None:
    page = logged_in(agency.bob).get(reverse("reviews:clip", args=[clip.pk])).text
    assert f'data-src="/clips/{clip.pk}/original"' in page
    assert 'data-frame-count="12"' in page
    assert 'data-rate-num="24"' in page


@pytest.mark.parametrize("varying", [False, True])
def test_a_clip_that_is_not_scrub_safe_is_played_from_its_proxy(agency: Agency, clip: Clip, varying: bool) -> None:
    Clip.objects.filter(pk=clip.pk).update(scrub_safe=False, variable_rate=varying)
    address = reverse("reviews:clip", args=[clip.pk])
    assert "being prepared" in logged_in(agency.bob).get(address).text
    rendition(clip, "proxy")
    assert f'data-src="/clips/{clip.pk}/renditions/proxy"' in logged_in(agency.bob).get(address).text


def test_a_guest_plays_the_watermarked_proxy_and_nothing_else(agency: Agency, clip: Clip) -> None:
    put_before(clip, agency.dora)
    rendition(clip, "proxy")
    address = reverse("reviews:clip", args=[clip.pk])
    waiting = logged_in(agency.dora).get(address).text
    assert "being prepared" in waiting
    assert "frame-player" not in waiting
    assert "HX-Refresh" not in logged_in(agency.dora).get(address, {"wait": "1"}).headers
    rendition(clip, "guest_proxy")
    assert logged_in(agency.dora).get(address, {"wait": "1"}).headers["HX-Refresh"] == "true"
    page = logged_in(agency.dora).get(address).text
    assert f'data-src="/clips/{clip.pk}/renditions/guest_proxy"' in page
    assert "/original" not in page


def test_nobody_is_asked_to_approve_what_cannot_be_watched_yet(agency: Agency, clip: Clip) -> None:
    world.staged(agency)
    Clip.objects.filter(pk=clip.pk).update(scrub_safe=False)
    address = reverse("reviews:clip", args=[clip.pk])
    waiting = logged_in(agency.bob).get(address).text
    assert 'name="verdict"' not in waiting
    assert "You decide once it can be watched." in waiting
    rendition(clip, "proxy")
    assert 'name="verdict" value="approved"' in logged_in(agency.bob).get(address).text


def test_a_guest_reads_nothing_of_the_agencys(agency: Agency, clip: Clip) -> None:
    world.add_generation(clip, agency, launcher=agency.alice)
    put_before(clip, agency.dora)
    rendition(clip, "guest_proxy")
    Annotation.objects.create(
        clip=clip, clip_sha256=clip.sha256, frame_in=1, frame_out=1, body="Too dark for us", author=agency.bob
    )
    page = logged_in(agency.dora).get(reverse("reviews:clip", args=[clip.pk])).text
    hidden = ["Too dark for us", "A lighthouse at dawn", "A harbour", "sora-2", "Vofy", "/projects/", "Rights"]
    assert [words for words in hidden if words in page.split("<main")[1]] == []


def test_the_reviewer_approves_and_the_page_says_so(agency: Agency, clip: Clip) -> None:
    world.staged(agency)
    answer = decide(agency.bob, clip, "Creative")
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("reviews:clip", args=[clip.pk]))
    made = Decision.objects.get()
    assert (made.verdict, made.user, made.clip_sha256) == ("approved", agency.bob, clip.sha256)
    assert "Bob: approved" in logged_in(agency.alice).get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"seen_sha256": "0" * 64}, "These are not the bytes that you saw"),
        ({"verdict": "changes_requested"}, "Say what should change."),
        ({"verdict": ""}, "Approve, or ask for changes."),
    ],
)
def test_a_decision_that_cannot_stand_changes_nothing_and_says_why(
    agency: Agency, clip: Clip, said: dict[str, str], words: str
) -> None:
    world.staged(agency)
    answer = decide(agency.bob, clip, "Creative", **said)
    assert answer.status_code == 422
    assert words in answer.text
    assert not Decision.objects.exists()


def test_buttons_are_for_those_whose_turn_it_is(agency: Agency, clip: Clip) -> None:
    world.staged(agency)
    put_before(clip, agency.dora)
    rendition(clip, "guest_proxy")
    address = reverse("reviews:clip", args=[clip.pk])
    offered = {
        name: 'value="approved"' in logged_in(getattr(agency, name)).get(address).text
        for name in ("alice", "bob", "lena", "ada", "dora")
    }
    assert offered == {"alice": False, "bob": True, "lena": False, "ada": False, "dora": False}
    world.approve(clip, clip.project.stages.get(name="Creative"), agency.bob)
    assert 'value="approved"' in logged_in(agency.dora).get(address).text


def test_deciding_within_a_review_leads_to_its_next_clip(agency: Agency, clip: Clip) -> None:
    world.staged(agency)
    other = world.add_clip(agency.aurora, agency.alice, grey=120, shot=agency.shot)
    sent = logged_in(agency.alice).post(
        reverse("reviews:review-new", args=[agency.aurora.pk]),
        {
            "title": "First takes",
            "stage": str(agency.aurora.stages.get(name="Creative").pk),
            "clips": [str(clip.pk), str(other.pk)],
            "people": [str(agency.bob.pk)],
        },
    )
    review = agency.aurora.reviews.get()
    assert sent.headers["Location"] == reverse("reviews:review", args=[review.pk])
    order = list(review.items.values_list("clip_id", flat=True))
    first = Clip.objects.get(pk=order[0])
    answer = decide(agency.bob, first, "Creative", review=str(review.pk))
    assert answer.headers["Location"] == f"{reverse('reviews:clip', args=[order[1]])}?review={review.pk}"


def test_opening_a_review_is_remembered_for_those_who_were_asked(agency: Agency, clip: Clip) -> None:
    world.staged(agency)
    from_form = {
        "title": "Takes",
        "stage": str(agency.aurora.stages.get(name="Creative").pk),
        "clips": [str(clip.pk)],
        "people": [str(agency.bob.pk)],
    }
    logged_in(agency.alice).post(reverse("reviews:review-new", args=[agency.aurora.pk]), from_form)
    review = agency.aurora.reviews.get()
    address = reverse("reviews:review", args=[review.pk])
    logged_in(agency.alice).get(address)
    assert review.participants.get().opened_at is None
    logged_in(agency.bob).get(address)
    opened = review.participants.get().opened_at
    assert opened is not None
    assert opened <= timezone.now()


def write(user: User, clip: Clip, **said: Any) -> HttpResponse:
    note = {
        "id": str(uuid4()), "frame_in": 3, "frame_out": 5, "body": "Slower here", "category": "motion",
        "visibility": "client", "parent": None, "shapes": [], **said,
    }  # fmt: skip
    address = reverse("reviews:annotations", args=[clip.pk])
    answer: Any = logged_in(user).post(address, json.dumps(note), content_type="application/json")
    return answer  # type: ignore[no-any-return]


def test_a_note_is_kept_once_and_comes_back_as_html(agency: Agency, clip: Clip) -> None:
    key = str(uuid4())
    first, again = write(agency.bob, clip, id=key), write(agency.bob, clip, id=key)
    assert (first.status_code, again.status_code) == (201, 200)
    said = json.loads(first.content)
    assert said["id"] == key
    assert 'data-frame-in="3"' in said["html"]
    assert "00:00:00:03" in said["html"]
    assert Annotation.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({"frame_out": 12}, 400, "Frames run from 0 to 11"),
        ({"frame_in": 3.5}, 400, "whole numbers"),
        ({"id": "7"}, 400, "UUID"),
        ({"body": ""}, 400, "Write something or draw something"),
    ],
)
def test_a_note_that_cannot_be_kept_is_refused_in_words(
    agency: Agency, clip: Clip, said: dict[str, Any], status: int, words: str
) -> None:
    answer = write(agency.bob, clip, **said)
    assert answer.status_code == status
    assert words in json.loads(answer.content)["detail"]
    assert not Annotation.objects.exists()


def test_a_thread_is_answered_resolved_and_opened_again(agency: Agency, clip: Clip) -> None:
    root = json.loads(write(agency.bob, clip).content)["id"]
    reply = json.loads(write(agency.alice, clip, parent=root, body="How slow?").content)
    assert f'data-parent="{root}"' in reply["html"]
    address = reverse("reviews:annotation-resolve", args=[root])
    states = []
    for resolved in (True, False):
        answer = logged_in(agency.alice).post(address, {"resolved": resolved}, content_type="application/json")
        states.append(Annotation.objects.get(pk=root).resolved_at is not None)
        assert "How slow?" in answer.json()["html"]
    assert states == [True, False]


def test_a_note_of_the_other_client_does_not_exist(agency: Agency, clip: Clip) -> None:
    root = json.loads(write(agency.bob, clip).content)["id"]
    for action in ("edit", "resolve", "reopen", "delete"):
        address = reverse(f"reviews:annotation-{action}", args=[root])
        assert logged_in(agency.carol).post(address, {}, content_type="application/json").status_code == 404
    assert write(agency.carol, clip).status_code == 404
    assert Annotation.objects.get().deleted_at is None
