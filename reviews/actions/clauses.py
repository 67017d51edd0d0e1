"""Clauses on their way from one version of a text to the next: carried where their words stand, flagged where they do not."""

from collections.abc import Iterable, Sequence
from itertools import islice

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from reviews.models import Clause, ClauseFlag, TermsVersion
from reviews.rules import passages
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput

MOST_CARRIED_ON = 2_000


def carry(marked: Sequence[Clause], before: TermsVersion, after: TermsVersion) -> None:
    """Mark in ``after`` what is marked in ``before``, and flag what is not to be found there. Inside the caller's transaction."""
    if not marked:
        return
    there = set(after.clauses.values_list("start", "end", "topic"))
    carried: list[Clause] = []
    flags: list[ClauseFlag] = []
    for clause in marked:
        found = passages.trace(before.text, clause.start, clause.end, after.text)
        if found.kind != passages.CARRIED:
            flags.append(_flag(clause, after, found))
        elif (found.start, found.end, clause.topic) not in there:
            there.add((found.start or 0, found.end or 0, clause.topic))
            carried.append(_carried(clause, after, found))
    Clause.objects.bulk_create(carried)
    ClauseFlag.objects.bulk_create(flags)


def carry_on(clause: Clause) -> None:
    """Mark a clause in the versions that came after its own, up to the first that does not hold its words: there it is flagged.

    As many queries for a long history as for a short one.
    """
    later = TermsVersion.objects.after(clause.terms_version)
    known = Clause.objects.filter(terms_version__in=later.order_by().values("pk"), topic=clause.topic).order_by()
    there = set(known.values_list("terms_version", "start", "end"))
    carried: list[Clause] = []
    last, text = clause, clause.terms_version.text
    for version in islice(later.iterator(chunk_size=20), MOST_CARRIED_ON):
        found = passages.trace(text, last.start, last.end, version.text)
        if found.kind != passages.CARRIED:
            Clause.objects.bulk_create(carried)
            if not ClauseFlag.objects.filter(clause=last, version=version).exists():
                _flag(last, version, found).save()
            return
        if (version.pk, found.start, found.end) in there:
            break
        last, text = _carried(last, version, found), version.text
        carried.append(last)
    Clause.objects.bulk_create(carried)


def settle_flag(
    *, actor: User, flag: ClauseFlag, quote: str = "", start: int | None = None, gone: bool = False
) -> ClauseFlag:
    """Say which passage of the later version took the clause's place, by quoting it exactly, or that the clause is gone.

    Raises Forbidden, NotFound, InvalidInput as ``mark_clause`` and when neither or both are said, Conflict when it is settled.
    """
    actor.demand(Permission.WRITE_LICENSING_NOTE)
    checks.require_seen(actor, ClauseFlag.objects.all(), flag)
    if gone == bool(quote.strip()):
        words = "Quote the passage that took its place, or say that it is gone: one of the two."
        raise InvalidInput(words, fields={"quote": words})
    place = None if gone else passages.find(flag.version.text, quote.replace("\r\n", "\n"), start)
    with transaction.atomic():
        successor = _successor(actor, flag, place) if place else None
        claimed = ClauseFlag.objects.open().filter(pk=flag.pk)
        if not claimed.update(settled_at=timezone.now(), settled_by=actor, successor=successor):
            raise Conflict("Somebody settled this flag already.", code="flag-settled")
        body: dict[str, Json] = {
            "clause": str(flag.clause_id),
            "version": str(flag.version_id),
            "successor": str(successor.pk) if successor else None,
        }
        record.append(kind="terms.flag_settled", actor=actor.pk, client=None, subject=flag, body=body)
    flag.refresh_from_db()
    return flag


def open_flags(version: TermsVersion) -> Iterable[ClauseFlag]:
    """Return what waits for a person in this version."""
    return version.clause_flags.filter(settled_at=None).select_related("clause__terms_version__source")


def _successor(actor: User, flag: ClauseFlag, place: tuple[int, int]) -> Clause:
    start, end = place
    clause, made = Clause.objects.get_or_create(
        terms_version=flag.version,
        start=start,
        end=end,
        topic=flag.clause.topic,
        defaults={"quote": flag.version.text[start:end], "carried_from": flag.clause, "marked_by": actor},
    )
    if made:
        carry_on(clause)
    return clause


def _carried(clause: Clause, version: TermsVersion, found: passages.Trace) -> Clause:
    start, end = found.start or 0, found.end or 0
    return Clause(
        terms_version_id=version.pk, start=start, end=end, quote=version.text[start:end], topic=clause.topic,
        carried_from_id=clause.pk, marked_by_id=clause.marked_by_id,
    )  # fmt: skip


def _flag(clause: Clause, version: TermsVersion, found: passages.Trace) -> ClauseFlag:
    return ClauseFlag(clause=clause, version=version, kind=found.kind, near_start=found.start, near_end=found.end)
