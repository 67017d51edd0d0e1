"""Alarms: what a person should look at, each open at most once, with what to do about it; cleared when it no longer holds."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils import timezone

from generations import announcements
from generations.models import Alarm, Budget, Generation, ProviderAccount, Pulse

LONGEST = 400
LONGEST_KEY = 200
TRIES = 3


@dataclass(frozen=True)
class Trouble:
    """One thing that holds now, found by a look over all rows: what ``raise_alarm`` takes, as ids."""

    key: str
    message: str
    mend: str
    account: UUID | None = None
    generation: UUID | None = None
    project: UUID | None = None
    budget: UUID | None = None


def raise_alarm(
    kind: Alarm.Kind,
    key: str,
    *,
    message: str,
    mend: str,
    account: ProviderAccount | None = None,
    generation: Generation | None = None,
    budget: Budget | None = None,
) -> Alarm:
    """Open the alarm for (kind, key), or count one more time on the open one and renew its words.

    ``mend`` says what a person can do. An alarm about a generation belongs to its project; one about a budget is seen by who
    sees the budget. Any number of processes may raise the same one at once; call it inside or outside a transaction.
    """
    account_id = account.pk if account else None
    if generation is None:
        return _raise(kind, Trouble(key, message, mend, account_id, budget=budget.pk if budget else None))
    account_id = account_id or generation.account_id
    return _raise(kind, Trouble(key, message, mend, account_id, generation.pk, generation.project_id))


def clear_alarm(kind: Alarm.Kind, key: str) -> bool:
    """Close the open alarm for (kind, key); say whether there was one."""
    return bool(_open(kind).filter(key=key[:LONGEST_KEY]).update(cleared_at=timezone.now()))


def hold(kind: Alarm.Kind, troubles: Collection[Trouble], *, prefix: str = "") -> None:
    """Make the open alarms of this kind exactly these: new ones are opened, known ones renewed, the others closed.

    For a look over all rows that comes to the whole truth about the keys that begin with ``prefix``; those of other keys are
    left alone. Costs a fixed number of statements, and some more for each new one.
    """
    now = timezone.now()
    wanted = {trouble.key[:LONGEST_KEY]: trouble for trouble in troubles}
    known = {alarm.key: alarm for alarm in _open(kind).filter(key__startswith=prefix)}
    _open(kind).filter(key__in=known.keys() - wanted.keys()).update(cleared_at=now)
    _open(kind).filter(key__in=known.keys() & wanted.keys()).update(seen_at=now)
    changed = [alarm for key, alarm in known.items() if key in wanted and _reworded(alarm, wanted[key])]
    Alarm.objects.bulk_update(changed, ["message", "mend"], batch_size=200)
    for key in wanted.keys() - known.keys():
        _raise(kind, wanted[key])


def _open(kind: Alarm.Kind) -> models.QuerySet[Alarm]:
    return Alarm.objects.filter(kind=kind, cleared_at=None)


def _reworded(alarm: Alarm, trouble: Trouble) -> bool:
    words = (trouble.message[:LONGEST], trouble.mend[:LONGEST])
    before = (alarm.message, alarm.mend)
    alarm.message, alarm.mend = words
    return words != before


def _raise(kind: Alarm.Kind, trouble: Trouble) -> Alarm:
    """Count on the open one or make it; whoever makes it second finds the first one's."""
    for _ in range(TRIES):
        if again := _count(kind, trouble):
            return again
        try:
            return _create(kind, trouble)
        except IntegrityError:
            continue
    return _create(kind, trouble)


def _count(kind: Alarm.Kind, trouble: Trouble) -> Alarm | None:
    same = _open(kind).filter(key=trouble.key[:LONGEST_KEY])
    words = {"message": trouble.message[:LONGEST], "mend": trouble.mend[:LONGEST]}
    counted = same.update(times=F("times") + 1, seen_at=timezone.now(), **words)
    return same.first() if counted else None


def _create(kind: Alarm.Kind, trouble: Trouble) -> Alarm:
    key = trouble.key[:LONGEST_KEY]
    with transaction.atomic():
        if trouble.project:
            Pulse.objects.bump_all([trouble.project])
        is_first = bool(trouble.budget) and not Alarm.objects.filter(kind=kind, key=key).exists()
        made = Alarm.objects.create(
            kind=kind,
            key=key,
            project_id=trouble.project,
            account_id=trouble.account,
            generation_id=trouble.generation,
            budget_id=trouble.budget,
            message=trouble.message[:LONGEST],
            mend=trouble.mend[:LONGEST],
        )
        if is_first:
            announcements.budget_warned.send(Alarm, alarm=made)
        return made
