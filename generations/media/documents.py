"""The text of a PDF, page after page, in the confined process. The same bytes give the same text from the same ``EXTRACTOR``."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pypdf
from pypdf.errors import PyPdfError

from generations.media.errors import MediaError

MOST_PAGES = 1_000
MOST_LETTERS = 4_000_000
EXTRACTOR = f"pypdf/{pypdf.__version__}"


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the text, the number of pages and the name of the extractor. Raises MediaError encrypted, no_text, damaged, too_large."""
    try:
        return _read(Path(request["path"]))
    except (PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        # A malformed file breaks the reader at whatever place it likes: each of these has been seen.
        raise MediaError("damaged", f"The PDF cannot be read: {str(error)[:200] or type(error).__name__}.") from error


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        reader = pypdf.PdfReader(file, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise MediaError(
                "encrypted", "The PDF is protected by a password. Save a copy without one, or paste its text."
            )
        pages = len(reader.pages)
        if pages > MOST_PAGES:
            raise MediaError(
                "too_large", f"The PDF has {pages:,} pages; {MOST_PAGES:,} are read at most. Paste its text."
            )
        text = "\n\n".join(_texts(reader))
    if not text.strip():
        words = "There is no text in the PDF, only pictures of pages. Run text recognition on it, or paste its text."
        raise MediaError("no_text", words)
    return {"text": text, "pages": pages, "extractor": EXTRACTOR}


def _texts(reader: pypdf.PdfReader) -> Iterator[str]:
    letters = 0
    for page in reader.pages:
        text = _clean(page.extract_text())
        letters += len(text)
        if letters > MOST_LETTERS:
            raise MediaError(
                "too_large", f"The PDF holds more than {MOST_LETTERS:,} letters. Paste the part that matters."
            )
        if text:
            yield text


def _clean(text: str) -> str:
    """Leave out what no database takes (NUL, halves of letters) and end lines one way."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    lines = whole.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()
