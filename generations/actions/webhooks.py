"""Receive a provider's webhook: verified, kept once, and taken as a hint to look, never as the truth."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone

from generations.models import Generation, ProviderAccount, WebhookDelivery
from generations.models.generation import POLLED
from generations.pipeline.remote import adapter_for


def receive_webhook(*, account: ProviderAccount, headers: Mapping[str, str], raw: bytes) -> bool:
    """Verify a call, keep it, and have its generation asked for at once; False for one that came before.

    Nobody acts here but the provider, hence no ``actor``. Raises WebhookRefused (Forbidden) for a wrong signature, time
    or form; nothing is written then.
    """
    hint = adapter_for(account).verify_webhook(headers, raw)
    with transaction.atomic():
        if not _kept(account, hint.webhook_id, raw):
            return False
        told_of = Generation.objects.filter(account=account, remote_id=hint.remote_id, state__in=POLLED)
        told_of.update(next_poll_at=timezone.now())
    return True


def _kept(account: ProviderAccount, webhook_id: str, raw: bytes) -> bool:
    try:
        with transaction.atomic():
            WebhookDelivery.objects.create(account=account, webhook_id=webhook_id[:200], body=raw)
    except IntegrityError:
        return False
    return True
