"""The certificate under which PDFs are sealed: the customer's own, from files, or a test one that says that it is one.

``PDF_SIGNING_CERT`` names a PEM file with the chain, ``PDF_SIGNING_KEY`` one with the private key. Without them and with
``PDF_TEST_AUTHORITY`` (development) an authority is made on first use and kept in KEY_DIR; without either there is none.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from sorahub.lib import keyfiles
from sorahub.lib.errors import Conflict, Unavailable

TEST_FILE = "pdf-test-authority"
TEST_DAYS = 3650


@dataclass(frozen=True)
class Identity:
    """A certificate, those above it (all DER), its private key (PKCS 8 DER), and whether it is the test one."""

    certificate: bytes
    chain: tuple[bytes, ...]
    key: bytes
    subject: str
    issuer: str
    valid_from: datetime
    valid_to: datetime
    test: bool


def current() -> Identity | None:
    """Return what PDFs are sealed with, None where nothing is set. Raises Unavailable when the files cannot be used."""
    if settings.PDF_SIGNING_CERT or settings.PDF_SIGNING_KEY:
        chain, key = _bytes(settings.PDF_SIGNING_CERT), _bytes(settings.PDF_SIGNING_KEY)
        return _identity(chain, key, settings.PDF_SIGNING_PASSPHRASE, test=False)
    if settings.PDF_TEST_AUTHORITY:
        number, text = keyfiles.ensure(TEST_FILE, _test_authority)[-1]
        return _from_test_file(f"{TEST_FILE}-{number}.key", text)
    return None


def require_valid(identity: Identity, at: datetime) -> None:
    """Raise Conflict (pdf-certificate-expired) unless the certificate is valid at that moment."""
    if identity.valid_from <= at < identity.valid_to:
        return
    state = "expired on" if at >= identity.valid_to else "is not valid before"
    edge = identity.valid_to if at >= identity.valid_to else identity.valid_from
    raise Conflict(
        f"The certificate that seals PDFs ({identity.subject}) {state} {edge:%Y-%m-%d %H:%M} UTC: nothing is sealed with it. "
        "The administrator renews it and sets SORAHUB_PDF_SIGNING_CERT and SORAHUB_PDF_SIGNING_KEY.",
        code="pdf-certificate-expired",
    )


def _bytes(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        words = f"SORAHUB_PDF_SIGNING_CERT and SORAHUB_PDF_SIGNING_KEY must both name a file: {name or 'one is empty'}: {error.strerror}."
        raise Unavailable(words, code="pdf-certificate") from error


@lru_cache(maxsize=8)
def _identity(chain_pem: bytes, key_pem: bytes, passphrase: str, *, test: bool) -> Identity:
    """Find the certificate that belongs to the key; the others are its chain."""
    try:
        key = load_pem_private_key(key_pem, passphrase.encode() or None)
        found = x509.load_pem_x509_certificates(chain_pem)
    except (ValueError, TypeError) as error:
        words = f"The certificate or key that seals PDFs cannot be read (PEM, and the right passphrase?): {error}"
        raise Unavailable(words, code="pdf-certificate") from error
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    own = [one for one in found if _public(one) == public]
    if not own:
        raise Unavailable(
            "None of the certificates in SORAHUB_PDF_SIGNING_CERT belongs to the key.", code="pdf-certificate"
        )
    leaf = own[0]
    return Identity(
        certificate=leaf.public_bytes(Encoding.DER),
        chain=tuple(one.public_bytes(Encoding.DER) for one in found if one is not leaf),
        key=key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        subject=_spoken(leaf.subject),
        issuer=_spoken(leaf.issuer),
        valid_from=leaf.not_valid_before_utc,
        valid_to=leaf.not_valid_after_utc,
        test=test,
    )


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _spoken(name: x509.Name) -> str:
    """The common name and the organisation, or all of it."""
    wanted = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    found = [str(one.value) for oid in wanted for one in name.get_attributes_for_oid(oid)]
    return ", ".join(dict.fromkeys(found)) or name.rfc4514_string()


def _from_test_file(name: str, text: str) -> Identity:
    try:
        content = json.loads(text)
        return _identity(content["certificates"].encode(), content["key"].encode(), "", test=True)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable(f"The key file {name} is damaged: remove it.", code="key-file") from error


def _test_authority() -> str:
    """Make an authority, let it issue one certificate, and forget the authority's key."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer, subject = _name("SoraHub test authority (no trust)"), _name("SoraHub test certificate")
    authority = _issue(issuer, authority_key, issuer, authority_key, authority=True)
    leaf = _issue(subject, key, issuer, authority_key, authority=False)
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in (leaf, authority))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return json.dumps({"certificates": pem.decode(), "key": private.decode()}, indent=1) + "\n"


def _name(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


def _issue(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    begin = datetime.now(UTC) - timedelta(minutes=5)
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=TEST_DAYS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(_usage(authority=authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(above, critical=False)
    )
    if not authority:
        made = made.add_extension(x509.ExtendedKeyUsage(_purposes()), critical=False)
    return made.sign(issuer_key, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _purposes() -> Sequence[x509.ObjectIdentifier]:
    return [
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),
    ]  # document signing, RFC 9336
