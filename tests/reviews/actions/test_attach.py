"""Files beside notes: what they are is decided by their bytes, who reads them by their note."""

import struct
import zlib
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from generations.models import Clip
from reviews.actions.annotate import delete_annotation
from reviews.actions.attach import LARGEST, attach_file, delete_attachment, path_of
from reviews.models import Annotation, Attachment
from sorahub.lib.errors import Conflict, DomainError, Forbidden, NotFound
from tests.people import Agency
from tests.reviews.notes import attached, invited, note

pytestmark = [pytest.mark.django_db, pytest.mark.core]

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def picture(kind: str) -> bytes:
    """A real little picture."""
    buffer = BytesIO()
    Image.new("RGB", (8, 6), "teal").save(buffer, kind)
    return buffer.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 100,000 by 100,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.fixture
def written(agency: Agency, clip: Clip) -> Annotation:
    """Bob's note, for agency and client."""
    return note(agency.bob, clip, visibility="client")


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("still.png", picture("PNG"), ("still.png", "image/png")),
        ("Still.JPEG", picture("JPEG"), ("Still.JPEG", "image/jpeg")),
        ("still.webp", picture("WEBP"), ("still.webp", "image/webp")),
        ("still.gif", picture("PNG"), ("still.gif.png", "image/png")),
        ("brief.pdf", PDF, ("brief.pdf", "application/pdf")),
        ("notes.txt", "Größe\r\nweiter\t1".encode(), ("notes.txt", "text/plain")),
        ("shots.csv", b"shot,frames\nSC010,24\n", ("shots.csv", "text/csv")),
        ("page.html", b"<script>alert(1)</script>", ("page.html.txt", "text/plain")),
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", ("logo.svg.txt", "text/plain")),
        ("../../etc/passwd", b"root", ("passwd.txt", "text/plain")),
        ('a"\r\nX: y.txt', b"words", ('a"X: y.txt', "text/plain")),
        ("", b"words", ("file.txt", "text/plain")),
        ("x" * 300 + ".txt", b"words", ("x" * 196 + ".txt", "text/plain")),
    ],
)
def test_the_bytes_decide_and_the_name_follows(
    agency: Agency, written: Annotation, name: str, content: bytes, kept: tuple[str, str]
) -> None:
    file = SimpleUploadedFile("upload", content)
    row = attach_file(actor=agency.bob, annotation=written, id=uuid4(), file=file, original_name=name)
    assert (row.name, row.media_type, row.size) == (*kept, len(content))
    assert path_of(row).read_bytes() == content


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unknown-kind"),
        (b"GIF89a" + b"\0" * 20, "unknown-kind"),
        (b"MZ\x90\0", "unknown-kind"),
        (b"PK\x03\x04zip", "unknown-kind"),
        (b"words\0and zero", "unknown-kind"),
        ("Größe".encode("latin-1"), "unknown-kind"),
        (b"\xff\xd8\xffnot a picture", "damaged"),
        (picture("PNG")[:40], "damaged"),
        (bomb(), "damaged"),
    ],
)
def test_anything_else_is_refused(agency: Agency, written: Annotation, content: bytes, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        attached(agency.bob, written, "still.png", content)
    assert caught.value.code == code
    assert not Attachment.objects.exists()


def test_a_file_that_is_too_large_is_refused(agency: Agency, written: Annotation) -> None:
    with pytest.raises(DomainError, match="at most 20 MiB"):
        attached(agency.bob, written, "long.txt", b"a" * (LARGEST + 1))
    assert not Attachment.objects.exists()


def test_sent_twice_is_kept_once_and_the_same_bytes_lie_once(agency: Agency, clip: Clip, written: Annotation) -> None:
    key = uuid4()
    for _ in range(2):
        file = SimpleUploadedFile("a.txt", b"words")
        attach_file(actor=agency.bob, annotation=written, id=key, file=file, original_name="a.txt")
    other = attached(agency.bob, note(agency.bob, clip), "b.csv", b"words")
    assert Attachment.objects.count() == 2
    assert path_of(other) == path_of(Attachment.objects.get(pk=key))
    with pytest.raises(Conflict):
        file = SimpleUploadedFile("a.txt", b"words")
        attach_file(actor=agency.alice, annotation=note(agency.alice, clip), id=key, file=file, original_name="a.txt")


def test_a_note_holds_six(agency: Agency, written: Annotation) -> None:
    rows = [attached(agency.bob, written, f"{number}.txt", str(number).encode()) for number in range(6)]
    with pytest.raises(DomainError, match="at most 6 files"):
        attached(agency.bob, written)
    before = written.touched_at
    delete_attachment(actor=agency.bob, attachment=rows[0])
    attached(agency.bob, written)
    written.refresh_from_db()
    assert written.touched_at > before
    assert (Attachment.objects.count(), Attachment.objects.standing().count()) == (7, 6)


def test_whose_note_it_is_puts_files_there_and_takes_them_away(agency: Agency, clip: Clip, written: Annotation) -> None:
    row = attached(agency.bob, written)
    guest = invited(agency, clip)
    for stranger, error in ((agency.alice, Forbidden), (guest, Forbidden), (agency.carol, NotFound)):
        with pytest.raises(error):
            attached(stranger, written)
        with pytest.raises(error):
            delete_attachment(actor=stranger, attachment=row)
    row.refresh_from_db()
    assert (Attachment.objects.count(), row.deleted_at) == (1, None)


def test_files_are_as_visible_as_their_note(agency: Agency, clip: Clip, written: Annotation) -> None:
    shown, hidden = attached(agency.bob, written), attached(agency.bob, note(agency.bob, clip))
    legal = attached(agency.lena, note(agency.lena, clip, visibility="legal"))
    guest = invited(agency, clip)
    assert set(Attachment.objects.visible_to(guest)) == {shown}
    assert set(Attachment.objects.visible_to(agency.alice)) == {shown, hidden}
    assert set(Attachment.objects.visible_to(agency.lena)) == {shown, hidden, legal}
    assert not Attachment.objects.visible_to(agency.carol).exists()
    delete_annotation(actor=agency.bob, annotation=written)
    assert not Attachment.objects.visible_to(guest).standing().exists()
