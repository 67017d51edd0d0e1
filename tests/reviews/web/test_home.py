"""Home: what waits for each kind of person, and how an empty installation begins."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.actions.alarms import acknowledge_alarm
from generations.models import Alarm, Clip
from reviews.actions.reviews import send_review
from reviews.models import LicenceRecordVersion, SignOff
from reviews.web import boards
from sorahub.accounts.models import User
from sorahub.jobs.models import Job, JobState
from tests.people import Agency, provider_account
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.core


def test_an_empty_hub_begins_with_steps(agency: Agency) -> None:
    page = logged_in(agency.alice).get("/").text
    assert "Begin here" in page
    assert [(step.title, step.done) for step in boards.first_steps(agency.alice)] == [
        ("Add a client", True),
        ("Add a project", True),
        ("Invite its people", True),
        ("Connect a provider", False),
        ("Make the first clip", False),
    ]


def test_an_administrator_begins_with_accounts_because_only_people_with_one_can_join(agency: Agency) -> None:
    third = boards.first_steps(agency.ada)[2]
    assert (third.title, third.url_name) == ("Add its people", "people:people")
    page = logged_in(agency.ada).get("/provider-accounts/new/").text
    assert 'value="Embedded generation service"' in page
    provider_account()
    assert "Embedded generation service" not in logged_in(agency.ada).get("/provider-accounts/new/").text


def test_the_producer_sees_what_failed_and_what_is_ready_to_clear(agency: Agency, clip: Clip) -> None:
    stages = world.staged(agency)
    failed = world.add_generation(world.add_clip(agency.aurora, agency.alice, grey=130), agency, launcher=agency.alice)
    type(failed).objects.filter(pk=failed.pk).update(state="failed", error_class="auth")
    assert [card.clip for card in boards.producer(agency.alice)["ready"]] == []
    world.approve(clip, stages["Creative"], agency.bob)
    world.approve(clip, stages["Client"], agency.dora)
    board = boards.producer(agency.alice)
    assert [row.pk for row in board["failed"]] == [failed.pk]
    assert [card.clip for card in board["ready"]] == [clip]
    assert [card.clip for card in board["in_review"]] == [failed.clip]
    assert board["steps"] == []


def test_the_reviewer_sees_what_awaits_their_decision_until_it_is_made(agency: Agency, clip: Clip) -> None:
    stages = world.staged(agency)
    assert [card.clip for card in boards.awaiting_decision(agency.bob)] == [clip]
    world.approve(clip, stages["Creative"], agency.bob)
    assert boards.awaiting_decision(agency.bob) == []


def test_what_waits_comes_by_date_and_within_a_review_in_its_order(agency: Agency, clip: Clip) -> None:
    stages = world.staged(agency)
    second, third, unasked = (world.add_clip(agency.aurora, agency.alice, grey=grey) for grey in (140, 150, 160))
    for clips, days in (([third, clip], 3), ([second], 1)):
        send_review(
            actor=agency.alice, project=agency.aurora, stage=stages["Creative"], title="Takes", clips=clips,
            people=[agency.bob], due_at=timezone.now() + timedelta(days=days),
        )  # fmt: skip
    assert [card.clip for card in boards.awaiting_decision(agency.bob)] == [second, third, clip, unasked]


def test_the_guest_is_asked_only_about_clips_put_before_them(agency: Agency, clip: Clip) -> None:
    stages = world.staged(agency)
    other = world.add_clip(agency.aurora, agency.alice, grey=140)
    for each in (clip, other):
        world.approve(each, stages["Creative"], agency.bob)
    assert boards.awaiting_decision(agency.dora) == []
    clip.grants.create(user=agency.dora, granted_by=agency.alice)
    assert [card.clip for card in boards.awaiting_decision(agency.dora)] == [clip]
    assert boards.awaiting_decision(agency.carol) == []


def test_legal_sees_what_awaits_a_signature_and_what_blocks_it(agency: Agency, clip: Clip) -> None:
    world.staged(agency)
    version = world.draft(agency.bob, clip, world.governing(agency.lena))
    (case,) = boards.legal(agency.lena)["cases"]
    assert (case.version, case.state) == (version, "blocked")
    assert [one.code for one in case.against] == ["stage-not-passed", "stage-not-passed"]
    assert case.words == [one.message for one in case.against]


def test_a_signed_record_that_ends_soon_is_told(agency: Agency, clip: Clip) -> None:
    version = world.ready_to_sign(agency, clip, ends_at=timezone.now() + timedelta(days=30))
    world.sign(agency.lena, version)
    board = boards.legal(agency.lena)
    assert (board["cases"], [row.pk for row in board["expiring"]]) == ([], [version.pk])


def test_the_administrator_sees_dead_jobs_untested_accounts_and_a_missing_worker(agency: Agency) -> None:
    account = provider_account()
    Job.objects.create(
        kind="clip.derive", key="k", state=JobState.DEAD, error_code="no-space", finished_at=timezone.now()
    )
    page = logged_in(agency.ada).get("/").text
    assert account.name in page
    assert "no-space" in page
    assert "No worker is at work" in page


@pytest.mark.parametrize("name", ["producer", "reviewer", "guest", "legal", "administrator"])
def test_no_board_costs_more_than_a_handful_of_queries_nor_grows(agency: Agency, signed: SignOff, name: str) -> None:
    people = dict(zip(["producer", "reviewer", "guest", "legal", "administrator"], _people(agency), strict=True))
    signed.clip.grants.get_or_create(user=agency.dora, revoked_at=None, defaults={"granted_by": agency.alice})
    governing = signed.record_version.governing_set
    _more(agency, signed.record_version, 2)
    few = _queries(name, people[name])
    for grey in range(12):
        made = world.add_clip(agency.aurora, agency.alice, grey=150 + grey)
        made.grants.create(user=agency.dora, granted_by=agency.alice)
        world.draft(agency.bob, made, governing)
    assert _queries(name, people[name]) == few
    assert few <= LIMITS[name]


LIMITS = {"producer": 12, "reviewer": 10, "guest": 10, "legal": 27, "administrator": 10}


def _people(agency: Agency) -> list[User]:
    return [agency.alice, agency.bob, agency.dora, agency.lena, agency.ada]


def _more(agency: Agency, version: LicenceRecordVersion, number: int) -> None:
    for grey in range(number):
        made = world.add_clip(agency.aurora, agency.alice, grey=100 + grey)
        made.grants.create(user=agency.dora, granted_by=agency.alice)
        world.draft(agency.bob, made, version.governing_set)


def _queries(name: str, user: User) -> int:
    with CaptureQueriesContext(connection) as seen:
        getattr(boards, name)(user)
    return len(seen)


def test_alarms_that_nobody_looks_after_stand_at_home_of_those_who_can_mend_them(agency: Agency) -> None:
    alarm = Alarm.objects.create(kind="key", key="k", message="The key is refused.", mend="Enter a new one.")
    Alarm.objects.create(kind="late", key="l", project=agency.borealis, message="Late elsewhere.", mend="Look.")
    assert boards.at_risk(agency.alice) == [alarm]
    assert len(boards.at_risk(agency.ada)) == 2
    page = logged_in(agency.alice).get("/").text
    assert ("Enter a new one." in page, "Late elsewhere." in page) == (True, False)
    acknowledge_alarm(actor=agency.alice, alarm=alarm)
    assert boards.at_risk(agency.alice) == []
