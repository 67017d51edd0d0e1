"""What a remix, an edit or an extension starts from: which generations can, and what the catalogue needs to know of one."""

import datetime as dt

from django.utils import timezone

from generations import catalog
from generations.catalog import Refusal, SourceFacts, SourceUse
from generations.models import Generation, ProviderAccount, State
from sorahub.lib.errors import NotFound

LONGEST_CHAIN = 50
KEEPS_SHAPE = frozenset({SourceUse.REMIX, SourceUse.EDIT})


def facts_of(source: Generation, account: ProviderAccount) -> SourceFacts:
    """Return what the catalogue's rules need to know; ``seconds`` is the whole length of the source's clip."""
    chain = _chain(source)
    return SourceFacts(
        model=source.model,
        seconds=_length(chain),
        extensions=sum(_use(each) is SourceUse.EXTEND for each in chain),
        same_account=source.account_id == account.pk,
        reachable=is_reachable(source, timezone.now()),
    )


def size_of(source: Generation) -> tuple[int, int]:
    """Return width and height of a source as they were asked for."""
    width, _, height = str(source.params["size"]).partition("x")
    return int(width), int(height)


def is_reachable(source: Generation, at: dt.datetime) -> bool:
    """Say whether its provider should still have it: a route that was shut down, an expired file or a closed window say no."""
    if source.remote_id is None or (source.provider_expires_at and source.provider_expires_at <= at):
        return False
    row = _row(source)
    if row is None or not row.launchable(at.date()):
        return False
    window = row.query_window_days
    return not (window and source.submitted_at and source.submitted_at + dt.timedelta(days=window) <= at)


def objections(source: Generation, use: SourceUse, asked: catalog.Params) -> list[Refusal]:
    """Return what speaks against starting from this generation, besides what the catalogue says."""
    if source.state != State.SUCCEEDED or not source.remote_id:
        return [Refusal("source-unfinished", "source", "Start from a generation that has brought its clip.")]
    if use in KEEPS_SHAPE and (asked.width, asked.height) != size_of(source):
        return [
            Refusal("source-size", "size", f"What is changed keeps the size of its source, {source.params['size']}.")
        ]
    return []


def kept_seconds(source: Generation) -> int:
    """Return the length of the source's clip in whole seconds."""
    return _length(_chain(source))


def _chain(source: Generation) -> list[Generation]:
    """The source, what that started from, and so on."""
    found, row = [source], source.source
    while row is not None and len(found) < LONGEST_CHAIN:
        found.append(row)
        row = row.source
    return found


def _length(chain: list[Generation]) -> int:
    """An extension's own seconds come on top of its source's; what the provider says of the whole goes first."""
    total = 0
    for each in chain:
        if told := each.actual.get("seconds"):
            return total + int(told)
        total += int(each.params["seconds"])
        if _use(each) is not SourceUse.EXTEND:
            break
    return total


def _use(generation: Generation) -> SourceUse | None:
    row = _row(generation)
    return row.uses_source if row else None


def _row(generation: Generation) -> catalog.Capability | None:
    try:
        return catalog.capability(generation.account.route, generation.model, generation.mode)
    except NotFound:
        return None
