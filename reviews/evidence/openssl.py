"""Keys, certificates and signatures once more as openssl wants them."""

import re
from ssl import DER_cert_to_PEM_cert, PEM_cert_to_DER_cert

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reviews.evidence.verify import der
from sorahub.ledger.models import TimeStamp

_CERTIFICATES, _SEQUENCE = 0xA0, 0x30


def pem(raw: bytes) -> bytes:
    """Return a raw Ed25519 public key as PEM (RFC 8410)."""
    return Ed25519PublicKey.from_public_bytes(raw).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def certificates(stamp: TimeStamp) -> set[bytes]:
    """Return the certificates that the authority put into its token (RFC 5652 section 5.1), as PEM; none when it left them out.

    Read by hand: authorities send them in any order, which strict readers of DER refuse.
    """
    signed = der(der(der(der(bytes(stamp.token))[0][1])[1][1])[0][1])
    found = [content for tag, content in signed if tag == _CERTIFICATES]
    each = [content for inside in found for tag, content in der(inside) if tag == _SEQUENCE]
    return {DER_cert_to_PEM_cert(_sequence(content)).encode() for content in each}


def pems(text: bytes) -> set[bytes]:
    """Return each certificate of a PEM file by itself, in the form that ``certificates`` gives."""
    found = re.findall(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
    return {DER_cert_to_PEM_cert(PEM_cert_to_DER_cert(one.decode())).encode() for one in found}


def _sequence(content: bytes) -> bytes:
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([_SEQUENCE, *([size] if size < 0x80 else [0x80 | len(length), *length])]) + content
