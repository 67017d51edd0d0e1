"""Terms that a job brings in: fetched from an address, or read from a PDF; what fails says why, and can be tried again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from generations import media
from generations.media import MediaError
from generations.media.child import Limits
from reviews.actions import fetch_terms
from reviews.actions.capture import Document
from reviews.actions.fetch_terms import errand_of, errands_of, request_fetch, request_reading, try_again
from reviews.actions.terms import add_source
from reviews.models import TermsSighting, TermsSource, TermsVersion
from sorahub.jobs.models import Job
from sorahub.jobs.runner import drain, run_one
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.lib.servers import Received, Server, reply, serving
from tests.people import Agency
from tests.reviews.pdfs import WORDS, pdf

pytestmark = [pytest.mark.django_db, pytest.mark.core]
PAGE = b"<!doctype html><html><body><h1>Terms</h1><p>You own the output.</p></body></html>"
LOOPBACK = ("127.0.0.0/8",)
HTML = {"Content-Type": "text/html; charset=utf-8"}


@contextmanager
def answering(
    settings: Any, status: int = 200, body: bytes = PAGE, headers: dict[str, str] | None = None
) -> Iterator[Server]:
    with serving(lambda handler, _: reply(handler, status, body, headers or HTML)) as server:
        settings.TERMS_PRIVATE_NETWORKS, settings.TERMS_PORTS = LOOPBACK, (server.port,)
        yield server


def source_of(agency: Agency, address: str = "") -> TermsSource:
    return add_source(actor=agency.lena, publisher="Lumo", title="Terms", address=address)


def fetched(agency: Agency, source: TermsSource, **said: Any) -> fetch_terms.Errand:
    job = request_fetch(actor=agency.lena, source=source, document=Document(**said))
    run_one(job.pk)
    return errand_of(actor=agency.lena, pk=job.pk)


def read(agency: Agency, source: TermsSource, raw: bytes) -> fetch_terms.Errand:
    job = request_reading(actor=agency.lena, source=source, chunks=[raw], name="terms.pdf", document=Document())
    run_one(job.pk)
    return errand_of(actor=agency.lena, pk=job.pk)


def test_an_address_is_fetched_by_a_job_and_its_bytes_kept(agency: Agency, settings: Any) -> None:
    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        if received.path == "/terms":
            reply(handler, 302, headers={"Location": "/legal/terms"})
        else:
            reply(handler, 200, PAGE, HTML)

    with serving(answer) as server:
        settings.TERMS_PRIVATE_NETWORKS, settings.TERMS_PORTS = LOOPBACK, (server.port,)
        source = source_of(agency, f"{server.url}/terms")
        job = request_fetch(
            actor=agency.lena, source=source,
            document=Document(
                language="de", jurisdiction="EU", effective_from=date(2026, 3, 1),
                accepted_at=datetime(2026, 3, 2, tzinfo=UTC),
            ),
        )  # fmt: skip
        assert not TermsVersion.objects.exists()
        assert errand_of(actor=agency.bob, pk=job.pk).state == "waiting"
        drain()
    shown = errand_of(actor=agency.lena, pk=job.pk)
    version = TermsVersion.objects.get()
    assert (shown.state, shown.version, shown.letters) == ("kept", version, len(version.text))
    assert (bytes(version.raw), version.text, version.media_type) == (PAGE, "Terms\nYou own the output.\n", "text/html")
    assert (version.method, version.label, version.language, version.jurisdiction) == (
        "fetch",
        "2026-03-01",
        "de",
        "EU",
    )
    origin = version.origin
    assert origin.pop("fetched_at") == version.captured_at.isoformat()
    assert origin == {
        "asked": f"{server.url}/terms", "address": f"{server.url}/legal/terms", "status": 200, "charset": "utf-8",
        "content_type": "text/html; charset=utf-8", "extractor": "sorahub-text/1",
    }  # fmt: skip


def test_the_same_bytes_are_a_sighting_and_no_version(agency: Agency, settings: Any) -> None:
    with answering(settings) as server:
        source = source_of(agency, f"{server.url}/terms")
        first = fetched(agency, source)
        again = fetched(agency, source, label="Another name")
    assert (first.state, again.state, again.version) == ("kept", "again", first.version)
    sighting = TermsSighting.objects.get()
    assert sighting.origin["said"]["label"] == "Another name"
    assert Event.objects.filter(kind="terms.seen_again", subject_id=TermsVersion.objects.get().pk).count() == 1


@pytest.mark.parametrize(
    ("status", "body", "headers", "words"),
    [
        (404, b"gone", HTML, "answered with status 404, not with the document. Open it in a browser"),
        (200, b"\x89PNG", {"Content-Type": "image/png"}, "this is image/png"),
        (200, b"<!doctype html><script>draw()</script>", HTML, "There is no text"),
        (200, b"<!doctype html><p>\xff\xfe", HTML, "The bytes are not utf-8 text"),
        (302, b"", {"Location": "http://10.0.0.1/terms"}, "10.0.0.1"),
        (302, b"", {"Location": "/terms"}, "More than 5 redirects"),
        (200, b"x" * (10 * 1024 * 1024 + 1), HTML, "10485760 are allowed"),
    ],
)
def test_what_is_not_the_document_says_so(
    agency: Agency, settings: Any, status: int, body: bytes, headers: dict[str, str], words: str
) -> None:
    with answering(settings, status, body, headers) as server:
        source = source_of(agency, f"{server.url}/terms")
        shown = fetched(agency, source)
    assert shown.state == "failed"
    assert words in shown.words
    assert not TermsVersion.objects.exists()
    assert [each.id for each in errands_of(actor=agency.lena, source=source)] == [shown.id]


@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/latest", "https://10.0.0.1/terms", "https://[fd00::1]/terms"]
)
def test_addresses_inside_are_never_asked(agency: Agency, address: str) -> None:
    assert fetched(agency, source_of(agency, address)).state == "failed"


def test_what_providers_are_excepted_from_is_not_for_an_address_that_a_person_types(
    agency: Agency, settings: Any
) -> None:
    with serving(lambda handler, _: reply(handler, 200, PAGE, HTML)) as server:
        settings.HTTP_ALLOWED_PRIVATE_NETWORKS, settings.HTTP_ALLOW_PLAIN = LOOPBACK, True
        settings.HTTP_RESULT_PORTS = (server.port,)
        source = source_of(agency, f"{server.url}/terms")
        shown = fetched(agency, source)
        settings.TERMS_PORTS = (server.port,)
        again = fetched(agency, source)
        assert server.received == []
    assert (shown.state, again.state) == ("failed", "failed")
    assert f"Port {server.port}" in shown.words
    assert not TermsVersion.objects.exists()


def test_a_server_that_is_busy_is_asked_again_by_itself(agency: Agency, settings: Any) -> None:
    with answering(settings, 503, b"busy") as server:
        shown = fetched(agency, source_of(agency, f"{server.url}/terms"))
    assert shown.state == "waiting"
    assert "is busy (status 503)" in shown.words


def test_what_failed_is_tried_again_by_whoever_may(agency: Agency, settings: Any) -> None:
    with answering(settings, 404) as server:
        source = source_of(agency, f"{server.url}/terms")
        failed = fetched(agency, source)
    settings.TERMS_PORTS = ()
    for name in ("alice", "bob", "ada"):
        with pytest.raises(Forbidden):
            try_again(actor=getattr(agency, name), pk=failed.id)
    with pytest.raises(NotFound):
        errand_of(actor=agency.dora, pk=failed.id)
    jobs = Job.objects.count()
    again = try_again(actor=agency.lena, pk=failed.id)
    assert (again.payload, Job.objects.count()) == (Job.objects.get(pk=failed.id).payload, jobs + 1)
    with pytest.raises(Conflict):
        try_again(actor=agency.lena, pk=again.pk)


def test_asked_twice_it_is_one_job(agency: Agency) -> None:
    source = source_of(agency, "http://localhost:9/terms")
    first, second = (request_fetch(actor=agency.lena, source=source, document=Document()) for _ in range(2))
    assert first.pk == second.pk
    with pytest.raises(Forbidden):
        request_fetch(actor=agency.alice, source=source, document=Document())
    with pytest.raises(InvalidInput):
        request_fetch(
            actor=agency.lena, source=add_source(actor=agency.lena, publisher="A", title="B"), document=Document()
        )
    assert Job.objects.filter(kind=fetch_terms.KIND).count() == 1


def test_a_pdf_is_read_page_by_page(agency: Agency) -> None:
    raw = pdf(WORDS, "Second page")
    shown = read(agency, source_of(agency), raw)
    version = TermsVersion.objects.get()
    assert (shown.state, version.media_type, bytes(version.raw)) == ("kept", "application/pdf", raw)
    assert version.text == f"{WORDS}\n\nSecond page"
    assert version.origin["pages"] == 2
    assert version.origin["extractor"].startswith("pypdf/")
    assert not [*(Path(configured.MEDIA_ROOT) / "incoming").glob("*.pdf")]


def test_a_pdf_that_an_address_answers_is_read_too(agency: Agency, settings: Any) -> None:
    with answering(settings, body=pdf(), headers={"Content-Type": "application/octet-stream"}) as server:
        assert fetched(agency, source_of(agency, f"{server.url}/terms.pdf")).state == "kept"
    assert TermsVersion.objects.get().text == WORDS


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: pdf(password="secret"), "protected by a password"),
        (lambda: pdf(""), "There is no text in the PDF, only pictures of pages"),
        (lambda: b"%PDF-1.7\nnothing more", "The PDF cannot be read"),
        (lambda: pdf(*[""] * 1001), "1,001 pages; 1,000 are read at most"),
    ],
    ids=["locked", "pictures", "cut", "long"],
)
def test_a_pdf_without_readable_text_says_why(agency: Agency, make: Callable[[], bytes], words: str) -> None:
    shown = read(agency, source_of(agency), make())
    assert (shown.state, TermsVersion.objects.exists()) == ("failed", False)
    assert words in shown.words


def test_a_pdf_that_forbids_copying_alone_is_read(agency: Agency) -> None:
    assert read(agency, source_of(agency), pdf(owner="secret")).state == "kept"


def test_a_pdf_that_takes_too_long_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(*["Words"] * 900))
    limits = Limits(wall_seconds=0.2, cpu_seconds=1)
    with pytest.raises(MediaError) as caught:
        media.document(path, limits)
    assert caught.value.code == "timeout"


def test_what_is_no_pdf_is_refused_at_once(agency: Agency) -> None:
    with pytest.raises(InvalidInput):
        read(agency, source_of(agency), b"Words")
    assert not Job.objects.filter(kind=fetch_terms.KIND).exists()
