"""The engine room: numbers that are right, whatever waits told with its reason, and nothing of other people's projects."""

import datetime as dt
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.actions.account_control import pause_account, set_limit
from generations.models import Alarm, Generation, ProviderAccount, State
from generations.pipeline.alarms import clear_alarm, raise_alarm
from generations.web.engine_figures import AccountLoad, loads
from sorahub.jobs.models import Heartbeat
from tests.generations.web.conftest import Login
from tests.people import Agency

pytestmark = pytest.mark.django_db


def put(agency: Agency, account: ProviderAccount, state: State, much: int = 1, **values: object) -> list[Generation]:
    """Write generations of Aurora in this state."""
    rows = [
        Generation(
            project=agency.aurora, prompt=agency.prompt, account=account, estimate_micro=1, created_by=agency.alice,
            state=state, params={"seconds": 4, "size": "1280x720"}, capability_version="1",
            remote_id=None if state == State.RESERVED else uuid4().hex, **{"model": "sora-2", **values},
        )
        for _ in range(much)
    ]  # fmt: skip
    return Generation.objects.bulk_create(rows)


def load_of(account: ProviderAccount) -> AccountLoad:
    """The account's figures."""
    account.refresh_from_db()
    return loads([account])[0]


def test_what_is_at_the_provider_takes_a_place_and_what_waits_or_comes_home_takes_none(
    agency: Agency, account: ProviderAccount
) -> None:
    for state in (State.RESERVED, State.SUBMITTING, State.SUBMIT_UNKNOWN, State.QUEUED, State.RUNNING, State.FETCHING):
        put(agency, account, state, 2)
    put(agency, account, State.CANCELLED, 5)
    put(agency, account, State.RUNNING, 3, model="sora-2-pro")
    load = load_of(account)
    assert (load.in_flight, load.waiting, load.fetching) == (11, 2, 2)
    assert [(model.model, model.in_flight, model.waiting) for model in load.models] == [
        ("sora-2", 8, 2),
        ("sora-2-pro", 3, 0),
    ]


def test_each_reason_to_wait_is_told_in_words(agency: Agency, account: ProviderAccount) -> None:
    now = timezone.now()
    put(agency, account, State.RESERVED)
    assert load_of(account).why == ["Nothing holds them up: they are on their way."]
    put(agency, account, State.RUNNING, 2, submitted_at=now)
    put(agency, account, State.FAILED, 1, submitted_at=now - dt.timedelta(seconds=61))
    set_limit(actor=agency.ada, account=account, model="sora-2", max_in_flight=2)
    ProviderAccount.objects.update(max_in_flight=2, creates_per_minute=2)
    assert (load_of(account).sent, load_of(account).why) == (
        2,
        [
            "All 2 places of the account are taken.",
            "All 2 places of sora-2 are taken.",
            "The account is sent at most 2 a minute.",
        ],
    )
    pause_account(actor=agency.alice, account=account, reason="Credit")
    assert load_of(account).why == [f"The account {account} is paused: Credit. It is sent when somebody resumes it."]
    ProviderAccount.objects.update(paused_at=None, resume_at=now + dt.timedelta(minutes=1))
    assert load_of(account).why == ["The provider asked us to wait."]


def test_only_what_is_due_within_a_minute_is_about_to_be_asked_for(agency: Agency, account: ProviderAccount) -> None:
    now = timezone.now()
    put(agency, account, State.RUNNING, 3, next_poll_at=now + dt.timedelta(seconds=30))
    put(agency, account, State.QUEUED, 2, next_poll_at=now + dt.timedelta(minutes=5))
    assert load_of(account).due == 3


def test_the_page_asks_as_often_for_a_thousand_generations_as_for_ten(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    browser, counts = login(agency.alice), []
    for much in (10, 990):
        put(agency, account, State.RESERVED, much // 2)
        put(agency, account, State.RUNNING, much // 2)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/engine/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_strangers_to_a_project_see_the_account_s_load_and_no_generation_of_it(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    put(agency, account, State.RUNNING, 4)
    agency.aurora.memberships.filter(user=agency.bob).delete()
    answer = login(agency.bob).get("/engine/")
    assert (answer.context["loads"][0].in_flight, answer.context["rows"]) == (4, [])
    assert "Aurora" not in answer.content.decode()
    assert "SC010-SH010" not in answer.content.decode()


def test_the_list_is_narrowed_by_account_project_model_and_state_and_walked_page_by_page(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    put(agency, account, State.RUNNING, 60)
    waiting = put(agency, account, State.RESERVED, 1, model="sora-2-pro")[0]
    browser = login(agency.alice)
    first = browser.get("/engine/").context
    older = browser.get("/engine/", {"after": first["page"].next_cursor}).context
    assert (len(first["rows"]), len(older["rows"]), older["page"].next_cursor) == (50, 11, "")
    for query in ({"state": "reserved"}, {"model": "sora-2-pro"}, {"account": str(account.pk), "state": "reserved"}):
        assert [row for row, _ in browser.get("/engine/", query).context["rows"]] == [waiting]
    assert browser.get("/engine/", {"project": str(agency.borealis.pk)}).context["rows"] == []
    assert browser.get("/engine/", {"project": "nonsense"}).context["rows"] == []


def test_only_what_can_be_stopped_has_a_button_for_it(agency: Agency, login: Login, account: ProviderAccount) -> None:
    put(agency, account, State.RUNNING)
    put(agency, account, State.RESERVED)
    found = {row.state: can for row, can in login(agency.alice).get("/engine/live/").context["rows"]}
    assert found == {"running": False, "reserved": True}
    assert [can for _, can in login(agency.bob).get("/engine/live/").context["rows"]] == [False, False]


def test_priority_is_changed_in_place_and_leads_back_to_the_same_list(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    row = put(agency, account, State.RESERVED)[0]
    address, back = f"/generations/{row.pk}/priority/", "state=reserved"
    answer = login(agency.alice).post(address, {"priority": "4", "back": back})
    row.refresh_from_db()
    assert (row.priority, answer.headers["Location"]) == (4, "/engine/?state=reserved")
    page = login(agency.alice).post(address, {"priority": "many"}, follow=True).content.decode()
    row.refresh_from_db()
    assert (row.priority, "Give the priority between -100 and 100." in page) == (4, True)


def test_silent_processes_are_told_with_what_starts_them(agency: Agency, login: Login) -> None:
    browser = login(agency.ada)
    page = browser.get("/engine/").content.decode()
    assert ("No tracker is at work" in page, "No worker is at work" in page) == (True, True)
    now = timezone.now()
    Heartbeat.objects.create(name="tracker", beat_at=now, process="a:1")
    Heartbeat.objects.create(name="default", beat_at=now, process="a:2")
    page = browser.get("/engine/").content.decode()
    assert ("No tracker is at work" in page, "No worker is at work" in page) == (False, False)


def test_an_alarm_is_shown_with_its_mend_taken_on_once_and_kept_as_history(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    alarm = raise_alarm(
        Alarm.Kind.ACCOUNT_LIMIT, "full", message="All places are taken.", mend="Raise the places.", account=account
    )
    browser = login(agency.alice)
    page = browser.get("/alarms/")
    assert ("Raise the places." in page.content.decode(), page.context["unseen_alarms"]) == (True, 1)
    browser.post(f"/alarms/{alarm.pk}/acknowledge/")
    login(agency.ada).post(f"/alarms/{alarm.pk}/acknowledge/")
    alarm.refresh_from_db()
    page = browser.get("/alarms/")
    assert (alarm.acknowledged_by, page.context["unseen_alarms"]) == (agency.alice, 0)
    assert "I look after it" not in page.content.decode()
    clear_alarm(Alarm.Kind.ACCOUNT_LIMIT, "full")
    assert "Nothing needs you" in browser.get("/alarms/").content.decode()
    assert "All places are taken." in browser.get("/alarms/", {"show": "history"}).content.decode()


def test_an_alarm_of_another_project_is_neither_listed_nor_counted(agency: Agency, login: Login) -> None:
    Alarm.objects.create(kind="late", key="late", project=agency.borealis, message="Late.", mend="Look.")
    page = login(agency.alice).get("/alarms/")
    assert (page.context["unseen_alarms"], page.context["page"].items) == (0, [])
