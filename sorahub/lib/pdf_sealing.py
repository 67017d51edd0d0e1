"""Seals a PDF: a certification signature after PAdES (ETSI EN 319 142-1), level B-B, or B-T with an authority for time.

Importing this takes over half a second (pyHanko): whoever seals now and then imports it when it comes to that.
"""

import io
from concurrent.futures import ThreadPoolExecutor

from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.parser import peek
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from sorahub.lib.errors import Unavailable
from sorahub.lib.pdf_identity import Identity

FIELD = "Seal"
TRIES = 24


def seal(pdf: bytes, identity: Identity, *, reason: str, timestamper: TimeStamper | None = None) -> bytes:
    """Return the PDF with its seal appended: from then on no change is allowed in it.

    Raises Unavailable when the authority for time does not answer, or when the PDF cannot be sealed.
    """
    with ThreadPoolExecutor(1) as hand:  # pyHanko runs a loop of its own, which a thread that has one does not allow
        try:
            return hand.submit(_sealed, pdf, identity, reason, timestamper).result()
        except TimestampRequestError as error:
            words = f"The time-stamp authority did not answer, so nothing was sealed: {error}"
            raise Unavailable(words, code="timestamp-unavailable") from error
        except (PdfError, SigningError) as error:
            raise Unavailable(f"The PDF could not be sealed: {error}", code="pdf-not-sealed") from error


def _sealed(pdf: bytes, identity: Identity, reason: str, timestamper: TimeStamper | None) -> bytes:
    """Seal with as much room for the signature as it takes: what is left over is under no seal, so that there is none.

    How long an ECDSA signature turns out differs by a byte or two: it is made again until it fits. With an authority for time
    the room stays (each try would cost a token); it is filled with zeros.
    """
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    above = map(Certificate.load, identity.chain)
    store.register_multiple(
        one for one in above if one.self_issued is False
    )  # no seal covers a root, and nobody trusts one sent along
    signer = SimpleSigner(
        signing_cert=Certificate.load(identity.certificate),
        signing_key=PrivateKeyInfo.load(identity.key),
        cert_registry=store,
    )
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        reason=reason,
        name=identity.subject,
    )
    roomy = _once(pdf, PdfSigner(metadata, signer, timestamper=timestamper), None)
    if timestamper is not None:
        return roomy
    room = 2 * _taken(roomy)[0]
    for _ in range(TRIES):
        try:
            tight = _once(pdf, PdfSigner(metadata, signer), room)
        except SigningError:  # this one is longer than the room
            continue
        taken, given = _taken(tight)
        if taken == given:
            return tight
    return roomy


def _once(pdf: bytes, signer: PdfSigner, room: int | None) -> bytes:
    target = io.BytesIO()
    signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=target, bytes_reserved=room)
    return target.getvalue()


def _taken(sealed: bytes) -> tuple[int, int]:
    """Return how many bytes the signature takes, and how many there are for it."""
    (found,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    contents: bytes = found.pkcs7_content
    return peek(contents), len(contents)
