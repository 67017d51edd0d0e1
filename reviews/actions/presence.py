"""Prove that the person is there: the password again, good for one signature within five minutes."""

from django.core.cache import cache
from django.db import transaction

from reviews.models import Reauthentication
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.errors import Forbidden

MOST_TRIES = 5
WINDOW_SECONDS = 15 * 60


def reauthenticate(*, actor: User, password: str) -> Reauthentication:
    """Check the password of a person who may sign and return the proof, good for one signature within five minutes.

    Five wrong entries close this for a quarter of an hour and are ledgered. Raises Forbidden.
    """
    actor.demand(Permission.SIGN)
    key = f"reauthenticate:{actor.pk}"
    cache.add(key, 0, WINDOW_SECONDS)
    if cache.incr(key) > MOST_TRIES:
        raise Forbidden("Too many wrong passwords: wait a quarter of an hour.", code="too-many-tries")
    if not actor.check_password(password):
        with transaction.atomic():
            record.append(kind="reauthentication.failed", actor=actor.pk, client=None, subject=actor, body={})
        raise Forbidden("This is not your password.", code="wrong-password")
    cache.delete(key)
    return Reauthentication.objects.create(user=actor)
