"""Clearance: may these bytes be used for this, there, then? Computed from facts at the time of asking, never stored."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from reviews.models import WORLD, Finding, Purpose, SignOff, Use
from reviews.rules import consents, disclosing
from reviews.rules.clearance_facts import (
    Asked,
    DepictionFacts,
    DutyFacts,
    Facts,
    ParentFacts,
    Question,
    RecordFacts,
    ReleaseFacts,
    ScopeFacts,
    SignatureFacts,
)
from reviews.rules.reasons import OVERRIDABLE, Reason, reason

__all__ = [
    "Clearance", "DepictionFacts", "DutyFacts", "Facts", "ParentFacts", "Question", "RecordFacts", "ReleaseFacts",
    "ScopeFacts", "SignatureFacts", "about_clip", "about_record", "about_whole_scope", "all_reasons", "allows",
    "answer", "local", "purpose_label", "use_label",
]  # fmt: skip


@dataclass(frozen=True)
class Clearance:
    """The answer: granted, or every reason why not. ``set_aside`` are reasons that an override covers."""

    granted: bool
    reasons: list[Reason]
    sign_off: SignOff | None = None
    set_aside: list[Reason] = field(default_factory=list)


def answer(facts: Facts, question: Question, sign_off: SignOff | None = None) -> Clearance:
    """Answer the question. An unknown is never allowed; an override counts only for what may be overridden."""
    found = list(all_reasons(facts, question))
    aside = facts.overridden & OVERRIDABLE
    standing = [one for one in found if one.code not in aside]
    set_aside = [one for one in found if one.code in aside]
    granted = not standing and facts.signature is not None
    return Clearance(granted, standing, sign_off if granted else None, set_aside)


def all_reasons(facts: Facts, question: Question) -> Iterator[Reason]:
    """Yield every reason against, before overrides."""
    yield from about_clip(facts)
    yield from _about_signature(facts)
    yield from (reason("exclusivity-conflict", words) for words in facts.conflicts)
    yield from _about_parents(facts, question)
    if facts.record is None:
        return
    yield from about_record(facts, facts.record, question.at)
    yield from _about_scope(facts.record, question)
    yield from _about_asked(facts.record, question)


def about_clip(facts: Facts) -> Iterator[Reason]:
    """Yield what speaks against the clip itself: its bytes, holds, incidents, and stages."""
    if facts.quarantined:
        yield reason("quarantined")
    if facts.withdrawn:
        yield reason("withdrawn")
    yield from (reason("hold", words) for words in facts.holds)
    yield from (reason("incident", words) for words in facts.incidents)
    yield from (reason("stage-not-passed", name) for name in facts.stages_not_passed)


def about_record(facts: Facts, record: RecordFacts, at: datetime) -> Iterator[Reason]:
    """Yield what speaks against the record's content at that instant, whoever signs it and whatever is asked."""
    if record.clip_sha256 != facts.clip_sha256:
        yield reason("hash-mismatch")
    if record.ends_at is not None and at >= record.ends_at:
        yield reason("after-end", local(record.ends_at, record.time_zone))
    yield from _about_terms(facts.route, record)
    yield from _about_findings(record)
    yield from (reason("checklist-open", question) for question in record.answers_open)
    yield from (reason("checklist-against", question) for question in record.answers_against)
    if record.depictions is None:
        yield from _about_releases(record, at)


def about_whole_scope(record: RecordFacts) -> Iterator[Reason]:
    """Yield why the record's scope as a whole, from its first day to its last, is more than consents and duties allow."""
    if record.depictions is None:
        return
    zone = ZoneInfo(record.time_zone)
    last = (
        None
        if record.ends_at is None
        else Question("", "", record.starts_at, until=record.ends_at).days(record.time_zone)[1]
    )
    asked = Asked(record.uses, record.territories, record.starts_at.astimezone(zone).date(), last)
    yield from consents.against(record.depictions, asked, record.category)
    yield from disclosing.against(record.duties, record.depictions, asked)


def _about_signature(facts: Facts) -> Iterator[Reason]:
    signature = facts.signature
    if facts.record is None:
        yield reason("no-record")
    elif signature is None:
        yield reason("superseded" if facts.approved_earlier else "not-signed")
    else:
        if not signature.sound:
            yield reason("signature-invalid")
        if signature.clip_sha256 != facts.clip_sha256:
            yield reason("hash-mismatch")
        if signature.revoked:
            yield reason("revoked")
        elif signature.meaning != SignOff.Meaning.APPROVED:
            yield reason("rejected")
        elif signature.suspended:
            yield reason("sign-off-suspended", signature.suspended)
        elif signature.pending:
            yield reason("timestamp-pending")


def _about_scope(record: RecordFacts, question: Question) -> Iterator[Reason]:
    if question.client and question.client != record.client:
        yield reason("client-not-in-scope")
    if question.use not in record.uses:
        yield reason("use-not-in-scope", use_label(question.use))
    if not record.territories & {WORLD, question.territory}:
        yield reason("territory-not-in-scope", question.territory)
    if record.purposes is not None and question.purpose not in record.purposes:
        yield reason("purpose-not-in-scope", purpose_label(question.purpose))
    if question.at < record.starts_at:
        yield reason("before-start", local(record.starts_at, record.time_zone))
    if record.ends_at is not None and question.at < record.ends_at <= question.last:
        yield reason("ends-too-early", local(record.ends_at, record.time_zone))


def _about_asked(record: RecordFacts, question: Question) -> Iterator[Reason]:
    """What consents and duties say to this very use, place and time."""
    if record.depictions is None:
        if record.depicted and not record.disclosed and question.use != Use.INTERNAL:
            yield reason("disclosure-missing")
        first, last = question.days(record.time_zone)
        for release in record.releases:
            if release.valid_until is not None and first <= release.valid_until < last:
                yield reason("release-ends-before-term", f"{release.subject} ({release.valid_until})")
        return
    asked = Asked(frozenset({question.use}), frozenset({question.territory}), *question.days(record.time_zone))
    yield from consents.against(record.depictions, asked, record.category)
    yield from disclosing.against(record.duties, record.depictions, asked)


def _about_parents(facts: Facts, question: Question) -> Iterator[Reason]:
    """A derivative may be used only as all clips may that it was made from; their approval is not inherited."""
    for parent in facts.parents:
        if parent.stopped:
            yield reason("parent-stopped", parent.name)
        if parent.scope is None:
            yield reason("parent-without-record", parent.name)
        elif not allows(parent.scope, question):
            yield reason("parent-not-in-scope", parent.name)


def allows(scope: ScopeFacts, question: Question) -> bool:
    """Say whether use, place, purpose and the whole time asked for lie inside this scope."""
    return (
        question.use in scope.uses
        and bool(scope.territories & {WORLD, question.territory})
        and (scope.purposes is None or question.purpose in scope.purposes)
        and scope.starts_at <= question.at
        and (scope.ends_at is None or question.last < scope.ends_at)
    )


def _about_terms(route: str, record: RecordFacts) -> Iterator[Reason]:
    if not record.governing_route:
        yield reason("governing-set-missing")
    if not route:
        yield reason("route-unknown")
    elif record.governing_route and record.governing_route != route:
        yield reason("route-not-governed", route)
    yield from (reason("hop-not-governed", party) for party in record.hops_open)
    yield from (reason("terms-changed", label) for label in record.changed_terms)
    yield from (reason("suspended", label) for label in record.suspended_by)


def _about_findings(record: RecordFacts) -> Iterator[Reason]:
    for topic, finding in (("ownership", record.ownership), ("commercial-use", record.commercial_use)):
        if finding != Finding.YES:
            yield reason(f"{topic}-{'no' if finding == Finding.NO else 'unknown'}")
    if not record.depicted and not record.none_depicted and not record.depictions:
        yield reason("depicted-undeclared")


def _about_releases(record: RecordFacts, at: datetime) -> Iterator[Reason]:
    today = at.astimezone(ZoneInfo(record.time_zone)).date()
    if record.depicted and not record.releases:
        yield reason("release-missing")
    for release in record.releases:
        if release.withdrawn:
            yield reason("release-withdrawn", release.subject)
        if today < release.valid_from:
            yield reason("release-not-yet-valid", release.subject)
        if release.valid_until is not None and today > release.valid_until:
            yield reason("release-expired", release.subject)


def use_label(use: str) -> str:
    """Return the words for a use; what is no use stays as it is."""
    return str(Use(use).label) if use in Use.values else use


def purpose_label(purpose: str) -> str:
    """Return the words for a purpose; none means any."""
    return str(Purpose(purpose).label) if purpose in Purpose.values else purpose or "any purpose"


def local(moment: datetime, zone: str) -> str:
    """Write an instant in the zone in which people speak of it."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"
