"""Which later terms matter to a licence record, by its rule and by what people judged of the changes.

What counts is when a text binds, not when it was captured: its own day, or the day that counsel gave it. A text that is
seen again after another took its place is in force again, from no day that is known. A version that
came after a member blocks unless the words are the same or every change between them was judged cosmetic, or was read for
this very record and found to have no effect. The same question for one clip and for a whole board.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from generations.models import Clip
from reviews.models import ChangeJudgement, GoverningSet, ReReview, TermsChange, TermsVersion

COSMETIC, MATERIAL = ChangeJudgement.Verdict.COSMETIC, ChangeJudgement.Verdict.MATERIAL
Variant = tuple[UUID, str, str]


@dataclass(frozen=True)
class Step:
    """A change from one version to a later one: the newest verdict on it (empty: nobody judged it) and the day it gave."""

    change: UUID
    before: UUID
    after: UUID
    suggestion: str
    verdict: str = ""
    binds_from: date | None = None


@dataclass(frozen=True)
class Reading:
    """What counsel said of a change for one record version: ``outcome`` is empty while the re-review is open."""

    suspends: bool = False
    outcome: str = ""


@dataclass(frozen=True)
class Library:
    """Known versions, the changes between them, when each was seen again last, and from when each binds (None: not known)."""

    versions: Sequence[TermsVersion]
    steps: Sequence[Step] = ()
    seen: Mapping[UUID, datetime] = field(default_factory=dict)
    starts: Mapping[UUID, date | None] = field(init=False)

    def __post_init__(self) -> None:
        told = {step.after: step.binds_from for step in self.steps if step.binds_from is not None}
        starts = {each.pk: told.get(each.pk, each.effective_from) for each in self.versions}
        object.__setattr__(self, "starts", starts)

    def of(self, members: Collection[TermsVersion]) -> "Library":
        """Return the part of it that these members belong to: the same documents in the same language and jurisdiction."""
        wanted = {variant(member) for member in members}
        versions = [each for each in self.versions if variant(each) in wanted]
        inside = {each.pk for each in versions}
        return Library(versions, [step for step in self.steps if step.after in inside], self.seen)

    def after(self, version: TermsVersion, member: TermsVersion) -> bool:
        """Say whether this version came after that one: the text in force is the one that was seen last.

        One that came back came after what had taken its place, unless that binds from a later day only.
        """
        if self.came_back(version, member):
            since = self.start(member)
            back = since is None or since <= self._last(version).date()
            return back or self.bound_after(version, member)
        if self.came_back(member, version):
            begins = self.start(version)
            over = begins is not None and begins > self._last(member).date()
            return over and self.bound_after(version, member)
        return self.bound_after(version, member)

    def came_back(self, version: TermsVersion, member: TermsVersion) -> bool:
        """Say whether this version was captured before that one and seen again after it."""
        if variant(version) != variant(member) or version.captured_at > member.captured_at:
            return False
        return version.pk in self.seen and self._last(version) > self._last(member)

    def bound_after(self, version: TermsVersion, member: TermsVersion) -> bool:
        """Say whether this version binds later than that one, or, where a day is not known, was captured later. That it was
        seen again says nothing of days.
        """
        if variant(version) != variant(member):
            return False
        begins, since = self.start(version), self.start(member)
        if begins is not None and since is not None and begins != since:
            return begins > since
        if begins is not None and since is None and begins > member.captured_at.date():
            return True
        return version.captured_at > member.captured_at

    def _last(self, version: TermsVersion) -> datetime:
        return max(self.seen.get(version.pk, version.captured_at), version.captured_at)

    def start(self, version: TermsVersion) -> date | None:
        """Return the day from which a version binds, or None."""
        return self.starts.get(version.pk, version.effective_from)

    def binds(self, version: TermsVersion, day: date) -> bool:
        """Say whether a version binds by that day. One whose day is not known may bind already, so it counts."""
        start = self.start(version)
        return start is None or start <= day


def variant(version: TermsVersion) -> Variant:
    """Return what versions share that follow one another: the document, its language, and for whom it is published."""
    return version.source_id, version.language, version.jurisdiction


def changed(
    rule: str,
    members: Collection[TermsVersion],
    library: Library,
    made: date,
    today: date,
    readings: Mapping[UUID, Reading] | None = None,
) -> tuple[str, ...]:
    """Return the names of the known versions that the rule wants read before these terms are relied on.

    As they change: what came after and binds by ``today``. As they stood when the clip was made: what is known to have
    bound on the day of making, later than a member. Other rules name their versions themselves. A change that suspends the
    record while it is read anew (``readings``, by change) is told by that, not here.
    """
    known = library.of(members)
    if rule == GoverningSet.Rule.CONTINUOUS:
        late = [each for each in known.versions if known.binds(each, today)]
    elif rule == GoverningSet.Rule.AT_GENERATION:
        late = [each for each in known.versions if _bound_later(known, each, members, made)]
    else:
        return ()
    said = readings or {}
    read = _harmless(members, known, said)
    read |= {step.after for step in known.steps if step.before in read and _suspends(said.get(step.change))}
    inside = {member.pk for member in members}
    came_after = known.after if rule == GoverningSet.Rule.CONTINUOUS else known.bound_after
    return tuple(
        str(each)
        for each in late
        if each.pk not in inside and each.pk not in read and any(came_after(each, member) for member in members)
    )


def suspending(rule: str, library: Library, tasks: Iterable[ReReview], today: date) -> tuple[str, ...]:
    """Return the names of the texts for whose sake a record is suspended: open re-reviews of changes that bind by ``today``.

    Expects the change's later version with its source joined.
    """
    if rule != GoverningSet.Rule.CONTINUOUS:
        return ()
    waiting = [task.change.after for task in tasks if task.suspends and task.settled_at is None]
    return tuple(str(version) for version in waiting if library.binds(version, today))


def _bound_later(library: Library, version: TermsVersion, members: Iterable[TermsVersion], made: date) -> bool:
    begins = library.start(version)
    return begins is not None and begins <= made and any(library.bound_after(version, member) for member in members)


def _harmless(members: Collection[TermsVersion], library: Library, readings: Mapping[UUID, Reading]) -> frozenset[UUID]:
    """Every version that is reached from a member by changes that change nothing for this record.

    What a person judged to be a material change is never reached for its words' sake, whatever they are like.
    """
    onward = defaultdict(set)
    for step in library.steps:
        if _passes(step, readings.get(step.change)):
            onward[step.before].add(step.after)
    stopped = {step.after for step in library.steps if step.verdict == MATERIAL}
    same = _same_words([*members, *library.versions])
    reached = {member.pk for member in members}
    waiting = list(reached)
    while waiting:
        here = waiting.pop()
        alike = set() if here in stopped else same.get(here, set()) - stopped
        found = (onward[here] | alike) - reached
        reached |= found
        waiting += found
    return frozenset(reached)


def _passes(step: Step, reading: Reading | None) -> bool:
    """What counsel settled for this record stands above what anybody judged of the change since."""
    if reading is not None and reading.outcome:
        return reading.outcome == ReReview.Outcome.NO_EFFECT
    if step.verdict:
        return step.verdict == COSMETIC
    return step.suggestion == TermsChange.Suggestion.NOISE


def _suspends(reading: Reading | None) -> bool:
    """Whether the change is being read anew: it is told by that as long as it binds, and what came after it is not passed over."""
    return reading is not None and reading.suspends and not reading.outcome


def _same_words(versions: Iterable[TermsVersion]) -> dict[UUID, set[UUID]]:
    """Versions of the same words, letter for letter or once what is no change is left out, by version."""
    groups: defaultdict[tuple[Variant, str], set[UUID]] = defaultdict(set)
    for version in versions:
        for digest in filter(None, (version.text_sha256, version.normalised_sha256)):
            groups[variant(version), digest].add(version.pk)
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for group in groups.values():
        for pk in group:
            found[pk] |= group - {pk}
    return dict(found)


def made_on(clip: Clip, zone: ZoneInfo) -> date:
    """Return the day on which the clip was made: as its uploader declared, else when it came in."""
    return clip.declared_made_on or clip.created_at.astimezone(zone).date()
