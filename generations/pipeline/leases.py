"""Leases: which tracker asks for which account. Held in the database, so that any number of trackers may run."""

import datetime as dt

from django.db.models import Q

from generations.models import ProviderAccount
from sorahub.jobs import holders

LEASE = dt.timedelta(seconds=60)


def lease(owner: str, now: dt.datetime) -> list[ProviderAccount]:
    """Take the accounts that nobody holds, renew our own, and return those we hold.

    Accounts that are switched off are held too: what was launched there before is paid for and has to come home. A lease
    that ends later than any can was written by a clock that was wrong; it binds nobody.
    """
    _free_orphans(now)
    free = Q(poll_lease_until=None) | Q(poll_lease_until__lt=now) | Q(poll_lease_until__gt=now + 2 * LEASE)
    ours = Q(poll_owner=owner)
    wanted = ProviderAccount.objects.filter(free | (ours & Q(poll_lease_until__lt=now + LEASE / 2)))
    wanted.update(poll_owner=owner, poll_lease_until=now + LEASE)
    return list(ProviderAccount.objects.filter(ours, poll_lease_until__gt=now))


def _free_orphans(now: dt.datetime) -> None:
    """Free at once what a tracker of this machine held when it was killed."""
    held = ProviderAccount.objects.filter(poll_lease_until__gt=now).exclude(poll_owner="")
    for owner in set(held.values_list("poll_owner", flat=True)):
        if holders.is_gone(owner.rpartition(":")[0]):
            let_go(owner)


def let_go(owner: str) -> None:
    """Give the accounts back, so that another tracker need not wait."""
    ProviderAccount.objects.filter(poll_owner=owner).update(poll_owner="", poll_lease_until=None)
