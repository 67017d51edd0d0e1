"""Whose consent a clip needs for what can be recognised in it, and whether the releases give it for what is asked."""

from collections.abc import Iterable, Iterator
from datetime import date

from reviews.models import WORLD, Depiction, Finding, Release, Use
from reviews.rules.clearance_facts import Asked, DepictionFacts, ReleaseFacts
from reviews.rules.reasons import Reason, reason

_Kind = Depiction.Kind
CONSENTS: dict[str, frozenset[str]] = {
    _Kind.PERSON: frozenset({Release.Kind.MODEL, Release.Kind.REPLICA}),
    _Kind.MINOR: frozenset({Release.Kind.GUARDIAN}),
    _Kind.DECEASED: frozenset({Release.Kind.ESTATE}),
    _Kind.VOICE: frozenset({Release.Kind.VOICE, Release.Kind.REPLICA}),
    _Kind.BRAND: frozenset({Release.Kind.PROPERTY}),
    _Kind.PLACE: frozenset({Release.Kind.PROPERTY}),
    _Kind.MUSIC: frozenset({Release.Kind.PROPERTY}),
    _Kind.ARTWORK: frozenset({Release.Kind.PROPERTY}),
    _Kind.CHARACTER: frozenset({Release.Kind.PROPERTY}),
}
"""Which kinds of release give consent for which kind of depiction; anything else needs any release."""

PERSONAL = frozenset({_Kind.PERSON, _Kind.MINOR, _Kind.DECEASED, _Kind.VOICE})
"""Whose likeness or voice a machine imitates: they must have agreed to that."""


def against(depictions: Iterable[DepictionFacts], asked: Asked, category: str = "") -> Iterator[Reason]:
    """Yield every reason why the consents do not cover all that is asked. ``category`` is the advertised product's."""
    for one in depictions:
        if one.real == Finding.UNKNOWN:
            yield reason("depiction-unknown", one.name)
        elif one.real == Finding.YES:
            yield from _about(one, asked, category)


def _about(one: DepictionFacts, asked: Asked, category: str) -> Iterator[Reason]:
    release = one.release
    if release is None:
        yield reason("release-missing", one.name)
        return
    if release.withdrawn:
        yield reason("release-withdrawn", release.subject)
    if one.kind in CONSENTS and release.kind not in CONSENTS[one.kind]:
        yield reason("release-wrong-kind", one.name)
    if one.kind in PERSONAL and release.ai_use != Finding.YES:
        yield reason("release-without-ai", release.subject)
    yield from _about_scope(release, asked)
    yield from _about_time(release, asked.first, asked.last)
    if category and category.strip().casefold() in {each.strip().casefold() for each in release.exclusive_categories}:
        yield reason("release-exclusive", f"{release.subject}: {category}")


def _about_scope(release: ReleaseFacts, asked: Asked) -> Iterator[Reason]:
    uses = sorted(asked.uses - release.uses)
    if uses:
        words = ", ".join(str(Use(use).label) if use in Use.values else use for use in uses)
        yield reason("release-use-not-covered", f"{release.subject}: {words}")
    places = sorted(asked.territories - release.territories)
    if places and WORLD not in release.territories:
        yield reason("release-territory-not-covered", f"{release.subject}: {', '.join(places)}")


def _about_time(release: ReleaseFacts, first: date, last: date | None) -> Iterator[Reason]:
    if first < release.valid_from:
        yield reason("release-not-yet-valid", release.subject)
    ends = [day for day in (release.valid_until, _day_before(release.of_age_on)) if day is not None]
    end = min(ends, default=None)
    if end is None:
        return
    if first > end:
        grown = release.of_age_on is not None and first >= release.of_age_on
        yield reason("minor-of-age" if grown else "release-expired", release.subject)
    elif last is None or last > end:
        yield reason("release-ends-before-term", f"{release.subject} ({end})")


def _day_before(day: date | None) -> date | None:
    return None if day is None else date.fromordinal(day.toordinal() - 1)
