"""Capture terms on the page: what a file is is seen from the file, and what cannot be read is refused in words."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from reviews.actions.terms import add_source
from reviews.models import TermsVersion
from tests.people import Agency
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.core, pytest.mark.django_db]

PAGE = b"<!doctype html><head><title>T</title></head><body><h1>Terms</h1><p>You own the output.</p>"


def capture(agency: Agency, name: str, raw: bytes, **said: str) -> str:
    source = add_source(actor=agency.lena, publisher="Vofy", title="Terms of Service")
    file = SimpleUploadedFile(name, raw)
    answer = logged_in(agency.lena).post(
        reverse("reviews:terms-capture", args=[source.pk]), {"label": "v1", "language": "en", "file": file, **said}
    )
    return str(answer.text)


@pytest.mark.parametrize(
    ("name", "raw", "media_type", "text"),
    [
        ("terms.html", PAGE, "text/html", "Terms\nYou own the output.\n"),
        ("terms.txt", PAGE, "text/html", "Terms\nYou own the output.\n"),
        ("terms.md", b"# Terms", "text/markdown", "# Terms"),
        ("terms", "第1条 出力".encode(), "text/plain", "第1条 出力"),
    ],
)
def test_what_a_file_is_is_seen_from_the_file(
    agency: Agency, name: str, raw: bytes, media_type: str, text: str
) -> None:
    capture(agency, name, raw)
    version = TermsVersion.objects.get()
    assert (version.media_type, version.text, bytes(version.raw)) == (media_type, text, raw)


@pytest.mark.parametrize(
    ("raw", "said", "words"),
    [
        (b"PK\x03\x04[Content_Types].xml", {}, "This is a Word file or another zip."),
        (PAGE, {"media_type": "text/plain"}, "This is a web page: capture it as HTML"),
        (b"Words", {"language": "Japanese"}, "Use a language code such as en, de or pt-BR."),
        (b"Words", {"accepted_at": "2099-01-01T10:00"}, "The agency cannot have accepted it in the future."),
    ],
)
def test_what_cannot_be_kept_as_terms_is_refused_in_words(
    agency: Agency, raw: bytes, said: dict[str, str], words: str
) -> None:
    assert words in capture(agency, "terms", raw, **said)
    assert not TermsVersion.objects.exists()
