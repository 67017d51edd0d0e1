"""Clearance: may these bytes be used for this, there, then? Computed from facts at the time of asking, never stored."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from reviews.models import WORLD, Finding, SignOff, Use
from reviews.rules.reasons import OVERRIDABLE, Reason, reason


@dataclass(frozen=True, kw_only=True)
class ReleaseFacts:
    """A release that the record rests on; both dates are inside its term, in the record's time zone."""

    subject: str
    valid_from: date
    valid_until: date | None = None
    withdrawn: bool = False


@dataclass(frozen=True, kw_only=True)
class RecordFacts:
    """The newest version of the licence record. ``ends_at`` is the first instant outside the term (None: without end).

    ``governing_route`` is empty when no terms version governs; ``changed_terms`` names terms that changed under a
    continuous rule.
    """

    clip_sha256: str
    uses: frozenset[str]
    territories: frozenset[str]
    starts_at: datetime
    ends_at: datetime | None = None
    time_zone: str = "UTC"
    ownership: str = Finding.UNKNOWN
    commercial_use: str = Finding.UNKNOWN
    depicted: bool = False
    none_depicted: bool = False
    disclosed: bool = False
    governing_route: str = ""
    changed_terms: tuple[str, ...] = ()
    releases: tuple[ReleaseFacts, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SignatureFacts:
    """The sign-off on the newest version. ``sound`` says that its signature verifies and covers what the rows say."""

    meaning: str
    clip_sha256: str
    revoked: bool = False
    sound: bool = True


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that clearance looks at. ``route`` is empty when unknown; ``overridden`` holds codes set aside by two persons."""

    clip_sha256: str
    route: str = ""
    quarantined: bool = False
    withdrawn: bool = False
    holds: tuple[str, ...] = ()
    stages_not_passed: tuple[str, ...] = ()
    record: RecordFacts | None = None
    signature: SignatureFacts | None = None
    approved_earlier: bool = False
    overridden: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Question:
    """For what, where and when."""

    use: str
    territory: str
    at: datetime


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
    if facts.record is None:
        return
    yield from about_record(facts, facts.record, question.at)
    yield from _about_scope(facts.record, question)
    if facts.record.depicted and not facts.record.disclosed and question.use != Use.INTERNAL:
        yield reason("disclosure-missing")


def about_clip(facts: Facts) -> Iterator[Reason]:
    """Yield what speaks against the clip itself: its bytes, holds, and stages."""
    if facts.quarantined:
        yield reason("quarantined")
    if facts.withdrawn:
        yield reason("withdrawn")
    yield from (reason("hold", words) for words in facts.holds)
    yield from (reason("stage-not-passed", name) for name in facts.stages_not_passed)


def about_record(facts: Facts, record: RecordFacts, at: datetime) -> Iterator[Reason]:
    """Yield what speaks against the record's content at that instant, whoever signs it."""
    if record.clip_sha256 != facts.clip_sha256:
        yield reason("hash-mismatch")
    if record.ends_at is not None and at >= record.ends_at:
        yield reason("after-end", local(record.ends_at, record.time_zone))
    yield from _about_terms(facts.route, record)
    yield from _about_findings(record)
    yield from _about_releases(record, at)


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


def _about_scope(record: RecordFacts, question: Question) -> Iterator[Reason]:
    if question.use not in record.uses:
        yield reason("use-not-in-scope", use_label(question.use))
    if not record.territories & {WORLD, question.territory}:
        yield reason("territory-not-in-scope", question.territory)
    if question.at < record.starts_at:
        yield reason("before-start", local(record.starts_at, record.time_zone))


def _about_terms(route: str, record: RecordFacts) -> Iterator[Reason]:
    if not record.governing_route:
        yield reason("governing-set-missing")
    if not route:
        yield reason("route-unknown")
    elif record.governing_route and record.governing_route != route:
        yield reason("route-not-governed", route)
    yield from (reason("terms-changed", label) for label in record.changed_terms)


def _about_findings(record: RecordFacts) -> Iterator[Reason]:
    for topic, finding in (("ownership", record.ownership), ("commercial-use", record.commercial_use)):
        if finding != Finding.YES:
            yield reason(f"{topic}-{'no' if finding == Finding.NO else 'unknown'}")
    if not record.depicted and not record.none_depicted:
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


def local(moment: datetime, zone: str) -> str:
    """Write an instant in the zone in which people speak of it."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"
