"""Single sign-on with one OpenID Connect issuer: logging in by allauth, and signing on afresh by ourselves, to prove presence.

Whoever signs on is the account with the same e-mail address, if the issuer says that it is verified; nobody signs up.
Logging in may use allauth's ``requests``, which asks the issuer's hosts alone; the fresh sign-on goes through our own client.
"""

import functools
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import ProviderException
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render

from sorahub.accounts.models import User
from sorahub.lib import http
from sorahub.lib.errors import Forbidden, Unavailable
from sorahub.settings.sso import Issuer

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
SECONDS = 10.0
MOST_BYTES = 512 * 1024


class KnownPeopleOnly(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Logs in people who have an account; makes none, and ties nobody's identity to another one's account."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse whom the hub does not know by a verified address, and everything but logging in."""
        verified = {address.email.lower() for address in sociallogin.email_addresses if _is_true(address.verified)}
        known = sociallogin.is_existing and sociallogin.user.email in verified
        if not known or sociallogin.state.get("process") != "login":
            raise ImmediateHttpResponse(render(request, "socialaccount/unknown.html", status=403))

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """Find the account by addresses that the issuer calls verified, in so many words: ``true``, never ``"false"``."""
        for address in sociallogin.email_addresses:
            address.verified = _is_true(address.verified)
        return cast("tuple[User, str] | None", super().authenticate_by_email(sociallogin))

    def get_requests_session(self) -> Any:
        """Return allauth's session, made to ask the issuer's hosts alone and to follow no redirect."""
        session = super().get_requests_session()
        session.trust_env = False
        session.request = functools.partial(_asked, session.request)
        return session


def issuer() -> Issuer | None:
    """The configured issuer; None when single sign-on is off."""
    return settings.SIGN_ON


@dataclass(frozen=True)
class SignedOn:
    """What the issuer said of a fresh sign-on: its token as it came, the key that signed it, and the claims, checked."""

    token: str
    key: Mapping[str, Any]
    claims: Mapping[str, Any]


def new_verifier() -> str:
    """A secret that ties the answer to whoever asked (PKCE)."""
    return secrets.token_urlsafe(48)


def address_to_sign_on(*, nonce: str, verifier: str, redirect_uri: str, hint: str) -> str:
    """Return the issuer's address that asks the person to sign on anew; ``nonce`` comes back in the signed token.

    Raises Unavailable when the issuer does not answer.
    """
    said = _configured()
    digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": said.client_id, "response_type": "code", "scope": "openid email", "redirect_uri": redirect_uri,
        "state": nonce, "nonce": nonce, "prompt": "login", "max_age": "0", "login_hint": hint,
        "code_challenge": digest, "code_challenge_method": "S256",
    }  # fmt: skip
    endpoint = _checked(said, _document(said).get("authorization_endpoint"))
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def signed_on(*, code: str, nonce: str, verifier: str, redirect_uri: str) -> SignedOn:
    """Trade the code for the issuer's token and check its signature, issuer, audience, expiry and nonce.

    Raises Forbidden (code ``sign-on-refused``) for a token that is not right, Unavailable when the issuer does not answer.
    When the person signed on, and who they are, is for the caller to judge.
    """
    said = _configured()
    document = _document(said)
    token = _token(said, document, {"code": code, "code_verifier": verifier, "redirect_uri": redirect_uri})
    key = _key(_json(said, _checked(said, document.get("jwks_uri"))), token)
    try:
        claims = jwt.decode(
            token, key, algorithms=ALGORITHMS, audience=said.client_id, issuer=str(document.get("issuer")),
            options={"require": ["exp", "iat", "sub", "iss", "aud", "nonce"]}, leeway=30,
        )  # fmt: skip
    except jwt.PyJWTError as error:
        raise _refused() from error
    if not secrets.compare_digest(str(claims["nonce"]), nonce):
        raise _refused()
    return SignedOn(token, key._jwk_data, claims)


def is_of(user: User, claims: Mapping[str, Any]) -> bool:
    """Say whether the claims are about this person: their address, which the issuer must call verified."""
    return _is_true(claims.get("email_verified")) and str(claims.get("email", "")).lower() == user.email


def _configured() -> Issuer:
    found = issuer()
    if found is None:
        raise Forbidden("Single sign-on is not set up here.", code="no-sign-on")
    return found


def _document(said: Issuer) -> dict[str, Any]:
    found = _json(said, f"{said.url}/.well-known/openid-configuration")
    if str(found.get("issuer", "")).rstrip("/") != said.url:
        raise _refused()
    return found


def _token(said: Issuer, document: Mapping[str, Any], sent: dict[str, str]) -> str:
    data, headers = {"grant_type": "authorization_code", **sent}, {}
    if "client_secret_basic" in document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
        headers["Authorization"] = _basic(said)
    else:
        data |= {"client_id": said.client_id, "client_secret": said.client_secret}
    answer = _json(said, _checked(said, document.get("token_endpoint")), data=data, headers=headers)
    return str(answer.get("id_token", ""))


def _basic(said: Issuer) -> str:
    pair = f"{quote(said.client_id, safe='')}:{quote(said.client_secret, safe='')}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _key(keys: Mapping[str, Any], token: str) -> jwt.PyJWK:
    try:
        wanted = jwt.get_unverified_header(token).get("kid")
        known = jwt.PyJWKSet.from_dict(dict(keys)).keys
    except (jwt.PyJWTError, ValueError) as error:
        raise _refused() from error
    fitting = [key for key in known if wanted is None or key.key_id == wanted]
    if len(fitting) != 1:
        raise _refused()
    return fitting[0]


def _json(said: Issuer, url: str, **sent: Any) -> dict[str, Any]:
    client = http.Client(
        said.origin, allowed_networks=settings.HTTP_ALLOWED_PRIVATE_NETWORKS, allow_http=settings.HTTP_ALLOW_PLAIN,
        allowed_hosts=sorted(said.known_hosts), connect_timeout=SECONDS / 2, read_timeout=SECONDS, total_timeout=SECONDS,
        max_bytes=MOST_BYTES,
    )  # fmt: skip
    try:
        answer = client.request("POST" if sent else "GET", url, **sent)
        body = answer.json()
    except (http.HttpFailure, ValueError) as error:
        raise Unavailable(
            f"{said.name} does not answer: try again, or use another way.", code="sign-on-away"
        ) from error
    if answer.status != 200 or not isinstance(body, dict):
        raise _refused()
    return body


def _checked(said: Issuer, url: object) -> str:
    """Return an address of the issuer's document if it is at one of the issuer's hosts."""
    text = str(url or "")
    if urlsplit(text).hostname not in said.known_hosts or urlsplit(text).scheme not in {
        "https",
        urlsplit(said.url).scheme,
    }:
        raise _refused()
    return text


def _asked(request: Any, method: str, url: str, **options: Any) -> Any:
    said = _configured()
    if urlsplit(url).hostname not in said.known_hosts:
        raise ProviderException(f"{urlsplit(url).hostname} is not among the hosts of {said.name}.")
    return request(method, url, **{**options, "allow_redirects": False})


def _is_true(word: object) -> bool:
    return word is True or word == "true"


def _refused() -> Forbidden:
    return Forbidden("The sign-on was not accepted: sign in again.", code="sign-on-refused")
