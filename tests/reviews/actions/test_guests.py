"""Guests: asked by address, let in on terms, and out again in the same instant."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.utils import timezone

from generations.models import Clip, Membership, Rendition
from generations.models.clip import ClipGrant
from reviews.actions import reminders
from reviews.actions.admission import Admission
from reviews.actions.reviews import (
    add_to_review,
    change_review,
    close_review,
    reopen_review,
    revoke_review,
    send_review,
)
from reviews.models import Annotation, Notice, Review, ReviewParticipant, Share, Stage
from reviews.rules.addressees import Addressee
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.jobs.models import Job
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from tests.people import Agency, user
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]
NORA = Addressee("Nora@Client.example", "Nora Lind")


@pytest.fixture
def client_stage(agency: Agency) -> Stage:
    return world.staged(agency)["Client"]


def send(agency: Agency, stage: Stage, clips: list[Clip], **changes: Any) -> Review:
    values: dict[str, Any] = {
        "actor": agency.alice, "project": agency.aurora, "stage": stage, "title": "Rough cut", "clips": clips,
        "guests": [NORA], **changes,
    }  # fmt: skip
    return send_review(**values)


def refused(error: type[DomainError], attempt: Callable[[], object]) -> DomainError:
    """Run the attempt, expect the error, and prove that nothing was written."""

    def counts() -> list[int]:
        return [model.objects.count() for model in (User, Membership, Review, ClipGrant, Job, Event, Notice)]

    before = counts()
    with pytest.raises(error) as caught:
        attempt()
    assert counts() == before
    return caught.value


def test_an_address_becomes_a_guest_who_sees_these_clips_only(agency: Agency, clip: Clip, client_stage: Stage) -> None:
    world.add_clip(agency.aurora, agency.alice, grey=50)
    agency.alice.time_zone = "Europe/Berlin"
    agency.alice.save()
    review = send(agency, client_stage, [clip])
    nora = User.objects.get(email="nora@client.example")
    assert (nora.get_full_name(), nora.kind, nora.has_usable_password(), nora.time_zone) == (
        "Nora Lind", "guest", False, "Europe/Berlin",
    )  # fmt: skip
    assert list(Clip.objects.visible_to(nora)) == [clip]
    assert list(Review.objects.visible_to(nora)) == [review]
    assert {"person.added", "project.member_added", "review.sent"} <= set(world.kinds_of_events())
    assert [(notice.kind, notice.user, notice.mailed_at is None) for notice in Notice.objects.all()] == [
        ("review", nora, False)
    ]
    again = send(agency, client_stage, [clip], guests=[Addressee("nora@client.example", "Somebody Else")])
    assert [seat.user for seat in again.participants.all()] == [nora]
    assert User.objects.get(pk=nora.pk).get_full_name() == "Nora Lind"


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("bob@example.com", "belongs to an account of the agency"),
        ("nonsense", "is not an e-mail address"),
        ("dora@example.com", "was deactivated"),
    ],
)
def test_an_address_that_cannot_be_a_guest_is_refused_in_words(
    agency: Agency, clip: Clip, client_stage: Stage, email: str, words: str
) -> None:
    User.objects.filter(pk=agency.dora.pk).update(is_active=False)
    error = refused(InvalidInput, lambda: send(agency, client_stage, [clip], guests=[NORA, Addressee(email)]))
    assert words in error.fields["guests"]


def test_guests_are_asked_in_a_clients_stage_only(agency: Agency, clip: Clip, client_stage: Stage) -> None:
    creative = Stage.objects.get(project=agency.aurora, name="Creative")
    error = refused(InvalidInput, lambda: send(agency, creative, [clip]))
    assert "client stage" in error.fields["guests"]
    refused(Forbidden, lambda: send(agency, client_stage, [clip], actor=agency.bob))


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"expires_at": timedelta(hours=-1)}, "expires_at"),
        ({"expires_at": timedelta(days=1)}, "expires_at"),
        ({"password": "short"}, "password"),
        ({"shows": ["everything"]}, "shows"),
    ],
)
def test_terms_that_make_no_sense_are_told(
    agency: Agency, clip: Clip, client_stage: Stage, terms: dict[str, Any], field: str
) -> None:
    now = timezone.now()
    given: dict[str, Any] = {
        key: now + value if isinstance(value, timedelta) else value for key, value in terms.items()
    }
    due = {"due_at": now + timedelta(days=2), "admission": Admission(**given)}
    assert field in refused(InvalidInput, lambda: send(agency, client_stage, [clip], **due)).fields


def test_access_ends_by_the_clock(agency: Agency, clip: Clip, client_stage: Stage) -> None:
    world.watchable(clip)
    until = timezone.now() + timedelta(hours=1)
    review = send(agency, client_stage, [clip], people=[agency.dora], guests=[], admission=Admission(expires_at=until))
    assert list(Rendition.objects.visible_to(agency.dora)) != []
    past = timezone.now() - timedelta(seconds=1)
    Review.objects.filter(pk=review.pk).update(expires_at=past)
    ClipGrant.objects.update(expires_at=past)
    assert not Clip.objects.visible_to(agency.dora).exists()
    assert not Rendition.objects.visible_to(agency.dora).exists()
    assert not Review.objects.visible_to(agency.dora).exists()
    review.refresh_from_db()
    change_review(actor=agency.alice, review=review, due_at=None, admission=Admission(expires_at=None))
    assert list(Clip.objects.visible_to(agency.dora)) == [clip]


def test_nobody_is_written_to_about_a_review_whose_time_is_over(
    agency: Agency, clip: Clip, client_stage: Stage
) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    review = send(agency, client_stage, [clip], due_at=soon, admission=Admission(expires_at=soon + timedelta(days=9)))
    Review.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    ReviewParticipant.objects.update(invited_at=timezone.now() - timedelta(days=3))
    review.refresh_from_db()
    error = refused(Conflict, lambda: reminders.remind(actor=agency.alice, review=review))
    assert (error.code, "under Terms" in error.message) == ("review-expired", True)
    refused(Conflict, lambda: add_to_review(actor=agency.alice, review=review, people=[agency.dora]))
    assert reminders.remind_when_due() == 0
    later = Admission(expires_at=timezone.now() + timedelta(days=1))
    change_review(actor=agency.alice, review=review, due_at=review.due_at, admission=later)
    assert reminders.remind(actor=agency.alice, review=review) == 1


def test_a_clip_in_two_reviews_stays_until_the_last_ends(agency: Agency, clip: Clip, client_stage: Stage) -> None:
    soon, later = (timezone.now() + timedelta(days=days) for days in (1, 2))
    dora: dict[str, Any] = {"people": [agency.dora], "guests": []}
    first = send(agency, client_stage, [clip], admission=Admission(expires_at=later), **dora)
    send(agency, client_stage, [clip], admission=Admission(expires_at=soon), **dora)
    assert ClipGrant.objects.get(user=agency.dora, revoked_at=None).expires_at == later
    revoke_review(actor=agency.alice, review=first)
    assert ClipGrant.objects.get(user=agency.dora, revoked_at=None).expires_at == soon


def test_a_password_keeps_everything_shut_until_it_is_given(agency: Agency, clip: Clip, client_stage: Stage) -> None:
    review = send(agency, client_stage, [clip], admission=Admission(password="open sesame"))
    assert check_password("open sesame", review.password_hash)
    nora = User.objects.get(email="nora@client.example")
    assert not Clip.objects.visible_to(nora).exists()
    assert not Review.objects.visible_to(nora).exists()
    assert "sesame" not in "".join(Event.objects.values_list("body", flat=True))


def test_internal_notes_are_read_only_where_the_review_says_so(agency: Agency, clip: Clip, client_stage: Stage) -> None:
    other = world.add_clip(agency.aurora, agency.alice, grey=50)
    for each, words, circle in ((clip, "Ours", "internal"), (other, "Elsewhere", "internal"), (clip, "Law", "legal")):
        Annotation.objects.create(
            clip=each,
            clip_sha256=each.sha256,
            frame_in=0,
            frame_out=0,
            body=words,
            visibility=circle,
            author=agency.bob,
        )
    dora: dict[str, Any] = {"people": [agency.dora], "guests": []}
    review = send(agency, client_stage, [clip], **dora)
    send(agency, client_stage, [other], **dora)
    assert list(Annotation.objects.visible_to(agency.dora)) == []
    change_review(actor=agency.alice, review=review, due_at=None, admission=Admission(shows=["internal"]))
    assert [note.body for note in Annotation.objects.visible_to(agency.dora)] == ["Ours"]
    assert json.loads(Event.objects.get(kind="review.changed").body)["shows"] == ["internal"]
    revoke_review(actor=agency.alice, review=review)
    assert list(Annotation.objects.visible_to(agency.dora)) == []


def test_clips_and_people_are_added_later(agency: Agency, clip: Clip, client_stage: Stage) -> None:
    other = world.add_clip(agency.aurora, agency.alice, grey=50)
    review = send(agency, client_stage, [clip], people=[agency.dora], guests=[])
    ReviewParticipant.objects.update(finished_at=timezone.now())
    add_to_review(actor=agency.alice, review=review, clips=[clip, other], people=[agency.dora], guests=[NORA])
    nora = User.objects.get(email="nora@client.example")
    assert [item.clip for item in review.items.all()] == [clip, other]
    assert set(Clip.objects.visible_to(nora)) == {clip, other} == set(Clip.objects.visible_to(agency.dora))
    assert not ReviewParticipant.objects.exclude(finished_at=None).exists()
    assert Job.objects.filter(kind="review.invite").count() == 2
    assert world.kinds_of_events()[-1] == "review.extended"
    refused(InvalidInput, lambda: add_to_review(actor=agency.alice, review=review))
    refused(Forbidden, lambda: add_to_review(actor=agency.bob, review=review, guests=[NORA]))
    sam = user("sam", Kind.PRODUCER)
    refused(NotFound, lambda: add_to_review(actor=sam, review=review, guests=[NORA]))


def test_a_closed_review_is_opened_again_a_revoked_one_is_not(agency: Agency, clip: Clip, client_stage: Stage) -> None:
    review = send(agency, client_stage, [clip])
    refused(Conflict, lambda: reopen_review(actor=agency.alice, review=review))
    close_review(actor=agency.alice, review=review)
    refused(Conflict, lambda: change_review(actor=agency.alice, review=review, due_at=None, admission=Admission()))
    refused(Forbidden, lambda: reopen_review(actor=agency.bob, review=review))
    assert reopen_review(actor=agency.alice, review=review).closed_at is None
    assert world.kinds_of_events()[-1] == "review.reopened"
    revoke_review(actor=agency.alice, review=review)
    refused(Conflict, lambda: reopen_review(actor=agency.alice, review=review))
    assert not Share.objects.filter(revoked_at=None).exists()
