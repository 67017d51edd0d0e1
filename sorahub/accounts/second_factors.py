"""Second factors: an app's codes and passkeys. allauth keeps them; here stands what the hub wants of it, and who has which."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.db.models.signals import post_delete, post_save

from sorahub.accounts.models import User
from sorahub.ledger import record
from sorahub.lib import sealing
from sorahub.lib.canonical import Json


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Secrets are sealed at rest; passkeys belong to the host of the public address."""

    def encrypt(self, text: str) -> str:
        """Seal a secret before it is stored."""
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a stored secret."""
        return sealing.unseal(encrypted_text)

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """Suggest a name for the next passkey."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return "Passkey" if number == 1 else f"Passkey {number}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the hub to authenticators: for ever, since passkeys are bound to this host."""
        return {"id": passkey_host(), "name": "SoraHub"}


@dataclass(frozen=True)
class Held:
    """Which second factors a person has set up."""

    app: bool
    passkeys: bool


def passkey_host() -> str:
    """The host that passkeys are made for (WebAuthn's RP id): that of the public address."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


def held_by(user: User) -> Held:
    """Say which second factors this person has; recovery codes are none, they only let somebody in."""
    types = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return Held(app=Authenticator.Type.TOTP in types, passkeys=Authenticator.Type.WEBAUTHN in types)


def code_fits(user: User, code: str) -> bool:
    """Say whether this is the app's code of this moment; it is then used up, for log-in too."""
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if app is None or not TOTP(app).validate_code(code.replace(" ", "")):
        return False
    app.record_usage()
    return True


def passkeys_of(user: User) -> dict[bytes, tuple[Authenticator, Any]]:
    """Return the person's passkeys by credential id, each with its row and its public key (fido2's CoseKey)."""
    rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    kept = [(row, row.wrap().authenticator_data.credential_data) for row in rows]
    return {data.credential_id: (row, data.public_key) for row, data in kept if data is not None}


def take_away(user: User, *, by: User) -> int:
    """Take all second factors from somebody who lost them, recovery codes too; returns how many there were."""
    rows = list(Authenticator.objects.filter(user=user))
    for row in rows:
        row.removed_by = by.pk
        row.delete()
    return len(rows)


def who_holds(users: Iterable[User]) -> set[UUID]:
    """Return the ids of those who have a second factor."""
    return set(Authenticator.objects.filter(user__in=list(users)).values_list("user_id", flat=True))


def listen() -> None:
    """Write into the ledger when somebody gains or loses a second factor, beside the row itself: allauth has no hook there."""
    post_save.connect(_added, sender=Authenticator, dispatch_uid="second-factor-added")
    post_delete.connect(_removed, sender=Authenticator, dispatch_uid="second-factor-removed")


def _added(instance: Authenticator, *, created: bool, **_: Any) -> None:
    if created:
        _tell("second_factor.added", instance, instance.user_id)


def _removed(instance: Authenticator, **_: Any) -> None:
    _tell("second_factor.removed", instance, getattr(instance, "removed_by", instance.user_id))


def _tell(kind: str, factor: Authenticator, actor: UUID) -> None:
    body: dict[str, Json] = {"type": str(factor.type)}
    record.append(kind=kind, actor=actor, client=None, subject=factor.user, body=body)
