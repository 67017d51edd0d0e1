"""What the people asked have done: watched, decided, finished; who is told; who is reminded."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from generations.models import Clip
from reviews.actions import reminders
from reviews.actions.decide import decide, take_back
from reviews.actions.progress import progress_of
from reviews.actions.reviews import close_review, send_review
from reviews.actions.seats import finish_review
from reviews.actions.viewing import note_watched
from reviews.models import Notice, Review, ReviewParticipant, Share, Stage, Viewing
from sorahub.accounts.models import User
from sorahub.jobs import runner
from sorahub.jobs.models import Job
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def stages(agency: Agency) -> dict[str, Stage]:
    return world.staged(agency)


@pytest.fixture
def other(agency: Agency) -> Clip:
    return world.add_clip(agency.aurora, agency.alice, grey=50)


@pytest.fixture
def review(agency: Agency, clip: Clip, other: Clip, stages: dict[str, Stage]) -> Review:
    """Two clips before dora; creative has approved them, and she can watch them."""
    for each in (clip, other):
        world.approve(each, stages["Creative"], agency.bob)
        world.watchable(each)
    return send_review(
        actor=agency.alice, project=agency.aurora, stage=stages["Client"], title="Rough cut", clips=[clip, other],
        people=[agency.dora], due_at=timezone.now() + timedelta(days=3),
    )  # fmt: skip


def seat() -> ReviewParticipant:
    return ReviewParticipant.objects.get()


def said(user: User, clip: Clip, review: Review, verdict: str, **more: str) -> None:
    decide(actor=user, clip=clip, stage=review.stage, verdict=verdict, seen_sha256=clip.sha256, **more)


def told(user: User) -> list[str]:
    return list(Notice.objects.filter(user=user).order_by("created_at", "id").values_list("kind", flat=True))


def refused(error: type[DomainError], attempt: Callable[[], object]) -> DomainError:
    before = (Viewing.objects.count(), Notice.objects.count(), Job.objects.count(), seat().finished_at)
    with pytest.raises(error) as caught:
        attempt()
    assert (Viewing.objects.count(), Notice.objects.count(), Job.objects.count(), seat().finished_at) == before
    return caught.value


def test_the_sender_is_told_of_each_decision_and_of_the_end(
    agency: Agency, clip: Clip, other: Clip, review: Review
) -> None:
    said(agency.dora, clip, review, "approved")
    assert (told(agency.alice), seat().finished_at) == (["decision"], None)
    said(agency.dora, other, review, "changes_requested", reason_kind="sound")
    assert told(agency.alice) == ["decision", "decision", "finished"]
    assert seat().finished_at is not None
    take_back(actor=agency.dora, clip=other, stage=review.stage, seen_sha256=other.sha256)
    assert seat().finished_at is None
    assert told(agency.dora) == ["review"]


def test_one_may_be_done_with_something_left_open(agency: Agency, review: Review) -> None:
    refused(NotFound, lambda: finish_review(actor=agency.bob, review=review))
    first = finish_review(actor=agency.dora, review=review).finished_at
    assert finish_review(actor=agency.dora, review=review).finished_at == first
    assert told(agency.alice) == ["finished"]
    close_review(actor=agency.alice, review=review)
    review.refresh_from_db()
    refused(Conflict, lambda: finish_review(actor=agency.dora, review=review))


def test_watched_frames_are_merged_and_shown_as_a_share(
    agency: Agency, clip: Clip, other: Clip, review: Review
) -> None:
    for spans in ([[0, 3]], [[2, 5], [8, 8]], []):
        note_watched(actor=agency.dora, review=review, clip=clip, spans=spans)
    viewing = Viewing.objects.get()
    assert (viewing.spans, viewing.frames) == ([[0, 5], [8, 8]], 7)
    assert seat().seen_at is not None
    said(agency.dora, clip, review, "approved")
    [row] = progress_of(review, agency.alice)
    assert [(cell.clip, cell.percent, bool(cell.decision)) for cell in row.cells] == [
        (clip, 58, True),
        (other, 0, False),
    ]
    assert (row.percent, row.decided, row.late) == (29, 1, False)
    Review.objects.update(due_at=timezone.now())
    review.refresh_from_db()
    assert [row.late for row in progress_of(review, agency.alice)] == [True]


@pytest.mark.parametrize("spans", [[[0, 12]], [[-1, 2]], [[5, 4]], [[1]], [[0, 0]] * 501])
def test_spans_outside_the_clip_are_refused(agency: Agency, clip: Clip, review: Review, spans: list[list[int]]) -> None:
    refused(InvalidInput, lambda: note_watched(actor=agency.dora, review=review, clip=clip, spans=spans))


def test_nothing_is_kept_of_those_who_were_not_asked_or_may_not_see(agency: Agency, clip: Clip, review: Review) -> None:
    assert note_watched(actor=agency.bob, review=review, clip=clip, spans=[[0, 3]]) is None
    foreign = world.add_clip(agency.aurora, agency.alice, grey=70)
    refused(NotFound, lambda: note_watched(actor=agency.carol, review=review, clip=clip, spans=[[0, 3]]))
    refused(NotFound, lambda: note_watched(actor=agency.bob, review=review, clip=foreign, spans=[[0, 3]]))
    assert not Viewing.objects.exists()


def test_a_reminder_goes_out_once_in_twenty_hours_with_a_link_of_its_own(agency: Agency, review: Review) -> None:
    assert reminders.remind(actor=agency.alice, review=review) == 1
    assert refused(Conflict, lambda: reminders.remind(actor=agency.alice, review=review)).code == "nobody-to-remind"
    refused(Forbidden, lambda: reminders.remind(actor=agency.bob, review=review))
    assert told(agency.dora) == ["review", "reminder"]
    runner.run_one(Job.objects.get(kind="review.remind").pk)
    [letter] = mail.outbox
    assert letter.subject == "Reminder: Aurora: Rough cut"
    assert "/r/" in letter.body
    assert Share.objects.filter(participant=seat()).count() == 1
    ReviewParticipant.objects.update(reminded_at=timezone.now() - timedelta(hours=20))
    assert reminders.remind(actor=agency.alice, review=review, people=[agency.dora]) == 1


def test_who_is_done_is_not_reminded(agency: Agency, review: Review) -> None:
    reminders.remind(actor=agency.alice, review=review)
    finish_review(actor=agency.dora, review=review)
    runner.run_one(Job.objects.get(kind="review.remind").pk)
    assert mail.outbox == []


def test_the_clock_reminds_a_day_before_and_when_it_is_due(agency: Agency, review: Review) -> None:
    assert review.due_at is not None
    moments: dict[str, Any] = {
        "early": review.due_at - timedelta(hours=25),
        "a day before": review.due_at - timedelta(hours=24),
        "again": review.due_at - timedelta(hours=23),
        "due": review.due_at,
        "later": review.due_at + timedelta(hours=2),
    }
    found = {name: reminders.remind_when_due(moment) for name, moment in moments.items()}
    assert found == {"early": 0, "a day before": 1, "again": 0, "due": 1, "later": 0}
    assert Job.objects.filter(kind="review.remind").count() == 2
    assert told(agency.dora) == ["review", "reminder", "reminder"]
