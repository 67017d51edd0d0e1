"""Seals a PDF: a certification signature after PAdES (ETSI EN 319 142-1), level B-B, or B-T with an authority for time.

Importing this takes over half a second (pyHanko): whoever seals now and then imports it when it comes to that.
"""

import io
from concurrent.futures import ThreadPoolExecutor

from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from sorahub.lib.errors import Unavailable
from sorahub.lib.pdf_identity import Identity

FIELD = "Seal"


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
        except PdfError as error:
            raise Unavailable(f"The PDF could not be sealed: {error}", code="pdf-not-sealed") from error


def _sealed(pdf: bytes, identity: Identity, reason: str, timestamper: TimeStamper | None) -> bytes:
    store = SimpleCertificateStore()
    store.register_multiple(map(Certificate.load, identity.chain))
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
    target = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    PdfSigner(metadata, signer, timestamper=timestamper).sign_pdf(writer, output=target)
    return target.getvalue()
