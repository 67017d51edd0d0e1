"""What the OpenAPI document says about logging in."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerToken(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself on definition
    """Names the bearer token in the document's security schemes."""

    target_class = "sorahub.accounts.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme: a bearer token that begins with sora_."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of your account: Authorization: Bearer sora_…",
        }
