"""An order is sent, cancelled and billed by the catalogue's row as it stood when it was booked."""

import dataclasses

import pytest

from generations import catalog
from generations.actions.cancelling import objection
from generations.actions.launches import launch_generation
from generations.models import CapabilityRecord, Generation, State
from generations.pipeline import remote
from generations.pipeline.billing import bill
from generations.pipeline.remote import capability_of, offered, request_for
from sorahub.ledger.append_only import AppendOnlyViolation
from tests.people import Agency, provider_account

SEEDANCE = {"seconds": 4, "size": "640x640", "audio": "off"}


def booked(agency: Agency) -> Generation:
    account = provider_account(route="sandbox-ark")
    return launch_generation(
        actor=agency.alice, prompt=agency.prompt, account=account, model="seedance-2.0", params=SEEDANCE
    )


def test_every_row_can_be_kept_and_read_again() -> None:
    for row in catalog.rows():
        again = catalog.restored(catalog.kept(row).decode(), row.digest)
        assert (again, again.digest) == (row, row.digest)


def test_a_row_of_another_version_is_read_as_far_as_it_goes_or_not_at_all() -> None:
    row = catalog.rows()[0]
    body = catalog.kept(row).decode()
    assert catalog.restored(body.replace('{"as_of"', '{"a_field_of_the_future":1,"as_of"'), "x") == row
    with pytest.raises(catalog.CatalogueError):
        catalog.restored(body.replace('"title"', '"caption"'), "y")


@pytest.mark.django_db
def test_the_row_is_kept_once_however_many_are_booked_by_it_and_never_changed(agency: Agency) -> None:
    one, other = booked(agency), booked(agency)
    record = CapabilityRecord.objects.get()
    assert one.capability_record == other.capability_record == record
    assert one.capability_version.endswith(record.digest[:12])
    with pytest.raises(AppendOnlyViolation):
        CapabilityRecord.objects.update(body="{}")
    assert capability_of(one) == offered(one)


@pytest.mark.django_db
@pytest.mark.parametrize("gone", [True, False])
def test_what_happens_to_the_catalogue_later_changes_nothing(
    agency: Agency, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    """The price is ten times as high, the model has another name and no cancel; or the row is gone altogether."""
    generation = booked(agency)
    Generation.objects.filter(pk=generation.pk).update(
        state=State.QUEUED, remote_id="cgt-1", actual={"tokens": 1_000_000}
    )
    generation.refresh_from_db()
    row = capability_of(generation)
    assert row is not None
    assert row.pricing is not None
    dear = tuple(dataclasses.replace(price, amount=10 * price.amount) for price in row.pricing.prices)
    changed = dataclasses.replace(
        row,
        wire_model="another",
        cancel=catalog.Cancel.NONE,
        pricing=dataclasses.replace(row.pricing, prices=dear),
    )
    monkeypatch.setattr(remote, "offered", lambda _: None if gone else changed)

    found = bill(generation)
    assert found is not None
    assert (found.micro, found.currency) == (7_710_000, "USD")
    assert request_for(generation).model == row.wire_model
    assert objection(generation) is None
