#!/usr/bin/env python3
"""Verify an evidence bundle of SoraHub, offline, with nothing but Python 3.9 or later.

    python3 verify.py [--key HEX] [--checkpoint FILE] [FOLDER or ZIP]
    python3 verify.py [--key HEX] --match FULL REDACTED

Without FOLDER the bundle is the folder this file lies in. One line is printed per check, and at the end ``PASS``, or
``FAIL: <item>: <what>`` and exit status 1. ``--key`` gives the hub's public record key as you obtained it by another way
(64 hexadecimal digits); without it, as a NOTE then says, the bundle is proven whole and of one piece, but not who signed it.
``--checkpoint`` gives an older checkpoint of the same ledger that you kept: nothing under it may have been changed since.
``--match`` verifies a full and a redacted bundle and shows that both tell of the same things.

Layout (every file named here must be there unless marked optional; a BagIt 1.0 folder, RFC 8493, or the same in a zip):
    bagit.txt  bag-info.txt  manifest-sha256.txt  VERIFY.md  verify.py
    keys.json                      {"keys": [{key_id, purpose: "record"|"ledger", algorithm: "Ed25519",
                                   public_key: hex, valid_from, valid_to: null|time}, ...]}
    keys/<key_id>.pem              optional: each of those keys once more, for openssl; keys/authorities.pem: certificates
    tagmanifest-sha256.txt         hashes of all of the files above, and of any other file outside data/
    tagmanifest-sha256.txt.sig     "<key_id> <signature hex>\\n": the record key's signature over the bytes of the tag
                                   manifest; with the next, the files that the tag manifest does not list
    tagmanifest-sha256.txt.sig.bin optional: the same signature as 64 bytes, for openssl
    data/audit/checkpoint.json     {"note": signed note of the ledger}; optional: checkpoint.txt, the same as it is; checkpoint.tsr,
                                   an RFC 3161 token over it
    data/audit/consistency.json    optional: {"from": [{"size", "path": [hex, ...]}]}: proofs from older checkpoints
    data/terms/<sha256>[.<ext>]    the raw bytes and extracted text of each of the terms, named by their hash
    data/...                       what belongs to the sign-off; in a bundle of several, to each in data/items/<its id>/...:
      clip/<one file>              the clip's exact bytes
      record.json                  the licence record
      signoff.json                 {"payload": text of canonical JSON, "signature": hex, "key_id", "algorithm"}
                                   payload: {clip_sha256, record_sha256, governing_sha256, signed_at, ...}
      revocation.json              optional: the same form; payload: {revokes: the sign-off's id, signed_at, ...}
      history/<id>.json            optional: the same form: what else was signed about the record
      signed/<name>.txt, .sig      optional: payload and signature of these, as bytes, for openssl
      terms/governing-set.json     {"terms": [{raw_sha256, text_sha256 (optional), ...}, ...]}
      approvals/<id>.json          one decision each: {id, clip_sha256, verdict, ...}
      approvals/<id>.tsr           optional: an RFC 3161 token over a sign-off's payload
      audit/proofs.json            {"entries": [{"entry": text, "seq": n, "path": [hex, ...]}, ...]}
      salts.json                   only in full bundles: {"salts": {path: hex}}
      redactions.json              only in redacted ones: {"withheld": [{path, size, commitment or sha256, shown}]}
      ...                          anything else (certificate, provenance, generation): covered by the manifest
Each decision needs a ledger entry ``decision.made`` whose subject is the decision; the sign-off one ``signoff.signed`` with
body.payload_sha256. A withheld file's commitment is SHA-256(salt, then its bytes). Times: ISO 8601 with a zone.
Sources: RFC 8032, RFC 9162, RFC 8493, RFC 3161, C2SP tlog-checkpoint and signed-note.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

MANIFEST = "manifest-sha256.txt"
TAGS = "tagmanifest-sha256.txt"
SEAL, RAW_SEAL = f"{TAGS}.sig", f"{TAGS}.sig.bin"
REQUIRED_TAGS = ("bagit.txt", "bag-info.txt", MANIFEST, "VERIFY.md", "verify.py", "keys.json")
SIGNOFF, RECORD, GOVERNING = "signoff.json", "record.json", "terms/governing-set.json"
PROOFS, APPROVALS, REDACTIONS, SALTS = "audit/proofs.json", "approvals", "redactions.json", "salts.json"
CHECKPOINT, CONSISTENCY = "data/audit/checkpoint.json", "data/audit/consistency.json"
OF_A_MOMENT = {
    PROOFS,
    "audit/consistency.json",
    "certificate.pdf",
    *(f"audit/checkpoint.{end}" for end in ("json", "txt", "tsr")),
}
SCHEMAS = {"sorahub/sign-off/1", "sorahub/sign-off/2"}
NOTE_KEY = "sorahub-ledger"
HEX64 = re.compile(r"[0-9a-f]{64}")
PEM_HEAD = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of Ed25519 (RFC 8410), before the 32 bytes
SHA256_OID, TST_INFO_OID = bytes.fromhex("608648016503040201"), bytes.fromhex("2a864886f70d0109100104")
TOLERANCE = timedelta(minutes=5)  # between the hub's clock and the authority's


class Failure(NamedTuple):
    """One thing that is not as it should be: the file (relative to the bundle) and what is wrong with it."""

    item: str
    what: str


class Bad(Exception):
    """A check failed; carried to the report by the stage that ran it."""

    def __init__(self, item: str, what: str) -> None:
        super().__init__(what)
        self.failure = Failure(item, what)


class Key(NamedTuple):
    """A public key of keys.json."""

    key_id: str
    purpose: str
    raw: bytes
    valid_from: datetime
    valid_to: datetime | None


def sha256(data: bytes) -> bytes:
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(data).digest()


# Ed25519 (RFC 8032 section 5.1): verification only
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def point_add(a: Any, b: Any) -> Any:
    """Add two points in extended coordinates (X, Y, Z, T): x = X/Z, y = Y/Z, x*y = T/Z."""
    left = (a[1] - a[0]) * (b[1] - b[0]) % P
    right = (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = right - left, d - c, d + c, right + left
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_multiply(scalar: int, point: Any) -> Any:
    """Add a point to itself ``scalar`` times."""
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = point_add(total, point)
        point, scalar = point_add(point, point), scalar >> 1
    return total


def point_encode(point: Any) -> bytes:
    """Write a point as its 32 bytes."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return bytes((y | ((x & 1) << 255)).to_bytes(32, "little"))


def point_decode(data: bytes) -> Any:
    """Read a point from its 32 bytes; None when they are not the one encoding of a point on the curve."""
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


BASE = point_decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether the signature over the message was made by the key. Strict: one encoding each, scalar below L."""
    point = point_decode(public_key) if len(public_key) == 32 else None
    scalar = int.from_bytes(signature[32:], "little")
    if point is None or len(signature) != 64 or scalar >= L:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % L
    negated = (P - point[0], point[1], 1, P - point[3])
    found = point_add(point_multiply(scalar, BASE), point_multiply(challenge, negated))
    return point_encode(found) == signature[:32]


def included(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Say whether ``path`` proves ``leaf`` to be number ``index`` of ``size`` leaves under ``root`` (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, position, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = sha256(b"\x01" + sibling + node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = sha256(b"\x01" + node + sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and node == root


def consistent(older: int, newer: int, path: list[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Say whether ``path`` proves the newer tree to begin with all leaves of the older (RFC 9162 2.1.4.2)."""
    if not 0 < older < newer:
        return older == newer and not path and old_root == new_root
    nodes = path if older & (older - 1) else [old_root, *path]
    position, last = older - 1, newer - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = nodes[0] if nodes else b""
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = sha256(b"\x01" + sibling + old), sha256(b"\x01" + sibling + new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = sha256(b"\x01" + new + sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and (old, new) == (old_root, new_root)


def der(data: bytes) -> list[tuple[int, bytes]]:
    """Read what DER bytes hold, one after another: tag and content of each. Raises ValueError when they are none."""
    found, at = [], 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(data[at : at + count], "big"), at + count
        if at + length > len(data):
            raise ValueError("DER that is cut off")
        found.append((tag, data[at : at + length]))
        at += length
    return found


def stamped(token: bytes) -> tuple[bytes, datetime]:
    """Return the SHA-256 digest that an RFC 3161 token is over, and the authority's time; ValueError when it is no token."""
    parts = der(der(token)[0][1])
    if parts[0][0] == 0x30:  # a whole answer: its status comes before the token
        parts = der(parts[1][1])
    inner = der(der(der(parts[1][1])[0][1])[2][1])
    if inner[0][1] != TST_INFO_OID:
        raise ValueError("no time-stamp token")
    info = der(der(der(inner[1][1])[0][1])[0][1])
    algorithm, digest = der(info[2][1])
    if der(algorithm[1])[0][1] != SHA256_OID:
        raise ValueError("a digest that is not SHA-256")
    text = info[4][1].decode("ascii")
    at = datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)  # noqa: UP017 (Python 3.9 has no datetime.UTC)
    return digest[1], at + timedelta(seconds=float("0" + text[14:].rstrip("Z")))


def strict_json(text: str | bytes) -> Any:
    """Read JSON, refusing an object that names a member twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a member is named twice")
        return found

    return json.loads(text, object_pairs_hook=once)


def moment(text: str) -> datetime:
    """Read an ISO 8601 time; one without a zone is refused."""
    found = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    if found.tzinfo is None:
        raise ValueError(f"the time {text} has no zone")
    return found


def manifest_lines(item: str, text: str) -> dict[str, str]:
    """Read a BagIt manifest: path to hash. A malformed line, or a path named twice or leading outside, is Bad."""
    found: dict[str, str] = {}
    before, lines = "", text.split("\n")
    if lines.pop():
        raise Bad(item, "does not end with a line feed")
    for number, line in enumerate(lines, 1):
        match = re.fullmatch(r"([0-9a-f]{64})  (\S.*)", line)
        if not match:
            raise Bad(item, f"line {number} is not a hash, two spaces and a path")
        path = match[2].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
        if path in found or path.startswith("/") or ".." in path.split("/"):
            raise Bad(item, f"line {number} names a path twice, or one outside the bundle")
        if path < before:
            raise Bad(item, f"line {number} is out of its order")
        found[path], before = match[1], path
    return found


class Folder:
    """A bundle unpacked."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[str]:
        """Return every file; a link, or anything that is no plain file, is Bad."""
        found = []
        for path in sorted(self.root.rglob("*")):
            item = path.relative_to(self.root).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise Bad(item, "is not a plain file")
            if path.is_file():
                found.append(item)
        return found

    def open(self, item: str) -> BinaryIO:
        """Open a file for reading."""
        return (self.root / item).open("rb")


class Archive:
    """A bundle in its zip, which is never unpacked: everything in one folder."""

    def __init__(self, path: Path) -> None:
        self.zip = zipfile.ZipFile(path)
        self.top = self.zip.namelist()[0].partition("/")[0] + "/"

    def names(self) -> list[str]:
        """Return every file; what is there twice, lies elsewhere, or is no plain file is Bad."""
        found: set[str] = set()
        for entry in self.zip.infolist():
            item = entry.filename[len(self.top) :]
            if entry.filename.endswith("/"):
                continue
            if item in found or entry.external_attr >> 28 not in (0, 8) or not entry.filename.startswith(self.top):
                raise Bad(item, "is not a plain file, there once, in the bundle's one folder")
            found.add(item)
        return sorted(found)

    def open(self, item: str) -> BinaryIO:
        """Open a file for reading."""
        try:
            return self.zip.open(self.top + item)  # type: ignore[return-value]  # typed as IO[bytes]
        except KeyError:
            raise FileNotFoundError(item) from None


class Bag:
    """The bundle: its files, their hashes (each computed once), and what was found."""

    def __init__(
        self, source: Folder | Archive, pinned: str | None = None, tell: Callable[[str], object] | None = None
    ) -> None:
        self.source = source
        self.pinned = pinned
        self.tell = tell or (lambda line: None)
        self.failures: list[Failure] = []
        self.keys: list[Key] = []
        self.hashes: dict[str, str] = {}
        self.names: list[str] | None = None
        self.older: str | None = None
        self.tree: tuple[str, int, bytes] = ("", 0, b"")
        self.wanted: set[str] = set()

    def pieces(self, item: str) -> Iterator[bytes]:
        """Yield a file's bytes in pieces; Bad names it when it cannot be read."""
        try:
            with self.source.open(item) as file:
                yield from iter(lambda: file.read(1 << 20), b"")
        except (
            OSError,
            zipfile.BadZipFile,
            zlib.error,
            RuntimeError,
        ) as error:  # the last: encrypted, or packed otherwise
            what = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
            raise Bad(item, what) from error

    def read(self, item: str) -> bytes:
        """Return a file's bytes."""
        return b"".join(self.pieces(item))

    def json(self, item: str) -> Any:
        """Return a file's JSON."""
        try:
            return strict_json(self.read(item))
        except (ValueError, RecursionError) as error:
            raise Bad(item, f"is malformed: {type(error).__name__}: {error}") from error

    def hash(self, item: str) -> str:
        """Return a file's SHA-256 in hexadecimal digits, read in pieces."""
        if item not in self.hashes:
            digest = hashlib.sha256()
            for piece in self.pieces(item):
                digest.update(piece)
            self.hashes[item] = digest.hexdigest()
        return self.hashes[item]

    def files(self, below: str = "") -> list[str]:
        """Return every file below a folder of the bundle."""
        if self.names is None:
            self.names = self.source.names()
        return [item for item in self.names if not below or item.startswith(below + "/")]

    def has(self, item: str) -> bool:
        """Say whether the bundle has a file."""
        return item in self.files()

    def bases(self) -> list[str]:
        """Return where each sign-off's files lie: ``data``, or ``data/items/<id>`` for each of several."""
        several = {"/".join(item.split("/")[:3]) for item in self.files("data/items")}
        return sorted(several) or ["data"]

    def withheld(self, base: str) -> dict[str, dict[str, Any]]:
        """Return what a redacted bundle keeps back of one sign-off, by path; nothing in a full one."""
        place = f"{base}/{REDACTIONS}"
        return {row["path"]: row for row in self.json(place)["withheld"]} if self.has(place) else {}

    def key(self, item: str, key_id: str, purpose: str) -> Key:
        """Return the key of that id and purpose."""
        for key in self.keys:
            if (key.key_id, key.purpose) == (key_id, purpose):
                return key
        raise Bad(item, f"keys.json has no {purpose} key {key_id!r}")

    def run(self, item: str, check: Callable[[Bag], Iterator[str]]) -> bool:
        """Run one stage: print what held, keep what did not; malformed content counts against ``item``."""
        before = len(self.failures)
        try:
            for line in check(self):
                self.tell(f"ok    {line}")
        except Bad as error:
            self.fail(error.failure)
        except (ValueError, LookupError, TypeError, AttributeError, OSError, RecursionError, ArithmeticError) as error:
            self.fail(Failure(item, f"is malformed: {type(error).__name__}: {error}"))
        return len(self.failures) == before

    def fail(self, failure: Failure) -> None:
        """Keep a failure and print it."""
        self.failures.append(failure)
        self.tell(f"BAD   {failure.item}: {failure.what}")


def check_keys(bag: Bag) -> Iterator[str]:
    """Every key of keys.json is well-formed and has the id of its own bytes; a pinned key is among them."""
    for row in bag.json("keys.json")["keys"]:
        raw, end = bytes.fromhex(row["public_key"]), row["valid_to"]
        if row["purpose"] not in ("record", "ledger") or row["algorithm"] != "Ed25519":
            raise Bad("keys.json", f"key {row['key_id']} has an unknown purpose or algorithm")
        if row["key_id"] != hashlib.sha256(raw).hexdigest()[:16]:
            raise Bad("keys.json", f"key {row['key_id']} is not what its id says")
        bag.keys.append(
            Key(row["key_id"], row["purpose"], raw, moment(row["valid_from"]), moment(end) if end else None)
        )
    yield f"keys.json: {len(bag.keys)} public keys"


def check_keys_for_openssl(bag: Bag) -> Iterator[str]:
    """Keys and signatures that are there once more in another form say the same."""
    for key in bag.keys:
        item = f"keys/{key.key_id}.pem"
        if bag.has(item) and base64.b64decode("".join(bag.read(item).decode().split("\n")[1:-2])) != PEM_HEAD + key.raw:
            raise Bad(item, "is not the key of that id in keys.json")
    if bag.files("keys") and bag.read(RAW_SEAL).hex() != bag.read(SEAL).decode().split()[1]:
        raise Bad(RAW_SEAL, f"is not the signature in {SEAL}")
    yield "keys/: the keys for openssl are those of keys.json"


def check_seal(bag: Bag) -> Iterator[str]:
    """The record key signed the tag manifest; when it did not, the damaged one of the two is named."""
    match = re.fullmatch(rb"([0-9a-f]{16}) ([0-9a-f]{128})\n", bag.read(SEAL))
    if not match:
        raise Bad(SEAL, "is not a key id and a signature")
    key = bag.key(SEAL, match[1].decode(), "record")
    if not ed25519_verify(key.raw, bag.read(TAGS), bytes.fromhex(match[2].decode())):
        item = SEAL if not list(tag_faults(bag)) else TAGS
        raise Bad(item, "the signature does not fit the tag manifest: one of the two was changed")
    yield f"{TAGS}: signed by record key {key.key_id}"
    yield pinning(bag, key)


def pinning(bag: Bag, key: Key) -> str:
    """Compare the signing key with the one obtained separately, or say plainly that there was none."""
    if bag.pinned is None:
        return "NOTE: no --key was given: the key comes from the bundle itself, so who signed is not proven"
    if key.raw.hex() != bag.pinned.lower():
        raise Bad(SEAL, "the bundle was signed by another key than the one given with --key")
    return "the signing key is the one given with --key"


def tag_faults(bag: Bag) -> Iterator[Failure]:
    """Compare the tag manifest with the files outside data/: all listed, none missing, none altered."""
    try:
        listed = manifest_lines(TAGS, bag.read(TAGS).decode())
    except (Bad, UnicodeDecodeError) as error:
        yield error.failure if isinstance(error, Bad) else Failure(TAGS, "is not text")
        return
    there = {item for item in bag.files() if not item.startswith("data/")} - {TAGS, SEAL, RAW_SEAL}
    yield from (Failure(item, f"is not listed in {TAGS}") for item in sorted({*there, *REQUIRED_TAGS} - set(listed)))
    yield from (Failure(item, "is missing") for item in sorted(set(listed) - there))
    for item in sorted(set(listed) & there):
        if bag.hash(item) != listed[item]:
            yield Failure(item, f"was altered: its hash is not the one in {TAGS}")


def check_tags(bag: Bag) -> Iterator[str]:
    """The files outside data/ are complete and unaltered, and bagit.txt declares a bag."""
    for failure in tag_faults(bag):
        bag.fail(failure)
    if not bag.failures:
        if bag.read("bagit.txt") != b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n":
            raise Bad("bagit.txt", "does not declare a BagIt 1.0 folder in UTF-8")
        yield f"{TAGS}: every file outside data/ is listed and unaltered"


def check_payload(bag: Bag) -> Iterator[str]:
    """The files in data/ are exactly those of the manifest, unaltered."""
    listed = manifest_lines(MANIFEST, bag.read(MANIFEST).decode())
    there = set(bag.files("data"))
    for item in sorted(set(listed) ^ there):
        bag.fail(Failure(item, "is missing" if item in listed else f"is not listed in {MANIFEST}"))
    for item in (item for item in sorted(set(listed) & there) if bag.hash(item) != listed[item]):
        bag.fail(Failure(item, f"was altered: its hash is not the one in {MANIFEST}"))
    if not bag.failures:
        yield f"{MANIFEST}: all {len(listed)} files in data/ are listed and unaltered"


def clip_of(bag: Bag, base: str) -> str:
    """Return a sign-off's one clip file."""
    clips = bag.files(f"{base}/clip")
    if len(clips) != 1:
        raise Bad(f"{base}/clip", f"holds {len(clips)} files instead of one")
    return clips[0]


def in_force(item: str, key: Key, at: datetime) -> None:
    """Bad when the key was not in use at that time."""
    if at < key.valid_from or (key.valid_to is not None and at > key.valid_to):
        raise Bad(item, f"was signed at {at.isoformat()}, outside the validity of key {key.key_id}")


def signed_payload(bag: Bag, base: str, item: str) -> Any:
    """Return the payload of a signed file, after checking its signature, its time, and its copies for openssl."""
    signed = bag.json(item)
    data, signature = signed["payload"].encode(), bytes.fromhex(signed["signature"])
    key, payload = bag.key(item, signed["key_id"], "record"), strict_json(data)
    if signed["algorithm"] != "Ed25519" or not ed25519_verify(key.raw, data, signature):
        raise Bad(item, "the signature does not fit the payload")
    if payload.get("schema", "sorahub/sign-off/1") not in SCHEMAS:
        raise Bad(item, f"is of a schema that this verify.py does not know: {payload['schema']}")
    in_force(item, key, moment(payload["signed_at"]))
    for suffix, wanted in ((".txt", data), (".sig", signature)):
        copy = f"{base}/signed/{Path(item).stem}{suffix}"
        if bag.has(copy) and bag.read(copy) != wanted:
            raise Bad(copy, f"is not what {item} has")
    return payload


def token_line(bag: Bag, item: str, data: bytes, made: datetime) -> str:
    """Check what a time-stamp token says: these bytes, no earlier than they were made. Its signature is for openssl."""
    digest, at = stamped(bag.read(item))
    if digest != sha256(data):
        raise Bad(item, "is a time-stamp over something else")
    if at < made - TOLERANCE:
        raise Bad(item, f"says {at.isoformat()}, before what it stamps was made")
    return f"{item}: NOTE: over exactly these bytes, at {at.isoformat()}; check the authority's signature with openssl, see VERIFY.md"


def check_signoff(bag: Bag, base: str) -> Iterator[str]:
    """The sign-off is signed and names exactly these bytes; a revocation of it is signed too, and said plainly."""
    item, revocation, payload = (
        f"{base}/{SIGNOFF}",
        f"{base}/revocation.json",
        signed_payload(bag, base, f"{base}/{SIGNOFF}"),
    )
    yield f"{item}: signed by the record key at {payload['signed_at']}"
    withheld = bag.withheld(base)
    for name, path in (
        ("clip", clip_of(bag, base)),
        ("record", f"{base}/{RECORD}"),
        ("governing", f"{base}/{GOVERNING}"),
    ):
        kept_back = withheld.get(path[len(base) + 1 :])
        if (kept_back["sha256"] if kept_back else bag.hash(path)) != payload[f"{name}_sha256"]:
            raise Bad(path, f"is not what was signed: {item} states another {name}_sha256")
        yield f"{path}: {'NOTE: shown in part; the whole has the hash that was signed' if kept_back else 'is what was signed'}"
    if bag.has(revocation):
        end = signed_payload(bag, base, revocation)
        if end["revokes"] != payload["sign_off"]:
            raise Bad(revocation, "revokes another sign-off")
        yield f"{revocation}: NOTE: this sign-off was REVOKED at {end['signed_at']}"
    others = [(other, signed_payload(bag, base, other)) for other in bag.files(f"{base}/history")]
    ended = {said.get("reinstates") for _, said in others}
    for other, said in others:
        stops = said.get("suspends") == payload.get("sign_off") and said["meaning"] == "suspended"
        what = (
            "this sign-off was SUSPENDED" if stops and said["sign_off"] not in ended else f"{said['meaning']}, signed"
        )
        yield f"{other}: NOTE: {what} at {said['signed_at']}"
    yield from check_tokens(bag, base)


def check_tokens(bag: Bag, base: str) -> Iterator[str]:
    """Every time-stamp token among the approvals is over the payload of the sign-off that it is named for."""
    places = [f"{base}/{SIGNOFF}", f"{base}/revocation.json", *bag.files(f"{base}/history")]
    texts = [bag.json(place)["payload"] for place in places if bag.has(place)]
    payloads = {f"{base}/{APPROVALS}/{strict_json(text).get('sign_off')}.tsr": text for text in texts}
    for item in bag.files(f"{base}/{APPROVALS}"):
        if item.endswith(".tsr"):
            if item not in payloads:
                raise Bad(item, "is a time-stamp for no sign-off in here")
            yield token_line(bag, item, payloads[item].encode(), moment(strict_json(payloads[item])["signed_at"]))


def check_terms(bag: Bag, base: str) -> Iterator[str]:
    """The terms in the bundle are those of the governing set, byte by byte."""
    index = f"{base}/{GOVERNING}"
    terms, there = bag.json(index)["terms"], {Path(item).name.partition(".")[0]: item for item in texts_of(bag)}
    wanted = {row["raw_sha256"] for row in terms} | {row["text_sha256"] for row in terms if row.get("text_sha256")}
    for digest in sorted(wanted & set(there)):
        if bag.hash(there[digest]) != digest:
            raise Bad(there[digest], "is not of the governing set, or not named by its own hash")
    if wanted - set(there):
        raise Bad(index, f"names terms that are not in the bundle: {', '.join(sorted(wanted - set(there)))}")
    bag.wanted |= wanted
    yield f"{index}: {len(terms)} terms, each with the hash that the set states"


def texts_of(bag: Bag) -> list[str]:
    """Return the files of terms that all the bundle's sign-offs share."""
    return [item for item in bag.files("data/terms") if item != f"data/{GOVERNING}"]


def check_texts(bag: Bag, base: str) -> Iterator[str]:
    """No other terms lie among them."""
    for item in texts_of(bag):
        if Path(item).name.partition(".")[0] != bag.hash(item) or bag.hash(item) not in bag.wanted:
            raise Bad(item, "is not of the governing set, or not named by its own hash")
    yield f"{base}/terms: {len(texts_of(bag))} texts, each named by its own hash"


def checkpoint_of(bag: Bag, item: str, note: str) -> tuple[str, int, bytes, datetime]:
    """Return the origin, size, root and time of a checkpoint, after checking its signature and time."""
    text, _, signatures = note.partition("\n\n")
    origin, size, root, _, time = text.split("\n")
    line = re.search(rf"^\u2014 {NOTE_KEY} (\S+)$", signatures, re.MULTILINE)
    packed = base64.b64decode(line[1], validate=True) if line else b""
    for key in bag.keys:
        named = sha256(NOTE_KEY.encode() + b"\n\x01" + key.raw)[:4] == packed[:4]
        if key.purpose == "ledger" and named and ed25519_verify(key.raw, f"{text}\n".encode(), packed[4:]):
            at = moment(time.partition(" ")[2])
            in_force(item, key, at)
            return origin, int(size), base64.b64decode(root, validate=True), at
    raise Bad(item, "no ledger key of keys.json signed this checkpoint")


def check_checkpoint(bag: Bag) -> Iterator[str]:
    """The checkpoint is signed; a token over it is over it; it only added to the older one that was given."""
    note = bag.json(CHECKPOINT)["note"]
    origin, size, root, at = checkpoint_of(bag, CHECKPOINT, note)
    bag.tree = (origin, size, root)
    yield f"{CHECKPOINT}: {size} events of {origin}, signed by the ledger key"
    copy, token = "data/audit/checkpoint.txt", "data/audit/checkpoint.tsr"
    if bag.has(copy) and bag.read(copy) != note.encode():
        raise Bad(copy, f"is not the note in {CHECKPOINT}")
    if bag.has(token):
        yield token_line(bag, token, note.encode(), at)
    if bag.older:
        yield added_to(bag, bag.older)


def added_to(bag: Bag, given: str) -> str:
    """Prove that the checkpoint only added to an older one: by the proof that came with that, or one in here."""
    item, text = "--checkpoint", given
    path: Any = None
    if text.lstrip().startswith("{"):
        told = strict_json(text)
        text, path = told["note"], told.get("path")
    origin, size, root, _ = checkpoint_of(bag, item, text)
    place, newer, top = bag.tree
    if origin != place:
        raise Bad(item, f"is of another ledger or chain: {origin}, not {place}")
    if size > newer:
        raise Bad(
            CHECKPOINT,
            f"states {newer} events, the older checkpoint {size}: entries were taken away, or it is no older one",
        )
    known = {row["size"]: row["path"] for row in bag.json(CONSISTENCY)["from"]} if bag.has(CONSISTENCY) else {}
    path = [] if size == newer else path if path is not None else known.get(size)
    if path is None:
        raise Bad(item, f"the bundle holds no proof from {size} events on: ask the agency for one, as {{note, path}}")
    if not consistent(size, newer, [bytes.fromhex(node) for node in path], root, top):
        raise Bad(
            CHECKPOINT, f"the ledger was rewritten: it does not begin with the {size} events of the older checkpoint"
        )
    return f"{CHECKPOINT}: only added to the {size} events of the older checkpoint"


def check_ledger(bag: Bag, base: str) -> Iterator[str]:
    """Every entry of proofs.json is part of the tree that the checkpoint states."""
    item, (origin, size, root) = f"{base}/{PROOFS}", bag.tree
    rows = bag.json(item)["entries"]
    for row in rows:
        entry, path = strict_json(row["entry"]), [bytes.fromhex(node) for node in row["path"]]
        if entry["seq"] != row["seq"] or not origin.endswith("/" + entry["chain"]):
            raise Bad(item, f"entry {row['seq']} is of another place or chain")
        if not included(sha256(b"\x00" + row["entry"].encode()), row["seq"], size, path, root):
            raise Bad(item, f"entry {row['seq']} is not part of the ledger that the checkpoint states")
    yield f"{item}: {len(rows)} entries are part of that ledger"


def entries(bag: Bag, base: str, kind: str) -> list[dict[str, Any]]:
    """Return the ledger entries of one kind."""
    found = [strict_json(row["entry"]) for row in bag.json(f"{base}/{PROOFS}")["entries"]]
    return [entry for entry in found if entry["kind"] == kind]


def check_decisions(bag: Bag, base: str) -> Iterator[str]:
    """Each decision judged this clip, and its ledger entry says the same; so does the sign-off's."""
    clip = bag.hash(clip_of(bag, base))
    made = {entry["subject"]["id"]: entry for entry in entries(bag, base, "decision.made")}
    items = [item for item in bag.files(f"{base}/{APPROVALS}") if not item.endswith(".tsr")]
    for item in items:
        check_decision(item, bag.json(item), clip, made)
    yield f"{base}/approvals: {len(items)} decisions on this clip, as the ledger has them"
    payload = hashlib.sha256(bag.json(f"{base}/{SIGNOFF}")["payload"].encode()).hexdigest()
    if payload not in {entry["body"]["payload_sha256"] for entry in entries(bag, base, "signoff.signed")}:
        raise Bad(f"{base}/{SIGNOFF}", "the ledger has no signoff.signed entry with the hash of this payload")
    yield f"{base}/signoff.json: the ledger has it"


def check_decision(item: str, decision: dict[str, Any], clip: str, made: dict[str, dict[str, Any]]) -> None:
    """Bad unless the decision is on this clip and agrees with its ledger entry in every member they share."""
    if decision["clip_sha256"] != clip:
        raise Bad(item, "judged another clip")
    body = made.get(decision["id"], {}).get("body")
    if body is None:
        raise Bad(item, "has no decision.made entry in audit/proofs.json")
    shared = {"clip_sha256", "verdict"} | (set(body) & set(decision))
    if any(decision[member] != body[member] for member in shared):
        raise Bad(item, "says something else than its ledger entry")


def check_redactions(bag: Bag, base: str) -> Iterator[str]:
    """What is withheld is listed with its size and hash, what lies there of it is said to; a full bundle has its salts."""
    item, withheld = f"{base}/{REDACTIONS}", bag.withheld(base)
    for path, row in withheld.items():
        hashes = [row[name] for name in ("commitment", "sha256") if name in row]
        if not hashes or not all(HEX64.fullmatch(each) for each in hashes) or row["size"] < 0:
            raise Bad(item, f"does not say what {path} was")
        if bag.has(f"{base}/{path}") != row["shown"]:
            raise Bad(
                f"{base}/{path}", f"{'is missing' if row['shown'] else 'is there'}, though {REDACTIONS} says otherwise"
            )
    if withheld:
        yield f"{item}: NOTE: a redacted bundle: {len(withheld)} files are withheld or shown in part, each with its hash"
    salts = bag.json(f"{base}/{SALTS}")["salts"] if bag.has(f"{base}/{SALTS}") else {}
    for path in salts:
        if not bag.has(f"{base}/{path}"):
            raise Bad(f"{base}/{SALTS}", f"has a salt for {path}, which is not there")


def same_things(full: Bag, redacted: Bag) -> Iterator[str]:
    """Each file of the redacted bundle is the full one's, or a part of it that says nothing else, or committed to by its hash."""
    if not redacted.has(f"{redacted.bases()[0]}/{REDACTIONS}"):
        raise Bad(REDACTIONS, "the second bundle is not a redacted one")
    if full.bases() != redacted.bases():
        raise Bad("data/items", "the two bundles are about different sign-offs")
    for base in full.bases():
        faults = list(differences(full, redacted, base))
        for failure in faults:
            redacted.fail(failure)
        if not faults:
            yield f"{base}: both bundles tell of the same things"
    if full.tree == redacted.tree:
        yield f"{CHECKPOINT}: the same state of the ledger in both"
    elif full.tree[1] == redacted.tree[1]:
        raise Bad(CHECKPOINT, "states another root for the same number of events")
    else:
        yield f"{CHECKPOINT}: NOTE: made at different times ({full.tree[1]} and {redacted.tree[1]} events)"


def differences(full: Bag, redacted: Bag, base: str) -> Iterator[Failure]:
    """Yield every file of one sign-off in which the two bundles do not agree, or about which the redacted one is silent."""
    withheld, start = redacted.withheld(base), len(base) + 1
    own = {item[start:] for item in redacted.files(base)} - {REDACTIONS} - OF_A_MOMENT
    others = {item[start:] for item in full.files(base)} - {SALTS} - OF_A_MOMENT
    salts = full.json(f"{base}/{SALTS}")["salts"]
    yield from (Failure(f"{base}/{path}", "is not in the full bundle") for path in sorted(own - others))
    for path in sorted(others - own - set(withheld)):
        yield Failure(f"{base}/{path}", "is in the full bundle, and the redacted one is silent about it")
    for path in sorted((set(withheld) & others) - OF_A_MOMENT):
        what = disagreement(full, f"{base}/{path}", withheld[path], salts.get(path, ""))
        if what:
            yield Failure(f"{base}/{path}", what)
        elif path in own and not part_of(redacted.json(f"{base}/{path}"), full.json(f"{base}/{path}")):
            yield Failure(f"{base}/{path}", "says something else than the full one")
    for path in sorted((own & others) - set(withheld)):
        if full.hash(f"{base}/{path}") != redacted.hash(f"{base}/{path}"):
            yield Failure(f"{base}/{path}", "is not the same in both")
    told = {row["seq"]: row["entry"] for row in full.json(f"{base}/{PROOFS}")["entries"]}
    if any(told.get(row["seq"], row["entry"]) != row["entry"] for row in redacted.json(f"{base}/{PROOFS}")["entries"]):
        yield Failure(f"{base}/{PROOFS}", "has another entry in the same place of the ledger")


def disagreement(full: Bag, item: str, row: dict[str, Any], salt: str) -> str:
    """Say in what a file is not the one that the redacted bundle committed to; nothing when it is."""
    data = full.read(item)
    if len(data) != row["size"] or row.get("sha256", full.hash(item)) != full.hash(item):
        return "is not the file that the redacted bundle lists: another size or hash"
    if "commitment" in row and hashlib.sha256(bytes.fromhex(salt) + data).hexdigest() != row["commitment"]:
        return "is not the file that the redacted bundle committed to"
    return ""


def part_of(part: Any, whole: Any) -> bool:
    """Say whether a JSON value is what is left of another when members are taken out."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and part_of(value, whole[name]) for name, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(part_of(one, other) for one, other in zip(part, whole))  # noqa: B905 (Python 3.9 has no strict)
    return type(part) is type(whole) and bool(part == whole)


SEALED = (
    ("keys.json", check_keys),
    (SEAL, check_seal),
    (TAGS, check_tags),
    ("keys", check_keys_for_openssl),
    (MANIFEST, check_payload),
)
MEANING = (
    (SIGNOFF, check_signoff),
    (GOVERNING, check_terms),
    (PROOFS, check_ledger),
    (APPROVALS, check_decisions),
    (REDACTIONS, check_redactions),
)


def examined(
    place: Path, key: str | None = None, tell: Callable[[str], object] | None = None, older: str | None = None
) -> Bag:
    """Check a bundle and return it with its failures."""
    try:
        bag = Bag(Folder(place) if place.is_dir() else Archive(place), key, tell)
    except (OSError, zipfile.BadZipFile, IndexError) as error:
        bag = Bag(Folder(place), key, tell)
        bag.fail(Failure(place.name, f"is neither a folder nor a zip that can be read: {error}"))
        return bag
    bag.older = older
    if not all(bag.run(item, check) for item, check in SEALED):
        return bag
    bag.run(CHECKPOINT, check_checkpoint)
    for base in bag.bases():
        for item, each in MEANING:
            if item != PROOFS or bag.tree[1]:
                bag.run(f"{base}/{item}", lambda found, each=each, base=base: each(found, base))  # type: ignore[misc]
    bag.run("data/terms", lambda found: check_texts(found, "data"))
    return bag


def verify(
    root: Path, key: str | None = None, tell: Callable[[str], object] | None = None, checkpoint: str | None = None
) -> list[Failure]:
    """Check a bundle and return every failure, the first being the cause; ``tell`` gets one line per check.

    Each stage is judged only once those before it held; what files mean only once all of them are known to be whole.
    ``checkpoint`` is the text of an older one: its note, or JSON of note and path.
    """
    return examined(root, key, tell, checkpoint).failures


def match(
    full: Path, redacted: Path, key: str | None = None, tell: Callable[[str], object] | None = None
) -> list[Failure]:
    """Check two bundles, and that the redacted one tells of nothing but what the full one holds, and lists all the rest."""
    both = [examined(place, key, tell) for place in (full, redacted)]
    failures = [failure for bag in both for failure in bag.failures]
    if not failures:
        both[1].run("data", lambda found: same_things(both[0], found))
    return failures or both[1].failures


def say(line: str) -> None:
    """Print one line, escaping what a terminal would obey: a file's odd name must not fake a result."""
    sys.stdout.write("".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in line) + "\n")


def main(arguments: list[str]) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Verify an evidence bundle.")
    parser.add_argument("--key", type=str.lower, help="the agency's public record key, 64 hexadecimal digits")
    parser.add_argument("--checkpoint", type=Path, help="an older checkpoint of the same ledger")
    parser.add_argument("--match", nargs=2, type=Path, metavar=("FULL", "REDACTED"), help="two bundles to compare")
    parser.add_argument("place", nargs="?", type=Path, default=Path(__file__).resolve().parent, help="folder or zip")
    given = parser.parse_args(arguments)
    if given.key is not None and not HEX64.fullmatch(given.key):
        say("FAIL: --key: is not 64 hexadecimal digits")
        return 1
    if given.match:
        full, redacted = given.match
        failures = match(full, redacted, given.key, say)
    else:
        try:
            older = given.checkpoint.read_text("utf-8") if given.checkpoint else None
        except (OSError, ValueError) as error:
            say(f"FAIL: --checkpoint: cannot be read: {error}")
            return 1
        failures = verify(given.place, given.key, say, older)
    if not failures and given.key is None:
        say("NOTE: the bundle is whole and of one piece, but who signed is not proven: no --key was given")
    say(f"FAIL: {failures[0].item}: {failures[0].what}" if failures else "PASS")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
