"""Change the key that seals the providers' keys: every stored secret is sealed anew, in batches, while the hub runs."""

from collections.abc import Iterator

from django.db import transaction

from generations.models import ProviderAccount
from sorahub.ledger import record
from sorahub.lib import sealing

COLUMNS = ("sealed_key", "sealed_webhook_secret", "sealed_old_webhook_secret")
BATCH = 100


def rotate_sealing_key() -> tuple[int, int]:
    """Begin a new sealing key and seal all secrets with it; return its version and how many were sealed anew.

    Only who can run commands on the machine rotates keys, hence no ``actor``. Running processes take the new key up by
    themselves. A run that was broken off is finished by the next: older keys still open what they sealed. Raises
    Unavailable for a secret that no key opens.
    """
    version = sealing.rotate()
    return version, reseal_accounts(version)


def reseal_accounts(version: int) -> int:
    """Seal every account's secrets with the newest key; return how many. One that somebody just changed is new already."""
    return sum(_reseal(batch, version) for batch in _batches())


def _batches() -> Iterator[list[ProviderAccount]]:
    rows = ProviderAccount.objects.order_by("pk").only("pk", *COLUMNS)
    batch = list(rows[:BATCH])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])


def _reseal(batch: list[ProviderAccount], version: int) -> int:
    with transaction.atomic():
        done = {row.pk: sum(_reseal_one(row, column) for column in COLUMNS) for row in batch}
        for row in batch:
            if done[row.pk]:
                body = {"key_version": version}
                record.append(kind="account.resealed", actor=None, client=None, subject=row, body=body)
    return sum(done.values())


def _reseal_one(row: ProviderAccount, column: str) -> int:
    """Say whether (1 or 0) this secret was sealed anew: only if it is still the one that was read."""
    old = getattr(row, column)
    if not old:
        return 0
    return ProviderAccount.objects.filter(pk=row.pk, **{column: old}).update(**{column: sealing.reseal(old)})
