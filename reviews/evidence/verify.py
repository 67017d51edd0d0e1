#!/usr/bin/env python3
"""Verify an evidence bundle of SoraHub, offline, with nothing but Python 3.9 or later.

    python3 verify.py [--key HEX] [FOLDER]

Without FOLDER the bundle is the folder this file lies in. One line is printed per check, and at the end ``PASS``, or
``FAIL: <item>: <what>`` and exit status 1. ``--key`` gives the hub's public record key as you obtained it by another way
(64 hexadecimal digits); without it, as a NOTE then says, the bundle is proven whole and of one piece, but not who signed it.

Layout (every file named here must be there unless marked optional; a BagIt 1.0 folder, RFC 8493):
    bagit.txt  bag-info.txt  manifest-sha256.txt  VERIFY.md  verify.py
    keys.json                      {"keys": [{key_id, purpose: "record"|"ledger", algorithm: "Ed25519",
                                   public_key: hex, valid_from, valid_to: null|time}, ...]}
    tagmanifest-sha256.txt         hashes of all of the files above, and of any other file outside data/
    tagmanifest-sha256.txt.sig     "<key_id> <signature hex>\\n": the record key's signature over the bytes of the tag
                                   manifest; the one file that the tag manifest does not list
    data/clip/<one file>           the clip's exact bytes
    data/record.json               the licence record
    data/signoff.json              {"payload": text of canonical JSON, "signature": hex, "key_id", "algorithm"}
                                   payload: {clip_sha256, record_sha256, governing_sha256, signed_at, ...}
    data/revocation.json           optional: the same form; payload: {revokes: the sign-off's id, signed_at, ...}
    data/terms/governing-set.json  {"terms": [{raw_sha256, text_sha256 (optional), ...}, ...]}
    data/terms/<sha256>[.<ext>]    the raw bytes and extracted text of each of its terms, named by their hash
    data/approvals/<id>.json       one decision each: {id, clip_sha256, verdict, ...}
    data/audit/checkpoint.json     {"note": signed note of the ledger}
    data/audit/proofs.json         {"entries": [{"entry": text, "seq": n, "path": [hex, ...]}, ...]}
    data/...                       anything else (certificate, provenance, generation): covered by the manifest
Each decision needs a ledger entry ``decision.made`` whose subject is the decision; the sign-off one ``signoff.signed`` with
body.payload_sha256. Times: ISO 8601 with a zone. Sources: RFC 8032, RFC 9162, RFC 8493, C2SP tlog-checkpoint and signed-note.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

MANIFEST = "manifest-sha256.txt"
TAGS = "tagmanifest-sha256.txt"
SEAL = "tagmanifest-sha256.txt.sig"
REQUIRED_TAGS = ("bagit.txt", "bag-info.txt", MANIFEST, "VERIFY.md", "verify.py", "keys.json")
SIGNOFF, RECORD, GOVERNING = "data/signoff.json", "data/record.json", "data/terms/governing-set.json"
PROOFS, APPROVALS = "data/audit/proofs.json", "data/approvals"
NOTE_KEY = "sorahub-ledger"
HEX64 = re.compile(r"[0-9a-f]{64}")


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
    lines = text.split("\n")
    if lines.pop():
        raise Bad(item, "does not end with a line feed")
    for number, line in enumerate(lines, 1):
        match = re.fullmatch(r"([0-9a-f]{64})  (\S.*)", line)
        if not match:
            raise Bad(item, f"line {number} is not a hash, two spaces and a path")
        path = match[2].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
        if path in found or path.startswith("/") or ".." in path.split("/"):
            raise Bad(item, f"line {number} names a path twice, or one outside the bundle")
        found[path] = match[1]
    return found


class Bag:
    """The bundle: its folder, the hashes of its files (each computed once), and what was found."""

    def __init__(self, root: Path, pinned: str | None = None, tell: Callable[[str], object] | None = None) -> None:
        self.root = root
        self.pinned = pinned
        self.tell = tell or (lambda line: None)
        self.failures: list[Failure] = []
        self.keys: list[Key] = []
        self.hashes: dict[str, str] = {}

    def read(self, item: str) -> bytes:
        """Return a file's bytes; Bad names it when it cannot be read."""
        try:
            return (self.root / item).read_bytes()
        except OSError as error:
            what = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
            raise Bad(item, what) from error

    def json(self, item: str) -> Any:
        """Return a file's JSON."""
        return strict_json(self.read(item))

    def hash(self, item: str) -> str:
        """Return a file's SHA-256 in hexadecimal digits, read in pieces."""
        if item not in self.hashes:
            digest = hashlib.sha256()
            with (self.root / item).open("rb") as file:
                for piece in iter(lambda: file.read(1 << 20), b""):
                    digest.update(piece)
            self.hashes[item] = digest.hexdigest()
        return self.hashes[item]

    def files(self, below: str = "") -> list[str]:
        """Return every file below a folder of the bundle; a link, or anything that is no plain file, is Bad."""
        found = []
        for path in sorted((self.root / below).rglob("*")):
            item = path.relative_to(self.root).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise Bad(item, "is not a plain file")
            if path.is_file():
                found.append(item)
        return found

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
    there = {item for item in bag.files() if not item.startswith("data/")} - {TAGS, SEAL}
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


def clip_of(bag: Bag) -> str:
    """Return the bundle's one clip file."""
    clips = bag.files("data/clip")
    if len(clips) != 1:
        raise Bad("data/clip", f"holds {len(clips)} files instead of one")
    return clips[0]


def in_force(item: str, key: Key, at: datetime) -> None:
    """Bad when the key was not in use at that time."""
    if at < key.valid_from or (key.valid_to is not None and at > key.valid_to):
        raise Bad(item, f"was signed at {at.isoformat()}, outside the validity of key {key.key_id}")


def signed_payload(bag: Bag, item: str) -> Any:
    """Return the payload of a signed file, after checking its signature and time."""
    signed = bag.json(item)
    data = signed["payload"].encode()
    key, payload = bag.key(item, signed["key_id"], "record"), strict_json(data)
    if signed["algorithm"] != "Ed25519" or not ed25519_verify(key.raw, data, bytes.fromhex(signed["signature"])):
        raise Bad(item, "the signature does not fit the payload")
    in_force(item, key, moment(payload["signed_at"]))
    return payload


def check_signoff(bag: Bag) -> Iterator[str]:
    """The sign-off is signed and names exactly these bytes; a revocation of it is signed too, and said plainly."""
    item, revocation, payload = SIGNOFF, "data/revocation.json", signed_payload(bag, SIGNOFF)
    yield f"{item}: signed by the record key at {payload['signed_at']}"
    for name, file in (("clip", clip_of(bag)), ("record", RECORD), ("governing", GOVERNING)):
        if bag.hash(file) != payload[f"{name}_sha256"]:
            raise Bad(file, f"is not what was signed: {item} states another {name}_sha256")
        yield f"{file}: is what was signed"
    if (bag.root / revocation).exists():
        ended = signed_payload(bag, revocation)
        if ended["revokes"] != payload["sign_off"]:
            raise Bad(revocation, "revokes another sign-off")
        yield f"{revocation}: NOTE: this sign-off was REVOKED at {ended['signed_at']}"


def check_terms(bag: Bag) -> Iterator[str]:
    """The terms in the bundle are those of the governing set, byte by byte, and no others."""
    index, terms = GOVERNING, bag.json(GOVERNING)["terms"]
    wanted = {row["raw_sha256"] for row in terms} | {row["text_sha256"] for row in terms if row.get("text_sha256")}
    for item in bag.files("data/terms"):
        if item == index:
            continue
        if Path(item).name.partition(".")[0] != bag.hash(item) or bag.hash(item) not in wanted:
            raise Bad(item, "is not of the governing set, or not named by its own hash")
        wanted.discard(bag.hash(item))
    if wanted:
        raise Bad(index, f"names terms that are not in the bundle: {', '.join(sorted(wanted))}")
    yield f"{index}: {len(terms)} terms, each with the hash that the set states"


def checkpoint_of(bag: Bag) -> tuple[str, int, bytes]:
    """Return the origin, size and root of the ledger's checkpoint, after checking its signature and time."""
    item = "data/audit/checkpoint.json"
    text, _, signatures = bag.json(item)["note"].partition("\n\n")
    origin, size, root, _, time = text.split("\n")
    line = re.fullmatch(rf"\u2014 {NOTE_KEY} (\S+)\n", signatures)
    packed = base64.b64decode(line[1], validate=True) if line else b""
    for key in bag.keys:
        named = sha256(NOTE_KEY.encode() + b"\n\x01" + key.raw)[:4] == packed[:4]
        if key.purpose == "ledger" and named and ed25519_verify(key.raw, f"{text}\n".encode(), packed[4:]):
            in_force(item, key, moment(time.partition(" ")[2]))
            return origin, int(size), base64.b64decode(root, validate=True)
    raise Bad(item, "no ledger key of keys.json signed this checkpoint")


def check_ledger(bag: Bag) -> Iterator[str]:
    """The checkpoint is signed, and every entry of proofs.json is part of the tree it states."""
    item, (origin, size, root) = PROOFS, checkpoint_of(bag)
    yield f"data/audit/checkpoint.json: {size} events of {origin}, signed by the ledger key"
    rows = bag.json(item)["entries"]
    for row in rows:
        entry, path = strict_json(row["entry"]), [bytes.fromhex(node) for node in row["path"]]
        if entry["seq"] != row["seq"] or not origin.endswith("/" + entry["chain"]):
            raise Bad(item, f"entry {row['seq']} is of another place or chain")
        if not included(sha256(b"\x00" + row["entry"].encode()), row["seq"], size, path, root):
            raise Bad(item, f"entry {row['seq']} is not part of the ledger that the checkpoint states")
    yield f"{item}: {len(rows)} entries are part of that ledger"


def entries(bag: Bag, kind: str) -> list[dict[str, Any]]:
    """Return the ledger entries of one kind."""
    found = [strict_json(row["entry"]) for row in bag.json(PROOFS)["entries"]]
    return [entry for entry in found if entry["kind"] == kind]


def check_decisions(bag: Bag) -> Iterator[str]:
    """Each decision judged this clip, and its ledger entry says the same; so does the sign-off's."""
    clip, made = bag.hash(clip_of(bag)), {entry["subject"]["id"]: entry for entry in entries(bag, "decision.made")}
    items = bag.files(APPROVALS)
    for item in items:
        check_decision(item, bag.json(item), clip, made)
    yield f"data/approvals: {len(items)} decisions on this clip, as the ledger has them"
    payload = hashlib.sha256(bag.json(SIGNOFF)["payload"].encode()).hexdigest()
    if payload not in {entry["body"]["payload_sha256"] for entry in entries(bag, "signoff.signed")}:
        raise Bad(SIGNOFF, "the ledger has no signoff.signed entry with the hash of this payload")
    yield "data/signoff.json: the ledger has it"


def check_decision(item: str, decision: dict[str, Any], clip: str, made: dict[str, dict[str, Any]]) -> None:
    """Bad unless the decision is on this clip and agrees with its ledger entry in every member they share."""
    if decision["clip_sha256"] != clip:
        raise Bad(item, "judged another clip")
    body = made.get(decision["id"], {}).get("body")
    if body is None:
        raise Bad(item, "has no decision.made entry in data/audit/proofs.json")
    shared = {"clip_sha256", "verdict"} | (set(body) & set(decision))
    if any(decision[member] != body[member] for member in shared):
        raise Bad(item, "says something else than its ledger entry")


SEALED = (("keys.json", check_keys), (SEAL, check_seal), (TAGS, check_tags), (MANIFEST, check_payload))
MEANING = ((SIGNOFF, check_signoff), (GOVERNING, check_terms), (PROOFS, check_ledger), (APPROVALS, check_decisions))


def verify(root: Path, key: str | None = None, tell: Callable[[str], object] | None = None) -> list[Failure]:
    """Check a bundle and return every failure, the first being the cause; ``tell`` gets one line per check.

    Each stage is judged only once those before it held; what files mean only once all of them are known to be whole.
    """
    bag = Bag(root, key, tell)
    if all(bag.run(item, check) for item, check in SEALED):
        for item, check in MEANING:
            bag.run(item, check)
    return bag.failures


def say(line: str) -> None:
    """Print one line, escaping what a terminal would obey: a file's odd name must not fake a result."""
    sys.stdout.write("".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in line) + "\n")


def main(arguments: list[str]) -> int:
    """Run from the command line; return the exit status."""
    key = None
    if "--key" in arguments:
        place = arguments.index("--key")
        key = "".join(arguments[place + 1 : place + 2]).lower()
        arguments = arguments[:place] + arguments[place + 2 :]
        if not HEX64.fullmatch(key):
            sys.stdout.write("FAIL: --key: is not 64 hexadecimal digits\n")
            return 1
    failures = verify(Path(arguments[0]) if arguments else Path(__file__).resolve().parent, key, say)
    if not failures and key is None:
        say("NOTE: the bundle is whole and of one piece, but who signed is not proven: no --key was given")
    say(f"FAIL: {failures[0].item}: {failures[0].what}" if failures else "PASS")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
