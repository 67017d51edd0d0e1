"""Write a BagIt 1.0 folder (RFC 8493), signed, and pack it into a zip without compression. Files are streamed, never held."""

import os
import zipfile
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from sorahub.lib.errors import InvalidInput
from sorahub.lib.signing import Signature

CHUNK = 1024 * 1024
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
SEAL = f"{TAGS}.sig"
EPOCH = (1980, 1, 1, 0, 0, 0)


class Bag:
    """A bundle being written: ``put`` and ``copy`` files, then ``seal`` it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.hashes: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        root.mkdir(parents=True)

    def put(self, path: str, data: bytes) -> str:
        """Write a file and return its SHA-256."""
        return self._write(path, [data])

    def copy(self, path: str, source: BinaryIO) -> str:
        """Copy a file, hashing on the way, and return its SHA-256; the source is only read."""
        return self._write(path, iter(lambda: source.read(CHUNK), b""))

    def seal(self, info: Mapping[str, str], sign: Callable[[bytes], Signature]) -> str:
        """Write bag-info.txt, both manifests and, last, the signature of the tag manifest. Returns the tag manifest's SHA-256."""
        payload = [path for path in self.hashes if path.startswith("data/")]
        oxum = f"{sum(self.sizes[path] for path in payload)}.{len(payload)}"
        lines = {**info, "Payload-Oxum": oxum}
        self.put("bagit.txt", DECLARATION)
        self.put("bag-info.txt", "".join(f"{name}: {text}\n" for name, text in lines.items()).encode())
        self.put(MANIFEST, self._manifest(payload))
        text = self._manifest(path for path in self.hashes if not path.startswith("data/"))
        digest = self.put(TAGS, text)
        made = sign(text)
        self.put(SEAL, f"{made.key_id} {made.signature.hex()}\n".encode())
        return digest

    def _manifest(self, paths: Iterable[str]) -> bytes:
        return "".join(f"{self.hashes[path]}  {path}\n" for path in sorted(paths)).encode()

    def _write(self, path: str, chunks: Iterable[bytes]) -> str:
        digest, size = sha256(), 0
        with self._place(path).open("xb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        self.hashes[path], self.sizes[path] = digest.hexdigest(), size
        return digest.hexdigest()

    def _place(self, path: str) -> Path:
        parts = PurePosixPath(path).parts
        if not parts or path != "/".join(parts) or {"..", "/"} & set(parts) or not path.isprintable():
            raise InvalidInput(f"{path!r} is no path inside a bundle.")
        place = self.root.joinpath(*parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        return place


def pack(root: Path, target: Path, top: str) -> None:
    """Zip a folder under one top folder, uncompressed; the same files always give the same bytes."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    with target.open("xb") as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for path in files:
                _add(archive, path, f"{top}/{path.relative_to(root).as_posix()}")
        out.flush()
        os.fsync(out.fileno())


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system, entry.external_attr = 3, 0o100644 << 16
    entry.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(entry, "w") as target:
        for chunk in iter(lambda: source.read(CHUNK), b""):
            target.write(chunk)
