"""Copies of signed checkpoints outside the database: beside the keys, in a folder that may be a mount, and by mail.

A newer checkpoint states everything that an older one of its chain does; so of each chain the newest is copied. What has been
copied is a row (``CheckpointCopy``): nothing is lost while a place is away, and everybody can see what is late.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from sorahub.ledger.models import Chain, Checkpoint, CheckpointCopy, Event
from sorahub.lib import keyfiles
from sorahub.lib.errors import Unavailable

Place = CheckpointCopy.Place
SUFFIX = ".note"
STAMP = "%Y%m%dT%H%M%S.%f"
NAME = re.compile(r"(?P<chain>[0-9a-f-]{36}|hub)-(?P<size>\d{12,})-(?P<at>\d{8}T\d{6}\.\d{6})\.note")
NEVER = datetime.min.replace(tzinfo=UTC)
LATE = timedelta(hours=2)
MAIL = """These are signed checkpoints of the SoraHub at {hub}: its statement of how many events its ledger holds, and of the hash
over all of them. Keep this mail. Whoever looks after the hub can hold the attached files against the ledger at any time:

    manage.py verify_ledger --checkpoint FILE

{lines}
"""


@dataclass(frozen=True)
class Late:
    """A chain that a place should have heard of by now; ``since`` is when it fell due."""

    chain: str
    place: str
    since: datetime


def places() -> list[Place]:
    """Return where copies go: beside the keys always, elsewhere as the settings say."""
    chosen = {Place.KEYS: True, Place.FOLDER: settings.CHECKPOINT_DIR, Place.MAIL: settings.CHECKPOINT_MAIL}
    return [place for place, wanted in chosen.items() if wanted]


def pending(place: Place) -> list[Checkpoint]:
    """Return the newest checkpoint of each chain, as far as it has not been copied to this place."""
    newest = Checkpoint.objects.filter(chain=OuterRef("pk")).order_by("-size", "-at").values("pk")[:1]
    chains = Chain.objects.annotate(newest=Subquery(newest)).values("newest")
    copied = CheckpointCopy.objects.filter(checkpoint=OuterRef("pk"), place=place)
    return list(Checkpoint.objects.filter(~Exists(copied), pk__in=chains).select_related("chain").order_by("at", "pk"))


def copy(place: Place) -> int:
    """Copy what is pending at a place and say how many; raises Unavailable, with nothing noted, when the place is away."""
    rows = pending(place)
    if not rows:
        return 0
    try:
        WAYS[place](rows)
    except (OSError, SMTPException) as error:
        words = f"Checkpoints cannot be copied ({place.label}): {error}"
        raise Unavailable(words, code="checkpoint-copy") from error
    now = timezone.now()
    with transaction.atomic():
        CheckpointCopy.objects.bulk_create([CheckpointCopy(checkpoint=row, place=place, at=now) for row in rows])
    return len(rows)


def late(now: datetime) -> list[Late]:
    """Return what should have been stated or copied long ago: events without a checkpoint, checkpoints without a copy."""
    unstated = [Late(key, "checkpoint", since) for key, since in _unstated() if now - since > LATE]
    return unstated + [
        Late(row.chain.key, str(place), row.at) for place in places() for row in pending(place) if now - row.at > LATE
    ]


def kept_beside_keys() -> Iterator[Path]:
    """Yield the files beside the keys: of each chain, the last checkpoint that was seen."""
    yield from sorted(_beside_keys().glob(f"*{SUFFIX}"))


def kept_in(folder: Path, accepted: Mapping[str, datetime]) -> list[Path]:
    """Return of each chain the copy of the largest size in a folder, as the files' names tell. Raises OSError.

    Copies made until ``accepted`` (by chain) do not count.
    """
    largest: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        named = NAME.fullmatch(path.name)
        if named and _moment(named["at"]) > accepted.get(named["chain"], NEVER):
            largest[named["chain"]] = path
    return list(largest.values())


def read(paths: Iterable[Path]) -> list[str]:
    """Return the notes in these files; of a folder every note in it. Raises OSError."""
    files = [each for path in paths for each in (sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path])]
    return [path.read_text(encoding="utf-8") for path in files]


def _unstated() -> Iterator[tuple[str, datetime]]:
    """Chains with events that no checkpoint states, each with when the first of those was appended."""
    newest = Checkpoint.objects.filter(chain=OuterRef("pk")).order_by("-size").values("size")[:1]
    chains = Chain.objects.annotate(stated=Coalesce(Subquery(newest), 0)).filter(stated__lt=F("size"))
    for pk, key, stated in chains.values_list("pk", "key", "stated"):
        yield key, Event.objects.values_list("at", flat=True).get(chain=pk, seq=stated)


def _keep_beside_keys(rows: Sequence[Checkpoint]) -> None:
    folder = _beside_keys()
    for row in rows:
        draft = _written(folder, row)
        draft.replace(folder / f"{row.chain.key}{SUFFIX}")


def _keep_in_folder(rows: Sequence[Checkpoint]) -> None:
    """Add files; nothing that lies there is written over. The folder itself is not made: it may be a mount that is away."""
    folder = Path(settings.CHECKPOINT_DIR)
    for row in rows:
        target = folder / _name(row)
        draft = _written(folder, row)
        try:
            if not target.exists():
                draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)


def _mail(rows: Sequence[Checkpoint]) -> None:
    lines = "\n".join(f"{row.chain.key}: {row.size} events on {row.at:%Y-%m-%d %H:%M} UTC" for row in rows)
    message = EmailMessage(
        f"SoraHub checkpoints, {rows[-1].at:%Y-%m-%d %H:%M} UTC",
        MAIL.format(hub=settings.PUBLIC_URL, lines=lines),
        settings.DEFAULT_FROM_EMAIL,
        list(settings.CHECKPOINT_MAIL),
    )
    for row in rows:
        message.attach(_name(row), row.note.encode(), "application/octet-stream")
    message.send()


WAYS: dict[Place, Callable[[Sequence[Checkpoint]], None]] = {
    Place.KEYS: _keep_beside_keys,
    Place.FOLDER: _keep_in_folder,
    Place.MAIL: _mail,
}


def _beside_keys() -> Path:
    folder = keyfiles.folder() / "checkpoints"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _name(row: Checkpoint) -> str:
    return f"{row.chain.key}-{row.size:012}-{row.at.astimezone(UTC):{STAMP}}{SUFFIX}"


def _moment(stamp: str) -> datetime:
    return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)


def _written(folder: Path, row: Checkpoint) -> Path:
    draft = folder / f".{row.pk}.{os.getpid()}"
    with draft.open("w", encoding="utf-8") as file:
        file.write(row.note)
        file.flush()
        os.fsync(file.fileno())
    return draft
