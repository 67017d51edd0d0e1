"""What people type, made fit to be kept: no control characters, no halves of characters, no blanks round it."""

_KEPT = {"\n", "\t"}


def tidy(text: str) -> str:
    """Return the text as it is kept: line ends as ``\\n``, without other control characters and outer blanks.

    A database refuses the character 0, and half of a surrogate pair has no bytes: both come from programs, not keys.
    """
    if text.isascii() and text.isprintable():
        return text.strip()  # almost always; the rest looks at each character
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    whole = lines.encode("utf-8", "ignore").decode("utf-8")
    return "".join(each for each in whole if each in _KEPT or not _control(each)).strip()


def one_line(text: str) -> str:
    """Return the text on one line, as a mail's subject and a file's name need it."""
    return " ".join(tidy(text).split())


def _control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f"
