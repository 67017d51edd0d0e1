"""The public keys with which this hub signs, at an address that anybody may read: /.well-known/sorahub-keys.json."""

from base64 import b64encode
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from sorahub.lib import signing
from sorahub.lib.signing import PublicKey

FRESH_SECONDS = 3600
ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo: RFC 8410."""


@require_safe
@cache_control(public=True, max_age=FRESH_SECONDS)
def keys(request: HttpRequest) -> JsonResponse:
    """List every key of every purpose, those of former times with the end of their validity: what they signed stays verifiable."""
    answer = JsonResponse({"keys": [_told(key) for key in signing.public_keys()]}, json_dumps_params={"indent": 1})
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _told(key: PublicKey) -> dict[str, Any]:
    packed = b64encode(ED25519_SPKI + key.raw).decode("ascii")
    return {
        "key_id": key.key_id,
        "purpose": key.purpose,
        "algorithm": "Ed25519",
        "public_key": key.raw.hex(),
        "public_key_pem": f"-----BEGIN PUBLIC KEY-----\n{packed}\n-----END PUBLIC KEY-----\n",
        "valid_from": key.valid_from.isoformat(timespec="microseconds"),
        "valid_to": key.valid_to.isoformat(timespec="microseconds") if key.valid_to else None,
    }
