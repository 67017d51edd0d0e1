"""Planted secrets: whatever a provider does with our keys, no log, row, page or answer of the hub ever shows one."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from standardwebhooks import Webhook

from generations.actions.account_control import resume_account
from generations.actions.provider_accounts import request_test
from generations.models import Generation, ProviderAccount, WebhookDelivery
from generations.pipeline.doors import callback_url
from sorahub.jobs.runner import drain
from tests.generations.factories import Sandbox
from tests.generations.pipeline.matrix import echoes, faults
from tests.generations.pipeline.matrix.conftest import busy, idle, proxy, quick, sandbox, waiting
from tests.generations.pipeline.matrix.driver import Bench
from tests.generations.pipeline.matrix.proxy import Fault, Proxy, Trap
from tests.generations.pipeline.matrix.wires import WIRES, Step, Wire
from tests.generations.pipeline.rows import running
from tests.people import Agency, provider_account

__all__ = ["busy", "idle", "proxy", "quick", "sandbox", "waiting"]

pytestmark = [pytest.mark.django_db, pytest.mark.long]
KEY, PAIR = "sk-planted-0a1b2c3d4e5f6a7b8c9d", "planted-access-41:planted-signing-half-0a1b2c3d4e5f6a7b"
OLD_SECRET = "whsec_" + "cGxhbnRlZC1vbGQtd2ViaG9vay1zZWNyZXQtMDEyMzQ1"
SECRET = "whsec_" + "cGxhbnRlZC1uZXctd2ViaG9vay1zZWNyZXQtNjc4OTAx"
Read = Callable[[], str]


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[Read]:
    """Everything logged and printed so far."""
    caplog.set_level("DEBUG")
    printed: list[str] = []

    def read() -> str:
        printed.extend(capfd.readouterr())
        return "\n".join([*printed, caplog.text, *(record.exc_text or "" for record in caplog.records)])

    yield read


@pytest.fixture
def bench(agency: Agency, proxy: Proxy, busy: Sandbox, request: pytest.FixtureRequest) -> Bench:
    """An account with planted secrets at one wire."""
    wire: Wire = request.param
    made = Bench(agency, wire, proxy, busy)
    plant(made.account, KEY, signs=wire.signs)
    return made


def plant(account: ProviderAccount, key: str, *, signs: bool) -> None:
    """Give an account its secrets: one in use, and where it signs another that is being replaced."""
    account.set_api_key(key)
    for secret in (OLD_SECRET, SECRET) if signs else ():
        account.set_webhook_secret(secret)
    account.save()


def everything_stored() -> Iterator[tuple[str, str]]:
    """Every row of every table, in clear."""
    for model in apps.get_models():
        for row in model._default_manager.values():
            yield (
                model._meta.label,
                repr({name: bytes(v) if isinstance(v, memoryview) else v for name, v in row.items()}),
            )


def everything_shown(agency: Agency) -> Iterator[tuple[str, str]]:
    """The pages and API answers about generations, accounts and alarms, as those see them who see the most."""
    addresses = [
        "/engine/",
        "/alarms/",
        "/provider-accounts/",
        f"/projects/{agency.aurora.pk}/",
        f"/shots/{agency.shot.pk}/",
    ]
    addresses += [f"/api/v1/{name}/" for name in ("generations", "provider-accounts", "alarms", "spend-entries")]
    for row in Generation.objects.all():
        addresses += [
            f"/generations/{row.pk}/",
            f"/api/v1/generations/{row.pk}/",
            f"/api/v1/generations/{row.pk}/timeline/",
        ]
        addresses.append(reverse("admin:generations_generation_change", args=[row.pk]))
    for account in ProviderAccount.objects.all():
        addresses.append(f"/provider-accounts/{account.pk}/")
        addresses.append(reverse("admin:generations_provideraccount_change", args=[account.pk]))
    for person in (agency.ada, agency.alice):
        browser = Browser(headers={"host": "localhost"})
        browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        for address in addresses:
            answer = browser.get(address)
            yield f"{address} for {person} ({answer.status_code})", str(answer.headers) + answer.content.decode()


def leaks(agency: Agency, secrets: list[str], logged: str) -> list[str]:
    """Where any of the secrets can be read."""
    needles = [spelling for secret in secrets for spelling in echoes.spellings(secret)]
    places = [("log", logged), *everything_stored(), *everything_shown(agency)]
    return [where for where, text in places if any(needle in text for needle in needles)]


def call_back(bench: Bench, generation: Generation) -> int:
    """The provider calls, sound in form, with our key in its words."""
    body = json.dumps({"id": generation.remote_id, "status": KEY, "type": KEY, "data": {"id": generation.remote_id}})
    caller, path = Browser(), f"/webhooks/{bench.account.pk}/"
    if not bench.wire.signs:
        path = callback_url(generation).partition("localhost:8000")[2]
        return caller.post(path, body, content_type="application/json").status_code
    now = datetime.now(tz=UTC)
    headers = {
        "webhook-id": "msg_planted",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_planted", now, body),
    }
    return caller.post(path, body, content_type="application/json", headers=headers).status_code


def every_mishap(bench: Bench) -> list[str]:
    """Drive one generation into each kind of trouble in which a provider could repeat the key; how they ended."""
    ended = []
    for step, fault, before in (
        (Step.CREATE, echoes.refusing(400), None),
        (Step.CREATE, echoes.refusing(401), None),
        (Step.LOOK_UP, echoes.refusing(400), faults.reset_after),
        (Step.POLL, echoes.refusing(401), None),
        (Step.POLL, echoes.in_states(KEY), None),
        (Step.POLL, echoes.in_states(KEY, state=bench.wire.failed), None),
        (Step.DOWNLOAD, echoes.refusing(400), None),
        (Step.DOWNLOAD, echoes.redirecting(KEY), None),
    ):
        bench.proxy.forget()
        if before:
            bench.trap(Step.CREATE, before)
        trap = bench.trap(step, fault)
        generation = bench.carry(bench.launch())
        assert trap.sprung, (step, fault)
        ended.append(generation.state)
        bench.account.refresh_from_db()
        if bench.account.paused_at:
            resume_account(actor=bench.agency.ada, account=bench.account)
    return ended


@pytest.mark.parametrize("bench", WIRES, ids=lambda wire: wire.name, indirect=True)
def test_a_provider_that_repeats_our_key_is_not_repeated(bench: Bench, agency: Agency, said: Read) -> None:
    whole = bench.carry(bench.launch())
    assert whole.state == "succeeded"
    ended = every_mishap(bench)
    assert ended[:2] == ["failed", "failed"]
    assert ended[5] == "failed"
    if bench.wire.calls:
        assert call_back(bench, whole) == 204
        assert WebhookDelivery.objects.exists()
    bench.proxy.forget()
    refuse_the_account(bench, agency)
    assert leaks(agency, [KEY, SECRET, OLD_SECRET], said()) == []


def refuse_the_account(bench: Bench, agency: Agency) -> None:
    """An administrator tests the account, and the provider refuses in our key's own words."""
    bench.proxy.enter("provider.test")
    bench.proxy.traps.insert(0, _any_call(echoes.refusing(401)))
    request_test(actor=agency.ada, account=bench.account)
    drain()
    bench.account.refresh_from_db()
    assert bench.account.test_passed is False


def _any_call(fault: Fault) -> Trap:
    return Trap(lambda seen: True, fault, times=99)


def test_half_of_a_pair_and_the_tokens_made_of_it_stay_here(agency: Agency, proxy: Proxy, said: Read) -> None:
    proxy.forget()
    account = provider_account(proxy.origin, route="kling-legacy")
    account.dialect = "declared:kling-legacy"
    plant(account, PAIR, signs=False)
    proxy.traps.append(_any_call(echoes.refusing(400)))
    asked = running(
        agency, account, model="kling-3.0", remote_id="text2video|77", params={"seconds": 5, "size": "1280x720"}
    )
    bench = Bench.__new__(Bench)
    bench.agency, bench.wire, bench.proxy, bench.account, bench.refused = agency, WIRES[1], proxy, account, 0
    bench.carry(asked, until=lambda: asked.poll_failures > 0)
    refuse_the_account(bench, agency)
    tokens = [seen.headers["authorization"].removeprefix("Bearer ") for seen in proxy.seen]
    assert len(tokens) >= 2
    assert all(token.count(".") == 2 for token in tokens)
    signing = PAIR.partition(":")[2]
    assert leaks(agency, [signing, *tokens], said()) == []
    assert asked.deadline_at is None or asked.deadline_at > timezone.now()
