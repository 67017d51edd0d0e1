"""Make a logo that can be shown to anybody out of a picture that somebody uploaded."""

import warnings
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from sorahub.lib.errors import InvalidInput

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_BYTES = 8 * 1024**2
MOST_PIXELS = 24_000_000
SIZES = ((640, 320), (480, 240), (320, 160), (160, 80))


def to_png(data: bytes, *, limit: int) -> bytes:
    """Return the picture as a fresh PNG within 640 × 320 pixels and ``limit`` bytes: nothing else of the file is kept.

    Raises InvalidInput for other formats than PNG, JPEG and WebP, for damaged files, and for too large ones.
    """
    if len(data) > MOST_BYTES:
        raise _wrong("A logo file has at most 8 MiB.")
    picture = _opened(data)
    for size in SIZES:
        small = picture.copy()
        small.thumbnail(size, Image.Resampling.LANCZOS)
        written = BytesIO()
        small.save(written, "PNG", optimize=True)
        if written.tell() <= limit:
            return written.getvalue()
    raise _wrong("This picture cannot be made small enough.")


def _opened(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise _wrong("A logo has at most 24 million pixels.")
                return picture.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _wrong("Choose a PNG, JPEG or WebP picture.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise _wrong("This picture is damaged.") from error


def _wrong(words: str) -> InvalidInput:
    return InvalidInput(words, fields={"logo": words})
