"""Receive a provider's webhook: verified, kept once, and taken as a hint to look, never as the truth.

Two addresses: an account's, where the provider signs, and one for each generation, unguessable, for providers that cannot.
Calls may come doubled, late and in any order: each only has the provider asked sooner.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from generations.models import Generation, ProviderAccount, State, TimelineEntry, WebhookDelivery
from generations.models.generation import POLLED, TERMINAL
from generations.pipeline.reconcile import adopt, look_now
from generations.pipeline.remote import adapter_for, capability_of
from generations.pipeline.second_look import look_again
from generations.pipeline.story import tell
from generations.providers.base import RemoteState, RemoteTask, WebhookHint
from generations.providers.reading import masked

HEARD_AGAIN = dt.timedelta(seconds=5)
DOUBTED_AT_ONCE = 20


class Heard(StrEnum):
    """What came of a sound call."""

    HASTENED = "hastened"
    REPEATED = "repeated"
    UNKNOWN = "unknown"


def receive_webhook(
    *, account: ProviderAccount, headers: Mapping[str, str], raw: bytes, about: Generation | None = None
) -> Heard:
    """Verify a call, keep it, and have its generation asked for at once.

    ``about``: it came in at the unguessable address of this generation, which the caller has checked. Nobody acts here but
    the provider, hence no ``actor``. Raises WebhookRefused (Forbidden) for a wrong signature, time or form; nothing is
    written then.
    """
    adapter = adapter_for(account)
    hint = adapter.verify_webhook(headers, raw, trusted_path=about is not None)
    if about is not None and hint.remote_id and (row := capability_of(about)):
        hint = replace(hint, remote_id=adapter.own_id(hint.remote_id, model=row.wire_model, mode=about.mode))
    secrets = account.secrets
    hint = replace(hint, kind=masked(hint.kind.encode(), secrets).decode())
    with transaction.atomic():
        if not _kept(account, hint, masked(raw, secrets)):
            return Heard.REPEATED
        _note_sign_of_life(account)
        generation = about or _told_of(account, hint)
        if generation is None:
            _hasten_doubted(account)
            return Heard.UNKNOWN
        tell(
            generation, TimelineEntry.Kind.WEBHOOK, _words(generation, hint), signed=hint.signed, event=hint.kind[:100]
        )
        _hasten(generation, hint, certain=about is not None or hint.client_id == str(generation.pk))
    return Heard.HASTENED


def _kept(account: ProviderAccount, hint: WebhookHint, raw: bytes) -> bool:
    name = hint.webhook_id[:200]
    try:
        with transaction.atomic():
            WebhookDelivery.objects.create(account=account, webhook_id=name, signed=hint.signed, body=raw)
    except IntegrityError:
        return False
    return True


def _note_sign_of_life(account: ProviderAccount) -> None:
    """When the provider last called; not for each of many calls in a row."""
    now = timezone.now()
    stale = Q(last_webhook_at=None) | Q(last_webhook_at__lt=now - HEARD_AGAIN)
    ProviderAccount.objects.filter(stale, pk=account.pk).update(last_webhook_at=now)


def _told_of(account: ProviderAccount, hint: WebhookHint) -> Generation | None:
    ours = Generation.objects.filter(account=account).select_related("account", "project")
    if hint.remote_id and (found := ours.filter(remote_id=hint.remote_id).first()):
        return found
    try:
        return ours.filter(pk=UUID(hint.client_id)).first() if hint.client_id else None
    except ValueError:
        return None


def _words(generation: Generation, hint: WebhookHint) -> str:
    how = "a signed call" if hint.signed else "a call at this generation's own address"
    what = f"The provider has news ({hint.kind[:100]}), by {how}"
    if generation.state not in TERMINAL:
        return f"{what}: it is asked."
    again = "" if generation.state == State.SUCCEEDED else "; it is asked once more"
    return f"{what}. It had ended already{again}."


def _hasten(generation: Generation, hint: WebhookHint, *, certain: bool) -> None:
    """Have the provider asked now, wherever the generation stands. ``certain``: the task's id belongs to this one."""
    rows, now = Generation.objects.filter(pk=generation.pk), timezone.now()
    if generation.state in (State.SUBMITTING, State.SUBMIT_UNKNOWN) and certain and _is_free(generation, hint):
        task = RemoteTask(hint.remote_id, RemoteState.QUEUED, hint.kind)
        adopt(generation, task, "Known by the provider's own call: it had taken the order.")
    elif generation.state == State.SUBMIT_UNKNOWN:
        look_now(generation)
    elif generation.state in TERMINAL - {State.SUCCEEDED}:
        if generation.remote_id is None and certain and _is_free(generation, hint):
            rows.update(remote_id=hint.remote_id)
        if generation.state != State.LOST and rows.filter(clip=None, remote_id__isnull=False).exists():
            look_again(generation)
        rows = rows.filter(state=State.LOST)
        rows.filter(recovered_at=None, remote_id__isnull=False).update(next_poll_at=now)
        return
    rows.filter(state__in=POLLED).update(next_poll_at=now)


def _is_free(generation: Generation, hint: WebhookHint) -> bool:
    """Whether the id is one that no generation of this account has."""
    same = Generation.objects.filter(account=generation.account_id, remote_id=hint.remote_id)
    return bool(hint.remote_id) and not same.exists()


def _hasten_doubted(account: ProviderAccount) -> None:
    """A task that we do not know may be one whose create was never answered, or that was given up without an id: those are
    looked up at once.
    """
    sought = Q(state=State.SUBMIT_UNKNOWN) | Q(state=State.LOST, remote_id=None, next_poll_at__isnull=False)
    for generation in Generation.objects.filter(sought, account=account).order_by("-pk")[:DOUBTED_AT_ONCE]:
        look_now(generation)
