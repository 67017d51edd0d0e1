"""Where providers call: only a sound signature is heard, and a call is kept once."""

import json

import pytest
from django.test import Client as Browser
from django.utils import timezone
from standardwebhooks import Webhook

from generations.models import Generation, ProviderAccount, WebhookDelivery
from generations.pipeline.doors import callback_url
from tests.generations.pipeline.rows import running
from tests.people import Agency, provider_account

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


@pytest.fixture
def unsigned(agency: Agency) -> Generation:
    """Under way at a provider that cannot sign."""
    account = provider_account(route="sandbox-ark")
    ProviderAccount.objects.update(dialect="ark", sealed_webhook_secret="")
    return running(agency, ProviderAccount.objects.get(pk=account.pk), remote_id="cgt-1")


def called(address: str, raw: bytes = b'{"id": "cgt-1", "status": "running"}') -> int:
    path = address.partition("localhost:8000")[2]
    return Browser(enforce_csrf_checks=True).post(path, raw, content_type="application/json").status_code


def test_a_generations_own_address_takes_what_is_not_signed(unsigned: Generation) -> None:
    address = callback_url(unsigned)
    assert [called(address), called(address)] == [204, 204]
    delivery = WebhookDelivery.objects.get()
    assert (delivery.signed, delivery.account_id) == (False, unsigned.account_id)


def test_an_account_that_is_switched_off_still_hears_about_what_was_launched_before(unsigned: Generation) -> None:
    ProviderAccount.objects.update(enabled=False)
    assert called(callback_url(unsigned)) == 204


def test_a_forged_token_is_refused_and_one_opens_no_other_generation(agency: Agency, unsigned: Generation) -> None:
    address = callback_url(unsigned)
    other = running(agency, unsigned.account)
    assert called(address.replace(str(unsigned.pk), str(other.pk))) == 403
    assert called(address[:-3] + "x/") == 403
    assert called(address.replace(str(unsigned.account_id), str(other.pk))) == 404
    assert called(address, b"x" * (64 * 1024 + 1)) == 413
    assert called(address, b"no json") == 403
    assert not WebhookDelivery.objects.exists()


def test_where_the_account_has_a_secret_its_own_address_alone_opens_nothing(unsigned: Generation) -> None:
    unsigned.account.set_webhook_secret("whsec_" + "c2VjcmV0IGZvciB0ZXN0cyBvbmx5IQ==")
    unsigned.account.save()
    assert called(callback_url(unsigned)) == 403
    assert not WebhookDelivery.objects.exists()
