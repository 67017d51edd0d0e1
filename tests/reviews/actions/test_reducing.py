"""Clips and people are taken out of a review, and its clips are put into another order: what ends, what stays."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.utils import timezone

from generations.models import Clip
from generations.models.clip import ClipGrant
from reviews.actions import links, reminders
from reviews.actions.decide import decide
from reviews.actions.progress import progress_of
from reviews.actions.reducing import order_clips, remove_from_review
from reviews.actions.reviews import add_to_review, close_review, revoke_review, send_review
from reviews.actions.seats import finish_review
from reviews.actions.viewing import note_watched
from reviews.models import Decision, Review, ReviewItem, ReviewParticipant, Share, Stage, Viewing
from reviews.rules.addressees import Addressee
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.jobs import runner
from sorahub.jobs.models import Job
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from tests.people import Agency, user
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def stages(agency: Agency) -> dict[str, Stage]:
    return world.staged(agency)


@pytest.fixture
def clips(agency: Agency, clip: Clip) -> list[Clip]:
    return [clip, *(world.add_clip(agency.aurora, agency.alice, grey=grey) for grey in (50, 60))]


@pytest.fixture
def review(agency: Agency, clips: list[Clip], stages: dict[str, Stage]) -> Review:
    """Three clips before dora and nora, both guests; creative has approved them."""
    for clip in clips:
        world.approve(clip, stages["Creative"], agency.bob)
        world.watchable(clip)
    return send_review(
        actor=agency.alice, project=agency.aurora, stage=stages["Client"], title="Rough cut", clips=clips,
        people=[agency.dora], guests=[Addressee("nora@client.example", "Nora Lind")],
    )  # fmt: skip


@pytest.fixture
def nora(review: Review) -> User:
    return User.objects.get(email="nora@client.example")


def seat(of: User) -> ReviewParticipant:
    return ReviewParticipant.objects.get(user=of)


def order(review: Review) -> list[UUID]:
    return [item.clip_id for item in ReviewItem.objects.filter(review=review).order_by("position")]


def refused(error: type[DomainError], attempt: Callable[[], object]) -> DomainError:
    """Run the attempt, expect the error, and prove that nothing was written."""

    def kept() -> list[object]:
        rows = [
            list(ReviewItem.objects.order_by("pk").values()),
            list(ReviewParticipant.objects.order_by("pk").values()),
        ]
        return [*rows, ClipGrant.objects.filter(revoked_at=None).count(), Event.objects.count(), Job.objects.count()]

    before = kept()
    with pytest.raises(error) as caught:
        attempt()
    assert kept() == before
    return caught.value


def test_one_guest_is_out_and_the_other_keeps_everything(
    agency: Agency, clips: list[Clip], review: Review, nora: User
) -> None:
    tokens = {who: links.make_link(seat(who)) for who in (agency.dora, nora)}
    remove_from_review(actor=agency.alice, review=review, people=[agency.dora])
    assert not Clip.objects.visible_to(agency.dora).exists()
    assert not Review.objects.visible_to(agency.dora).exists()
    assert set(Clip.objects.visible_to(nora)) == set(clips)
    assert list(Review.objects.visible_to(nora)) == [review]
    assert links.find_link(tokens[agency.dora]) is None
    assert links.find_link(tokens[nora]) is not None
    event = Event.objects.get(kind="review.reduced")
    told = json.loads(event.body)
    assert told["people"] == [str(nora.pk)]
    assert told["removed"] == {"clips": [], "people": [str(agency.dora.pk)]}
    refused(NotFound, lambda: remove_from_review(actor=agency.alice, review=review, people=[agency.dora]))


def test_what_another_review_shows_them_stays(
    agency: Agency, clips: list[Clip], review: Review, stages: dict[str, Stage]
) -> None:
    values: dict[str, Any] = {
        "actor": agency.alice,
        "project": agency.aurora,
        "stage": stages["Client"],
        "title": "Again",
    }
    send_review(**values, clips=clips[:1], people=[agency.dora])
    remove_from_review(actor=agency.alice, review=review, people=[agency.dora])
    assert list(Clip.objects.visible_to(agency.dora)) == clips[:1]


def test_who_is_out_is_neither_asked_nor_reminded_nor_heard(agency: Agency, clips: list[Clip], review: Review) -> None:
    note_watched(actor=agency.dora, review=review, clip=clips[0], spans=[[0, 5]])
    Review.objects.update(due_at=timezone.now() + timedelta(minutes=5))
    remove_from_review(actor=agency.alice, review=review, people=[agency.dora])
    invitations = Job.objects.filter(kind="review.invite")
    assert [str(runner.run_one(job.pk)) for job in invitations] == ["succeeded"] * 2
    assert [letter.to for letter in mail.outbox] == [["nora@client.example"]]
    review.refresh_from_db()
    ReviewParticipant.objects.update(invited_at=timezone.now() - timedelta(days=2))
    assert reminders.remind(actor=agency.alice, review=review) == 1
    refused(NotFound, lambda: finish_review(actor=agency.dora, review=review))
    refused(NotFound, lambda: note_watched(actor=agency.dora, review=review, clip=clips[0], spans=[[6, 7]]))
    rows = progress_of(review, agency.alice)
    assert [(row.seat.user.get_full_name(), row.waiting, row.cells[0].frames) for row in rows] == [
        ("Nora Lind", True, 0), ("Dora", False, 6),
    ]  # fmt: skip


def test_inviting_again_undoes_it_with_a_new_link(agency: Agency, clips: list[Clip], review: Review) -> None:
    note_watched(actor=agency.dora, review=review, clip=clips[0], spans=[[0, 5]])
    old = links.make_link(seat(agency.dora))
    remove_from_review(actor=agency.alice, review=review, people=[agency.dora])
    add_to_review(actor=agency.alice, review=review, people=[agency.dora])
    assert (seat(agency.dora).removed_at, Viewing.objects.get().frames) == (None, 6)
    assert set(Clip.objects.visible_to(agency.dora)) == set(clips)
    assert links.find_link(old) is None
    for job in Job.objects.filter(kind="review.invite", payload__participant=str(seat(agency.dora).pk)):
        runner.run_one(job.pk)
    assert {str(letter.to[0]) for letter in mail.outbox} == {"dora@example.com"}
    assert Share.objects.filter(participant=seat(agency.dora), revoked_at=None).exists()
    before = Job.objects.count()
    add_to_review(actor=agency.alice, review=review, people=[agency.dora])
    assert Job.objects.count() == before


def test_an_own_reviewer_is_taken_out_too_and_decides_on(
    agency: Agency, clips: list[Clip], stages: dict[str, Stage]
) -> None:
    values: dict[str, Any] = {"actor": agency.alice, "project": agency.aurora, "title": "Ours", "clips": clips}
    review = send_review(**values, stage=stages["Creative"], people=[agency.bob])
    remove_from_review(actor=agency.alice, review=review, people=[agency.bob])
    assert list(Review.objects.visible_to(agency.bob)) == [review]
    assert [row.waiting for row in progress_of(review, agency.alice)] == [False]


def test_people_can_be_taken_out_of_a_closed_review(agency: Agency, clips: list[Clip], review: Review) -> None:
    close_review(actor=agency.alice, review=review)
    assert Clip.objects.visible_to(agency.dora).exists()
    refused(Conflict, lambda: remove_from_review(actor=agency.alice, review=review, clips=clips[:1]))
    remove_from_review(actor=agency.alice, review=review, people=[agency.dora])
    assert not Clip.objects.visible_to(agency.dora).exists()
    refused(Conflict, lambda: add_to_review(actor=agency.alice, review=review, people=[agency.dora]))


def test_a_clip_taken_out_is_gone_for_guests_and_what_was_said_stays(
    agency: Agency, clips: list[Clip], review: Review, nora: User
) -> None:
    decide(actor=nora, clip=clips[1], stage=review.stage, verdict="approved", seen_sha256=clips[1].sha256)
    remove_from_review(actor=agency.alice, review=review, clips=[clips[1]])
    assert set(Clip.objects.visible_to(nora)) == {clips[0], clips[2]}
    assert list(ReviewItem.objects.order_by("position").values_list("position", flat=True)) == [1, 2]
    assert Decision.objects.get(clip=clips[1], user=nora).clip_sha256 == clips[1].sha256
    add_to_review(actor=agency.alice, review=review, clips=[clips[1]])
    assert order(review) == [clips[0].pk, clips[2].pk, clips[1].pk]
    nora_row = next(row for row in progress_of(review, agency.alice) if row.seat.user == nora)
    assert [cell.decision is not None for cell in nora_row.cells] == [False, False, True]


def test_who_has_said_everything_about_what_is_left_is_done(
    agency: Agency, clips: list[Clip], review: Review, nora: User
) -> None:
    for clip in clips[:2]:
        decide(actor=nora, clip=clip, stage=review.stage, verdict="approved", seen_sha256=clip.sha256)
    remove_from_review(actor=agency.alice, review=review, clips=clips[2:])
    assert (seat(nora).finished_at is None, seat(agency.dora).finished_at) == (False, None)


def test_what_cannot_be_taken_out(agency: Agency, clips: list[Clip], review: Review) -> None:
    elsewhere = world.add_clip(agency.aurora, agency.alice, grey=70)
    sam = user("sam", Kind.PRODUCER)
    assert "clips" in refused(InvalidInput, lambda: remove_from_review(actor=agency.alice, review=review)).fields
    last = refused(InvalidInput, lambda: remove_from_review(actor=agency.alice, review=review, clips=clips))
    assert "at least one clip" in last.fields["clips"]
    refused(NotFound, lambda: remove_from_review(actor=agency.alice, review=review, clips=[elsewhere]))
    refused(NotFound, lambda: remove_from_review(actor=agency.alice, review=review, people=[agency.dora, agency.bob]))
    refused(Forbidden, lambda: remove_from_review(actor=agency.bob, review=review, people=[agency.dora]))
    refused(NotFound, lambda: remove_from_review(actor=sam, review=review, people=[agency.dora]))


def test_the_new_order_holds_at_once_and_is_written_down(agency: Agency, clips: list[Clip], review: Review) -> None:
    wanted = [clips[2], clips[0], clips[1]]
    order_clips(actor=agency.alice, review=review, clips=wanted)
    assert order(review) == [clip.pk for clip in wanted]
    assert json.loads(Event.objects.get(kind="review.ordered").body)["clips"] == [str(clip.pk) for clip in wanted]
    order_clips(actor=agency.alice, review=review, clips=wanted)
    assert Event.objects.filter(kind="review.ordered").count() == 1
    sam = user("sam", Kind.PRODUCER)
    refused(Conflict, lambda: order_clips(actor=agency.alice, review=review, clips=wanted[:2]))
    refused(Conflict, lambda: order_clips(actor=agency.alice, review=review, clips=[*wanted, wanted[0]]))
    refused(Forbidden, lambda: order_clips(actor=agency.bob, review=review, clips=clips))
    refused(NotFound, lambda: order_clips(actor=sam, review=review, clips=clips))
    revoke_review(actor=agency.alice, review=review)
    refused(Conflict, lambda: order_clips(actor=agency.alice, review=review, clips=clips))
