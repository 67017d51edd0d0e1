"""A generation's page: what happened, what was asked and made, what it costs, and honest words about what can be done."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.actions.account_control import pause_account
from generations.actions.launches import launch_generation
from generations.models import Alarm, Generation, ProviderAccount, SpendEntry, State, TimelineEntry
from generations.pipeline import billing
from generations.pipeline.alarms import raise_alarm
from generations.pipeline.story import tell
from sorahub.jobs.models import Job
from tests.generations.web.conftest import Login
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db
Kind = TimelineEntry.Kind


@pytest.fixture
def launched(agency: Agency, account: ProviderAccount) -> Generation:
    """A generation that alice launched; its money is set aside."""
    return launch_generation(
        actor=agency.alice, prompt=agency.prompt, account=account, model="sora-2",
        params={"seconds": 4, "size": "1280x720", "seed": 7},
    )  # fmt: skip


def become(generation: Generation, **fields: object) -> Generation:
    """Write what the pipeline would have written."""
    Generation.objects.filter(pk=generation.pk).update(**fields)
    generation.refresh_from_db()
    return generation


def test_the_story_is_told_in_its_order_and_repetitions_once(
    agency: Agency, login: Login, launched: Generation
) -> None:
    become(launched, state=State.RUNNING, remote_id="video_1", poll_count=14)
    tell(launched, Kind.CALL, "The provider took the order.", raw="queued", ms=230, request_id="req_8f2")
    for _ in range(3):
        tell(launched, Kind.FILE, "Fetching has met trouble: away.", code="503")
    tell(launched, Kind.WEBHOOK, "The provider called.", signed=False)
    context = login(agency.alice).get(f"/generations/{launched.pk}/").context
    told = [(one.first.words, one.times, one.tone) for day in context["days"] for one in day.told]
    assert [words.split(".")[0] for words, *_ in told] == [
        "Launched", "The provider took the order", "Fetching has met trouble: away", "The provider called",
    ]  # fmt: skip
    assert [(times, tone) for _, times, tone in told] == [(1, "info"), (1, ""), (3, "warn"), (1, "")]
    assert context["looks"] == "Asked 14 times so far how it stands; whatever was new stands above."
    details = [one.details for day in context["days"] for one in day.told]
    assert details == [
        (),
        ("the provider’s word: queued", "230 ms", "request req_8f2"),
        ("code 503",),
        ("unsigned: only a hint",),
    ]


def test_days_are_those_of_the_persons_own_zone(agency: Agency, login: Login, launched: Generation) -> None:
    TimelineEntry.objects.update(at=dt.datetime(2026, 11, 21, 23, 30, tzinfo=dt.UTC))
    agency.alice.time_zone = "Europe/Berlin"
    agency.alice.save()
    days = login(agency.alice).get(f"/generations/{launched.pk}/").context["days"]
    assert [day.on for day in days] == [dt.date(2026, 11, 22)]


def test_what_differs_from_what_was_asked_is_marked(agency: Agency, login: Login, launched: Generation) -> None:
    become(launched, actual={"model": "sora-2-2026", "seconds": 8, "width": 1280, "height": 720, "seed": 7, "fps": 24})
    lines = login(agency.alice).get(f"/generations/{launched.pk}/").context["compared"]
    assert [(line.what, line.asked, line.used, line.differs) for line in lines] == [
        ("Model", "Sora 2 (embedded service)", "sora-2-2026", False),
        ("Length", "4 s", "8 s", True),
        ("Picture", "1280 × 720", "1280 × 720", False),
        ("Seed", "7", "7", False),
        ("Frames per second", "24", "24", False),
    ]


def test_money_that_nobody_knows_about_stays_set_aside_until_somebody_settles_it(
    agency: Agency, login: Login, launched: Generation
) -> None:
    browser, url = login(agency.alice), f"/generations/{launched.pk}/"
    assert "Settle by the bill" not in browser.get(url).content.decode()
    become(launched, state=State.LOST)
    billing.close(launched, None, "lost")
    page = browser.get(url).content.decode()
    assert "Nobody knows yet whether the provider charges for it." in page
    wrong = browser.post(f"{url}settle/", {"total": "-1", "reason": ""}).content.decode()
    assert "greater than or equal to 0" in wrong
    assert SpendEntry.objects.count() == 1
    answer = browser.post(f"{url}settle/", {"total": "0.25", "reason": "Bill of November"})
    assert answer.headers["Location"] == url
    launched.refresh_from_db()
    assert launched.settled_micro == 250_000
    page = browser.get(url).content.decode()
    assert "<dd><strong>0.25 USD</strong></dd>" in page
    assert "Bill of November" in page


def test_what_still_runs_cannot_be_settled(agency: Agency, login: Login, launched: Generation) -> None:
    answer = login(agency.alice).post(
        f"/generations/{launched.pk}/settle/", {"total": "1", "reason": "Bill"}, follow=True
    )
    assert "It is still under way: its cost is settled when it ends." in answer.content.decode()
    assert SpendEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("route", "model", "state", "words"),
    [
        ("sandbox", "sora-2", State.RESERVED, "It has not been sent yet. The money is free again."),
        ("sandbox", "sora-2", State.RUNNING, "offers no way to cancel"),
        ("sandbox-ark", "seedance-2.0", State.QUEUED, "take it out of its queue, which is free"),
        ("sandbox-ark", "seedance-2.0", State.RUNNING, "cancels only what still waits in its queue"),
        ("sandbox-ark", "seedance-2.0", State.FETCHING, "its clip is being fetched"),
    ],
)
def test_cancelling_is_worded_as_the_route_can(
    agency: Agency, login: Login, route: str, model: str, state: State, words: str
) -> None:
    account = provider_account(route=route)
    found = Generation.objects.create(
        project=agency.aurora, prompt=agency.prompt, account=account, model=model, estimate_micro=1, state=state,
        remote_id="task_1", params={"seconds": 4, "size": "1280x720"}, created_by=agency.alice,
    )  # fmt: skip
    assert words in login(agency.alice).get(f"/generations/{found.pk}/").content.decode()


def test_asking_to_cancel_says_that_the_provider_decides(agency: Agency, login: Login) -> None:
    account = provider_account(route="sandbox-ark")
    found = Generation.objects.create(
        project=agency.aurora, prompt=agency.prompt, account=account, model="seedance-2.0", estimate_micro=1,
        state=State.QUEUED, remote_id="task_1", params={"seconds": 4, "size": "1280x720"}, created_by=agency.alice,
    )  # fmt: skip
    page = login(agency.alice).post(f"/generations/{found.pk}/cancel/", follow=True).content.decode()
    assert "The provider is asked to stop it." in page
    assert "The provider was asked to stop it at" in page
    assert Job.objects.filter(kind="generation.cancel").count() == 1


def test_one_more_try_after_output_moderation_says_that_it_may_be_charged_again(
    agency: Agency, login: Login, launched: Generation
) -> None:
    become(launched, state=State.FAILED, error_class="moderation_output")
    page = login(agency.alice).get(f"/generations/{launched.pk}/").content.decode()
    assert 'data-question="Once more?"' in page
    assert "The provider may charge for it again" in page


def test_alarms_stand_on_the_page_with_their_mend(agency: Agency, login: Login, launched: Generation) -> None:
    raise_alarm(
        Alarm.Kind.UNKNOWN_WORD, "x", message="It says: dreaming.", mend="Tell your operator.", generation=launched
    )
    page = login(agency.alice).get(f"/generations/{launched.pk}/").content.decode()
    assert "It says: dreaming." in page
    assert "<strong>What to do:</strong> Tell your operator." in page
    Alarm.objects.update(cleared_at=timezone.now())
    assert "dreaming" not in login(agency.alice).get(f"/generations/{launched.pk}/").content.decode()


def test_lineage_is_shown_from_both_ends(agency: Agency, login: Login, launched: Generation) -> None:
    child = Generation.objects.create(
        project=agency.aurora, prompt=agency.prompt, account=launched.account, model="sora-2", mode="remix",
        estimate_micro=1, params={"seconds": 4, "size": "1280x720"}, source=launched, created_by=agency.alice,
    )  # fmt: skip
    browser = login(agency.alice)
    assert f'href="/generations/{child.pk}/"' in browser.get(f"/generations/{launched.pk}/").content.decode()
    page = browser.get(f"/generations/{child.pk}/").content.decode()
    assert f'href="/generations/{launched.pk}/"' in page
    assert "remixed from a take" in page


def test_a_long_story_costs_no_more_queries_than_a_short_one(
    agency: Agency, login: Login, launched: Generation
) -> None:
    browser, counts = login(agency.alice), []
    for much in (5, 500):
        TimelineEntry.objects.bulk_create(
            TimelineEntry(generation=launched, kind=Kind.STATE, words=f"{much} {n}", actor=agency.alice)
            for n in range(much)
        )
        Generation.objects.bulk_create(
            Generation(
                project=agency.aurora, prompt=agency.prompt, account=launched.account, model="sora-2", mode="remix",
                estimate_micro=1, params={"seconds": 4, "size": "1280x720"}, source=launched, created_by=agency.alice,
            )
            for _ in range(much)
        )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(f"/generations/{launched.pk}/").content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[1] <= 18
    assert "The newest entries are shown" in page


def test_one_that_waits_says_what_holds_its_account_up(agency: Agency, login: Login, launched: Generation) -> None:
    free = login(agency.alice).get(f"/generations/{launched.pk}/").context["next_words"]
    assert free == "The money is set aside. It is sent as soon as a place is free."
    pause_account(actor=agency.ada, account=launched.account, reason="credit is being renewed")
    held = login(agency.alice).get(f"/generations/{launched.pk}/").context["next_words"]
    assert held == (
        f"The money is set aside. The account {launched.account} is paused: credit is being renewed. "
        "It is sent when somebody resumes it."
    )


def test_a_finished_file_that_could_not_be_brought_in_can_be_fetched_again_from_its_page(
    agency: Agency, login: Login, launched: Generation
) -> None:
    ended = {"state": State.FAILED, "error_class": "invalid_request", "error_code": "http-blocked"}
    become(launched, **ended, remote_id="video_1", finished_at=timezone.now())
    page, address = f"/generations/{launched.pk}/", f"/generations/{launched.pk}/fetch-again/"
    browser = login(agency.alice)
    assert address not in browser.get(page).content.decode()
    assert "there is no file to fetch" in browser.post(address, follow=True).content.decode()
    assert not Job.objects.filter(kind="generation.recover").exists()

    become(launched, made_at=timezone.now())
    assert address in browser.get(page).content.decode()
    assert address not in login(agency.bob).get(page).content.decode()
    assert "Its file is being fetched." in browser.post(address, follow=True).content.decode()
    assert Job.objects.get(kind="generation.recover").subject_id == launched.pk
    assert address not in browser.get(page).content.decode()


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (State.FAILED, "provider_transient"),
        (State.EXPIRED, "expired_asset"),
        (State.LOST, "ambiguous_submit"),
        (State.CANCELLED, ""),
    ],
)
def test_what_its_route_no_longer_makes_is_not_offered_again(
    agency: Agency, login: Login, account: ProviderAccount, launched: Generation, state: str, error: str
) -> None:
    """Sora on OpenAI is gone since 2026-09-24: nothing offers to fetch or to try again; what could serve is named."""
    become(launched, state=state, error_class=error)
    browser, url = login(agency.alice), f"/generations/{launched.pk}/"
    assert "Try again" in browser.get(url).content.decode()
    ProviderAccount.objects.filter(pk=account.pk).update(route="openai")
    answer = browser.get(url)
    page = answer.content.decode()
    assert "Try again" not in page
    assert f"{url}retry/" not in page
    assert (
        "Sora 2 on OpenAI was shut down on 2026-09-24. These could serve instead: Sora 2 (compatible service)" in page
    )
    assert ("it may have been made and charged" in page) is (error == "ambiguous_submit")
    assert answer.context["same_again_helps"] is False
    again = browser.post(f"{url}retry/", follow=True)
    assert "was shut down on 2026-09-24" in again.content.decode()
    assert Generation.objects.count() == 1
