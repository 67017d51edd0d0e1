"""Bearer-token log-in for the API and the scope check."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from sorahub.accounts.models import ApiToken, User

USE_NOTED_EVERY = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """Reads ``Authorization: Bearer sora_…``; never a cookie, never the query string."""

    keyword = b"bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the account and its token, None without a bearer header; raise for a token that is not valid."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != self.keyword:
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Send exactly one token: Authorization: Bearer sora_…")
        now = timezone.now()
        token = ApiToken.valid(words[1].decode("ascii", "replace"), now)
        if token is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked. Make a new one in your account.")
        if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Make DRF answer 401 with this challenge."""
        return 'Bearer realm="SoraHub"'


class ScopeAllows(BasePermission):
    """A read-only token may not write; sessions are not limited."""

    message = "This token is read-only. Make one with the scope “Read and write”."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Allow safe methods, sessions and write tokens."""
        if request.method in SAFE_METHODS or not isinstance(request.auth, ApiToken):
            return True
        return request.auth.scope == ApiToken.Scope.WRITE
