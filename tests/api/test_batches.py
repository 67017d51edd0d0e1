"""A batch by the API: previewed, launched once for its key, read cell by cell, duplicated, and made more of."""

from typing import Any

import pytest

from generations.models import Batch, ErrorClass, Generation
from generations.pipeline.endings import fail
from tests.api.conftest import Program, post
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


def test_a_matrix_from_preview_to_more_like_this_one(agency: Agency, program: Program) -> None:
    client = program(agency.alice)
    sora, kling = provider_account(), provider_account("http://localhost:9/kling", route="sandbox-kling")
    models = [{"account": str(sora.pk), "model": "sora-2"}, {"account": str(kling.pk), "model": "kling-3.0"}]
    body: dict[str, Any] = {
        "prompts": [str(agency.prompt.pk)], "models": models, "seed_count": 2, "sizes": ["1280x720"], "seconds": [4, 8],
    }  # fmt: skip
    plan = post(client, "batches/preview/", body).json()
    assert (plan["launched"], len(plan["left_out"]), plan["refusals"]) == (4, 4, [])
    assert plan["totals"] == [{"currency": "USD", "micro": 2_400_000, "cells": 4}]
    assert {each["code"] for cell in plan["left_out"] for each in cell["refusals"]} == {"seed-unsupported"}
    assert (plan["expected_seconds"], plan["time_not_known_for"]) == (None, ["Sora 2 (embedded service)"])

    launch = {**body, "name": "Light"}
    refused = post(client, "batches/", launch, **{"Idempotency-Key": "m-1"})
    assert (refused.status_code, refused.json()["code"], Generation.objects.count()) == (422, "seed-unsupported", 0)
    agreed = [post(client, "batches/", {**launch, "leave_out": True}, **{"Idempotency-Key": "m-1"}) for _ in range(2)]
    assert [each.status_code for each in agreed] == [201, 200]
    made = agreed[0].json()
    assert (agreed[1].json()["id"], len(made["generations"]), len(made["left_out"])) == (made["id"], 4, 4)

    fail(Generation.objects.order_by("id")[0], ErrorClass.RATE_LIMITED, "429", "Too many.")
    told = client.get(f"/api/v1/batches/{made['id']}/cells/").json()
    assert (told["progress"], told["counts"]) == (25, {"without": 1, "waiting": 3})
    assert [(each["cell"]["seconds"], each["safe_again"]) for each in told["cells"]] == [
        (0, True), (0, False), (1, False), (1, False),
    ]  # fmt: skip
    assert len(post(client, f"batches/{made['id']}/retry/", {}).json()["generations"]) == 1
    assert post(client, f"batches/{made['id']}/retry/", {}).json() == {"generations": [], "refused": []}
    gone = post(client, f"batches/{made['id']}/cancel/", {}).json()
    assert gone == {"withdrawn": 4, "asked": 0, "going_on": []}

    again = post(
        client, f"batches/{made['id']}/duplicate/", {"name": "Longer", "seconds": [12], "leave_out": True}
    ).json()
    assert (again["duplicated_from"], again["matrix"]["axes"]["seconds"], len(again["generations"])) == (
        made["id"],
        [12],
        2,
    )
    assert again["matrix"]["axes"]["seed"] == made["matrix"]["axes"]["seed"]
    more = post(client, f"generations/{again['generations'][0]}/more/", {"count": 3}).json()
    assert (more["like"], len(more["generations"])) == (again["generations"][0], 3)
    drawn = set(more["matrix"]["axes"]["seed"])
    assert len(drawn - set(made["matrix"]["axes"]["seed"])) == 3
    assert Batch.objects.count() == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model": "sora-2"}, "models"),
        ({"models": []}, "models"),
        ({"seeds": [1], "seed_count": 2}, "seed_count"),
        ({"sizes": []}, "size"),
        ({"fit": "stretch"}, "fit"),
    ],
)
def test_what_makes_no_matrix_is_named(agency: Agency, program: Program, changes: dict[str, Any], field: str) -> None:
    models = [{"account": str(provider_account().pk), "model": "sora-2"}]
    body = {"name": "Light", "prompts": [str(agency.prompt.pk)], "models": models, "sizes": ["1280x720"], **changes}
    answer = post(program(agency.alice), "batches/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not Batch.objects.exists()
