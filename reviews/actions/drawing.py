"""Draw the words out of captured bytes: a page's in a confined process, since a stranger's markup can take any time to read."""

from generations import media
from generations.media import MediaError
from reviews.rules import extraction
from sorahub.lib.errors import InvalidInput


def text_of(raw: bytes, media_type: str, charset: str = "") -> str:
    """Return the text in the bytes, lines ended by a line feed; ``charset`` is what a server said of them.

    Raises InvalidInput as ``extraction.letters_of``, for bytes without text, and for a page that cannot be read in bounded time
    and memory. PDF is not read here. Not inside a transaction.
    """
    letters = extraction.letters_of(raw, media_type, charset)
    return extraction.tidied(_words(letters) if media_type == extraction.HTML else letters)


def _words(source: str) -> str:
    try:
        return media.page(source)
    except MediaError as error:
        words = f"This page cannot be read: save its words as plain text, or paste them. ({error.message})"
        raise InvalidInput(words, code="unreadable-page", fields={"raw": words}) from error
