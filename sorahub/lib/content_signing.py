"""The certificate that signs Content Credentials (C2PA), and the roots against which they are judged.

The certificate is the operator's own (``C2PA_CERT``, ``C2PA_KEY``: PEM files). In development, where ``C2PA_TEST_AUTHORITY`` says
so, an authority of this installation is made on first use in KEY_DIR; it proves nothing to anybody else, and its name says so.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from django.conf import settings

from sorahub.lib import keyfiles
from sorahub.lib.errors import Conflict, Unavailable

_FILE = "content-test-authority"
_CONTENT_USE = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")  # C2PA specification 2.1, section 14.5.1
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_LEAF_DAYS, _ROOT_DAYS = 365, 3650


@dataclass(frozen=True)
class Signer:
    """What signs: the leaf's chain and its key (PEM), the C2PA name of the algorithm, whom the leaf names, and until when it is valid."""

    chain: str
    key: str
    algorithm: str
    subject: str
    valid_until: datetime
    test: bool

    def in_words(self) -> str:
        """Say whose certificate this is."""
        kind = "the test authority of this installation, which nobody else trusts" if self.test else "your certificate"
        return f"{self.subject} ({kind}; valid until {self.valid_until:%Y-%m-%d})"


@dataclass(frozen=True)
class Anchors:
    """Roots in PEM: those of the public trust list with its name and date, and the operator's own."""

    public: str
    own: str
    name: str
    date: str

    def describe(self) -> dict[str, str]:
        """Name the list and its date, with the hashes of both sets (empty: none)."""
        return {
            "list": self.name if self.public else "",
            "date": self.date if self.public else "",
            "list_sha256": _sha256(self.public),
            "own_sha256": _sha256(self.own),
        }


def signer() -> Signer | None:
    """Return what signs Content Credentials now, None where nothing is set up for it.

    Raises Conflict (c2pa-certificate) for a certificate that cannot be read, does not belong to the key, is not valid yet or has
    expired: nothing is signed with it, and the message says what to replace.
    """
    if settings.C2PA_CERT:
        return _checked(_read(settings.C2PA_CERT), _read(settings.C2PA_KEY), test=False)
    if settings.C2PA_TEST_AUTHORITY:
        made = _test_authority()
        return _checked(made["chain"], made["key"], test=True)
    return None


def anchors() -> Anchors:
    """Return the roots to judge by; the test authority's counts among the operator's own where it is in use."""
    own = [_read(settings.C2PA_OWN_ANCHORS)] if settings.C2PA_OWN_ANCHORS else []
    if settings.C2PA_TEST_AUTHORITY and not settings.C2PA_CERT:
        own.append(_test_authority()["root"])
    public = _read(settings.C2PA_TRUST_LIST) if settings.C2PA_TRUST_LIST else ""
    return Anchors(public, "".join(own), settings.C2PA_TRUST_LIST_NAME, settings.C2PA_TRUST_LIST_DATE)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip() + "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise Conflict(
            f"{path or 'SORAHUB_C2PA_KEY'} cannot be read as PEM: {error}.", code="c2pa-certificate"
        ) from error


def _checked(chain: str, key: str, *, test: bool) -> Signer:
    try:
        leaf = x509.load_pem_x509_certificates(chain.encode())[0]
        private = serialization.load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError, IndexError) as error:
        raise _unfit("Its PEM text is not a certificate chain with an unencrypted key.") from error
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if leaf.public_key().public_bytes(*form) != private.public_key().public_bytes(*form):
        raise _unfit("The key does not belong to its first certificate.")
    subject, now = _named(leaf), datetime.now(UTC)
    if now >= leaf.not_valid_after_utc:
        raise _unfit(f"{subject} expired on {leaf.not_valid_after_utc:%Y-%m-%d}: have it renewed.")
    if now < leaf.not_valid_before_utc:
        raise _unfit(
            f"{subject} is valid from {leaf.not_valid_before_utc:%Y-%m-%d} on: look at the clock of this machine."
        )
    return Signer(chain, key, _algorithm(private), subject, leaf.not_valid_after_utc, test)


def _unfit(why: str) -> Conflict:
    return Conflict(f"The certificate for Content Credentials cannot be used. {why}", code="c2pa-certificate")


def _algorithm(private: object) -> str:
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in _CURVES:
        return _CURVES[private.curve.name]
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, rsa.RSAPrivateKey):
        return "ps256"
    raise _unfit("Its key is of a kind that Content Credentials do not take: use an elliptic curve, Ed25519 or RSA.")


def _named(certificate: x509.Certificate) -> str:
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for each in certificate.subject.get_attributes_for_oid(oid):
            return str(each.value)
    return certificate.subject.rfc4514_string()


def _test_authority() -> dict[str, str]:
    """Root, chain and key of the newest test authority; one that has less than a day left is followed by another."""
    number, text = keyfiles.ensure(_FILE, _make)[-1]
    made = _parsed(number, text)
    leaf = x509.load_pem_x509_certificates(made["chain"].encode())[0]
    if leaf.not_valid_after_utc > datetime.now(UTC) + timedelta(days=1):
        return made
    number, text = keyfiles.add(_FILE, number + 1, _make())[-1]
    return _parsed(number, text)


def _parsed(number: int, text: str) -> dict[str, str]:
    try:
        made = json.loads(text)
        return {name: str(made[name]) for name in ("root", "chain", "key")}
    except (ValueError, KeyError, TypeError) as error:
        message = f"The key file {_FILE}-{number}.key is damaged: restore it from the backup, or remove it."
        raise Unavailable(message, code="key-file") from error


def _make() -> str:
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name("SoraHub test authority, trusted by nobody else")
    root = _certificate(root_name, root_key, root_name, root_key, authority=True)
    leaf = _certificate(_name("SoraHub test signer"), key, root_name, root_key, authority=False)
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    root_text = root.public_bytes(pem).decode()
    made = {
        "root": root_text,
        "chain": leaf.public_bytes(pem).decode() + root_text,
        "key": key.private_bytes(pem, form, serialization.NoEncryption()).decode(),
    }
    return json.dumps(made, indent=1) + "\n"


def _name(common: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "SoraHub test authority")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    parent = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=_ROOT_DAYS if authority else _LEAF_DAYS))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(parent, critical=False)
        .add_extension(_usage(authority=authority), critical=True)
    )
    if not authority:
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION, _CONTENT_USE])
        builder = builder.add_extension(uses, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest() if text else ""
