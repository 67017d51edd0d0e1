"""What a line of an invoice is for: the generation of the provider's id, or the only one that fits by model, time and amount.

Found by id: the account's generation with this remote id, or with this id of ours (a provider that takes our id gives it back).
Else, for lines without an id: same model by its letters and digits, same currency, an amount within half a percent or a cent,
ended or sent within two hours of the line's time (or on its day, where it has no time), and no line for it yet. The nearest in
time is taken if no other is as near; where several are, a person decides. Nothing is guessed of lines that name an id.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from generations.models import Generation, Invoice, InvoiceLine
from generations.rules.invoice_rows import Row, plain_model
from sorahub.lib.ids import read_id

NEAR = dt.timedelta(hours=2)
DAY = dt.timedelta(days=1)
CENT = 10_000
PART = 200
"""A two hundredth of the amount: half a percent."""
Found = InvoiceLine.Found


@dataclass(frozen=True)
class Candidate:
    """A generation that no line names yet."""

    pk: UUID
    micro: int
    at: dt.datetime


class Matcher:
    """Finds generations for the rows of one invoice. ``named``: every id that the file names; what has one of them is asked by it
    alone.
    """

    def __init__(self, invoice: Invoice, named: Collection[str]) -> None:
        self._account = invoice.account_id
        self._named = named
        self._taken: set[UUID] = set()

    def match(self, rows: Sequence[Row]) -> list[tuple[UUID | None, str]]:
        """Return for each row the generation and how it was found. Three statements at most."""
        known = self._by_id({row.remote_id for row in rows if row.remote_id})
        self._taken.update(known.values())
        shelf = self._shelf([row for row in rows if not row.remote_id and row.model and row.at])
        found: list[tuple[UUID | None, str]] = []
        for row in rows:
            if row.remote_id:
                pk = known.get(row.remote_id)
                found.append((pk, Found.BY_ID if pk else Found.NOT))
            else:
                pk = self._near(row, shelf)
                found.append((pk, Found.NEAR if pk else Found.NOT))
        return found

    def _by_id(self, ids: set[str]) -> dict[str, UUID]:
        if not ids:
            return {}
        own = {pk: text for text in ids if len(text) in (32, 36) and (pk := read_id(text))}
        here = Generation.objects.filter(account=self._account)
        known = {own[pk]: pk for pk in here.filter(pk__in=own).values_list("pk", flat=True)} if own else {}
        return known | {
            str(remote): pk for remote, pk in here.filter(remote_id__in=ids).values_list("remote_id", "pk").iterator()
        }

    def _shelf(self, rows: Sequence[Row]) -> dict[tuple[str, str], list[Candidate]]:
        """Who may be meant, by model and currency, in order of amount."""
        moments = [row.at for row in rows if row.at]
        if not moments:
            return {}
        free = Generation.objects.filter(
            account=self._account, settled_micro__gt=0, finished_at__gte=min(moments) - DAY, finished_at__lt=max(moments) + 2 * DAY
        ).exclude(invoice_lines__invoice__in=Invoice.objects.exclude(state=Invoice.State.WITHDRAWN))  # fmt: skip
        shelf: dict[tuple[str, str], list[Candidate]] = {}
        facts = free.values_list(
            "pk", "remote_id", "model", "settled_micro", "settled_currency", "currency", "finished_at"
        )
        for pk, remote, model, micro, settled, estimated, at in facts.iterator():
            if at is not None and pk not in self._taken and remote not in self._named:
                shelf.setdefault((plain_model(model), settled or estimated), []).append(Candidate(pk, micro or 0, at))
        for group in shelf.values():
            group.sort(key=lambda one: one.micro)
        return shelf

    def _near(self, row: Row, shelf: dict[tuple[str, str], list[Candidate]]) -> UUID | None:
        group = shelf.get((plain_model(row.model), row.currency), [])
        if row.at is None or not group:
            return None
        off = max(CENT, abs(row.amount_micro) // PART)
        first = bisect_left(group, row.amount_micro - off, key=lambda one: one.micro)
        last = bisect_right(group, row.amount_micro + off, key=lambda one: one.micro)
        near = sorted(
            (distance, str(one.pk), one.pk)
            for one in group[first:last]
            if one.pk not in self._taken and (distance := _apart(row, one.at)) is not None
        )
        if not near or (len(near) > 1 and near[0][0] == near[1][0]):
            return None
        self._taken.add(near[0][2])
        return near[0][2]


def _apart(row: Row, at: dt.datetime) -> dt.timedelta | None:
    """How far apart they are; None: too far. On its day everything is equally near to a line without a time."""
    if row.at is None:
        return None
    if row.whole_day:
        return dt.timedelta() if row.at <= at < row.at + DAY else None
    apart = abs(at - row.at)
    return apart if apart <= NEAR else None
