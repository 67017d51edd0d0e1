"""How terms changed: record what lies between neighbouring versions, and let legal approvers judge it."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from reviews.actions import clauses, drawing, impact
from reviews.models import ChangeJudgement, TermsChange, TermsSource, TermsText, TermsVersion
from reviews.rules import changing, extraction, noise, normalising
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
    rows = TermsVersion.objects.defer("raw", "text")
    before, after = rows.before(version).first(), rows.after(version).first()
    change = _record(actor, before, version) if before else None
    if after is not None:
        _record(actor, version, after)
    if before is not None:
        clauses.carry(before, version)
    return change


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
    InvalidInput without a reason or for a day before that of the earlier text, Conflict when a version came in between.
    """
    _check(actor, [change], verdict, reason)
    if binds_from is not None:
        _check_day(change, binds_from)
    with transaction.atomic():
        judgement = _judge(actor, change, verdict, reason, binds_from)
        if with_alike:
            waiting = TermsChange.objects.awaiting().for_list().filter(pk__in=TermsChange.objects.alike(change))
            for each in waiting.order_by("pk"):
                _judge(actor, each, verdict, reason, None)
    return judgement


def judge_alike(*, actor: User, changes: Sequence[TermsChange], verdict: str, reason: str) -> list[ChangeJudgement]:
    """Say the same of many changes of one document with one reason. Errors as ``judge_change``; all or none is judged."""
    _check(actor, changes, verdict, reason)
    with transaction.atomic():
        return [_judge(actor, change, verdict, reason, None) for change in changes]


def draw_again(*, actor: User, version: TermsVersion) -> TermsText:
    """Draw the text from a version's bytes once more, by the present extractor. The version and its first text stay as they are.

    Raises Forbidden, NotFound, InvalidInput for bytes that it cannot read, Conflict when it reads what is known already.
    """
    actor.demand(Permission.CAPTURE_TERMS)
    checks.require_seen(actor, TermsVersion.objects.all(), version)
    text = drawing.text_of(bytes(version.raw), version.media_type)
    if text == version.text:
        raise Conflict("Drawn once more, the text is the same, letter for letter.", code="same-text")
    drawn = TermsText(
        version=version,
        extractor=extraction.EXTRACTOR,
        text=text,
        text_sha256=sha256(text.encode()).hexdigest(),
        normalised_sha256=normalised_sha256(version.source, text),
        made_by=actor,
    )
    with transaction.atomic():
        checks.insert(drawn)
        body: dict[str, Json] = {"extractor": drawn.extractor, "text_sha256": drawn.text_sha256}
        record.append(kind="terms.drawn_again", actor=actor.pk, client=None, subject=version, body=body)
    return drawn


def own_day(version: TermsVersion) -> date:
    """Return the day from which a version binds by itself: the one that it names, else the day of capture."""
    return version.effective_from or timezone.localtime(version.captured_at).date()


def _record(actor: User, before: TermsVersion, after: TermsVersion) -> TermsChange:
    found = _difference(before, after)
    change = TermsChange(
        before=before,
        after=after,
        suggestion=found.suggestion,
        grounds=found.grounds,
        figures=found.figures,
        flaps=found.suggestion != changing.NOISE and _was_there(before, after),
    )
    change.save()
    if found.suggestion != changing.NOISE:
        body: dict[str, Json] = {
            "before": str(before.pk),
            "after": str(after.pk),
            "suggestion": found.suggestion,
            "grounds": [each["code"] for each in found.grounds],
        }
        record.append(kind="terms.change_found", actor=actor.pk, client=None, subject=change, body=body)
    return change


def _difference(before: TermsVersion, after: TermsVersion) -> Difference:
    if _hash(before) == _hash(after):
        return changing.same_words()
    marked = [Marked(clause.quote, clause.topic) for clause in before.clauses.all()]
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
    if earlier is not None and binds_from < earlier:
        words = f"The earlier text binds from {earlier:%d %B %Y} itself; the later one cannot have bound before that."
        raise InvalidInput(words, fields={"binds_from": words})


def _judge(actor: User, change: TermsChange, verdict: str, reason: str, binds_from: date | None) -> ChangeJudgement:
    if not TermsChange.objects.current().filter(pk=change.pk).exists():
        raise Conflict(
            "A version was captured between these two since: judge the changes before and after it.",
            code="change-split",
        )
    judgement = ChangeJudgement(
        change=change, verdict=verdict, reason=reason.strip(), binds_from=binds_from, judged_by=actor
    )
    checks.insert(judgement)
    body: dict[str, Json] = {
        "judgement": str(judgement.pk),
        "before": str(change.before_id),
        "after": str(change.after_id),
        "verdict": verdict,
        "suggestion": change.suggestion,
        "reason": record.conceal(judgement.reason),
        "binds_from": binds_from.isoformat() if binds_from else None,
        "dated_back": binds_from is not None and binds_from < own_day(change.after),
    }
    record.append(kind="terms.change_judged", actor=actor.pk, client=None, subject=change, body=body)
    impact.after_judgement(actor=actor, judgement=judgement)
    return judgement
