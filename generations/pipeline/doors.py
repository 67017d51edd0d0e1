"""The addresses of this hub that providers are given: one to call back at, one to fetch a reference from. Both unguessable.

A token is signed with the hub's secret key (Django's signer: HMAC-SHA256, compared in constant time, older keys known
while they are being replaced) and names what it opens; nothing is stored for it.
"""

import datetime as dt
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from generations.models import Generation, GenerationReference, ProviderAccount, Reference
from generations.models.generation import ACTIVE

GIVEN_FOR = dt.timedelta(hours=48)
"""How long a reference may be fetched; a task may wait in a provider's queue that long."""
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
SEPARATOR = "."
_callback = signing.Signer(salt="generations.callback", sep=SEPARATOR)
_given = signing.TimestampSigner(salt="generations.given", sep=SEPARATOR)


def within_reach(account: ProviderAccount) -> bool:
    """Whether the provider can call this hub at all: one on this machine can, others only a hub with a name."""
    return not _local(settings.PUBLIC_URL) or _local(account.base_url)


def callback_url(generation: Generation) -> str:
    """Return where the provider may tell about this one generation; "" when it could not reach us."""
    if not within_reach(generation.account):
        return ""
    token = _callback.sign(str(generation.pk)).rpartition(SEPARATOR)[2]
    return _public("generations:webhook-of", generation.account_id, generation.pk, token)


def is_callback_token(generation: UUID, token: str) -> bool:
    """Whether this is the token that the generation's callback address was given out with."""
    try:
        _callback.unsign(f"{generation}{SEPARATOR}{token}")
    except signing.BadSignature:
        return False
    return True


def given_url(given: GenerationReference, account: ProviderAccount) -> str:
    """Return where the provider may fetch the reference's bytes for 48 hours; "" when it could not reach us."""
    if not within_reach(account):
        return ""
    prefix, value = f"{given.reference_id}{SEPARATOR}", f"{given.reference_id}{SEPARATOR}{given.generation_id.hex}"
    return _public("generations:given", given.reference_id, _given.sign(value).removeprefix(prefix))


def given_reference(reference: UUID, token: str) -> Reference | None:
    """Return the reference that the token opens: sound, not too old, and its generation still under way. Else None."""
    try:
        value = _given.unsign(f"{reference}{SEPARATOR}{token}", max_age=GIVEN_FOR)
        generation = UUID(value.rpartition(SEPARATOR)[2])
    except (signing.BadSignature, ValueError):
        return None
    uses = GenerationReference.objects.filter(generation_id=generation, generation__state__in=ACTIVE)
    use = uses.filter(reference_id=reference).select_related("reference").first()
    return use.reference if use else None


def _public(name: str, *places: object) -> str:
    return settings.PUBLIC_URL.rstrip("/") + reverse(name, args=places)


def _local(address: str) -> bool:
    return urlsplit(address).hostname in LOCAL
