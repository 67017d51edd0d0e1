"""Certificates and tokens of the sandbox's time-stamp authority (RFC 3161): really signed, by keys that nobody should trust."""

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

POLICY = "1.3.6.1.4.1.32473.1"
"""Under the number that IANA keeps for examples (RFC 5612)."""
ROOT, CERTIFICATE, KEY = "root.pem", "certificate.pem", "key.pem"
YEARS = timedelta(days=3650)


class Reply(core.Sequence):  # type: ignore[misc]  # the library has no types
    """TimeStampResp of RFC 3161, in which a refusal has no token; asn1crypto's own demands one."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


@dataclass(frozen=True)
class Identity:
    """Who signs: a certificate for time-stamping alone, its key, and the root that it leads to (PEM)."""

    certificate: asn1.Certificate
    key: ec.EllipticCurvePrivateKey
    root: bytes


def new_identity(name: str, *more_usages: x509.ObjectIdentifier) -> tuple[Identity, bytes, bytes]:
    """Make a root and a certificate under it; return the identity with certificate and key as PEM. The root's key is forgotten."""
    above, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer, subject = _name(f"{name} root"), _name(name)
    root = (
        _builder(issuer, issuer, above.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(above, hashes.SHA256())
    )
    signer = (
        _builder(subject, issuer, own.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING, *more_usages]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
        .sign(above, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    der = signer.public_bytes(serialization.Encoding.DER)
    identity = Identity(asn1.Certificate.load(der), own, root.public_bytes(pem))
    return identity, signer.public_bytes(pem), secret


def kept_identity(folder: Path, name: str) -> Identity:
    """Return the identity in this folder; made there the first time."""
    if not (folder / ROOT).exists():
        folder.mkdir(parents=True, exist_ok=True)
        made, certificate, key = new_identity(name)
        _write(folder / KEY, key)
        _write(folder / CERTIFICATE, certificate)
        _write(folder / ROOT, made.root)
    signer = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
    key_read = serialization.load_pem_private_key((folder / KEY).read_bytes(), None)
    if not isinstance(key_read, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{folder / KEY} is no key of this service.")
    der = signer.public_bytes(serialization.Encoding.DER)
    return Identity(asn1.Certificate.load(der), key_read, (folder / ROOT).read_bytes())


def granted(query: tsp.TimeStampReq, identity: Identity, at: datetime) -> bytes:
    """Return the reply that grants a token over what is asked, as of ``at``."""
    token = cms.ContentInfo({"content_type": "signed_data", "content": _signed(_info(query, at), identity, at)})
    return bytes(Reply({"status": {"status": "granted"}, "time_stamp_token": token}).dump())


def refused(words: str) -> bytes:
    """Return the reply that refuses."""
    return bytes(Reply({"status": {"status": "rejection", "status_string": [words]}}).dump())


def _info(query: tsp.TimeStampReq, at: datetime) -> tsp.TSTInfo:
    told = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": query["message_imprint"],
        "serial_number": secrets.randbits(63),
        "gen_time": at.replace(microsecond=at.microsecond // 1000 * 1000),
        "accuracy": {"seconds": 1},
    }
    nonce = query["nonce"].native
    return tsp.TSTInfo(told if nonce is None else {**told, "nonce": nonce})


def _signed(info: tsp.TSTInfo, identity: Identity, at: datetime) -> cms.SignedData:
    content, certificate, digest = info.dump(), identity.certificate, algos.DigestAlgorithm({"algorithm": "sha256"})
    mark = tsp.ESSCertIDv2({"cert_hash": sha256(certificate.dump()).digest()})
    attributes = cms.CMSAttributes(
        [
            _attribute("content_type", "tst_info"),
            _attribute("signing_time", cms.Time({"utc_time": core.UTCTime(at)})),
            _attribute("message_digest", sha256(content).digest()),
            _attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [mark]})),
        ]
    )
    sid = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": sid}),
            "digest_algorithm": digest,
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": identity.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
        }
    )
    return cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [digest],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
            "certificates": [cms.CertificateChoices("certificate", certificate)],
            "signer_infos": [signer],
        }
    )


def _attribute(name: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": name, "values": (value,)})


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + YEARS)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
