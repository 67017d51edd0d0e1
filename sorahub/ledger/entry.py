"""What exactly is hashed: the text of an entry, its leaf in the Merkle tree, and its link in the chain.

An entry is the RFC 8785 form of ``{actor, at, body, chain, kind, seq, subject: {id, type}}``. It is put together from
its already canonical parts, so that recomputing a million of them needs no JSON parser.
"""

from datetime import UTC, datetime
from hashlib import sha256
from json import JSONEncoder
from uuid import UUID

START = bytes(32)
_quote = JSONEncoder(ensure_ascii=False).encode


def moment(at: datetime) -> str:
    """Write a moment as the ledger does: UTC, always six decimals, ``2026-11-22T17:40:57.000000Z``."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def text(
    *,
    chain: str,
    seq: int,
    at: datetime,
    kind: str,
    actor: UUID | None,
    subject_type: str,
    subject_id: UUID,
    body: str,
) -> str:
    """Return the entry's canonical JSON; ``body`` is canonical JSON already."""
    who = "null" if actor is None else f'"{actor}"'
    return (
        f'{{"actor":{who},"at":"{moment(at)}","body":{body},"chain":{_quote(chain)},"kind":{_quote(kind)},'
        f'"seq":{seq},"subject":{{"id":"{subject_id}","type":{_quote(subject_type)}}}}}'
    )


def leaf(entry: str) -> bytes:
    """Return the entry's leaf hash (RFC 9162: prefix 0x00)."""
    return sha256(b"\x00" + entry.encode("utf-8", "surrogatepass")).digest()


def link(previous: bytes, leaf_hash: bytes) -> bytes:
    """Return the chain's next link: SHA-256 over 0x02, the previous link and the leaf hash."""
    return sha256(b"\x02" + previous + leaf_hash).digest()
