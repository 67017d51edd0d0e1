"""Webhooks: verified before anything is read, kept once, and a reason to look rather than a truth."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from generations.actions.launches import launch_generation
from generations.actions.webhooks import Heard, receive_webhook
from generations.models import Generation, State, WebhookDelivery
from sorahub.lib.errors import Forbidden
from tests.generations.factories import ORDER
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
