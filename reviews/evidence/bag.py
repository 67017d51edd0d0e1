"""Write a BagIt 1.0 bag (RFC 8493), signed, straight into a zip without compression: each file is read once and hashed on the way.

Nothing is held, and nothing lies on the disk twice: the folder that the bag is exists only in the zip.
"""

import os
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self

from sorahub.lib.errors import InvalidInput
from sorahub.lib.signing import Signature

CHUNK = 1024 * 1024
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
SEAL, RAW_SEAL = f"{TAGS}.sig", f"{TAGS}.sig.bin"
EPOCH = (1980, 1, 1, 0, 0, 0)


class Bag:
    """A bundle being written: ``put`` and ``copy`` files, then ``seal`` it. The same files in the same order give the same bytes.

    ``written`` is told after each piece how many bytes it had and how many files are done; what it raises ends the writing.
    Entries of 2 GB and more, and archives of any size, are written as ZIP64.
    """

    def __init__(
        self, target: Path, top: str, written: Callable[[int, int], object] = lambda size, files: None
    ) -> None:
        self.hashes: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self._top, self._written = top, written
        self._out = target.open("xb")
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_STORED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the zip and see it on the disk; after an error only let go of it."""
        with self._out:
            if kind is not None:
                with suppress(OSError, ValueError):
                    self._zip.close()
                return
            self._zip.close()
            self._out.flush()
            os.fsync(self._out.fileno())

    def put(self, path: str, data: bytes) -> str:
        """Write a file and return its SHA-256."""
        return self._write(path, [data], len(data))

    def copy(self, path: str, source: BinaryIO, size: int) -> str:
        """Copy a file of ``size`` bytes, hashing on the way, and return its SHA-256; the source is only read."""
        return self._write(path, iter(lambda: source.read(CHUNK), b""), size)

    def seal(self, info: Mapping[str, str], sign: Callable[[bytes], Signature]) -> str:
        """Write bag-info.txt, both manifests and, last, the signature of the tag manifest, twice: in words and as 64 bytes.

        Returns the tag manifest's SHA-256.
        """
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
        self.put(RAW_SEAL, made.signature)
        return digest

    def _manifest(self, paths: Iterable[str]) -> bytes:
        return "".join(f"{self.hashes[path]}  {path}\n" for path in sorted(paths)).encode()

    def _write(self, path: str, chunks: Iterable[bytes], expected: int) -> str:
        digest, size = sha256(), 0
        with self._zip.open(self._entry(path, expected), "w") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
                self._written(len(chunk), len(self.hashes))
        self.hashes[path], self.sizes[path] = digest.hexdigest(), size
        return digest.hexdigest()

    def _entry(self, path: str, size: int) -> zipfile.ZipInfo:
        parts = PurePosixPath(path).parts
        if not parts or path != "/".join(parts) or {"..", "/"} & set(parts) or not path.isprintable():
            raise InvalidInput(f"{path!r} is no path inside a bundle.")
        if path in self.hashes:
            raise InvalidInput(f"{path!r} is in the bundle already.")
        entry = zipfile.ZipInfo(f"{self._top}/{path}", EPOCH)
        entry.create_system, entry.external_attr = 3, 0o100644 << 16
        entry.file_size = size
        return entry
