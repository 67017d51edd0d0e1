"""Issue and revoke API tokens."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from sorahub.accounts.models import ApiToken, User
from sorahub.accounts.models.token import PREFIX, digest, new_secret
from sorahub.ledger import record
from sorahub.lib.errors import InvalidInput, NotFound

LONGEST_DAYS = 366
SHOWN = len(PREFIX) + 6


def issue_token(*, actor: User, name: str, scope: str, days: int) -> tuple[ApiToken, str]:
    """Issue a token for one's own account; the secret is returned here and never again. Raises InvalidInput."""
    problems: dict[str, str] = {}
    if not name.strip():
        problems["name"] = "Say what the token is for."
    if scope not in ApiToken.Scope.values:
        problems["scope"] = "Choose read or write."
    if not 1 <= days <= LONGEST_DAYS:
        problems["days"] = f"Between 1 and {LONGEST_DAYS} days."
    if problems:
        raise InvalidInput("Some of the input is not right.", fields=problems)
    secret = new_secret()
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=actor,
            name=name.strip(),
            prefix=secret[:SHOWN],
            digest=digest(secret),
            scope=scope,
            expires_at=timezone.now() + timedelta(days=days),
        )
        record.append(
            kind="token.issued", actor=actor.pk, client=None, subject=token, body={"scope": scope, "days": days}
        )
    return token, secret


def revoke_token(*, actor: User, token: ApiToken) -> None:
    """End one of one's own tokens now. Revoking twice is harmless. Raises NotFound for somebody else's."""
    if not ApiToken.objects.visible_to(actor).filter(pk=token.pk).exists():
        raise NotFound("There is no such token.")
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            record.append(kind="token.revoked", actor=actor.pk, client=None, subject=token, body={})
