"""What exactly is hashed: the text of an entry, its leaf in the Merkle tree, and its link in the chain.

An entry is the RFC 8785 form of ``{actor, at, body, chain, kind, seq, subject: {id, type}}``. It is put together from
its already canonical parts, so that recomputing a million of them needs no JSON parser.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from json import JSONEncoder
from uuid import UUID

START = bytes(32)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
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


def identifier(at: datetime, leaf_hash: bytes) -> UUID:
    """Return the id of the event with this leaf: a UUIDv8 (RFC 9562), laid out as a UUIDv7 of ``at`` with its microseconds in the
    12 bits after the milliseconds, and the first 62 bits of the leaf hash in place of chance.

    Ids therefore grow with time, and cannot be changed unseen. Events of before this rule have random UUIDv7.
    """
    return UUID(int=_covered(at, leaf_hash) | 0x8 << 76)


def identifies(event: UUID, at: datetime, leaf_hash: bytes) -> bool:
    """Say whether the id may be that of the event: the one that follows from it, or an old random one."""
    covered = _covered(at, leaf_hash)
    return event.int == covered | 0x8 << 76 or (event.int >> 76 & 0xF == 7 and event.int & ~(0xF << 76) != covered)


def _covered(at: datetime, leaf_hash: bytes) -> int:
    milliseconds, rest = divmod((at - EPOCH) // MICROSECOND, 1000)
    return milliseconds << 80 | (rest * 4096 // 1000) << 64 | 0x2 << 62 | int.from_bytes(leaf_hash[:8]) >> 2
