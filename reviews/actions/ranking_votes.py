"""Say which of two takes is better, take it back, skip. Each is a row that stays; a judge's last row about a pair is what stands."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Pulse
from reviews.actions.notices import notify
from reviews.models import Notice, Ranking, RankingEntry, RankingJudge, RankingPair, RankingVote
from reviews.rules.preference import order_for
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound

Choice = RankingVote.Choice
SAID = (Choice.LEFT, Choice.RIGHT, Choice.TIE, Choice.SKIP)


@dataclass(frozen=True)
class Shown:
    """A pair as its judge sees it."""

    pair: RankingPair
    left: RankingEntry
    right: RankingEntry


@dataclass(frozen=True)
class Seat:
    """Where a judge stands: their pairs in their order, what stands of each, and the number of their next row."""

    judge: RankingJudge
    order: list[Shown]
    standing: dict[UUID, RankingVote]
    next_number: int

    @property
    def to_come(self) -> list[Shown]:
        """The pairs without an answer, in order."""
        return [shown for shown in self.order if shown.pair.pk not in self.standing]

    @property
    def skipped(self) -> int:
        """How many pairs were skipped."""
        return sum(vote.choice == Choice.SKIP for vote in self.standing.values())

    @property
    def last(self) -> RankingVote | None:
        """The answer that was given last of those that stand."""
        return max(self.standing.values(), key=lambda vote: vote.number, default=None)


def seat_of(*, actor: User, ranking: Ranking) -> Seat:
    """Return where this person stands as a judge. Raises NotFound, and Forbidden for somebody who was not asked.

    Writes nothing; as many queries however many have voted.
    """
    checks.require_seen(actor, Ranking.objects.all(), ranking)
    judge = RankingJudge.objects.filter(ranking=ranking, user=actor).first()
    if judge is None:
        raise Forbidden("You were not asked to judge in this ranking.", code="no-judge")
    rows = list(RankingVote.objects.filter(judge=judge).order_by("number"))
    return Seat(judge, _order(ranking, judge), standing(rows), len(rows) + 1)


def vote(*, actor: User, ranking: Ranking, pair: UUID, choice: str, number: int) -> RankingVote:
    """Answer a pair: "left", "right", "tie" or "skip". ``number`` is that of the judge's next row, as their page was told.

    The same press sent twice is one row and the same answer. Raises Forbidden, NotFound, InvalidInput, and Conflict for a
    closed ranking, a pair that has been answered, or a page that is behind.
    """
    if choice not in SAID:
        raise InvalidInput("Say left, right, tie or skip.", fields={"choice": "Unknown."})
    with transaction.atomic():
        seat = _claimed(actor, ranking)
        again = RankingVote.objects.filter(judge=seat.judge, number=number, pair=pair, choice=choice).first()
        if again is not None:
            return again
        _require_up_to_date(seat, number)
        shown = next((each for each in seat.order if each.pair.pk == pair), None)
        if shown is None:
            raise NotFound("There is no such pair in this ranking.")
        if pair in seat.standing:
            raise Conflict("This pair has been answered. Take the answer back to change it.", code="answered")
        row = RankingVote.objects.create(
            judge=seat.judge, pair=shown.pair, number=number, choice=choice, left=shown.left
        )
        if len(seat.to_come) == 1:
            _done(ranking, seat.judge)
        Pulse.objects.bump(ranking.project)
    return row


def undo(*, actor: User, ranking: Ranking, number: int) -> RankingVote:
    """Take back the judge's last answer that stands; its pair comes next. ``number`` as in ``vote``, and so is what is raised."""
    with transaction.atomic():
        seat = _claimed(actor, ranking)
        again = RankingVote.objects.filter(judge=seat.judge, number=number, choice=Choice.WITHDRAWN).first()
        if again is not None:
            return again
        _require_up_to_date(seat, number)
        if seat.last is None:
            raise Conflict("There is nothing to take back.", code="nothing-to-undo")
        [row] = _withdraw(seat, [seat.last], ranking)
    return row


def take_up_skipped(*, actor: User, ranking: Ranking) -> int:
    """Have the pairs that this judge skipped come again; return how many. Raises Forbidden, NotFound, Conflict when closed."""
    with transaction.atomic():
        seat = _claimed(actor, ranking)
        skipped = [row for row in seat.standing.values() if row.choice == Choice.SKIP]
        return len(_withdraw(seat, skipped, ranking))


def standing(rows: Iterable[RankingVote]) -> dict[UUID, RankingVote]:
    """Return what stands of one judge's rows, which come by number, by pair: the last of each unless it takes back."""
    last = {row.pair_id: row for row in rows}
    return {pair: row for pair, row in last.items() if row.choice != Choice.WITHDRAWN}


def _claimed(actor: User, ranking: Ranking) -> Seat:
    """Where the judge stands, with the ranking held: it is not closed meanwhile, and no other press comes between."""
    actor.demand(Permission.CHOOSE)
    checks.require_seen(actor, Ranking.objects.all(), ranking)
    checks.require_open(ranking.project)
    held = Ranking.objects.select_for_update().get(pk=ranking.pk)
    if held.closed_at is not None:
        raise Conflict("This ranking is closed: votes are counted and takes are named.", code="ranking-closed")
    return seat_of(actor=actor, ranking=ranking)


def _require_up_to_date(seat: Seat, number: int) -> None:
    if number != seat.next_number:
        words = "You have voted in another window meanwhile. Load this page again to go on from there."
        raise Conflict(words, code="behind")


def _withdraw(seat: Seat, rows: Collection[RankingVote], ranking: Ranking) -> list[RankingVote]:
    taken_back = RankingVote.objects.bulk_create(
        RankingVote(judge=seat.judge, pair_id=row.pair_id, number=number, choice=Choice.WITHDRAWN, left_id=row.left_id)
        for number, row in enumerate(sorted(rows, key=lambda row: row.number), start=seat.next_number)
    )
    if taken_back:
        RankingJudge.objects.filter(pk=seat.judge.pk).update(done_at=None)
        Pulse.objects.bump(ranking.project)
    return taken_back


def _done(ranking: Ranking, judge: RankingJudge) -> None:
    """Nothing is left to this judge; when that holds for all, whoever asked is told, once."""
    RankingJudge.objects.filter(pk=judge.pk).update(done_at=timezone.now())
    told = Notice.objects.filter(ranking=ranking, kind=Notice.Kind.RANK_FULL).exists()
    if not told and not ranking.judges.filter(done_at=None).exists():
        notify(kind=Notice.Kind.RANK_FULL, people=[ranking.created_by], project=ranking.project, ranking=ranking)


def _order(ranking: Ranking, judge: RankingJudge) -> list[Shown]:
    entries = {
        entry.position: entry for entry in ranking.entries.select_related("clip").prefetch_related("clip__renditions")
    }
    places = {entry.pk: place for place, entry in entries.items()}
    rows = {(places[pair.first_id], places[pair.second_id]): pair for pair in ranking.pairs.all()}
    shown = order_for(sorted(rows), ranking.seed, judge.number)
    return [Shown(rows[each.pair], entries[each.left], entries[sum(each.pair) - each.left]) for each in shown]
