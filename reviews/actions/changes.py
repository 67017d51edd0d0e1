"""How terms changed: record what lies between neighbouring versions, and let legal approvers judge it."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from generations.actions import checks
from reviews.actions import clauses, impact, rereading
from reviews.actions.governed import library_of
from reviews.models import (
    ChangeJudgement,
    Clause,
    ReReview,
    TermsChange,
    TermsSighting,
    TermsSource,
    TermsVersion,
)
from reviews.rules import changing, noise, normalising
from reviews.rules.changing import Difference, Marked
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput

MOST_AT_ONCE = 500


def normalised_sha256(source: TermsSource, text: str) -> str:
    """Return the hash of what is left of a text of this source once noise is left out. Raises InvalidInput for unreadable noise."""
    return normalising.digest(text, noise.readable(source.noise))


def after_capture(*, actor: User, version: TermsVersion) -> TermsChange | None:
    """Record what lies between a version that was just written and its neighbours, and carry clauses into it.

    Called in the transaction that wrote the version. Returns the change from the version before it, None for the first.
    """
    rows = TermsVersion.objects.all()
    before, after = rows.before(version).first(), rows.after(version).first()
    marked = list(before.clauses.order_by("start")) if before else []
    found = [_found(before, version, marked)] if before else []
    if before is not None:
        clauses.carry(marked, before, version)
    if after is not None:
        found.append(_found(version, after, list(version.clauses.order_by("start"))))
    _record(actor, found)
    return found[0] if before else None


def after_return(*, actor: User, version: TermsVersion, seen_at: datetime) -> TermsChange | None:
    """Record that a version came back: it was seen again after another had taken its place.

    Called in the transaction that wrote the sighting. A pair of versions is recorded once, however often it flaps. Returns
    None where nothing came back.
    """
    again = TermsSighting.objects.filter(version=OuterRef("pk"), seen_at__lt=seen_at).order_by("-seen_at")
    newer = TermsVersion.objects.after(version).filter(captured_at__lt=seen_at)
    last = Greatest("captured_at", Coalesce(Subquery(again.values("seen_at")[:1]), "captured_at"))
    before = newer.order_by(last.desc(), "-captured_at").first()
    if before is None or TermsChange.objects.filter(before=before, after=version).exists():
        return None
    found = _found(before, version, list(before.clauses.order_by("start")))
    _record(actor, [found])
    return found


def judge_change(
    *,
    actor: User,
    change: TermsChange,
    verdict: str,
    reason: str,
    binds_from: date | None = None,
    with_alike: bool = False,
) -> ChangeJudgement:
    """Say what a change is. A later judgement replaces this one and leaves it standing.

    ``binds_from``: the day on which the later text binds the agency, where that is not the text's own day. ``with_alike``:
    the same for changes between the same words (a text that flaps) that nobody judged yet. Raises Forbidden, NotFound,
    InvalidInput without a reason or for a day before that of the earlier text, Conflict when a version came in between,
    Refused (the attempt is ledgered) for saying that nothing changes while one's own work is suspended for its sake.
    """
    _check(actor, [change], verdict, reason)
    if binds_from is not None:
        _check_day(change, binds_from)
    alike: list[TermsChange] = []
    if with_alike:
        waiting = TermsChange.objects.awaiting().for_list().filter(pk__in=TermsChange.objects.alike(change))
        alike = list(waiting.order_by("pk"))
    return _judge(actor, [change, *alike], verdict, reason, binds_from)[0]


def judge_alike(*, actor: User, changes: Sequence[TermsChange], verdict: str, reason: str) -> list[ChangeJudgement]:
    """Say the same of many changes of one document with one reason. Errors as ``judge_change``; all or none is judged."""
    _check(actor, changes, verdict, reason)
    return _judge(actor, changes, verdict, reason)


def own_day(version: TermsVersion) -> date:
    """Return the day from which a version binds by itself: the one that it names, else the day of capture."""
    return version.effective_from or timezone.localtime(version.captured_at).date()


def _found(before: TermsVersion, after: TermsVersion, marked: Sequence[Clause]) -> TermsChange:
    """Compare two versions; ``marked`` is what is marked in the earlier one. Nothing is written."""
    found = _difference(before, after, marked)
    return TermsChange(
        before=before,
        after=after,
        suggestion=found.suggestion,
        grounds=found.grounds,
        figures=found.figures,
        flaps=found.suggestion != changing.NOISE and _was_there(before, after),
    )


def _record(actor: User, found: Sequence[TermsChange]) -> None:
    """Write down what was found: all of it before the ledger's head is locked."""
    for change in found:
        change.save(force_insert=True)
    for change in found:
        if change.suggestion != changing.NOISE:
            body: dict[str, Json] = {
                "before": str(change.before_id),
                "after": str(change.after_id),
                "suggestion": change.suggestion,
                "grounds": [each["code"] for each in change.grounds],
            }
            record.append(kind="terms.change_found", actor=actor.pk, client=None, subject=change, body=body)


def _difference(before: TermsVersion, after: TermsVersion, clauses: Sequence[Clause]) -> Difference:
    if _hash(before) == _hash(after):
        return changing.same_words()
    marked = [Marked(clause.quote, clause.topic) for clause in clauses]
    left_out = noise.readable(after.source.noise)
    return changing.compare(before.text, after.text, clauses=marked, noise=left_out, language=after.language)


def _hash(version: TermsVersion) -> str:
    return version.normalised_sha256 or normalised_sha256(version.source, version.text)


def _was_there(before: TermsVersion, after: TermsVersion) -> bool:
    earlier = TermsVersion.objects.before(before).filter(normalised_sha256=_hash(after))
    return earlier.exists()


def _check(actor: User, changes: Sequence[TermsChange], verdict: str, reason: str) -> None:
    actor.demand(Permission.CAPTURE_TERMS)
    for change in changes:
        checks.require_seen(actor, TermsChange.objects.all(), change)
    problems: dict[str, str] = {}
    if verdict not in ChangeJudgement.Verdict.values:
        problems["verdict"] = "Say whether it is cosmetic or material."
    if not reason.strip():
        problems["reason"] = "Give the reason: it stands beside the judgement for good."
    if len({change.after.source_id for change in changes}) != 1 or len(changes) > MOST_AT_ONCE:
        problems["changes"] = f"Choose between 1 and {MOST_AT_ONCE} changes of one document."
    if problems:
        raise InvalidInput(" ".join(problems.values()), fields=problems)


def _check_day(change: TermsChange, binds_from: date) -> None:
    earlier = change.before.effective_from
    words = ""
    if change.returns:
        words = "This text came back: it is in force since it was seen again, and no other day is given to it."
    elif earlier is not None and binds_from < earlier:
        words = f"The earlier text binds from {earlier:%d %B %Y} itself; the later one cannot have bound before that."
    if words:
        raise InvalidInput(words, fields={"binds_from": words})


def _judge(
    actor: User, changes: Sequence[TermsChange], verdict: str, reason: str, binds_from: date | None = None
) -> list[ChangeJudgement]:
    """Judge changes of one document; ``binds_from`` is said of the first. Everything is looked up before the ledger is locked."""
    ids = [change.pk for change in changes]
    if verdict == ChangeJudgement.Verdict.COSMETIC:
        rereading.require_other_hands(
            actor, list(ReReview.objects.filter(change__in=ids).open().values_list("pk", flat=True))
        )
    with transaction.atomic():
        if TermsChange.objects.current().filter(pk__in=ids).count() != len(set(ids)):
            raise Conflict(
                "A version was captured between these two since: judge the changes before and after it.",
                code="change-split",
            )
        judged = [
            ChangeJudgement(
                change=change, verdict=verdict, reason=reason.strip(), binds_from=None if place else binds_from, judged_by=actor
            )
            for place, change in enumerate(changes)
        ]  # fmt: skip
        for each in judged:
            checks.insert(each)
        library = library_of({changes[0].after.source_id})
        effects = [impact.take_effect(actor, each, library) for each in judged]
        told = [_told(each) for each in judged]
        for each, body in zip(judged, told, strict=True):
            record.append(kind="terms.change_judged", actor=actor.pk, client=None, subject=each.change, body=body)
        impact.write_down(actor, effects)
    return judged


def _told(judgement: ChangeJudgement) -> dict[str, Json]:
    change, binds_from = judgement.change, judgement.binds_from
    return {
        "judgement": str(judgement.pk),
        "before": str(change.before_id),
        "after": str(change.after_id),
        "verdict": judgement.verdict,
        "suggestion": change.suggestion,
        "reason": record.conceal(judgement.reason),
        "binds_from": binds_from.isoformat() if binds_from else None,
        "dated_back": binds_from is not None and binds_from < own_day(change.after),
    }
