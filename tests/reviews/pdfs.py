"""PDFs with words in them, made by hand: small, real, and of our own text."""

import io

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

WORDS = "As between you and Lumo, you own the output."


def pdf(*pages: str, password: str = "", owner: str = "") -> bytes:
    """Return a PDF with one line of ASCII words on each page; an empty page has no text at all."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for words in pages or (WORDS,):
        page = writer.add_blank_page(595, 842)
        if words:
            stream = DecodedStreamObject()
            stream.set_data(f"BT /F1 12 Tf 72 700 Td ({words}) Tj ET".encode("ascii"))
            fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
            page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
            page[NameObject("/Contents")] = writer._add_object(stream)
    if password or owner:
        writer.encrypt(user_password=password, owner_password=owner or password, algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()
