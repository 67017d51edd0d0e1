"""Costs and invoices by a program: the same figures as the page's, the whole way of an invoice, nothing for others."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from generations.models import Generation, State
from generations.pipeline import money
from sorahub.jobs.runner import drain
from tests.api.conftest import Program, post
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


def test_costs_and_the_way_of_an_invoice(agency: Agency, program: Program) -> None:
    account, now = provider_account(), dt.datetime.now(dt.UTC)
    row = Generation.objects.create(
        project=agency.aurora, prompt=agency.prompt, account=account, model="sora-2", state=State.FAILED, remote_id="v-1",
        capability_version="sandbox@1", estimate_micro=400_000, created_by=agency.alice, finished_at=now,
    )  # fmt: skip
    money.reserve(row, "4 s")
    money.settle(row, "told", amount_micro=1_500_000, currency="USD")
    told = program(agency.alice).get("/api/v1/costs/", {"by": "model"}).json()
    assert [(sheet["currency"], sheet["total"]["spent_micro"], sheet["groups"][0]["key"]) for sheet in told] == [
        ("USD", 1_500_000, "sora-2")
    ]
    assert (told[0]["total"]["failed"], told[0]["total"]["micro_by_finished"], told[0]["forecast"]) == (1, None, None)
    assert program(agency.carol).get("/api/v1/costs/").status_code == 404
    assert program(agency.ada).get("/api/v1/costs/", {"first": "2026-05", "last": "2026-04"}).status_code == 400

    ada = program(agency.ada)
    file = SimpleUploadedFile("a.csv", f"Id,Cost,When\nv-1,1.75,{now:%Y-%m-%d}\n".encode())
    made = ada.post(
        "/api/v1/invoices/", {"account": account.pk, "number": "R-1", "file": file}, format="multipart"
    ).json()
    way = f"invoices/{made['id']}"
    assert post(ada, f"{way}/read/", {"amount": "Price"}).json()["errors"].keys() == {"amount"}
    assert post(ada, f"{way}/read/", {"amount": "Cost", "remote_id": "Id", "date": "When"}).status_code == 202
    drain()
    line = ada.get(f"/api/v1/{way}/lines/").json()["results"][0]
    assert (line["status"], line["billed_micro"], line["spent_micro"], line["spent_in"]) == (
        "differs",
        1_750_000,
        1_500_000,
        "USD",
    )
    assert (
        post(program(agency.alice), f"{way}/settle/", {"lines": [line["id"]], "reason": "as billed"}).status_code == 404
    )
    assert post(ada, f"{way}/settle/", {"lines": [line["id"]], "reason": "as billed"}).json() == {"done": 1}
    assert ada.get(f"/api/v1/{way}/standing/").json()["reconciled"] is True
    row.refresh_from_db()
    assert row.settled_micro == 1_750_000
