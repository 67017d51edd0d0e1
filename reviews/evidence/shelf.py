"""One sign-off's place in a bundle, and what a redacted bundle keeps back of it.

A file is kept (both kinds of bundle have the same bytes) or confined (the redacted one has a part of it, or nothing, and
commits to the whole by its hash under a salt). The salts are only in the full bundle. They are made from the file itself
with a secret of the hub, so that a full and a redacted bundle of the same state agree without knowing of each other.
"""

import hmac
import secrets
from hashlib import sha256
from typing import BinaryIO

from reviews.evidence.bag import Bag
from reviews.evidence.contents import encoded
from sorahub.lib import keyfiles
from sorahub.lib.canonical import Json

_KEY_FILE = "redaction"


class Shelf:
    """Where the files of one sign-off go: below ``base``. ``close`` it when all are there."""

    def __init__(self, bag: Bag, base: str, *, sign_off: str, redacted: bool) -> None:
        self.bag, self.base, self.redacted = bag, base, redacted
        self._sign_off = sign_off
        self._salts: dict[str, str] = {}
        self._withheld: list[Json] = []

    def keep(self, path: str, data: bytes) -> None:
        """Write a file that both kinds of bundle have."""
        self.bag.put(f"{self.base}/{path}", data)

    def copy(self, path: str, source: BinaryIO, size: int) -> str:
        """Copy a file that both kinds of bundle have; return its SHA-256."""
        return self.bag.copy(f"{self.base}/{path}", source, size)

    def confine(self, path: str, data: bytes, view: bytes | None = None, *, stated: bool = False) -> None:
        """Write a file into a full bundle; into a redacted one only what may be seen of it, and its hash.

        ``stated``: what is signed names the file's hash, so that it is given plainly.
        """
        if view == data or not self.redacted:
            self.keep(path, data)
        elif view is not None:
            self.keep(path, view)
        if view == data:
            return
        salt = self._salt(path, data)
        self._salts[path] = salt.hex()
        entry: dict[str, Json] = {
            "path": path,
            "size": len(data),
            "commitment": sha256(salt + data).hexdigest(),
            "shown": view is not None,
        }
        if stated:
            entry["sha256"] = sha256(data).hexdigest()
        self._withheld.append(entry)

    def close(self, *, not_made: tuple[str, ...] = ()) -> None:
        """Write the salts, or the list of what is withheld; ``not_made``: what a redacted bundle has no file for at all."""
        salts = encoded({"salts": self._salts})
        if not self.redacted:
            self.keep("salts.json", salts)
            return
        own: Json = {"path": "salts.json", "size": len(salts), "sha256": sha256(salts).hexdigest(), "shown": False}
        said: dict[str, Json] = {"variant": "redacted", "withheld": [*self._withheld, own], "not_made": list(not_made)}
        self.keep("redactions.json", encoded(said))

    def _salt(self, path: str, data: bytes) -> bytes:
        words = f"{self._sign_off}\n{path}\n{sha256(data).hexdigest()}".encode()
        return hmac.digest(_secret(), words, "sha256")


def _secret() -> bytes:
    """The hub's secret for salts, made on first use; the first for ever, or older bundles would not match newer ones."""
    return bytes.fromhex(keyfiles.ensure(_KEY_FILE, lambda: secrets.token_hex(32))[0][1])
