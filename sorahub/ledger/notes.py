"""Checkpoints as text: C2SP tlog-checkpoint inside a C2SP signed note.

    sorahub/ledger/<chain key>
    <size>
    <base64 of the RFC 9162 root>
    head <hex of the last link>
    time <UTC, six decimals>

    — sorahub-ledger <base64 of 4 bytes of key hash and 64 bytes of Ed25519 signature>

The signature covers the lines above the empty one, each with its line feed. A customer's witness can add its own line.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sorahub.ledger.entry import moment
from sorahub.lib.errors import InvalidInput

ORIGIN = "sorahub/ledger/"
KEY_NAME = "sorahub-ledger"
DASH = "\N{EM DASH}"


@dataclass(frozen=True)
class Statement:
    """What a checkpoint says of a chain: its key, size, root and last link (32 bytes each), and when."""

    chain: str
    size: int
    root: bytes
    head: bytes
    at: datetime

    def text(self) -> str:
        """Return the signed lines."""
        root = b64encode(self.root).decode("ascii")
        return f"{ORIGIN}{self.chain}\n{self.size}\n{root}\nhead {self.head.hex()}\ntime {moment(self.at)}\n"


def key_hash(public_key: bytes) -> bytes:
    """Return the four bytes by which a signature line names its Ed25519 key."""
    return sha256(KEY_NAME.encode() + b"\n\x01" + public_key).digest()[:4]


def signed(statement: Statement, public_key: bytes, signature: bytes) -> str:
    """Return the whole note."""
    return put_together(statement, key_hash(public_key), signature)


def put_together(statement: Statement, key: bytes, signature: bytes) -> str:
    """Return the note of these parts, as ``parse`` takes it apart."""
    packed = b64encode(key + signature).decode("ascii")
    return f"{statement.text()}\n{DASH} {KEY_NAME} {packed}\n"


def parse(note: str) -> tuple[Statement, bytes, bytes]:
    """Read a note into its statement, and the key hash and signature of the ledger's own signature line.

    Raises InvalidInput for anything else; a statement that would be written differently counts as damaged.
    """
    text, _, signatures = note.partition("\n\n")
    try:
        statement = _statement(f"{text}\n")
        packed = next(_own(line) for line in signatures.splitlines() if line.startswith(f"{DASH} {KEY_NAME} "))
    except (ValueError, StopIteration) as error:
        raise InvalidInput("This is not a signed checkpoint of a SoraHub ledger.", code="bad-note") from error
    return statement, packed[:4], packed[4:]


def _own(line: str) -> bytes:
    packed = b64decode(line.rpartition(" ")[2], validate=True)
    if len(packed) != 68:
        raise ValueError("a signature line holds 68 bytes")
    return packed


def _statement(text: str) -> Statement:
    origin, size, root, head, time, *_ = text.split("\n")
    statement = Statement(
        origin.removeprefix(ORIGIN),
        int(size),
        b64decode(root, validate=True),
        bytes.fromhex(head.removeprefix("head ")),
        datetime.fromisoformat(time.removeprefix("time ")),
    )
    if statement.text() != text:
        raise ValueError("not in its canonical form")
    return statement
