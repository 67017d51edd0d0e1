"""Begin a new signing key."""

from django.db import transaction

from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import checkpoints, record
from sorahub.lib import read_only, signing
from sorahub.lib.canonical import Json
from sorahub.lib.signing import PublicKey


def rotate_signing_key(*, actor: User, purpose: str) -> PublicKey:
    """Begin a new key for ``purpose`` (ledger, record) and return it; what older keys signed stays verifiable.

    Every chain is stated anew, so that a checkpoint under the new key follows the event. Raises Forbidden, InvalidInput for a
    purpose that has no key, ReadOnly.
    """
    actor.demand(Permission.MANAGE_PEOPLE)
    read_only.require_writable()
    old = signing.public_keys(purpose)[-1]
    new = signing.rotate(purpose)
    body: dict[str, Json] = {"purpose": purpose, "old_key_id": old.key_id, "new_key_id": new.key_id}
    with transaction.atomic():
        record.append(kind="key.rotated", actor=actor.pk, client=None, subject=actor, body=body)
    checkpoints.make_all()
    return new
