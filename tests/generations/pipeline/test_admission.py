"""Who may go to an account: places, creates per minute, models with limits of their own, pauses, and fair shares of it all."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.actions.account_control import pause_account, resume_account
from generations.models import AccountLimit, Generation, Project, Prompt, ProviderAccount, Shot, State
from generations.pipeline import admission
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.queue import enqueue
from sorahub.jobs.runner import run_one
from tests import people
from tests.generations.factories import ORDER
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(agency: Agency) -> ProviderAccount:
    return provider_account()


def prompt_in(agency: Agency, code: str, *, weight: int = 1) -> Prompt:
    project = people.project(agency.north, code, agency.alice, agency.alice)
    Project.objects.filter(pk=project.pk).update(weight=weight)
    shot = Shot.objects.create(project=project, code="SH010", created_by=agency.alice)
    return Prompt.objects.create(shot=shot, version=1, text="A lighthouse", created_by=agency.alice)


def waiting(agency: Agency, account: ProviderAccount, prompt: Prompt | None = None, **facts: object) -> Generation:
    """A reserved generation whose job waits for a place, as it does after asking in vain."""
    prompt = prompt or agency.prompt
    values = {"model": "sora-2", "params": ORDER, "capability_version": "x", "estimate_micro": 1, **facts}
    row = Generation.objects.create(
        project=prompt.shot.project, prompt=prompt, account=account, created_by=agency.alice, **values
    )
    later = timezone.now() + dt.timedelta(minutes=10)
    with transaction.atomic():
        payload = {"generation": str(row.pk)}
        key = f"generation.submit:{row.pk}"
        enqueue("generation.submit", key=key, payload={**payload}, run_at=later, subject_id=row.pk)
    Job.objects.filter(key=key).update(error_code=admission.FULL)
    return row


def under_way(agency: Agency, account: ProviderAccount, prompt: Prompt | None = None, **facts: object) -> Generation:
    row = waiting(agency, account, prompt, **facts)
    Job.objects.filter(subject_id=row.pk).delete()
    values = {"state": State.QUEUED, "remote_id": str(row.pk), "submitted_at": timezone.now()}
    Generation.objects.filter(pk=row.pk).update(**values)
    return row


def asked(row: Generation) -> str:
    """Ask as the generation's own job does while it runs; "" when it may go."""
    Job.objects.filter(subject_id=row.pk).update(state=JobState.RUNNING, lease_until=timezone.now())
    with transaction.atomic():
        answer = admission.ask(row)
        admission.wake(answer.others)
    Job.objects.filter(subject_id=row.pk, state=JobState.RUNNING).update(state=JobState.QUEUED)
    return answer.wait.code if answer.wait else ""


def is_due(row: Generation) -> bool:
    return Job.objects.get(subject_id=row.pk).run_at <= timezone.now()


def test_a_full_account_lets_nobody_in(agency: Agency, account: ProviderAccount) -> None:
    ProviderAccount.objects.update(max_in_flight=1)
    row = waiting(agency, account)
    assert asked(row) == ""
    under_way(agency, account)
    assert asked(row) == admission.FULL


def test_a_model_with_a_limit_of_its_own_leaves_the_other_places_to_others(
    agency: Agency, account: ProviderAccount
) -> None:
    AccountLimit.objects.create(account=account, model="sora-2-pro", max_in_flight=1)
    under_way(agency, account, model="sora-2-pro")
    pro, plain = waiting(agency, account, model="sora-2-pro"), waiting(agency, account)
    assert (asked(pro), asked(plain)) == (admission.FULL, "")


def test_no_more_are_sent_in_a_minute_than_the_account_allows(agency: Agency, account: ProviderAccount) -> None:
    ProviderAccount.objects.update(creates_per_minute=2)
    row = waiting(agency, account)
    under_way(agency, account)
    assert asked(row) == ""
    sent = under_way(agency, account)
    assert asked(row) == admission.RATE
    earlier = timezone.now() - dt.timedelta(seconds=61)
    Generation.objects.filter(pk=sent.pk).update(submitted_at=earlier)
    assert asked(row) == ""


def test_who_waits_for_the_minute_to_pass_asks_again_when_it_has(agency: Agency, account: ProviderAccount) -> None:
    ProviderAccount.objects.update(creates_per_minute=1)
    sent = under_way(agency, account)
    Generation.objects.filter(pk=sent.pk).update(submitted_at=timezone.now() - dt.timedelta(seconds=50))
    with transaction.atomic():
        wait = admission.ask(waiting(agency, account)).wait
    assert wait is not None
    assert 9 < wait.seconds < 11


def test_a_paused_account_accepts_launches_and_sends_them_when_it_is_resumed(
    agency: Agency, account: ProviderAccount
) -> None:
    row = waiting(agency, account)
    pause_account(actor=agency.alice, account=account, reason="The bill is being looked at")
    job = Job.objects.get(subject_id=row.pk)
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now())
    run_one(job.pk)
    job.refresh_from_db()
    row.refresh_from_db()
    assert (row.state, job.error_code) == (State.RESERVED, admission.PAUSED)
    assert "The bill is being looked at" in job.error_message
    assert not is_due(row)
    resume_account(actor=agency.alice, account=account)
    assert is_due(row)


def test_three_projects_share_by_weight_and_a_late_arriver_is_next(agency: Agency, account: ProviderAccount) -> None:
    ProviderAccount.objects.update(max_in_flight=8)
    heavy, light = prompt_in(agency, "HEAVY", weight=2), prompt_in(agency, "LIGHT")
    lines = [waiting(agency, account, prompt) for prompt in (heavy, light) for _ in range(10)]
    for _ in range(4):
        under_way(agency, account, heavy)
    for _ in range(2):
        under_way(agency, account, light)
    assert [asked(lines[0]), asked(lines[10])] == ["", ""]
    under_way(agency, account, heavy)
    assert [asked(lines[0]), asked(lines[10])] == [admission.SHARED, ""]
    late = waiting(agency, account, prompt_in(agency, "LATE"))
    assert [asked(lines[0]), asked(lines[10]), asked(late)] == [admission.SHARED, admission.SHARED, ""]


def test_a_freed_place_wakes_whose_turn_it_is_and_nobody_else(agency: Agency, account: ProviderAccount) -> None:
    ProviderAccount.objects.update(max_in_flight=2)
    first = [under_way(agency, account) for _ in range(2)]
    own = [waiting(agency, account) for _ in range(3)]
    other = waiting(agency, account, prompt_in(agency, "OTHER"))
    Generation.objects.filter(pk=first[0].pk).update(state=State.FETCHING)
    with transaction.atomic():
        admission.wake_next(account)
    assert [is_due(row) for row in (*own, other)] == [False, False, False, True]


def test_whoever_is_not_next_wakes_those_who_are(agency: Agency, account: ProviderAccount) -> None:
    ProviderAccount.objects.update(max_in_flight=2)
    under_way(agency, account)
    hasty, other = waiting(agency, account), waiting(agency, account, prompt_in(agency, "OTHER"))
    assert asked(hasty) == admission.SHARED
    assert is_due(other)


def test_one_that_has_met_another_trouble_holds_nobody_up(agency: Agency, account: ProviderAccount) -> None:
    ProviderAccount.objects.update(max_in_flight=1)
    troubled, next_one = waiting(agency, account), waiting(agency, account)
    Job.objects.filter(subject_id=troubled.pk).update(error_code="http-connect-failed")
    assert asked(next_one) == ""


def test_where_there_is_plenty_of_room_sleepers_are_woken_two_at_a_time(
    agency: Agency, account: ProviderAccount
) -> None:
    ProviderAccount.objects.update(max_in_flight=1000)
    rows = [waiting(agency, account) for _ in range(5)]
    assert asked(rows[4]) == ""
    assert sum(is_due(row) for row in rows) == 2


@pytest.mark.parametrize("count", [20, 120])
def test_deciding_costs_the_same_however_many_wait(agency: Agency, account: ProviderAccount, count: int) -> None:
    ProviderAccount.objects.update(max_in_flight=1)
    row = waiting(agency, account)
    for _ in range(count):
        waiting(agency, account)
    with transaction.atomic(), CaptureQueriesContext(connection) as statements:
        assert admission.ask(row).wait is None
    assert len(statements) <= 16
