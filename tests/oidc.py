"""A small OpenID Connect issuer on loopback: real HTTP, RS256, one person at a time. What it says can be bent by a test."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from sorahub.settings.sso import Issuer

CLIENT, SECRET = "sorahub", "only-for-tests"


class Provider:
    """The issuer: who signs on, how long ago, and what was asked of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.email, self.verified = "lena@example.com", True
        self.seconds_ago: float | None = 0
        self.bent: dict[str, Any] = {}
        self.asked: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}

    @property
    def issuer(self) -> Issuer:
        """The hub's setting for it."""
        return Issuer(self.url, CLIENT, SECRET, "Agency log-in")

    def authorize(self, query: dict[str, str]) -> str:
        """Let the person in at once; return where the browser goes."""
        self.asked.append(query)
        code = f"code-{len(self.asked)}"
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Trade a code, once, for the token; None when client, code, address or verifier are not right."""
        asked = self._codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        known = authorization == f"Basic {basic}" or form.get("client_secret") == SECRET
        if asked is None or not known or form.get("redirect_uri") != asked["redirect_uri"]:
            return None
        digest = base64.urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if digest != asked.get("code_challenge"):
            return None
        return {"access_token": "token", "token_type": "Bearer", "id_token": self._id_token(asked)}

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "sub": self.email, "iat": now, "exp": now + 300, **self.person()}
        claims |= {"nonce": asked["nonce"]} if "nonce" in asked else {}
        claims |= {"auth_time": int(now - self.seconds_ago)} if self.seconds_ago is not None else {}
        return jwt.encode({**claims, **self.bent}, self.key, algorithm="RS256", headers={"kid": "one"})

    def person(self) -> dict[str, Any]:
        """Who signs on."""
        return {"sub": self.email, "email": self.email, "email_verified": self.verified}

    def document(self) -> dict[str, Any]:
        """The discovery document."""
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        return {
            "issuer": self.url, "jwks_uri": f"{self.url}/keys", "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            **{f"{name}_endpoint": f"{self.url}/{path}" for name, path in names.items()},
        }  # fmt: skip

    def keys(self) -> dict[str, Any]:
        """The public key."""
        known = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**known, "kid": "one", "alg": "RS256", "use": "sig"}]}


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/authorize":
                self._send(302, None, Location=provider.authorize(query))
                return
            answers = {
                "/.well-known/openid-configuration": provider.document,
                "/keys": provider.keys,
                "/userinfo": provider.person,
            }
            known = answers.get(parts.path)
            self._send(200 if known else 404, known() if known else {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            answer = provider.token(form, self.headers.get("Authorization", ""))
            self._send(200 if answer else 400, answer or {"error": "invalid_grant"})

        def _send(self, status: int, body: Any, **headers: str) -> None:
            content = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def provider() -> Iterator[Provider]:
    """Run an issuer for a while."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    made = Provider(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass = _handler(made)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
