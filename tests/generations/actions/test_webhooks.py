"""Webhooks: verified before anything is read, kept once, and a reason to look rather than a truth."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings
from standardwebhooks import Webhook

from generations import catalog
from generations.actions.launches import launch_generation
from generations.actions.webhooks import Heard, receive_webhook
from generations.models import Clip, Generation, ProviderAccount, State, WebhookDelivery
from generations.pipeline.reconcile import doubt
from generations.pipeline.second_look import second_look
from generations.pipeline.tending import tend
from generations.providers.declared_files import OURS, declared
from sorahub.jobs.models import Job
from sorahub.lib.errors import Forbidden
from tests.generations.factories import ORDER, small_mp4, uploaded_clip
from tests.generations.pipeline.rows import running as running_at
from tests.generations.providers.canned import said
from tests.lib.servers import serving
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db
BODY = json.dumps({"id": "evt_1", "object": "event", "type": "video.completed", "data": {"id": "video_1"}})


def signed(secret: str, *, webhook_id: str = "evt_1", at: datetime | None = None) -> dict[str, str]:
    at = at or datetime.now(tz=UTC)
    return {
        "Webhook-Id": webhook_id,
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign(webhook_id, at, BODY),
    }


@pytest.fixture
def running(agency: Agency) -> Generation:
    generation = launch_generation(
        actor=agency.alice, prompt=agency.prompt, account=provider_account(), model="sora-2", params=ORDER
    )
    later = timezone.now() + timedelta(hours=1)
    facts = {"state": State.RUNNING, "remote_id": "video_1", "next_poll_at": later}
    Generation.objects.filter(pk=generation.pk).update(**facts)
    return generation


@pytest.fixture
def clip(agency: Agency, tmp_path: Path) -> Clip:
    return uploaded_clip(agency.alice, agency.aurora, small_mp4(tmp_path / "take.mp4"))


def test_a_verified_call_has_its_generation_asked_for_now(running: Generation) -> None:
    account = running.account
    heard = receive_webhook(account=account, headers=signed(account.webhook_secret), raw=BODY.encode())
    assert heard is Heard.HASTENED
    running.refresh_from_db()
    assert running.state == State.RUNNING
    assert running.next_poll_at is not None
    assert running.next_poll_at <= timezone.now()
    assert bytes(WebhookDelivery.objects.get().body) == BODY.encode()


def test_a_replay_is_known_and_does_nothing(running: Generation) -> None:
    account = running.account
    headers = signed(account.webhook_secret)
    assert receive_webhook(account=account, headers=headers, raw=BODY.encode()) is Heard.HASTENED
    later = timezone.now() + timedelta(hours=1)
    Generation.objects.filter(pk=running.pk).update(next_poll_at=later)
    assert receive_webhook(account=account, headers=headers, raw=BODY.encode()) is Heard.REPEATED
    running.refresh_from_db()
    assert running.next_poll_at == later
    assert WebhookDelivery.objects.count() == 1


@pytest.mark.parametrize("fault", ["signature", "body", "age", "missing"])
def test_what_cannot_be_verified_is_refused_and_not_kept(running: Generation, fault: str) -> None:
    account, raw = running.account, BODY.encode()
    headers = signed(account.webhook_secret)
    if fault == "signature":
        headers = signed("whsec_" + "b3RoZXIgc2VjcmV0IGZvciB0ZXN0cyE=")
    elif fault == "body":
        raw = raw.replace(b"video_1", b"video_2")
    elif fault == "age":
        headers = signed(account.webhook_secret, at=datetime.now(tz=UTC) - timedelta(minutes=6))
    else:
        headers = {}
    with pytest.raises(Forbidden):
        receive_webhook(account=account, headers=headers, raw=raw)
    running.refresh_from_db()
    assert not WebhookDelivery.objects.exists()
    assert running.next_poll_at is not None
    assert running.next_poll_at > timezone.now()


def ark_call(remote_id: str, status: str = "running") -> bytes:
    return json.dumps({"id": remote_id, "model": "seedance", "status": status}).encode()


@pytest.fixture
def doubted(agency: Agency) -> Generation:
    """Sent to a provider that cannot sign, without an answer; its look-up is to be repeated in a minute."""
    account = provider_account(route="sandbox-ark")
    account.dialect = "ark"
    account.sealed_webhook_secret = ""
    account.save()
    generation = running_at(agency, account, state=State.SUBMITTING, remote_id=None)
    doubt(generation, "No answer.")
    Job.objects.filter(kind="generation.reconcile").update(run_at=timezone.now() + timedelta(minutes=1))
    return generation


def test_an_unsigned_call_is_refused_except_at_the_generations_own_address(doubted: Generation) -> None:
    account, raw = doubted.account, ark_call("cgt-1")
    with pytest.raises(Forbidden):
        receive_webhook(account=account, headers={}, raw=raw)
    assert not WebhookDelivery.objects.exists()
    assert receive_webhook(account=account, headers={}, raw=raw, about=doubted) is Heard.HASTENED
    assert not WebhookDelivery.objects.get().signed
    account.refresh_from_db()
    assert account.last_webhook_at is not None


def test_a_call_at_its_own_address_ends_the_doubt_about_a_create_without_an_answer(doubted: Generation) -> None:
    receive_webhook(account=doubted.account, headers={}, raw=ark_call("cgt-1"), about=doubted)
    doubted.refresh_from_db()
    assert (doubted.state, doubted.remote_id, doubted.error_class) == (State.QUEUED, "cgt-1", "")
    assert doubted.next_poll_at is not None
    assert [entry.kind for entry in doubted.timeline.all()] == ["call", "webhook", "call"]


def test_the_id_of_another_generation_is_not_taken_from_it(agency: Agency, doubted: Generation) -> None:
    running_at(agency, doubted.account, remote_id="cgt-1")
    receive_webhook(account=doubted.account, headers={}, raw=ark_call("cgt-1"), about=doubted)
    doubted.refresh_from_db()
    assert (doubted.state, doubted.remote_id) == (State.SUBMIT_UNKNOWN, None)
    assert Job.objects.get(kind="generation.reconcile").run_at <= timezone.now()


def test_calls_in_the_wrong_order_change_nothing_that_has_ended(agency: Agency, doubted: Generation) -> None:
    ended = running_at(agency, doubted.account, state=State.CANCELLED, remote_id="cgt-2", next_poll_at=None)
    for status in ("succeeded", "running", "queued"):
        receive_webhook(account=doubted.account, headers={}, raw=ark_call("cgt-2", status), about=ended)
    ended.refresh_from_db()
    assert (ended.state, ended.next_poll_at) == (State.CANCELLED, None)
    assert WebhookDelivery.objects.count() == 3


def test_a_late_call_has_one_asked_for_again_that_was_given_up_without_an_id(doubted: Generation) -> None:
    Generation.objects.filter(pk=doubted.pk).update(state=State.LOST)
    doubted.refresh_from_db()
    receive_webhook(account=doubted.account, headers={}, raw=ark_call("cgt-1", "succeeded"), about=doubted)
    doubted.refresh_from_db()
    assert (doubted.state, doubted.remote_id) == (State.LOST, "cgt-1")
    assert doubted.next_poll_at is not None
    assert doubted.next_poll_at <= timezone.now()


def test_a_signed_call_about_a_task_nobody_knows_has_the_doubted_ones_looked_up(agency: Agency) -> None:
    account = provider_account()
    generation = running_at(agency, account, state=State.SUBMITTING, remote_id=None)
    doubt(generation, "No answer.")
    job = Job.objects.get(kind="generation.reconcile")
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now() + timedelta(minutes=1))
    heard = receive_webhook(account=account, headers=signed(account.webhook_secret), raw=BODY.encode())
    job.refresh_from_db()
    assert (heard, job.run_at <= timezone.now()) == (Heard.UNKNOWN, True)


@pytest.fixture
def calling_back(tmp_path: Path, settings: Settings) -> Iterator[str]:
    """The older Kling wire as it would be if it were known to call back: our own file asks for no calls."""
    text = (OURS / "kling-legacy.toml").read_text(encoding="utf-8")
    (tmp_path / "older.toml").write_text(f'{text}\n[webhook]\nkind = "unsigned"\nid = ["/task_id"]\n', encoding="utf-8")
    settings.PROVIDER_DIRS = [str(tmp_path)]
    declared.cache_clear()
    yield "declared:older"
    declared.cache_clear()


def test_an_adopted_task_has_the_id_that_its_wire_asks_by(agency: Agency, calling_back: str) -> None:
    """Such a wire asks by kind of task and id; its calls name the id alone."""
    account = provider_account("http://127.0.0.1:9", route="kling-legacy")
    account.dialect, account.sealed_webhook_secret = calling_back, ""
    account.set_api_key("access:secret-0123456789-0123456789-0123")
    account.save()
    row = next(each for each in catalog.rows() if each.route == "kling-legacy")
    facts = {"model": row.model, "mode": "text_to_video", "state": State.SUBMIT_UNKNOWN, "remote_id": None}
    lost = running_at(agency, account, **facts)
    receive_webhook(account=account, headers={}, raw=b'{"task_id": "871"}', about=lost)
    lost.refresh_from_db()
    assert (lost.state, lost.remote_id) == (State.QUEUED, "text2video|871")


@pytest.mark.parametrize("state", [State.FAILED, State.EXPIRED, State.CANCELLED])
def test_a_call_about_one_that_had_ended_has_it_asked_for_once_and_its_clip_brought_in(
    running: Generation, state: State
) -> None:
    """Failed first, finished after all: it is paid for. The end stands, the clip comes."""
    account = running.account
    ended = {"state": state, "next_poll_at": None, "finished_at": timezone.now()}
    Generation.objects.filter(pk=running.pk).update(**ended)
    receive_webhook(account=account, headers=signed(account.webhook_secret), raw=BODY.encode())
    receive_webhook(account=account, headers=signed(account.webhook_secret), raw=BODY.encode())
    job = Job.objects.get(kind="generation.second_look")
    answer = {"id": "video_1", "object": "video", "status": "completed", "progress": 100, "model": "sora-2"}
    with serving(said(200, answer)) as server:
        ProviderAccount.objects.filter(pk=account.pk).update(base_url=f"{server.url}/v1")
        second_look(job)
    running.refresh_from_db()
    assert (running.state, running.made_at is not None) == (state, True)
    assert Job.objects.filter(kind="generation.recover", subject_id=running.pk).count() == 1
    told = list(running.timeline.values_list("words", flat=True))
    assert any("It had ended already; it is asked once more." in words for words in told)
    assert any("The first word stands." in words for words in told)


def test_a_call_about_one_that_has_its_clip_changes_nothing(running: Generation, clip: Clip) -> None:
    account = running.account
    Generation.objects.filter(pk=running.pk).update(state=State.SUCCEEDED, clip=clip, next_poll_at=None)
    receive_webhook(account=account, headers=signed(account.webhook_secret), raw=BODY.encode())
    assert not Job.objects.filter(kind="generation.second_look").exists()


def test_a_refused_order_that_the_provider_has_all_the_same_gets_its_id_by_a_call_at_its_own_address(
    agency: Agency,
) -> None:
    account = provider_account(route="sandbox-ark")
    ProviderAccount.objects.update(dialect="ark", sealed_webhook_secret="")
    account.refresh_from_db()
    row = running_at(agency, account, model="seedance-2.0", state=State.FAILED, remote_id=None, next_poll_at=None)
    raw = json.dumps({"id": "cgt-1", "status": "succeeded"}).encode()
    receive_webhook(account=account, headers={}, raw=raw, about=row)
    row.refresh_from_db()
    assert (row.state, row.remote_id) == (State.FAILED, "cgt-1")
    assert Job.objects.filter(kind="generation.second_look", subject_id=row.pk).exists()


def test_a_call_about_a_task_that_nobody_knows_has_what_was_given_up_without_an_id_looked_for_at_once(
    agency: Agency,
) -> None:
    account, later = provider_account(), timezone.now() + timedelta(hours=1)
    given_up = {"state": State.LOST, "remote_id": None, "finished_at": timezone.now()}
    sought = running_at(agency, account, **given_up, next_poll_at=later)
    over = running_at(agency, account, **given_up, next_poll_at=None)
    assert receive_webhook(account=account, headers=signed(account.webhook_secret), raw=BODY.encode()) is Heard.UNKNOWN
    for row in (sought, over):
        row.refresh_from_db()
    assert sought.next_poll_at is not None
    assert sought.next_poll_at <= timezone.now()
    assert over.next_poll_at is None
    assert tend()["looked_for"] == 1
