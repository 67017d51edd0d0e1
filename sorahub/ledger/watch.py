"""Has the database been put back behind what was signed? The copies of checkpoints outside it tell: then the hub is read-only.

A copy larger than the log, or one that states another history at its size, means that an older database, or another one, stands
where the signed one stood. Appending to it would make two histories under one key. An administrator looks, and either brings the
right database back or accepts what is there (``accept``), which is written into the ledger.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from sorahub.ledger import copies, statements
from sorahub.ledger.entry import START
from sorahub.ledger.models import Chain, Event
from sorahub.ledger.notes import Statement, parse
from sorahub.ledger.subtrees import Tiles
from sorahub.lib import keyfiles, read_only, signing
from sorahub.lib.errors import Conflict, InvalidInput

log = logging.getLogger(__name__)
ACCEPTED = "restore-accepted"
LONGEST_LIST = 3
_looked: set[str] = set()


@dataclass(frozen=True)
class Discrepancy:
    """A copy that the database does not bear out: what was signed, where it lies, how many events there are (None: no such chain)."""

    signed: Statement
    file: Path
    size: int | None

    def __str__(self) -> str:
        chain = "the hub" if self.signed.chain == "hub" else f"client {self.signed.chain}"
        when = f"{self.signed.at:%Y-%m-%d %H:%M} UTC"
        if self.size is None:
            return f"there is no chain of {chain}, of which {self.signed.size} events were signed on {when}"
        if self.size < self.signed.size:
            return f"the chain of {chain} has {self.size} events, {self.signed.size} were signed on {when}"
        return f"the first {self.signed.size} events of {chain} are not those that were signed on {when}"


def at_start() -> None:
    """Look once in the life of this process, before it changes anything."""
    if settings.RESTORE_WATCH and str(settings.KEY_DIR) not in _looked:
        _looked.add(str(settings.KEY_DIR))
        look()


def look(*, thorough: bool = False) -> list[Discrepancy]:
    """Compare the largest copies with the chains; make the hub read-only when one of them is not borne out, and return those.

    ``thorough`` recomputes the roots from stored hashes as well; otherwise sizes and the last links are compared.
    """
    compared = (_compared(path, signed, thorough=thorough) for path, signed in _held())
    found = [each for each in compared if each is not None]
    if found:
        read_only.stop(_words(found))
        log.error("read-only: %s", "; ".join(map(str, found)))
    return found


def unfit() -> list[Path]:
    """Return the copies that none of the ledger's keys signed: damaged ones, or of another hub."""
    return [path for path, statement in _copies(_accepted()) if statement is None]


def accept(found: list[Discrepancy]) -> None:
    """Note beside the keys that these are accepted: copies of their chains signed until now are not held against the database."""
    now = timezone.now().astimezone(UTC)
    told = {each.signed.chain: each.signed.size for each in found}
    text = json.dumps({"accepted_at": now.isoformat(timespec="microseconds"), "chains": told}, indent=1)
    target = keyfiles.folder() / f"{ACCEPTED}-{now:%Y%m%dT%H%M%S%f}.json"
    draft = target.with_suffix(".draft")
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(target)


def _held() -> Iterator[tuple[Path, Statement]]:
    """What is held against the database: copies that our keys signed, but for those of before an accepted restore."""
    accepted = _accepted()
    for path, statement in _copies(accepted):
        if statement is not None and statement.at > accepted.get(statement.chain, copies.NEVER):
            yield path, statement


def _copies(accepted: Mapping[str, datetime]) -> Iterator[tuple[Path, Statement | None]]:
    """The largest copies of every chain, each with what it states if one of our keys signed it."""
    keys = signing.public_keys("ledger")
    for path in _files(accepted):
        try:
            note = path.read_text(encoding="utf-8")
            fit = not statements.judged(path.name, note, keys).problem
            yield path, parse(note)[0] if fit else None
        except (InvalidInput, UnicodeDecodeError):
            yield path, None


def _files(accepted: Mapping[str, datetime]) -> Iterator[Path]:
    yield from copies.kept_beside_keys()
    if settings.CHECKPOINT_DIR:
        try:
            yield from copies.kept_in(Path(settings.CHECKPOINT_DIR), accepted)
        except OSError as error:
            log.warning("the folder of checkpoint copies cannot be read: %s", error)


def _compared(path: Path, signed: Statement, *, thorough: bool) -> Discrepancy | None:
    chain = Chain.objects.filter(key=signed.chain).first()
    if chain is None:
        return Discrepancy(signed, path, None)
    fits = chain.size >= signed.size and _same(chain, signed, thorough=thorough)
    return None if fits else Discrepancy(signed, path, chain.size)


def _same(chain: Chain, signed: Statement, *, thorough: bool) -> bool:
    last = Event.objects.filter(chain=chain, seq=signed.size - 1).values_list("link_hash", flat=True).first()
    if (last or START.hex()) != signed.head.hex():
        return False
    try:
        return not thorough or Tiles(chain.pk).root((0, signed.size)) == signed.root
    except Conflict:
        return False


def _accepted() -> Mapping[str, datetime]:
    """Until when copies of a chain have been accepted as lost, by its key."""
    found: dict[str, datetime] = {}
    for path in sorted(keyfiles.folder().glob(f"{ACCEPTED}-*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        found |= dict.fromkeys(told["chains"], datetime.fromisoformat(told["accepted_at"]))
    return found


def _words(found: list[Discrepancy]) -> str:
    more = f"; and {len(found) - LONGEST_LIST} more" if len(found) > LONGEST_LIST else ""
    return (
        "SoraHub is read-only: the database is older than what was signed, or another one "
        f"({'; '.join(map(str, found[:LONGEST_LIST]))}{more}). Nothing can be changed until an administrator has restored the right "
        "database, or run manage.py accept_restore on the hub's machine."
    )
