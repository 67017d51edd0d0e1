"""Keys, certificates and signatures once more as openssl wants them."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs7

from sorahub.ledger.models import TimeStamp


def pem(raw: bytes) -> bytes:
    """Return a raw Ed25519 public key as PEM (RFC 8410)."""
    return Ed25519PublicKey.from_public_bytes(raw).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def certificates(stamp: TimeStamp) -> set[bytes]:
    """Return the certificates that the authority put into its token, as PEM; none when it left them out."""
    try:
        found = pkcs7.load_der_pkcs7_certificates(bytes(stamp.token))
    except ValueError:
        return set()
    return {each.public_bytes(Encoding.PEM) for each in found}
