"""Append-only in Python: every way to change a row through the ORM is refused with clear words."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import models
from django.test.utils import isolate_apps

from sorahub.ledger import checkpoints
from sorahub.ledger.append_only import AppendOnly, AppendOnlyViolation
from sorahub.ledger.models import Chain, Checkpoint

pytestmark = [pytest.mark.core, pytest.mark.django_db]


def made() -> Checkpoint:
    return checkpoints.make(Chain.objects.create(key="hub"))


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.save(),
        lambda row: row.save(update_fields=["size"]),
        lambda row: row.delete(),
        lambda row: Checkpoint.objects.update(size=9),
        lambda row: Checkpoint.objects.filter(pk=row.pk).delete(),
        lambda row: Checkpoint.objects.bulk_update([row], ["size"]),
        lambda row: Checkpoint.objects.update_or_create(pk=row.pk, defaults={"size": 9}),  # type: ignore[misc]
        lambda row: row.chain.checkpoints.all().delete(),
        lambda row: Checkpoint.objects.bulk_create(
            [row], update_conflicts=True, update_fields=["size"], unique_fields=["id"]
        ),
    ],
)
def test_no_way_through_the_orm_changes_a_row(change: Callable[[Checkpoint], Any]) -> None:
    row = made()
    with pytest.raises(AppendOnlyViolation, match=r"append-only: a checkpoint is written once"):
        change(row)
    assert Checkpoint.objects.get(pk=row.pk).size == 0
    assert Checkpoint.objects.count() == 1


def test_what_a_row_points_to_cannot_be_deleted() -> None:
    row = made()
    with pytest.raises(models.ProtectedError):
        row.chain.delete()
    assert Chain.objects.count() == 1


def test_many_rows_can_be_added_at_once() -> None:
    row = made()
    values = {"chain": row.chain, "size": 1, "root": "", "head": "", "at": row.at, "key_id": "", "signature": ""}
    Checkpoint.objects.bulk_create([Checkpoint(**values, note=str(number)) for number in range(3)])
    assert Checkpoint.objects.count() == 4


@isolate_apps("sorahub.ledger")
def test_the_system_check_names_a_cascading_key_and_a_manager_that_would_let_changes_through() -> None:
    class Careless(AppendOnly):
        chain = models.ForeignKey(Chain, on_delete=models.CASCADE)
        objects = models.Manager()

        class Meta:
            app_label = "ledger"

    found = {message.id for message in Careless.check()}
    assert {"ledger.E001", "ledger.E002"} <= found
    assert not {message.id for message in Checkpoint.check()}
