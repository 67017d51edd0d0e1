"""Prove that the person is there: the password again, good for one signature within five minutes."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from reviews.models import Reauthentication
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.ledger.models import Event
from sorahub.lib.errors import Forbidden

MOST_TRIES = 5
WINDOW = timedelta(minutes=15)
FAILED = "reauthentication.failed"


def reauthenticate(*, actor: User, password: str) -> Reauthentication:
    """Check the password of a person who may sign and return the proof, good for one signature within five minutes.

    Five wrong entries close this for a quarter of an hour and are ledgered, where they are counted: entries at once
    wait for each other. Raises Forbidden.
    """
    actor.demand(Permission.SIGN)
    with transaction.atomic():
        signer = User.objects.select_for_update().get(pk=actor.pk)
        if _wrong_entries(signer) >= MOST_TRIES:
            raise Forbidden("Too many wrong passwords: wait a quarter of an hour.", code="too-many-tries")
        if signer.check_password(password):
            return Reauthentication.objects.create(user=signer)
        record.append(kind=FAILED, actor=signer.pk, client=None, subject=signer, body={})
    raise Forbidden("This is not your password.", code="wrong-password")


def _wrong_entries(signer: User) -> int:
    """How many wrong entries the ledger has of the last quarter of an hour, since the last right one."""
    since = timezone.now() - WINDOW
    right = Reauthentication.objects.filter(user=signer, at__gt=since).order_by("-at").first()
    return Event.objects.filter(kind=FAILED, actor=signer.pk, at__gt=right.at if right else since).count()
