"""The job that brings terms in: asks an address through the hardened client, reads a PDF in the confined process, keeps both.

The request that asked for it has long been answered: neither a slow server nor a long PDF holds up a page.
"""

import re
import tempfile
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from generations import media
from reviews.actions import capture, drawing, fetch_terms, redrawing
from reviews.actions.capture import Document
from reviews.interchange import parcels
from reviews.models import TermsSource, TermsVersion
from reviews.rules import extraction
from sorahub.accounts.models import User
from sorahub.jobs.errors import Retry
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.lib import http
from sorahub.lib.errors import InvalidInput

REDIRECTS = 5
SECONDS = 60.0
ACCEPT = "text/html, application/xhtml+xml, application/pdf, text/markdown, text/plain;q=0.9, */*;q=0.1"
_TYPES = {"application/xhtml+xml": "text/html", "text/x-markdown": "text/markdown"}
_CHARSET = re.compile(r"[A-Za-z0-9_.:-]{2,40}")
_LONGEST_HEADER = 500
_BUSY = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


def bring(job: Job) -> Json:
    """Do what the job asks for. Raises what the runner understands, in words for the person who waits."""
    told: dict[str, Any] = job.payload
    actor = User.objects.select_related("person").get(pk=str(told["user"]))
    if told["way"] == fetch_terms.DRAW:
        return _drawn(job, actor, TermsVersion.objects.select_related("source").get(pk=str(told["version"])))
    source = TermsSource.objects.get(pk=str(told["source"]))
    document = fetch_terms.document_from(told["document"])
    if told["way"] == fetch_terms.READ:
        raw = parcels.path_of(str(told["file"])).read_bytes()
        origin: dict[str, Json] = {"file": str(told["name"])[:200]}
        result = _keep(job, actor, source, raw, extraction.PDF, "", TermsVersion.Method.UPLOAD, document, origin)
        parcels.drop(str(told["file"]))
        return result
    answer = _asked(str(told["address"]))
    named, charset = _content_type(answer.headers.get("content-type", ""))
    now = timezone.now()
    facts: dict[str, Json] = {
        "asked": str(told["address"]),
        "address": answer.address,
        "status": answer.status,
        "content_type": answer.headers.get("content-type", "")[:200],
        "fetched_at": now.isoformat(),
    }
    said = Document(**{**vars(document), "captured_at": now, "address": str(told["address"])})
    kind = _kind(answer.content, named)
    return _keep(job, actor, source, answer.content, kind, charset, TermsVersion.Method.FETCH, said, facts)


def _asked(address: str) -> http.Response:
    """A person types this address: what is excepted for the providers' addresses does not hold for it."""
    client = http.Client(
        allowed_networks=settings.TERMS_PRIVATE_NETWORKS,
        allowed_ports=settings.TERMS_PORTS,
        total_timeout=SECONDS,
        max_bytes=capture.LARGEST_BYTES,
    )
    answer = client.get(address, headers={"accept": ACCEPT}, max_redirects=REDIRECTS)
    if answer.status in _BUSY:
        raise Retry("server-busy", f"{_host(answer)} is busy (status {answer.status}). Try again later.")
    if answer.status != HTTPStatus.OK:
        words = f"{_host(answer)} answered with status {answer.status}, not with the document."
        raise InvalidInput(f"{words} Open it in a browser, save the page and upload it.", code="not-the-document")
    return answer


def _host(answer: http.Response) -> str:
    return answer.address.split("/")[2]


def _content_type(header: str) -> tuple[str, str]:
    """The media type and the charset that a server states; a charset that is no name is left out, and so is a header's length."""
    header = header[:_LONGEST_HEADER]
    message = Message()
    message["content-type"] = header
    charset = str(message.get_param("charset") or "")
    return message.get_content_type() if header else "", charset if _CHARSET.fullmatch(charset) else ""


def _kind(raw: bytes, named: str) -> str:
    """What the bytes are: by how they begin, else by what the server calls them."""
    if extraction.is_pdf(raw):
        return extraction.PDF
    if extraction.is_page(raw):
        return "text/html"
    return _TYPES.get(named, named or "text/plain")


def _keep(
    job: Job,
    actor: User,
    source: TermsSource,
    raw: bytes,
    kind: str,
    charset: str,
    method: str,
    document: Document,
    facts: dict[str, Json],
) -> Json:
    if kind == extraction.PDF:
        text, extractor, pages = _pdf(raw)
        facts = {**facts, "pages": pages}
    else:
        text, extractor = drawing.text_of(raw, kind, charset), extraction.EXTRACTOR
        facts = {**facts, "charset": charset} if charset else facts
    said = Document(**{**vars(document), "origin": {**document.origin, **facts}})
    with job.fenced():
        kept = capture.keep(
            actor=actor, source=source, raw=raw, media_type=kind, text=text, extractor=extractor, method=method, document=said
        )  # fmt: skip
    return {"version": str(kept.version.pk), "new": kept.new, "letters": len(text)}


def _drawn(job: Job, actor: User, version: TermsVersion) -> Json:
    text, extractor, _ = _pdf(bytes(version.raw))
    with job.fenced():
        redrawing.keep_drawn(actor=actor, version=version, text=text, extractor=extractor)
    return {"version": str(version.pk), "new": True, "letters": len(text)}


def _pdf(raw: bytes) -> tuple[str, str, int]:
    folder = Path(settings.MEDIA_ROOT) / "incoming"
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".pdf") as file:
        file.write(raw)
        file.flush()
        read = media.document(Path(file.name))
    return read.text, read.extractor, read.pages
