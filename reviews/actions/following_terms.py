"""What became of the terms that a record rests on: every later version with what was judged of it, in force or not yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from generations import catalog
from reviews.actions.governed import library_of, members_of
from reviews.models import TermsChange, TermsSource, TermsVersion
from reviews.rules.following import Library, Step, Variant, variant

JUDGED_BY_NOBODY = "Judged by nobody yet"
_VERDICTS = {"cosmetic": "Cosmetic", "material": "Material"}


@dataclass(frozen=True)
class Later:
    """A known version that came after one of a set: from when it binds, and the change that led to it, if one was found."""

    version: TermsVersion
    after: TermsVersion
    binds_from: date | None
    change: UUID | None
    verdict: str

    @property
    def words(self) -> str:
        """The newest judgement in words."""
        return _VERDICTS.get(self.verdict) or self.verdict or JUDGED_BY_NOBODY


def later_terms(governing_set: UUID) -> list[Later]:
    """Return the versions that came after the members of a governing set, the newest first."""
    members = members_of([governing_set])[governing_set]
    return later_than(members, library_of({member.source_id for member in members}))


def later_than(members: Sequence[TermsVersion], library: Library) -> list[Later]:
    """Return the versions of the library that came after one of these, the newest first."""
    inside = {member.pk for member in members}
    captured = {each.pk: each.captured_at for each in library.versions}
    steps = {(step.after, captured[step.before] > captured[step.after]): step for step in library.steps}
    found = []
    for each in library.of(members).versions:
        member = next((one for one in members if library.after(each, one)), None)
        if member is not None and each.pk not in inside:
            step = steps.get((each.pk, library.came_back(each, member)))
            change = step.change if step else None
            found.append(Later(each, member, library.start(each), change, _said(step, each, member)))
    return sorted(found, key=_newness, reverse=True)


def in_force(library: Library, day: date) -> list[TermsVersion]:
    """Return the newest version of each document and variant that binds on a day; one whose day is not known may.

    What was seen again after that day is not counted as having come back.
    """
    seen = {pk: at for pk, at in library.seen.items() if at.date() <= day}
    library = Library(library.versions, library.steps, seen)
    newest: dict[Variant, TermsVersion] = {}
    for each in library.versions:
        before = newest.get(variant(each))
        if library.binds(each, day) and (before is None or library.after(each, before)):
            newest[variant(each)] = each
    return list(newest.values())


def suggested(route: str, day: date) -> list[TermsVersion]:
    """Return what governed a route on a day, as far as its documents are classified: the reseller's or provider's own terms
    first, then those of the makers whose models it resells. Nothing for a route that the catalogue does not know.
    """
    parties = catalog.behind(route)
    sources = TermsSource.objects.filter(party__in=parties).values_list("pk", flat=True)
    found = in_force(library_of(set(sources)), day)
    return sorted(found, key=lambda one: (parties.index(one.source.party), one.source.title, one.language))


def _newness(one: Later) -> tuple[date, datetime]:
    return one.binds_from or one.version.captured_at.date(), one.version.captured_at


def _said(step: Step | None, version: TermsVersion, member: TermsVersion) -> str:
    if step and step.verdict:
        return step.verdict
    same = version.text_sha256 == member.text_sha256 or (
        version.normalised_sha256 and version.normalised_sha256 == member.normalised_sha256
    )
    if same or (step and step.suggestion == TermsChange.Suggestion.NOISE):
        return "The same words"
    return ""
