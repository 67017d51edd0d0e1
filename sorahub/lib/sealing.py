"""Secrets at rest: provider keys and webhook secrets are sealed with a key that lives in a file, not in the database.

Sealing uses the newest version of the key; opening tries every version, so that keys can be rotated row by row.
"""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sorahub.lib import keyfiles
from sorahub.lib.errors import Unavailable

FILE = "sealing"


def seal(text: str) -> str:
    """Return ``text`` encrypted and authenticated (Fernet), safe to store; the same text never seals to the same words."""
    return _box().encrypt(text.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """Return the text that was sealed; Unavailable (code ``seal-broken``) when no key opens it or it was altered."""
    try:
        return _box().decrypt(sealed).decode()
    except InvalidToken as error:
        raise _broken() from error


def reseal(sealed: str) -> str:
    """Return the same secret sealed with the newest key."""
    try:
        return _box().rotate(sealed).decode("ascii")
    except InvalidToken as error:
        raise _broken() from error


def rotate() -> int:
    """Begin a new sealing key and return its version; older ones still open what they sealed."""
    version = keyfiles.ensure(FILE, _generate)[-1][0] + 1
    return keyfiles.add(FILE, version, _generate())[-1][0]


def _box() -> MultiFernet:
    keys = [text.strip() for _, text in reversed(keyfiles.ensure(FILE, _generate))]
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise Unavailable("A sealing key file is damaged: restore it from the backup.", code="key-file") from error


def _generate() -> str:
    return Fernet.generate_key().decode("ascii") + "\n"


def _broken() -> Unavailable:
    return Unavailable(
        "A stored secret cannot be opened: restore the key folder it was sealed with, or enter the secret again.",
        code="seal-broken",
    )
