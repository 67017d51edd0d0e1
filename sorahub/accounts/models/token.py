"""API tokens: shown once, stored as a hash, scoped, expiring."""

import hashlib
import secrets
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from sorahub.lib.compiled import Compiled, Later
from sorahub.lib.ids import uuid7

if TYPE_CHECKING:
    from sorahub.accounts.models.person import User

PREFIX = "sora_"
_SELDOM_WANTED = [
    *("name", "prefix", "digest", "created_at", "expires_at", "revoked_at"),
    *("user__password", "user__last_login", "user__date_joined", "user__preferences"),
]
"""Of a token and its account: loaded when somebody asks for it after all."""


def digest(secret: str) -> str:
    """Return the SHA-256 (hex) under which a token is stored; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode("ascii", "replace")).hexdigest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Tokens and who may see them."""

    def visible_to(self, user: "User") -> "ApiTokenQuerySet":
        """Everybody sees their own tokens only."""
        return self.filter(user=user) if user.is_authenticated else self.none()


class ApiToken(models.Model):
    """A key for programs, acting as its account within its scope."""

    class Scope(models.TextChoices):
        """What the token may do."""

        READ = "read", "Read only"
        WRITE = "write", "Read and write"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=["read", "write"]), name="token_scope_known")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def valid(secret: str, at: datetime) -> "ApiToken | None":
        """Return the unrevoked, unexpired token of an active account with this secret, or None."""
        return next(iter(_valid().ask(digest=digest(secret), at=at)), None)


@cache
def _valid() -> Compiled[ApiToken]:
    """What every request with a token begins with; a digest is there once."""
    found = {"digest": Later("digest", models.CharField()), "expires_at__gt": Later("at", models.DateTimeField())}
    rows = ApiToken.objects.filter(revoked_at=None, user__is_active=True, **found)
    return Compiled(rows.select_related("user").defer(*_SELDOM_WANTED).order_by())


def new_secret() -> str:
    """Return a fresh token: a prefix that secret scanners can find, then 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)
