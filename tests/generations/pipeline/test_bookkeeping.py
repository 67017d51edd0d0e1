"""The journal proves itself; what was in an older hub keeps its place in it."""

import gc
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from generations.actions.budgets import add_budget
from generations.actions.launches import launch_generation
from generations.models import BudgetPeriod, Generation, Reference, SpendEntry, SpendLine, State
from generations.pipeline import money
from generations.pipeline.bookkeeping import faults
from tests.generations.factories import ORDER
from tests.people import Agency, provider_account

EACH = 400_000


def launch(agency: Agency) -> Generation:
    account = provider_account()
    return launch_generation(actor=agency.alice, prompt=agency.prompt, account=account, model="sora-2", params=ORDER)


@pytest.mark.django_db
def test_a_sound_journal_says_so(agency: Agency) -> None:
    add_budget(actor=agency.ada, name="Aurora", hard_micro=10 * EACH)
    money.settle(launch(agency), "Done.", amount_micro=300_000)
    launch(agency)
    said = StringIO()
    call_command("verify_journal", stdout=said)
    assert said.getvalue() == "The journal is sound: 3 entries in balance.\n"


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.LOST, State.CANCELLED, State.FAILED])
def test_money_of_which_nobody_knows_yet_whether_it_is_spent_is_no_fault_until_it_is_closed(
    agency: Agency, state: State
) -> None:
    """Cancelled while it was rendered, as lawful as lost: the journal is sound, and a person settles it by the bill."""
    ended = launch(agency)
    Generation.objects.filter(pk=ended.pk).update(state=state)
    assert faults() == []
    Generation.objects.filter(pk=ended.pk).update(state=State.EXPIRED)
    assert [str(fault) for fault in faults()] == [
        f"generation {ended.pk}: it has ended, but 0.40 USD are still set aside"
    ]


@pytest.mark.django_db
def test_each_sort_of_fault_is_named(agency: Agency) -> None:
    budget = add_budget(actor=agency.ada, name="Aurora", hard_micro=10 * EACH)
    ended, entry = launch(agency), SpendEntry.objects.get()
    Generation.objects.filter(pk=ended.pk).update(state=State.FAILED, settled_micro=7)
    BudgetPeriod.objects.update(bound_micro=1)
    line = SpendLine.objects.get(book="reserved")
    SpendLine.objects.create(
        entry=entry,
        book="spent",
        amount_micro=5,
        currency="USD",
        project=line.project,
        client=line.client,
        account=line.account,
    )
    assert [str(fault) for fault in faults()] == [
        f"entry {entry.pk}: its lines are out by 0.000005 USD",
        f"generation {ended.pk}: it has ended, but 0.40 USD are still set aside",
        f"generation {ended.pk}: it says 7, the journal says 5 millionths were spent",
        f"budget Aurora from {budget.periods.get().starts_on}: it counts 1, bound are {EACH}",
    ]
    with pytest.raises(CommandError, match="NOT sound: 4 fault"):
        call_command("verify_journal", stderr=StringIO())


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_older_hub_keeps_its_money_and_its_references(agency: Agency) -> None:
    done, open_, freed = (launch(agency) for _ in range(3))
    money.settle(done, "Done.", amount_micro=300_000)
    money.release(freed, "Nothing was made.")
    gc.disable()  # among the classes of every state on the way, collecting takes a third of the time
    try:
        call_command("migrate", "generations", "0001", verbosity=0)
        old = MigrationLoader(connection).project_state([("generations", "0001_what_gets_made")]).apps
        reference = old.get_model("generations", "Reference").objects.create(
            project_id=agency.aurora.pk,
            kind="image",
            sha256="0" * 64,
            size=1,
            media_type="image/png",
            storage_key="gone.png",
            source="x",
            rights="y",
            created_by_id=agency.alice.pk,
        )
        old.get_model("generations", "Generation").objects.get(pk=open_.pk).references.add(reference)
    finally:
        call_command("migrate", verbosity=0)
        gc.enable()
    assert list(open_.given.values_list("reference", "role", "position")) == [(reference.pk, "first_frame", 0)]
    assert Reference.objects.get(pk=reference.pk).width is None
    assert (money.reserved_of(open_), money.reserved_of(done), money.reserved_of(freed)) == (EACH, 0, 0)
    assert faults() == []
