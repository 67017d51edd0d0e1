"""Find out what kind of archive a file is, and open it, in a folder of its own where it has to be unpacked."""

import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from dulwich.errors import RefFormatError
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from reviews.interchange import parcels
from reviews.interchange.archives import zips
from reviews.interchange.archives.collection import Collection
from reviews.interchange.archives.git_history import GitHistory
from reviews.interchange.archives.packs import check_pack
from reviews.interchange.archives.records import Archive
from reviews.models import TermsImport
from sorahub.lib.errors import InvalidInput
from sorahub.lib.zips import opened_zip

MOST_BRANCHES = 10_000
LARGEST_UPLOAD = 512 * 1024 * 1024
_PIECE = 1024 * 1024
_ABANDONED = 24 * 3600
Format = TermsImport.Format


def format_of(path: Path) -> str:
    """Tell what kind of archive a file is by what is in it. Raises InvalidInput."""
    with path.open("rb") as file:
        head = file.read(64).lstrip()
    if head.startswith((b"# v2 git bundle", b"# v3 git bundle")):
        return Format.BUNDLE
    if head.startswith(b"PK\x03\x04"):
        with opened_zip(path) as archive:
            return Format.DATASET if zips.repository_prefix(archive) is None else Format.REPOSITORY
    if head.startswith((b"{", b"[")):
        return Format.JSON
    words = "Upload a Git bundle, a zip of a Git repository, a zip of a dataset, or the JSON of a collection's API."
    raise InvalidInput(words, code="unknown-archive", fields={"file": words})


@contextmanager
def opened(row: TermsImport, attempt: str) -> Iterator[Archive]:
    """Open an import's archive; what had to be unpacked goes afterwards. ``attempt`` is "job.number": each has a place of its own.

    Raises InvalidInput, Conflict when the file is gone.
    """
    if row.format == Format.CLONE:
        with closing(GitHistory(row.file)) as history:
            yield history
        return
    path = parcels.path_of(row.file)
    if row.format == Format.JSON:
        yield Collection(path)
    elif row.format == Format.DATASET:
        with opened_zip(path) as archive:
            yield zips.Dataset(archive)
    else:
        with _workplace(attempt) as place:
            where = unbundle(path, place) if row.format == Format.BUNDLE else unpack(path, place)
            with closing(GitHistory(str(where))) as history:
                yield history


def unbundle(path: Path, into: Path) -> Path:
    """Make a bare repository of a bundle, on disk. Raises InvalidInput."""
    with path.open("rb") as file:
        refs = _bundle_head(file)
        begin = file.tell()
        check_pack(file)
        file.seek(begin)
        with closing(Repo.init_bare(str(into))) as repo:
            _add_pack(repo, file)
            _add_branches(repo, refs)
    return into


def unpack(path: Path, into: Path) -> Path:
    """Make a bare repository of the one in a zip, on disk; its packs are indexed anew. Raises InvalidInput."""
    zips.unpack_repository(path, into)
    packs = [each.rename(into / each.name) for each in sorted((into / "objects" / "pack").glob("*.pack"))]
    with closing(Repo(str(into))) as repo:
        for pack in packs:
            with pack.open("rb") as file:
                _add_pack(repo, file)
            pack.unlink()
    return into


def _add_pack(repo: Repo, file: BinaryIO) -> None:
    pack, commit, abort = repo.object_store.add_pack()
    try:
        shutil.copyfileobj(file, pack, _PIECE)
        commit()
    except Exception as error:
        abort()
        words = f"The Git history is damaged: {str(error)[:120] or type(error).__name__}."
        raise InvalidInput(words, code="archive-unreadable", fields={"file": words}) from error


def _add_branches(repo: Repo, refs: dict[bytes, bytes]) -> None:
    try:
        for name, value in refs.items():
            if name.startswith(b"refs/heads/"):
                repo.refs[Ref(name)] = ObjectID(value)
        if b"HEAD" in refs:
            repo.refs[Ref(b"refs/heads/main")] = ObjectID(refs[b"HEAD"])
        repo.refs.set_symbolic_ref(Ref(b"HEAD"), _main(refs))
    except (RefFormatError, ValueError, OSError) as error:
        words = f"A branch of the bundle cannot be read: {str(error)[:120] or type(error).__name__}."
        raise InvalidInput(words, code="archive-unreadable", fields={"file": words}) from error


def _main(refs: dict[bytes, bytes]) -> Ref:
    wanted = (b"refs/heads/main", b"refs/heads/master")
    if b"HEAD" in refs:
        return Ref(wanted[0])
    heads = sorted(name for name in refs if name.startswith(b"refs/heads/"))
    return Ref(next((name for name in wanted if name in refs), heads[0] if heads else wanted[0]))


def _bundle_head(file: BinaryIO) -> dict[bytes, bytes]:
    """Read the lines before the pack and return the branches. Raises InvalidInput for a bundle that needs other commits."""
    file.readline(100)
    refs: dict[bytes, bytes] = {}
    while (line := file.readline(2000)) not in {b"\n", b""}:
        if line.startswith(b"-"):
            raise InvalidInput(
                "The bundle needs commits that are not in it: make it with git bundle create FILE --all.",
                code="archive-unreadable",
            )
        if line.startswith(b"@"):
            if b"object-format" in line and b"sha1" not in line:
                raise InvalidInput("Bundles with SHA-256 names are not read.", code="archive-unreadable")
            continue
        value, _, name = line.rstrip(b"\n").partition(b" ")
        refs[name] = value
        if len(refs) > MOST_BRANCHES:
            raise InvalidInput(f"The bundle has more than {MOST_BRANCHES:,} branches.", code="archive-unreadable")
    return refs


@contextmanager
def _workplace(name: str) -> Iterator[Path]:
    """An empty folder; what earlier attempts of the same job left, or anybody a day ago, is removed first."""
    folder = Path(settings.MEDIA_ROOT) / "incoming" / "unpacked"
    place = folder / name
    for other in folder.glob(f"{place.stem}.*"):
        shutil.rmtree(other, ignore_errors=True)
    for other in folder.glob("*"):
        if other.stat().st_mtime < time.time() - _ABANDONED:
            shutil.rmtree(other, ignore_errors=True)
    try:
        place.mkdir(parents=True)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
