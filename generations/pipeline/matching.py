"""Whose task is it? Which of the tasks that a provider lists can be one whose create was never answered, and which others of
ours could be theirs. Pure but for the rows it reads.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from generations.models import Generation, State
from generations.providers.base import CreateRequest, RemoteTask

WITHIN = dt.timedelta(minutes=10)
"""How far from its call a task may have been made: longer than any create call takes."""
WITHOUT_ID = (State.SUBMITTING, State.SUBMIT_UNKNOWN, State.LOST)


@dataclass(frozen=True)
class Found:
    """The tasks that it can be, oldest first. ``certain``: each names something that only this order carries. ``rivals``:
    other orders of ours without an id that could be behind any of them.
    """

    tasks: tuple[RemoteTask, ...]
    certain: bool
    rivals: tuple[Generation, ...] = ()

    @property
    def being_sent(self) -> bool:
        """Whether a rival's own answer is still on its way."""
        return any(each.state == State.SUBMITTING for each in self.rivals)

    @property
    def waiting(self) -> int:
        """How many rivals wait for a task of their own."""
        return sum(each.state != State.SUBMITTING for each in self.rivals)


def sent_at(generation: Generation) -> dt.datetime:
    """When its call was made, as far as anybody knows."""
    return generation.submitted_at or generation.created_at


def match(generation: Generation, request: CreateRequest, listed: Sequence[RemoteTask], *, by_id: bool) -> Found:
    """Return which listed tasks can be this generation's. ``by_id``: they were found by the id that we had chosen.

    A task counts only where the provider repeats something of the order that tells it from others: our id, the seed, or the
    words. Model, length and size are anybody's: what tells no more than those is never taken.
    """
    tasks = sorted(
        _unclaimed(generation, listed), key=lambda task: (task.created_at or sent_at(generation), task.remote_id)
    )
    if by_id:
        return Found(tuple(tasks), certain=True)
    if generation.drawn_seed and (ours := [task for task in tasks if task.actual.seed == generation.drawn_seed]):
        return Found(tuple(ours), certain=True)
    named = [task for task in tasks if _may_be(task, request) and _in_time(task, generation)]
    rivals = [each for each in _without_id(generation) if any(_could_be_of(each, task, request) for task in named)]
    return Found(tuple(named), certain=False, rivals=tuple(rivals))


def same_order(one: Generation, other: Generation) -> bool:
    """Whether two asked for the very same: either's clip is then as good for the other."""
    return _asked(one) == _asked(other)


def _unclaimed(generation: Generation, listed: Sequence[RemoteTask]) -> list[RemoteTask]:
    """Leave out what a generation of this account has already."""
    ids = [task.remote_id for task in listed]
    claimed = Generation.objects.filter(account=generation.account, remote_id__in=ids)
    taken = set(claimed.values_list("remote_id", flat=True))
    return [task for task in listed if task.remote_id not in taken]


def _may_be(task: RemoteTask, request: CreateRequest) -> bool:
    """A seed that was sent decides where the provider repeats it; else the words must be repeated. What starts from another task
    keeps that one's seed.
    """
    if request.seed and not request.source_remote_id and task.actual.seed is not None:
        return task.actual.seed == request.seed
    return task.prompt_matches is True


def _in_time(task: RemoteTask, generation: Generation) -> bool:
    """A task that was made long after the call is somebody else's."""
    return task.created_at is None or task.created_at <= sent_at(generation) + WITHIN


def _without_id(generation: Generation) -> list[Generation]:
    """Other orders of the same model, length and size, sent about then, whose task nobody knows."""
    sent = sent_at(generation)
    same = Generation.objects.filter(
        account=generation.account,
        model=generation.model,
        params__seconds=generation.params.get("seconds"),
        params__size=generation.params.get("size"),
        state__in=WITHOUT_ID,
        remote_id=None,
        submitted_at__range=(sent - WITHIN, sent + WITHIN),
    )
    return list(same.exclude(pk=generation.pk).select_related("prompt"))


def _could_be_of(rival: Generation, task: RemoteTask, request: CreateRequest) -> bool:
    """Whether a task that can be this order's can be the rival's as well: by the seed that it names, else by the words."""
    theirs = rival.params.get("seed", rival.drawn_seed)
    if task.actual.seed is not None and request.seed and theirs is not None:
        return bool(theirs == task.actual.seed)
    return rival.prompt.text.strip() == request.prompt.strip()


def _asked(row: Generation) -> tuple[object, ...]:
    given = list(row.given.order_by("position").values_list("reference_id", "role"))
    return (row.prompt.text, row.mode, row.params, row.source_id, given)
