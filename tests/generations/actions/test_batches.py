"""Batches beneath their pages: every warning is told, locks are taken in one order, and nothing is repeated twice."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.actions import batch_cells, batches
from generations.actions.batch_plans import BatchAsk, Making, matrix_of, plan_batch, stored_ask
from generations.actions.batch_standing import standing
from generations.actions.budgets import add_budget
from generations.actions.launches import preview
from generations.actions.names import add_name
from generations.actions.retries import retry_generation
from generations.models import BudgetPeriod, Character, ErrorClass, Generation, Prompt, Pulse, Reference
from generations.pipeline.bookkeeping import faults
from generations.pipeline.endings import fail
from sorahub.jobs.models import Job
from sorahub.ledger.models import Chain
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(agency: Agency) -> BatchAsk:
    return BatchAsk([agency.prompt], [Making(provider_account(), "sora-2")], sizes=["1280x720"], seconds=[4])


def _picture(agency: Agency, number: int) -> Reference:
    return Reference.objects.create(
        project=agency.aurora, kind="image", sha256=f"{number:064x}", size=9, media_type="image/png", storage_key="k",
        original_name=f"{number}.png", width=1280, height=720, source="Us", rights="Ours", created_by=agency.alice,
    )  # fmt: skip


def test_what_is_to_be_known_of_any_words_and_any_files_is_told_and_costs_the_same(agency: Agency) -> None:
    omni = Making(provider_account(route="sandbox-kling"), "kling-3.0-omni", "reference_to_video")
    sets, words, counts = [], [agency.prompt], []
    for number, name in enumerate(("Mira Holm", "Otto Berg", "Ida Lund", "Ann Lee"), 2):
        add_name(actor=agency.alice, client=agency.north, name=name, sort="person")
        words.append(
            Prompt.objects.create(shot=agency.shot, version=number, text=f"{name} waves", created_by=agency.alice)
        )
        sets.append([(_picture(agency, number), "reference")])
        asked = BatchAsk(words, [omni], sizes=["1280x720"], seconds=[5], references=sets)
        with CaptureQueriesContext(connection) as queries:
            plan = plan_batch(actor=agency.alice, ask=asked)
        counts.append(len(queries))
        told = " ".join(plan.warnings)
        awaited = [*(row.text.removesuffix(" waves") for row in words[1:]), *(str(one[0][0]) for one in sets)]
        assert [each for each in awaited if each not in told] == []
    assert len({*counts}) == 1


def test_words_of_shots_that_are_given_at_the_launch_are_looked_through_too(agency: Agency) -> None:
    add_name(actor=agency.alice, client=agency.north, name="Mira Holm", sort="person")
    kling = provider_account(route="sandbox-kling")
    params = {"shots": [{"prompt": "Mira Holm waves", "seconds": 2}, {"prompt": "Rain", "seconds": 3}]}
    asked = BatchAsk([agency.prompt], [Making(kling, "kling-3.0")], sizes=["1280x720"], seconds=[5], params=params)
    one = preview(
        actor=agency.alice, prompt=agency.prompt, account=kling, model="kling-3.0", mode="text_to_video",
        params={"size": "1280x720", **params},
    )  # fmt: skip
    for told in (one.warnings, plan_batch(actor=agency.alice, ask=asked).warnings):
        assert "Mira Holm" in " ".join(told)


def test_pulse_and_all_budgets_are_locked_before_the_ledgers_head(agency: Agency, ask: BatchAsk) -> None:
    makings = [*ask.makings, Making(provider_account(), "sora-2")]
    for number, each in enumerate(makings):
        add_budget(actor=agency.ada, name=f"B{number}", account=each.account, hard_micro=9_000_000)
    with CaptureQueriesContext(connection) as queries:
        batches.launch_matrix(actor=agency.alice, name="Two", ask=replace(ask, makings=makings))
    said = [each["sql"] for each in queries]
    head = next(at for at, sql in enumerate(said) if "UPDATE" in sql and Chain._meta.db_table in sql)
    pulse = next(at for at, sql in enumerate(said) if Pulse._meta.db_table in sql)
    for period in BudgetPeriod.objects.all():
        table = f'FROM "{BudgetPeriod._meta.db_table}"'
        touched = [at for at, sql in enumerate(said) if table in sql and period.budget_id.hex in sql.replace("-", "")]
        locked = [at for at in touched if at > pulse]
        assert pulse < locked[0] < head


def test_more_cells_cost_no_more_statements_but_the_ledgers(agency: Agency, ask: BatchAsk) -> None:
    add_budget(actor=agency.ada, name="Soft", soft_micro=1)
    budget = add_budget(actor=agency.ada, name="Hard", hard_micro=90_000_000, project=agency.aurora)
    batches.launch_matrix(
        actor=agency.alice, name="First", ask=ask
    )  # the catalogue's row, the periods and the alarm are there
    counts = []
    for cells in (2, 12):
        with CaptureQueriesContext(connection) as queries:
            batches.launch_matrix(actor=agency.alice, name="Many", ask=replace(ask, seeds=[*range(cells)]))
        counts.append(len([each for each in queries if "ledger_" not in each["sql"]]))
    assert counts[0] == counts[1]
    assert [row.bound_micro for row in BudgetPeriod.objects.filter(budget=budget)] == [15 * 400_000]
    assert faults() == []


def test_who_waits_behind_a_batch_is_tried_when_it_is_taken_back_once_and_not_for_each_cell(
    agency: Agency, ask: BatchAsk
) -> None:
    batch = batches.launch_matrix(actor=agency.alice, name="Three", ask=replace(ask, seeds=[1, 2, 3]))
    behind = batches.launch_matrix(actor=agency.alice, name="Behind", ask=ask).generations.get()
    later = timezone.now() + dt.timedelta(hours=1)
    sleeping = Job.objects.filter(kind="generation.submit", subject_id=behind.pk)
    sleeping.update(run_at=later, error_code="account-full")
    with CaptureQueriesContext(connection) as queries:
        told = batch_cells.cancel_waiting(actor=agency.alice, batch=batch)
    assert (told.withdrawn, told.asked, told.going_on) == (3, 0, ())
    assert sleeping.get().run_at < later
    assert len([each for each in queries if "ROW_NUMBER" in each["sql"]]) <= 1
    assert faults() == []


def test_what_somebody_repeated_meanwhile_is_not_repeated_again(
    agency: Agency, ask: BatchAsk, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = batches.launch_matrix(actor=agency.alice, name="Two", ask=replace(ask, seeds=[1, 2]))
    for row in batch.generations.all():
        fail(row, ErrorClass.PROVIDER_TRANSIENT, "500", "A fault.")
    read_before = standing(batch, agency.alice)
    faster = retry_generation(actor=agency.alice, generation=batch.generations.order_by("id")[0])
    fail(faster, ErrorClass.PROVIDER_TRANSIENT, "500", "A fault.")
    monkeypatch.setattr(batch_cells, "standing", lambda *_: read_before)
    told = batch_cells.retry_safe(actor=agency.alice, batch=batch)
    assert [each.retry_of for each in told.generations] == [batch.generations.order_by("id")[1]]
    assert Generation.objects.count() == 4


def test_characters_come_back_in_the_order_in_which_they_were_asked_for(agency: Agency, ask: BatchAsk) -> None:
    about = {"project": agency.aurora, "account": ask.makings[0].account, "created_by": agency.alice, "state": "ready"}
    learnt = [
        Character.objects.create(reference=_picture(agency, at), name=name, remote_id=name, **about)
        for at, name in enumerate(("Otto", "Ada", "Mira"), 1)
    ]
    for asked in (learnt, learnt[::-1]):
        assert stored_ask(agency.alice, matrix_of(replace(ask, characters=asked))).characters == asked
