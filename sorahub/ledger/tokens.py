"""Asks an authority (RFC 3161) and verifies what it answers. Loads pyHanko: use it by way of ``timestamps``."""

import asyncio
import logging
from base64 import b64encode
from datetime import datetime

from asn1crypto import cms, core, tsp, x509
from django.conf import settings
from django.utils import timezone
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from sorahub.ledger.timestamps import Fault, NotStamped, Word, configured_roots
from sorahub.lib import http
from sorahub.lib.errors import DomainError

log = logging.getLogger(__name__)
logging.getLogger("pyhanko").setLevel(logging.ERROR)  # it warns of each token that does not hold, as we do

HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
MOST_BYTES = 256 * 1024
SECONDS = 20.0
TIME_STAMPING = "time_stamping"


class Refusal(DomainError):
    """One authority gave no token that holds."""

    code = "token"


class Reply(core.Sequence):  # type: ignore[misc]  # the library has no types
    """TimeStampResp of RFC 3161, in which a refusal has no token; asn1crypto's own demands one."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class Authority(TimeStamper):
    """The configured authorities as pyHanko asks for a token; each answer is verified before it is used."""

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token over the digest. Raises NotStamped."""
        word = await asyncio.to_thread(ask, message_digest, md_algorithm)
        return cms.ContentInfo.load(word.token)


def ask(imprint: bytes, algorithm: str = "sha256") -> Word:
    """Return the first token over the imprint that holds, from the configured authorities in their order. Raises NotStamped."""
    roots, refused = configured_roots(), []
    for url in settings.TSA_URLS:
        try:
            return _word(url, imprint, algorithm, roots)
        except DomainError as error:
            log.warning("time-stamp authority %s: %s", url, error.message)
            refused.append((error.code, f"{url}: {error.message}"))
    if not refused:
        raise NotStamped("No time-stamp authority is configured.", code="no-authority")
    raise NotStamped(" ".join(words for _, words in refused), code=refused[0][0])


def _word(url: str, imprint: bytes, algorithm: str, roots: bytes) -> Word:
    nonce, request = TimeStamper().request_cms(imprint, algorithm)  # type: ignore[no-untyped-call]
    sent = timezone.now()
    answer = _client(url).post(url, content=request.dump(), headers=_headers())
    received = timezone.now()
    if answer.status != 200:
        raise Refusal(f"It answered with status {answer.status}.", code="authority-status")
    token = _token(answer.content, nonce)
    verdict = judge(token, imprint, roots, algorithm)
    if isinstance(verdict, Fault):
        raise Refusal(verdict.words, code=verdict.code)
    return Word(token, verdict, url, sent, received)


def _client(url: str) -> http.Client:
    """Plain HTTP is usual here, since tokens are signed; not where a password would go with it."""
    return http.Client(
        url,
        allowed_networks=settings.HTTP_ALLOWED_PRIVATE_NETWORKS,
        allow_http=not settings.TSA_USER,
        connect_timeout=SECONDS / 2,
        read_timeout=SECONDS,
        total_timeout=SECONDS,
        max_bytes=MOST_BYTES,
    )


def _headers() -> dict[str, str]:
    if not settings.TSA_USER:
        return HEADERS
    words = f"{settings.TSA_USER}:{settings.TSA_PASSWORD}".encode()
    return {**HEADERS, "Authorization": f"Basic {b64encode(words).decode()}"}


def _token(reply: bytes, nonce: int | None) -> bytes:
    """Return the token of a reply that grants one and answers this very question."""
    try:
        told = Reply.load(reply, strict=True)
        status = told["status"]
        granted = status["status"].native in {"granted", "granted_with_mods"}
        words = "; ".join(str(line) for line in status["status_string"].native or ())
        token: bytes = told["time_stamp_token"].dump() if granted else b""
        echoed = _info(cms.ContentInfo.load(token))["nonce"].native if granted else None
    except Exception as error:
        raise Refusal("Its answer is no time-stamp reply.", code="reply-unreadable") from error
    if not granted:
        raise Refusal(f"It refused: {words or status['status'].native}.", code="not-granted")
    if echoed != nonce:
        raise Refusal("It answered another question (nonce).", code="other-nonce")
    return token


def judge(token: bytes, imprint: bytes, roots: bytes, algorithm: str = "sha256") -> datetime | Fault:
    """Return the token's time if it is over the imprint and holds, else the fault. Raises nothing."""
    try:
        content = cms.ContentInfo.load(token, strict=True)
        info = _info(content)
        told = info["message_imprint"]
        if (told["hash_algorithm"]["algorithm"].native, told["hashed_message"].native) != (algorithm, imprint):
            return Fault("other-digest", "Its token is over another digest.")
        trusted = list(load_certs_from_pemder_data(roots)) if roots else []
        if not trusted:
            return Fault(
                "no-roots", "No root certificate of a time-stamp authority can be read: set SORAHUB_TSA_ROOTS."
            )
        return _checked(content["content"], info["gen_time"].native, imprint, trusted)
    except Exception as error:  # noqa: BLE001 (a damaged token may raise anything; it counts as one that does not hold)
        log.info("a time-stamp token cannot be read: %r", error)
        return Fault("token-unreadable", "Its token cannot be read.")


def _info(content: cms.ContentInfo) -> tsp.TSTInfo:
    """What the token says. Raises ValueError for anything else."""
    if content["content_type"].native != "signed_data":
        raise ValueError("no signed data")
    enclosed = content["content"]["encap_content_info"]
    inner = enclosed["content"]
    parsed = inner.parsed if isinstance(inner, core.ParsableOctetString) else None
    if enclosed["content_type"].native != "tst_info" or not isinstance(parsed, tsp.TSTInfo):
        raise ValueError("no time-stamp")
    return parsed


def _checked(signed: cms.SignedData, at: datetime, imprint: bytes, roots: list[x509.Certificate]) -> datetime | Fault:
    """The signature, the certificate's purpose and its way to a root, all as of the token's own time."""
    context = ValidationContext(trust_roots=roots, moment=at, allow_fetching=False, revocation_mode="soft-fail")
    status = TimestampSignatureStatus(**asyncio.run(validate_tst_signed_data(signed, context, lambda _: imprint)))
    if not (status.intact and status.valid):
        return Fault("token-signature", "The signature of its token does not verify.")
    if not _only_for_stamps(status.signing_cert):
        return Fault("token-usage", "Its certificate is not one for time-stamping alone.")
    if not status.trusted:
        return Fault("token-untrusted", "Its certificate does not lead to one of the roots in SORAHUB_TSA_ROOTS.")
    return at


def _only_for_stamps(certificate: x509.Certificate) -> bool:
    """RFC 3161, 2.3: one extended key usage, and critical."""
    usage = certificate.extended_key_usage_value
    return (
        usage is not None
        and usage.native == [TIME_STAMPING]
        and any(
            one["extn_id"].native == "extended_key_usage" and one["critical"].native for one in _extensions(certificate)
        )
    )


def _extensions(certificate: x509.Certificate) -> x509.Extensions:
    return certificate["tbs_certificate"]["extensions"]
