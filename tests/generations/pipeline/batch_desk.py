"""A producer at her desk while machines die: ``python -m tests.generations.pipeline.batch_desk``.

Orders come as lines of JSON on stdin, answers go to stdout. Whatever she does, she does through the hub's own pages; the workers
and trackers of the same hub are processes of their own.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import django

django.setup()

# Models can be imported only now.
from django.test import Client as Browser  # noqa: E402

from generations.models import Batch, Generation, Prompt, ProviderAccount, SpendEntry  # noqa: E402
from generations.models.generation import ACTIVE  # noqa: E402
from sorahub.accounts.models import User  # noqa: E402
from sorahub.ledger import audit  # noqa: E402
from tests.blueprint import lay_tables  # noqa: E402
from tests.generations.pipeline.matrix.driver import account_for  # noqa: E402
from tests.generations.pipeline.matrix.proxy import Proxy  # noqa: E402
from tests.generations.pipeline.matrix.wires import WIRES  # noqa: E402
from tests.people import found_agency  # noqa: E402

Facts = dict[str, Any]
MODELS = ("sora-2", "kling-3.0", "seedance-2.0")


def found(port: int, prompts: list[str]) -> Facts:
    """The agency, two prompts and an account at each of three wires."""
    lay_tables()
    agency = found_agency()
    for wire in WIRES[:3]:
        account_for(wire, Proxy(0, port))
    Prompt.objects.bulk_create(
        Prompt(shot=agency.shot, version=number, text=text, created_by=agency.alice)
        for number, text in enumerate(prompts, 2)
    )
    return {}


def launch() -> Facts:
    """Look at what would be launched, then press the button twice."""
    browser, rows = _alice(), Prompt.objects.filter(version__gte=2)
    offers = [f"{row.pk}|{model}|text_to_video" for row, model in zip(_accounts(), MODELS, strict=True)]
    project = rows[0].shot.project_id
    said = {
        "name": "Light", "prompts": [str(row.pk) for row in rows], "models": offers, "sizes": ["1280x720"], "seconds": ["4"],
        "seeding": "drawn", "takes": "4", "seeds": "", "fit": "nearest", "key": "once",
    }  # fmt: skip
    page = browser.post(f"/projects/{project}/batches/preview/", said).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)
    for _ in range(2):
        browser.post(f"/projects/{project}/batches/new/", {**said, "seen": seen[1] if seen else ""})
    return {"shown": "24 generations" in page, "batches": Batch.objects.count(), "cells": Generation.objects.count()}


def look() -> Facts:
    """What the batch's page says now, and how many were under way just before."""
    active = Generation.objects.filter(state__in=ACTIVE).count()
    bar = re.search(r'<progress aria-label="Of all that was launched" value="(\d+)"', _page())
    return {"progress": int(bar[1]) if bar else None, "active": active}


def retry() -> Facts:
    """Press "Retry what is safe", twice."""
    until = re.search(r'name="until" value="([\w-]+)"', _page())
    if until is None:
        return {"offered": False}
    for _ in range(2):
        _alice().post(f"/batches/{Batch.objects.get().pk}/retry/", {"until": until[1]})
    return {"offered": True}


def report() -> Facts:
    """What became of it all."""
    rows = Generation.objects.all()
    return {
        "states": Counter(rows.values_list("state", flat=True)),
        "errors": Counter(filter(None, rows.values_list("error_class", flat=True))),
        "money": Counter(SpendEntry.objects.values_list("kind", flat=True)),
        "failed_money": sorted(
            SpendEntry.objects.filter(generation__state="failed").values_list("kind", "amount_micro")
        ),
        "ledger": [str(fault) for fault in audit.verify()],
    }


def _page() -> str:
    return _alice().get(f"/batches/{Batch.objects.get().pk}/live/").content.decode()


def _alice() -> Browser:
    browser = Browser()
    browser.force_login(User.objects.get(email="alice@example.com"))
    return browser


def _accounts() -> list[ProviderAccount]:
    by_dialect = {row.dialect: row for row in ProviderAccount.objects.all()}
    return [by_dialect[wire.dialect] for wire in WIRES[:3]]


ORDERS: dict[str, Callable[..., Facts]] = {each.__name__: each for each in (found, launch, look, retry, report)}


def main() -> None:
    """Carry out orders until nobody gives any."""
    for line in sys.stdin:
        order = json.loads(line)
        answer = ORDERS[order.pop("do")](**order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
