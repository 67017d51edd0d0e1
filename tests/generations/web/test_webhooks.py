"""Where providers call: only a sound signature is heard, and a call is kept once."""

import json

import pytest
from django.test import Client as Browser
from django.utils import timezone
from standardwebhooks import Webhook

from generations.models import ProviderAccount, WebhookDelivery
from tests.people import provider_account

pytestmark = pytest.mark.django_db

BODY = json.dumps({"type": "video.completed", "id": "evt_1", "data": {"id": "video_1"}}).encode()


def call(account: ProviderAccount, raw: bytes, *, signed: bytes | None = None) -> int:
    """Call as a provider does, over a browser that demands CSRF tokens; return the status."""
    at = timezone.now()
    signature = Webhook(account.webhook_secret).sign("msg_1", at, (signed or raw).decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    browser = Browser(enforce_csrf_checks=True)
    return browser.post(f"/webhooks/{account.pk}/", raw, content_type="application/json", headers=headers).status_code


def test_a_sound_call_is_kept_once_and_a_task_that_nobody_knows_is_taken_note_of_without_a_word() -> None:
    account = provider_account()
    assert [call(account, BODY), call(account, BODY)] == [202, 204]
    assert WebhookDelivery.objects.count() == 1


def test_a_wrong_signature_is_refused_and_leaves_nothing() -> None:
    assert call(provider_account(), BODY, signed=b"{}") == 403
    assert not WebhookDelivery.objects.exists()


def test_a_call_that_is_too_large_is_not_even_read() -> None:
    account = provider_account()
    assert call(account, b"x" * (64 * 1024 + 1)) == 413
    assert not WebhookDelivery.objects.exists()


def test_an_account_that_is_switched_off_or_unknown_hears_nothing() -> None:
    account = provider_account()
    ProviderAccount.objects.update(enabled=False)
    assert call(account, BODY) == 404
    assert not WebhookDelivery.objects.exists()
