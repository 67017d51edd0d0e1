"""A small evidence bundle, put together by hand after the layout that ``reviews/evidence/verify.py`` documents."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sorahub.ledger import entry, notes
from sorahub.lib import canonical, merkle, signing
from sorahub.lib.ids import uuid7

VERIFIER = Path(__file__).resolve().parents[3] / "reviews" / "evidence" / "verify.py"
CHAIN = str(uuid7())
AT = datetime.now(UTC)


def digest(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal digits."""
    return sha256(data).hexdigest()


def public_keys() -> list[dict[str, str | None]]:
    """Return keys.json's rows."""
    return [
        {
            "key_id": key.key_id,
            "purpose": key.purpose,
            "algorithm": "Ed25519",
            "public_key": key.raw.hex(),
            "valid_from": key.valid_from.isoformat(),
            "valid_to": key.valid_to.isoformat() if key.valid_to else None,
        }
        for key in signing.public_keys()
    ]


@dataclass
class Bag:
    """The bundle's files by path; ``change`` them, then ``write`` seals whatever is there with the real keys."""

    files: dict[str, bytes] = field(default_factory=dict)

    def put(self, path: str, value: Any) -> bytes:
        """Add a file of canonical JSON and return its bytes."""
        self.files[path] = canonical.dumps(value)
        return self.files[path]

    def change(self, path: str, change: Callable[[Any], object]) -> None:
        """Change a JSON file's content in place."""
        value = json.loads(self.files[path])
        change(value)
        self.put(path, value)

    def write(self, root: Path) -> Path:
        """Write the folder, with manifests and seal that fit the files."""
        tags = {
            "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": b"Bagging-Date: 2026-11-22\n",
            "VERIFY.md": b"Run python3 verify.py\n",
            "verify.py": VERIFIER.read_bytes(),
            "keys.json": canonical.dumps({"keys": public_keys()}),
            "manifest-sha256.txt": manifest(self.files),
        }
        seal = signing.sign("record", manifest(tags))
        tags["tagmanifest-sha256.txt.sig"] = f"{seal.key_id} {seal.signature.hex()}\n".encode()
        tags["tagmanifest-sha256.txt"] = manifest({name: tags[name] for name in tags if "tagmanifest" not in name})
        for path, data in {**self.files, **tags}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        return root


def manifest(files: Mapping[str, bytes]) -> bytes:
    """Return a BagIt manifest."""
    return "".join(f"{digest(data)}  {path}\n" for path, data in sorted(files.items())).encode()


def sound() -> Bag:
    """Return a bundle in which everything holds."""
    bag = Bag(
        {"data/clip/sc01_v3.mp4": b"\x00\x00\x00\x18ftypmp42 not really a film", "data/certificate.pdf": b"%PDF-1.7"}
    )
    raw, text = b"<html>Terms of 1 October</html>", b"Terms of 1 October"
    bag.files |= {f"data/terms/{digest(raw)}.html": raw, f"data/terms/{digest(text)}.txt": text}
    governing = bag.put(
        "data/terms/governing-set.json", {"terms": [{"raw_sha256": digest(raw), "text_sha256": digest(text)}]}
    )
    record = bag.put("data/record.json", {"territory": "DE"})
    clip = digest(bag.files["data/clip/sc01_v3.mp4"])
    payload = {
        "clip_sha256": clip,
        "record_sha256": digest(record),
        "governing_sha256": digest(governing),
        "signed_at": entry.moment(datetime.now(UTC)),
    }
    sign(bag, payload)
    decision = str(uuid7())
    bag.put(
        f"data/approvals/{decision}.json",
        {"id": decision, "clip_sha256": clip, "verdict": "approved", "stage": "client"},
    )
    put_ledger(bag, decision, {"clip_sha256": clip, "verdict": "approved"})
    return bag


def sign(bag: Bag, payload: dict[str, str]) -> None:
    """Add a sign-off over the payload."""
    data = canonical.dumps(payload)
    made = signing.sign("record", data)
    signoff = {
        "payload": data.decode(),
        "signature": made.signature.hex(),
        "key_id": made.key_id,
        "algorithm": "Ed25519",
    }
    bag.put("data/signoff.json", signoff)


def put_ledger(bag: Bag, decision: str, body: dict[str, str]) -> None:
    """Add a checkpoint over seven events, and the proofs of the decision's and the sign-off's."""
    payload = digest(json.loads(bag.files["data/signoff.json"])["payload"].encode())
    told = {2: ("decision.made", decision, body), 5: ("signoff.signed", str(uuid7()), {"payload_sha256": payload})}
    texts = [event(seq, *told.get(seq, ("prompt.made", str(uuid7()), {}))) for seq in range(7)]
    leaves = [entry.leaf(text) for text in texts]
    statement = notes.Statement(CHAIN, 7, merkle.root(leaves), bytes(32), datetime.now(UTC))
    made = signing.sign("ledger", statement.text().encode())
    (key,) = signing.public_keys("ledger")
    bag.put("data/audit/checkpoint.json", {"note": notes.signed(statement, key.raw, made.signature)})
    paths = merkle.inclusion_paths(leaves, 7, told)
    rows = [{"seq": seq, "entry": texts[seq], "path": [node.hex() for node in paths[seq]]} for seq in told]
    bag.put("data/audit/proofs.json", {"entries": rows})


def event(seq: int, kind: str, subject: str, body: dict[str, str]) -> str:
    """Return one ledger entry's text."""
    value: dict[str, canonical.Json] = {
        "chain": CHAIN,
        "seq": seq,
        "at": entry.moment(AT),
        "kind": kind,
        "actor": None,
        "body": body,
    }
    return canonical.dumps({**value, "subject": {"id": subject, "type": "reviews.thing"}}).decode()
