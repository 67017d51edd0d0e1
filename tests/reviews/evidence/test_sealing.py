"""The seal on a certificate, before judges that are not ours: pyHanko's own validation, and poppler's pdfsig."""

import io
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate as Der
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from reviews.evidence import certificate
from sorahub.doctoring import data as doctor
from sorahub.doctoring.finding import Health
from sorahub.lib import pdf_identity
from sorahub.lib.errors import Conflict, Unavailable
from sorahub.lib.pdf_identity import Identity
from sorahub.lib.pdf_sealing import seal
from tests.reviews.evidence.test_certificate import AT, PAGE

NORTH = "Agency North, Seal 1"


def pdf() -> bytes:
    return certificate.render(PAGE, AT)


def judged(data: bytes, identity: Identity) -> PdfSignatureStatus:
    """What pyHanko says of the one seal; whatever it stumbles over is as bad as no."""
    (found,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
    roots = [Der.load(one) for one in identity.chain or (identity.certificate,)]
    return validate_pdf_signature(found, ValidationContext(trust_roots=roots))


def holds(data: bytes, identity: Identity) -> bool:
    try:
        status = judged(data, identity)
        return bool(status.bottom_line and status.coverage == SignatureCoverageLevel.ENTIRE_FILE)
    except Exception:  # noqa: BLE001 (a damaged file may raise anything)
        return False


def own(folder: Path, *, days: int = 30, begin: int = -1, passphrase: bytes = b"") -> tuple[Path, Path]:
    """A certificate of the agency's and its key, as the files that settings name."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NORTH)])
    start = datetime.now(UTC) + timedelta(days=begin)
    issued = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(start).not_valid_after(start + timedelta(days=days))
        .add_extension(x509.KeyUsage(*[True, True, *[False] * 7]), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    hidden: Any = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    pem, secret = folder / "seal.pem", folder / "seal.key"
    pem.write_bytes(issued.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden))
    return pem, secret


def use(settings: Any, pem: Path, key: Path, passphrase: str = "") -> None:
    settings.PDF_SIGNING_CERT, settings.PDF_SIGNING_KEY = str(pem), str(key)
    settings.PDF_SIGNING_PASSPHRASE = passphrase


def test_pyhanko_and_pdfsig_find_the_whole_document_sealed_and_no_change_allowed(tmp_path: Path) -> None:
    identity = pdf_identity.current()
    assert identity is not None and identity.test
    sealed = seal(pdf(), identity, reason="Certificate SH-0")
    status = judged(sealed, identity)
    assert (status.bottom_line, status.intact, status.trusted, status.docmdp_ok) == (True, True, True, True)
    found = PdfFileReader(io.BytesIO(sealed)).embedded_signatures[0]
    assert found.docmdp_level == MDPPerm.NO_CHANGES
    assert found.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    (tmp_path / "certificate.pdf").write_bytes(sealed)
    said = run("pdfsig", str(tmp_path / "certificate.pdf"))
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


def run(program: str, *arguments: str) -> str:
    if shutil.which(program) is None:
        pytest.skip(f"{program} (poppler-utils) is not installed")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=30).stdout


def test_one_flipped_byte_breaks_it() -> None:
    identity = pdf_identity.current()
    assert identity is not None
    sealed = seal(pdf(), identity, reason="Certificate SH-0")
    assert holds(sealed, identity)
    begin = sealed.rindex(b"/Contents <") + 11
    end = sealed.index(b">", begin)
    outside = [place for place in range(40, len(sealed), len(sealed) // 25) if not begin <= place < end]
    places = [
        *outside,
        end - 1,
        end - 40,
    ]  # inside the seal's own envelope CMS repeats itself: its value and all it covers count
    for place in places:
        changed = bytearray(sealed)
        changed[place] ^= 1
        assert not holds(bytes(changed), identity), place
    assert not holds(sealed + b"\n%more\n", identity)


def test_page_one_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "certificate.pdf").write_bytes(pdf())
    run("pdftoppm", "-r", "40", "-png", "-l", "1", str(tmp_path / "certificate.pdf"), str(tmp_path / "page"))
    (drawn,) = tmp_path.glob("page*.png")
    greys = Image.open(drawn).convert("L").tobytes()
    assert (min(greys) < 80, max(greys)) == (True, 255)


def test_the_agencys_own_certificate_seals_and_is_named(settings: Any, tmp_path: Path) -> None:
    use(settings, *own(tmp_path, passphrase=b"open it"), "open it")
    identity = pdf_identity.current()
    assert identity is not None
    assert (identity.subject, identity.test) == (NORTH, False)
    assert holds(seal(pdf(), identity, reason="x"), identity)
    assert doctor.pdf_seal().health == Health.WARNING  # it ends within 30 days


def test_an_expired_certificate_seals_nothing_and_the_doctor_says_so(settings: Any, tmp_path: Path) -> None:
    use(settings, *own(tmp_path, begin=-10, days=9))
    identity = pdf_identity.current()
    assert identity is not None
    with pytest.raises(Conflict, match=r"expired on .* The administrator renews it") as refused:
        pdf_identity.require_valid(identity, datetime.now(UTC))
    assert refused.value.code == "pdf-certificate-expired"
    found = doctor.pdf_seal()
    assert (found.health, "expired" in found.words) == (Health.FAULT, True)


def test_a_key_that_does_not_belong_or_cannot_be_read_is_told(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    pem, _ = own(tmp_path)
    _, other = own(tmp_path / "a", passphrase=b"secret")
    use(settings, pem, other, "secret")
    with pytest.raises(Unavailable, match="belongs to the key"):
        pdf_identity.current()
    use(settings, pem, other, "wrong")
    with pytest.raises(Unavailable, match="passphrase"):
        pdf_identity.current()
    use(settings, pem, tmp_path / "absent.key")
    with pytest.raises(Unavailable, match=r"absent\.key"):
        pdf_identity.current()
    assert doctor.pdf_seal().health == Health.FAULT


def test_without_a_certificate_production_seals_nothing_and_says_so(settings: Any) -> None:
    settings.PDF_TEST_AUTHORITY = False
    assert pdf_identity.current() is None
    assert doctor.pdf_seal().health == Health.WARNING


def test_an_authority_for_time_makes_it_b_t() -> None:
    """pyHanko's own authority, with a certificate for it made here; the hub's is plugged in the same way."""
    identity = pdf_identity.current()
    assert identity is not None
    stamper = authority()
    sealed = seal(pdf(), identity, reason="x", timestamper=stamper)
    (found,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    roots = [*map(Der.load, identity.chain), stamper.tsa_cert]
    status = validate_pdf_signature(found, ValidationContext(trust_roots=roots), ValidationContext(trust_roots=roots))
    assert status.bottom_line
    assert status.timestamp_validity is not None and status.timestamp_validity.valid


def authority() -> DummyTimeStamper:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Time")])
    now = datetime.now(UTC)
    issued = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(9).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9))
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(x509.KeyUsage(*[True, True, *[False] * 7]), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    der = serialization.Encoding.DER
    secret = key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return DummyTimeStamper(Der.load(issued.public_bytes(der)), PrivateKeyInfo.load(secret))
