"""The library's pages: what is captured and what is not, captures by jobs, archives with a preview and a choice."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from reviews.actions.first_sources import add_first_sources
from reviews.actions.terms import add_source
from reviews.models import TermsImport, TermsSighting, TermsSource, TermsVersion
from sorahub.jobs.models import Job
from sorahub.jobs.runner import drain
from sorahub.ledger.models import Event
from tests.lib.servers import reply, serving
from tests.people import Agency
from tests.reviews import archives, world
from tests.reviews.pdfs import WORDS, pdf
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.core, pytest.mark.django_db]
PAGE = b"<!doctype html><p>You own the output.</p>"
LOOPBACK = ("127.0.0.0/8",)


def shown(html: str) -> list[str]:
    return re.findall(r'<a href="/terms/sources/[0-9a-f-]+/">([^<]+)</a>', html)


def lumo(agency: Agency, **more: Any) -> TermsSource:
    return add_source(actor=agency.lena, publisher="Lumo", title="Terms of Service", **more)


def capture(agency: Agency, source: TermsSource, **said: Any) -> Any:
    return logged_in(agency.lena).post(reverse("reviews:terms-capture", args=[source.pk]), {"language": "en", **said})


def test_the_library_says_what_is_captured_and_what_is_not(agency: Agency) -> None:
    add_first_sources()
    capture(agency, TermsSource.objects.get(publisher="Vofy"), text=world.TERMS)
    browser, address = logged_in(agency.bob), reverse("reviews:terms")
    page = browser.get(address).text
    assert "1 of 18 captured" in page
    assert len(shown(page)) == 18
    assert shown(browser.get(address, {"show": "captured"}).text) == ["Vofy: Terms of Service"]
    assert len(shown(browser.get(address, {"show": "missing"}).text)) == 17
    assert set(shown(browser.get(address, {"party": "kling"}).text)) == {
        "Kling: API Paid Service Terms", "Kling: Terms of Service",
    }  # fmt: skip
    found = shown(browser.get(address, {"kind": "aggregator", "show": "missing", "q": "serv fal"}).text)
    assert found == ["fal: Terms of Service"]
    assert "No document is like that" in browser.get(address, {"q": "Nobody's"}).text
    assert len(shown(browser.get(address, {"kind": "nonsense"}).text)) == 18
    assert logged_in(agency.dora).get(address).status_code == 404


def test_a_document_leads_step_by_step(agency: Agency) -> None:
    source = lumo(agency, address="https://lumo.example/terms", look_for="Who owns the output")
    address = reverse("reviews:terms-source", args=[source.pk])
    before = logged_in(agency.lena).get(address).text
    assert "Open the address and save the page, or let the hub fetch it." in before
    assert "data-done" not in before
    capture(
        agency, source, text="You own the output.", effective_from="2026-01-01", accepted_at="2026-01-02T10:00",
        accepted_by="Ada, in the settings",
    )  # fmt: skip
    after = logged_in(agency.lena).get(address).text
    assert after.count("data-done") == 3
    assert "In force from 1 January 2026." in after
    assert "Ada, in the settings" in after
    assert TermsVersion.objects.get().label == "2026-01-01"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Choose a file, paste the text, or let the hub fetch the address."),
        ({"way": "file"}, "Choose the file."),
        ({"way": "text"}, "Paste the text."),
        ({"way": "fetch"}, "Give the address, or choose another way."),
        ({"way": "fetch", "address": "https://lumo.example", "text": "Words"}, "one of the three"),
        ({"way": "file", "text": "Words"}, "one of the three"),
        ({"way": "fetch", "address": "no address at all"}, "Enter a valid URL."),
    ],
)
def test_a_way_in_that_is_not_clear_is_asked_for(agency: Agency, said: dict[str, str], words: str) -> None:
    answer = capture(agency, lumo(agency), **said)
    assert answer.status_code == 422
    assert words in answer.text.replace("&#x27;", "'")
    assert not TermsVersion.objects.exists()
    assert not Job.objects.exists()


def test_the_same_text_again_is_said_to_be_unchanged(agency: Agency) -> None:
    source = lumo(agency)
    capture(agency, source, text="You own the output.")
    answer = capture(agency, source, text="You own the output.", label="Another")
    page = logged_in(agency.lena).get(answer.url)
    assert page.status_code == 200
    assert (TermsVersion.objects.count(), TermsSighting.objects.count()) == (1, 1)


def test_a_fetch_is_waited_for_on_its_page(agency: Agency, settings: Any) -> None:
    source = lumo(agency)
    with serving(lambda handler, _: reply(handler, 200, PAGE, {"Content-Type": "text/html"})) as server:
        settings.TERMS_PRIVATE_NETWORKS, settings.TERMS_PORTS = LOOPBACK, (server.port,)
        waiting = capture(agency, source, way="fetch", address=f"{server.url}/terms").url
        browser = logged_in(agency.lena)
        page = browser.get(waiting).text
        assert "Being brought in" in page
        assert 'hx-trigger="every 2s"' in page
        assert "Being brought in" in browser.get(reverse("reviews:terms-source", args=[source.pk])).text
        drain()
        page = browser.get(waiting, headers={"HX-Request": "true"}).text
        assert "Captured as version" in page
        assert "<html" not in page
        again = capture(agency, source, way="fetch", address=f"{server.url}/terms").url
        drain()
    assert "Unchanged since" in browser.get(again).text


def test_a_failed_fetch_says_why_and_is_tried_again(agency: Agency, settings: Any) -> None:
    source = lumo(agency)
    with serving(lambda handler, _: reply(handler, 404, b"gone")) as server:
        settings.TERMS_PRIVATE_NETWORKS, settings.TERMS_PORTS = LOOPBACK, (server.port,)
        waiting = capture(agency, source, way="fetch", address=f"{server.url}/terms").url
        drain()
        browser = logged_in(agency.lena)
        page = browser.get(waiting).text
        assert "answered with status 404" in page
        assert "Try again" in page
        assert "Try again" not in logged_in(agency.bob).get(waiting).text
        assert "answered with status 404" in browser.get(reverse("reviews:terms-source", args=[source.pk])).text
        assert "Being brought in" in browser.post(waiting, follow=True).text


def test_a_pdf_is_read_by_a_job(agency: Agency) -> None:
    source = lumo(agency)
    answer = capture(agency, source, file=SimpleUploadedFile("terms.pdf", pdf()))
    assert "Reading the PDF" in logged_in(agency.lena).get(answer.url).text
    drain()
    version = TermsVersion.objects.get()
    assert (version.text, version.media_type, version.origin["file"]) == (WORDS, "application/pdf", "terms.pdf")
    page = logged_in(agency.bob).get(reverse("reviews:terms-version", args=[version.pk])).text
    assert "terms.pdf, 1 page" in page
    raw = logged_in(agency.bob).get(reverse("reviews:terms-raw", args=[version.pk]))
    assert raw.headers["Content-Disposition"].endswith('.pdf"')


def test_what_is_said_of_a_document_can_be_changed(agency: Agency) -> None:
    source = lumo(agency)
    said = {
        "publisher": "Lumo",
        "title": "Terms",
        "kind": "aggregator",
        "party": "lumo",
        "noise": "^Read by \\d+\n\n^Ad$",
    }
    address = reverse("reviews:terms-source-edit", args=[source.pk])
    assert "Terms of Service" in logged_in(agency.lena).get(address).text
    assert logged_in(agency.lena).post(address, said).status_code == 302
    source.refresh_from_db()
    assert (source.title, source.kind, source.party, source.noise) == (
        "Terms",
        "aggregator",
        "lumo",
        ["^Read by \\d+", "^Ad$"],
    )
    assert Event.objects.filter(kind="terms.source_edited").count() == 1
    logged_in(agency.lena).post(address, said)
    assert Event.objects.filter(kind="terms.source_edited").count() == 1
    answer = logged_in(agency.lena).post(address, {**said, "noise": "(unclosed"})
    assert "“(unclosed” is no expression that can be used" in answer.text
    assert logged_in(agency.ada).post(address, said).status_code == 403


def test_an_archive_is_shown_chosen_from_and_imported(agency: Agency, tmp_path: Path) -> None:
    source = lumo(agency)
    history = [*archives.steps(12), *archives.steps(3, "Other/Privacy Policy.md")]
    repo = archives.repository(tmp_path / "a.git", history)
    file = SimpleUploadedFile("lumo.bundle", archives.bundle(repo))
    repo.close()
    browser = logged_in(agency.lena)
    address = browser.post(reverse("reviews:terms-import-new"), {"file": file, "archive": "Lumo collection"}).headers[
        "Location"
    ]
    assert "Looking into the archive" in browser.get(address).text
    drain()
    assert browser.get(address, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    page = browser.get(address).text
    assert "Lumo: Terms of Service" in page
    assert f'<option value="{source.pk}" selected>' in page
    assert "ODC-BY-1.0" in page
    assert "What goes where" not in logged_in(agency.bob).get(address).text
    said = {"archive": "Lumo collection", "attribution": "By the people of Lumo collection"}
    nothing = browser.post(address, said)
    assert (nothing.status_code, "Choose at least one document." in nothing.text) == (422, True)
    said |= {"source_0": str(source.pk), "language_0": "en", "jurisdiction_0": "EU"}
    assert browser.post(address, said).status_code == 302
    assert "of 15 entries are dealt with" in browser.get(address).text
    drain()
    row = TermsImport.objects.get()
    assert (row.state, row.kept, row.again, row.position) == ("done", 11, 1, 15)
    page = browser.get(address).text
    assert "11 new versions, 1 record whose bytes were here already" in page
    assert not TermsSource.objects.filter(publisher="Other").exists()
    version = TermsVersion.objects.earliest("captured_at")
    assert version.jurisdiction == "EU"
    page = browser.get(reverse("reviews:terms-version", args=[version.pk])).text
    assert "By the people of Lumo collection" in page
    assert "Lumo collection, Lumo: Terms of Service" in page
    assert "Lumo collection" in browser.get(reverse("reviews:terms-imports")).text


def test_a_running_import_is_stopped_and_goes_on(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = logged_in(agency.lena)
    file = SimpleUploadedFile("lumo.zip", archives.dataset(archives.steps(9)))
    address = browser.post(reverse("reviews:terms-import-new"), {"file": file}).headers["Location"]
    drain()
    row = TermsImport.objects.get()
    assert row.archive == "lumo"
    browser.post(address, {"archive": "Lumo", "attribution": "Lumo", "source_0": "new"})
    monkeypatch.setattr("reviews.interchange.importing.SLICE_SECONDS", -1.0)
    drain(limit=3)
    assert "3 of 9 entries are dealt with" in browser.get(address).text
    browser.post(reverse("reviews:terms-import-stop", args=[row.pk]))
    assert "Go on where it ended" in browser.get(address).text
    monkeypatch.undo()
    browser.post(reverse("reviews:terms-import-resume", args=[row.pk]))
    drain()
    row.refresh_from_db()
    assert (row.state, row.kept) == ("done", 9)
    assert TermsSource.objects.get().title == "Terms of Service"


def test_what_is_no_archive_is_refused_beside_the_file(agency: Agency) -> None:
    file = SimpleUploadedFile("notes.txt", b"Words")
    answer = logged_in(agency.lena).post(reverse("reviews:terms-import-new"), {"file": file, "archive": "Notes"})
    assert (answer.status_code, "Upload a Git bundle" in answer.text) == (422, True)
    assert not TermsImport.objects.exists()
