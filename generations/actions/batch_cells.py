"""What is done with the cells of a batch that is under way, or has ended with some of them missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction

from generations.actions import batches, checks
from generations.actions.batch_plans import BatchAsk, Making, drawn_seeds
from generations.actions.batch_standing import standing
from generations.actions.cancelling import cancel_generation, objection
from generations.actions.orders import wish_of
from generations.actions.retries import retry_generation
from generations.models import Batch, Generation, ProviderAccount, State, TimelineEntry
from generations.pipeline.admission import wake_next
from generations.pipeline.remote import offered
from generations.pipeline.story import tell
from generations.rules.matrix import read
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import Conflict, DomainError, Refused

PERSON = TimelineEntry.Kind.PERSON
WAITING = (State.RESERVED, State.QUEUED)


@dataclass(frozen=True)
class Cancelled:
    """How many were taken back before they were sent, how many the provider is asked to stop, and what goes on, in words."""

    withdrawn: int
    asked: int
    going_on: tuple[str, ...]


@dataclass(frozen=True)
class Retried:
    """What was asked for again, and what was refused, in words."""

    generations: Sequence[Generation]
    refused: tuple[str, ...]


def cancel_waiting(*, actor: User, batch: Batch, reason: str = "") -> Cancelled:
    """Take back what has not been sent, and have the providers stop what waits in their queues, where they let us.

    What is being rendered goes on. ``reason``, if there is one, stands in the story of each. Raises Forbidden, NotFound.
    """
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Batch.objects.all(), batch)
    withdrawn, asked, going_on = 0, 0, []
    accounts: dict[UUID, ProviderAccount] = {}
    for row in Generation.objects.filter(batch=batch, state__in=WAITING, cancel_requested_at=None).select_related(
        "account", "project", "capability_record"
    ):
        if why := objection(row):
            going_on.append(why)
            continue
        try:
            after = cancel_generation(actor=actor, generation=row, reason=reason, wakes=False)
        except (Conflict, Refused) as error:  # it went on while this was read
            going_on.append(error.message)
            continue
        accounts[after.account_id] = after.account
        withdrawn += after.state == State.CANCELLED
        asked += after.state != State.CANCELLED
    _wake(accounts)
    return Cancelled(withdrawn, asked, tuple(dict.fromkeys(going_on)))


def _wake(accounts: Mapping[UUID, ProviderAccount]) -> None:
    """Once for each account, not for each cell: who is next may have waited for one that is cancelled."""
    for _, account in sorted(accounts.items()):
        with transaction.atomic():
            wake_next(account)


def retry_safe(*, actor: User, batch: Batch, until: UUID | None = None, reason: str = "") -> Retried:
    """Ask once more for every cell that failed for a reason of the way, nothing of which was charged; never for any other.

    A failed try is repeated once, however often and by whomever this is asked: the next time its repetition counts. ``until``
    is the newest try that the person saw: what was tried later is left alone, so that a second click repeats no repetition.
    Each cell stands for itself: a budget that has no room left refuses the rest, in words. ``reason``, if there is one, stands
    in the story of each repetition. Raises Forbidden, NotFound.
    """
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Batch.objects.all(), batch)
    made: list[Generation] = []
    refused: list[str] = []
    for cell in standing(batch, actor).safe_again:
        if until is not None and cell.last.pk > until:
            continue
        try:
            again = _repeated(actor, cell.last, reason.strip())
        except DomainError as error:
            refused.append(error.message)
        else:
            made += [again] if again else []
    return Retried(made, tuple(dict.fromkeys(refused)))


def _repeated(actor: User, failed: Generation, reason: str) -> Generation | None:
    """Repeat one, in a transaction of its own: budgets and the ledger's head are held for one cell. None: somebody was faster."""
    with transaction.atomic():
        Generation.objects.select_for_update().get(pk=failed.pk)
        again = None if failed.retries.exists() else retry_generation(actor=actor, generation=failed)
        if again and reason:
            tell(again, PERSON, f"Asked for again. {reason}", actor=actor)
        return again


def more_like(
    *, actor: User, generation: Generation, count: int, name: str = "", idempotency_key: str | None = None
) -> Batch:
    """Launch ``count`` more of one: the same words and parameters, each with a new seed where the model takes one.

    A batch of its own that names the generation it makes more of. Raises as ``launch_matrix``.
    """
    checks.require_seen(actor, Generation.objects.all(), generation)
    ask = ask_like(generation, count, idempotency_key)
    words = name or f"More like {generation.prompt.shot.code}, version {generation.prompt.version}"
    return batches.launch_matrix(actor=actor, name=words, ask=ask, like=generation, idempotency_key=idempotency_key)


def ask_like(generation: Generation, count: int, key: str | None) -> BatchAsk:
    """Return what ``more_like`` asks for. Raises InvalidInput for an impossible number."""
    wish = wish_of(generation)
    seeds = drawn_seeds(count, key)
    takes_seed = _takes_seed(generation)
    matrix = read(generation.batch.matrix) if generation.batch else None
    one = batches.ask_for_one(
        [generation.prompt],
        Making(generation.account, wish.model, wish.mode),
        {name: value for name, value in wish.params.items() if name != "seed"},
        wish.references,
        wish.source,
        wish.characters,
    )
    sheets = bool(matrix and matrix.common.get("sheets"))
    return replace(one, seeds=seeds if takes_seed else [None] * len(seeds), sheets=sheets)


def _takes_seed(generation: Generation) -> bool:
    row = offered(generation)
    return bool(row and row.seed)
