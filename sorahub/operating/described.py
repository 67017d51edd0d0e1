"""BACKUP.json and files.sha256: what a backup holds, so that it can be checked without the hub that made it.

sorahub-20261129T105800Z/
  BACKUP.json        when, by which version, database kind, migrations, ledger heads, ids of the public keys
  files.sha256       one line per other file, as ``sha256sum -c`` reads it
  database.dump      pg_dump's custom format; or database.sqlite3
  media/…            everything below SORAHUB_MEDIA_ROOT
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from sorahub.lib.storage import sha256_of
from sorahub.operating.errors import OperatingError

SCHEMA = "sorahub/backup/1"
DESCRIPTION, LISTING, MEDIA = "BACKUP.json", "files.sha256", "media"
DATABASES = {"postgresql": "database.dump", "sqlite": "database.sqlite3"}


@dataclass(frozen=True)
class Head:
    """One ledger chain as the backup's database has it: its key, its number of events and its last link (hexadecimal)."""

    key: str
    size: int
    head: str


@dataclass(frozen=True)
class Description:
    """The content of BACKUP.json. ``keys``: purpose and id of each public key; ``migrations``: "app.name", sorted."""

    made_at: datetime
    vendor: str
    migrations: list[str]
    heads: list[Head]
    keys: list[str]

    @property
    def database(self) -> str:
        """The name of the database's file."""
        return DATABASES[self.vendor]

    def text(self) -> str:
        """Return the file's content."""
        value = {"schema": SCHEMA, **asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read it from a backup's folder; OperatingError when the folder is no whole backup."""
        try:
            value = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
            if value["schema"] != SCHEMA or value["vendor"] not in DATABASES:
                raise ValueError("an unknown schema or kind of database")
            heads = [Head(**row) for row in value["heads"]]
            made_at = datetime.fromisoformat(value["made_at"])
            return cls(made_at, value["vendor"], list(value["migrations"]), heads, list(value["keys"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise OperatingError(f"{folder} is no whole backup of a hub: {error}") from error


def listing(hashes: Mapping[str, str]) -> str:
    """Return files.sha256 for paths (relative, with slashes) and their hashes."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(hashes.items()))


def read_listing(folder: Path) -> dict[str, str]:
    """Return each listed path with its hash; OperatingError for a listing that cannot be read."""
    try:
        lines = (folder / LISTING).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise OperatingError(f"{folder / LISTING} cannot be read: {error}") from error
    rows = (line.partition("  ") for line in lines)
    return {path: digest for digest, _, path in rows}


def faults(folder: Path) -> Iterator[str]:
    """Yield what is wrong with a backup's files: missing, altered or not listed. Reads every byte."""
    listed = read_listing(folder)
    if Description.read(folder).database not in listed:
        yield f"{Description.read(folder).database}: is not listed"
    for path, digest in sorted(listed.items()):
        file = folder / path
        if not file.is_file():
            yield f"{path}: is missing"
        elif sha256_of(file) != digest:
            yield f"{path}: was altered"
    there = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    yield from (f"{path}: is not listed" for path in sorted(there - listed.keys() - {DESCRIPTION, LISTING}))
