"""Single sign-on as settings: one OpenID Connect issuer, or none. The same words become allauth's configuration."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from sorahub.settings import env

PROVIDER_ID = "sso"


@dataclass(frozen=True)
class Issuer:
    """Where people of the agency sign on, and how the hub is known there. ``hosts``: further hosts that its documents name."""

    url: str
    client_id: str
    client_secret: str
    name: str
    hosts: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """Scheme, host and port of the issuer."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def known_hosts(self) -> frozenset[str]:
        """Every host (without port) that the hub asks and sends people to."""
        return frozenset({urlsplit(self.url).hostname or "", *self.hosts})

    @property
    def origins(self) -> list[str]:
        """What a form may lead to (Content-Security-Policy, form-action)."""
        return [self.origin, *(f"https://{host}" for host in self.hosts)]


def read() -> Issuer | None:
    """Read SORAHUB_OIDC_*; None when no issuer is set. Half a configuration is refused and names what lacks."""
    url = env.text("SORAHUB_OIDC_ISSUER").rstrip("/")
    if not url:
        return None
    client, secret = env.text("SORAHUB_OIDC_CLIENT_ID"), env.text("SORAHUB_OIDC_CLIENT_SECRET")
    if urlsplit(url).scheme not in {"https", "http"} or not urlsplit(url).hostname:
        raise ImproperlyConfigured(
            "SORAHUB_OIDC_ISSUER must be an address, such as https://login.example/realms/agency."
        )
    if not client or not secret:
        raise ImproperlyConfigured("SORAHUB_OIDC_ISSUER needs SORAHUB_OIDC_CLIENT_ID and SORAHUB_OIDC_CLIENT_SECRET.")
    name = env.text("SORAHUB_OIDC_NAME") or (urlsplit(url).hostname or "")
    return Issuer(url, client, secret, name, env.words("SORAHUB_OIDC_HOSTS"))


def providers(issuer: Issuer | None) -> dict[str, Any]:
    """Return allauth's SOCIALACCOUNT_PROVIDERS: one app, whose people are found by their verified e-mail address."""
    if issuer is None:
        return {}
    app = {
        "provider_id": PROVIDER_ID,
        "name": issuer.name,
        "client_id": issuer.client_id,
        "secret": issuer.client_secret,
        "settings": {"server_url": issuer.url, "email_authentication": True, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}
