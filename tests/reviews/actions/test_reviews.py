"""Putting clips before people, and taking them back."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from generations.actions.projects import add_member, remove_member
from generations.models import Clip, Membership, Rendition
from generations.models.clip import ClipGrant
from reviews.actions.reviews import close_review, revoke_review, send_review
from reviews.actions.seats import mark_opened
from reviews.models import Review, ReviewParticipant, Stage
from sorahub.accounts.models import User
from sorahub.jobs import runner
from sorahub.jobs.models import Job
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def stages(agency: Agency) -> dict[str, Stage]:
    return world.staged(agency)


def send(agency: Agency, stage: Stage, clips: list[Clip], people: list[User], **changes: Any) -> Review:
    values: dict[str, Any] = {
        "actor": agency.alice, "project": agency.aurora, "stage": stage, "title": "Rough cut", "clips": clips,
        "people": people, **changes,
    }  # fmt: skip
    return send_review(**values)


def test_a_guest_sees_what_was_put_before_them_and_gets_a_mail(
    agency: Agency, clip: Clip, stages: dict[str, Stage]
) -> None:
    assert not Clip.objects.visible_to(agency.dora).exists()
    review = send(agency, stages["Client"], [clip], [agency.dora], message="The sea, please.")
    assert list(Clip.objects.visible_to(agency.dora)) == [clip]
    assert list(Review.objects.visible_to(agency.dora)) == [review]
    assert not Clip.objects.visible_to(agency.carol).exists()
    assert set(Job.objects.values_list("kind", flat=True)) == {"review.invite", "clip.guest_proxy"}
    runner.run_one(Job.objects.get(kind="review.invite").pk)
    [letter] = mail.outbox
    assert letter.to == ["dora@example.com"]
    assert letter.subject == "Aurora: Rough cut"
    assert "Alice asks you to review 1 clip: “Rough cut”." in letter.body
    assert "The sea, please." in letter.body
    assert world.kinds_of_events()[-2:] == ["review.sent", "share.made"]


def test_a_review_that_was_taken_back_invites_nobody(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    review = send(agency, stages["Client"], [clip], [agency.dora])
    revoke_review(actor=agency.alice, review=review)
    job = Job.objects.get(kind="review.invite")
    assert runner.run_one(job.pk) == "succeeded"
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("stage", "people", "words"),
    [
        ("Client", ["bob"], "is decided by: Client guest. Not so: Bob."),
        ("Creative", [], "Choose at least one person."),
        ("Client", ["carol"], "Add to the project first: Carol."),
    ],
)
def test_only_people_of_the_project_and_the_stage_are_asked(
    agency: Agency, clip: Clip, stages: dict[str, Stage], stage: str, people: list[str], words: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        send(agency, stages[stage], [clip], [getattr(agency, name) for name in people])
    assert words in caught.value.fields["people"]
    assert not Review.objects.exists()
    assert not ClipGrant.objects.exists()
    assert not Job.objects.exists()


def test_clips_of_another_client_are_not_put_before_anybody(
    agency: Agency, clip: Clip, stages: dict[str, Stage]
) -> None:
    foreign = world.add_clip(agency.borealis, agency.ada, grey=30)
    with pytest.raises(NotFound):
        send(agency, stages["Client"], [clip, foreign], [agency.dora])
    with pytest.raises(InvalidInput):
        send(agency, stages["Client"], [], [agency.dora])
    with pytest.raises(InvalidInput):
        send(agency, stages["Client"], [clip], [agency.dora], due_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(Forbidden):
        send(agency, stages["Client"], [clip], [agency.dora], actor=agency.bob)
    assert not Review.objects.exists()


def test_taking_a_review_back_ends_what_only_it_showed(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    other = world.add_clip(agency.aurora, agency.alice, grey=50)
    first = send(agency, stages["Client"], [clip, other], [agency.dora])
    send(agency, stages["Client"], [other], [agency.dora])
    revoke_review(actor=agency.alice, review=first)
    assert list(Clip.objects.visible_to(agency.dora)) == [other]
    with pytest.raises(Conflict):
        revoke_review(actor=agency.alice, review=first)


def test_a_closed_review_still_shows_its_clips(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    review = send(agency, stages["Client"], [clip], [agency.dora])
    assert close_review(actor=agency.alice, review=review).closed_at is not None
    assert list(Clip.objects.visible_to(agency.dora)) == [clip]
    with pytest.raises(Conflict):
        close_review(actor=agency.alice, review=review)


def test_the_first_look_is_remembered(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    review = send(agency, stages["Client"], [clip], [agency.dora])
    mark_opened(actor=agency.dora, review=review)
    seat = ReviewParticipant.objects.get()
    first = seat.opened_at
    assert first is not None
    mark_opened(actor=agency.dora, review=review)
    mark_opened(actor=agency.alice, review=review)
    seat.refresh_from_db()
    assert seat.opened_at == first
    with pytest.raises(NotFound):
        mark_opened(actor=agency.carol, review=review)


def test_a_guest_who_left_the_project_is_asked_no_more(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    Membership.objects.filter(user=agency.dora).delete()
    with pytest.raises(InvalidInput):
        send(agency, stages["Client"], [clip], [agency.dora])


def test_a_guest_who_no_longer_takes_part_sees_nothing(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    send(agency, stages["Client"], [clip], [agency.dora])
    remove_member(actor=agency.alice, project=agency.aurora, user=agency.dora)
    assert not Clip.objects.visible_to(agency.dora).exists()
    assert not Rendition.objects.visible_to(agency.dora).exists()
    add_member(actor=agency.alice, project=agency.aurora, user=agency.dora)
    assert list(Clip.objects.visible_to(agency.dora)) == [clip]
