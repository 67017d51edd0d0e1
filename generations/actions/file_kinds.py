"""What a paper, a receipt or a file beside a note is: its content decides, never its name. Looks at files; knows no rows."""

import codecs
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image, UnidentifiedImageError

from sorahub.lib.errors import InvalidInput
from sorahub.lib.storage import CHUNK

PIXELS = 50_000_000
_IMAGES = {"PNG": ("image/png", ".png"), "JPEG": ("image/jpeg", ".jpg"), "WEBP": ("image/webp", ".webp")}
_TEXTS = {".csv": ("text/csv", ".csv")}
_SAME = {".jpeg": ".jpg"}
_NOT_TEXT = frozenset(range(32)) - {9, 10, 12, 13}


@dataclass(frozen=True)
class FileKind:
    """A media type and the ending that a file of it has."""

    media_type: str
    suffix: str


def kind_of(path: Path, name: str) -> FileKind:
    """Return what lies at the path: PNG, JPEG, WebP, PDF, plain text or CSV (text that is called so).

    Raises InvalidInput for everything else, damaged pictures among it.
    """
    with path.open("rb") as opened:
        start = opened.read(16)
    if start.startswith((b"\x89PNG", b"\xff\xd8\xff")) or (start[:4], start[8:12]) == (b"RIFF", b"WEBP"):
        return _picture(path)
    if start.startswith(b"%PDF-"):
        return FileKind("application/pdf", ".pdf")
    if start and _is_text(path):
        return FileKind(*_TEXTS.get(PurePosixPath(name).suffix.lower(), ("text/plain", ".txt")))
    raise _refused("A note takes PNG, JPEG and WebP pictures, PDF, plain text and CSV.", "unknown-kind")


def named(name: str, kind: FileKind) -> str:
    """Return the name with the ending that its content has, so that no program opens it as something else."""
    ending = PurePosixPath(name).suffix.lower()
    stem = name or "file"
    return stem if _SAME.get(ending, ending) == kind.suffix else f"{stem}{kind.suffix}"


def _picture(path: Path) -> FileKind:
    try:
        with Image.open(path, formats=list(_IMAGES)) as image:
            width, height = image.size
            kind = FileKind(*_IMAGES[str(image.format)])
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _refused("This picture is damaged: save it anew and try again.", "damaged") from error
    if width * height > PIXELS:
        raise _refused(f"A picture has at most {PIXELS // 10**6} million pixels: make it smaller.", "too-large")
    return kind


def _is_text(path: Path) -> bool:
    """Say whether the whole file is UTF-8 without control characters, reading it piece by piece."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as opened:
            while piece := opened.read(CHUNK):
                if not _NOT_TEXT.isdisjoint(piece):
                    return False
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refused(words: str, code: str) -> InvalidInput:
    return InvalidInput(words, code=code, fields={"file": words})
