"""What stands between a record and other clients' records of the same bytes and of kin: what clearance asks, asked of a whole scope.

For one record version and for many alike, in a number of queries that does not grow with them (one more for each step of descent).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from generations.models import Clip
from generations.models.descent import ancestors, descendants
from reviews.actions import descent
from reviews.models import LicenceRecordVersion
from reviews.rules import promises as rules
from sorahub.accounts.models import User


@dataclass(frozen=True)
class Met:
    """In words: ``promised`` are promises to other clients that a record meets, ``taken`` approvals for other clients that its
    own promise of exclusivity meets.
    """

    promised: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


NOTHING = Met()


def met_by(versions: Sequence[LicenceRecordVersion], reader: User | None = None) -> Mapping[UUID, Met]:
    """Return for each record version (its clip's project joined) what it meets of what was signed for other clients.

    ``reader``: to whom clients are named; whom they may not see is somebody else.
    """
    if not LicenceRecordVersion.objects.filter(exclusive=True).order_by().exists():
        return {row.pk: NOTHING for row in versions}
    kin = kin_of([row.record.clip for row in versions])
    rows = descent.in_force().filter(record__clip__in={pk for each in kin.values() for pk in each}).order_by("id")
    if not any(row.exclusive for row in versions):
        rows = rows.filter(exclusive=True)
    standing: defaultdict[UUID, list[LicenceRecordVersion]] = defaultdict(list)
    for row in rows.select_related("record__clip__project__client").defer("canonical"):
        standing[row.record.clip_id].append(row)
    named = _named(rows, reader)
    return {
        row.pk: _met(row, [each for pk in kin[row.record.clip_id] for each in standing[pk]], named) for row in versions
    }


def kin_of(clips: Sequence[Clip]) -> Mapping[UUID, set[UUID]]:
    """Return, for each clip, itself, those with the same bytes, what it was made from and what was made from it."""
    ids = [clip.pk for clip in clips]
    older, younger = ancestors(ids), descendants(ids)
    same: defaultdict[str, set[UUID]] = defaultdict(set)
    for digest, pk in Clip.objects.filter(sha256__in={clip.sha256 for clip in clips}).values_list("sha256", "pk"):
        same[digest].add(pk)
    return {clip.pk: {clip.pk} | same[clip.sha256] | older.of(clip.pk) | younger.of(clip.pk) for clip in clips}


def wait_for_kin(clip: Clip) -> None:
    """Let signatures over the same bytes and over kin wait for each other, whatever the client. Inside a transaction."""
    kin = kin_of([clip])[clip.pk]
    list(Clip.objects.select_for_update(no_key=True).filter(pk__in=kin).order_by("pk").values_list("pk"))


def _named(rows: QuerySet[LicenceRecordVersion], reader: User | None) -> Collection[UUID]:
    if reader is None:
        return ()
    return set(
        LicenceRecordVersion.objects.visible_to(reader).filter(pk__in=rows.values("pk")).values_list("pk", flat=True)
    )


def _met(version: LicenceRecordVersion, standing: Sequence[LicenceRecordVersion], named: Collection[UUID]) -> Met:
    scope, client = descent.scope_of(version), version.record.clip.project.client_id
    others = [
        row
        for row in standing
        if row.record.clip.project.client_id != client and rules.meet(descent.scope_of(row), scope)
    ]
    words = {
        row.pk: f"{row.record.clip.project.client.name if row.pk in named else descent.SOMEBODY} "
        f"({rules.shared(descent.scope_of(row), scope)})"
        for row in others
    }
    promised = dict.fromkeys(words[row.pk] for row in others if row.exclusive)
    taken = dict.fromkeys(words[row.pk] for row in others if version.exclusive and not row.exclusive)
    return Met(tuple(sorted(promised)), tuple(sorted(taken)))
