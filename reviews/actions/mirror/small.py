"""What there is little of, judged by the rules' own Python for one question and handed to the statement as tables."""

import zoneinfo
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from generations import catalog
from generations.models import Generation, ProviderAccount
from reviews.actions import governed
from reviews.actions.facts import UNKNOWN_ROUTES, governs
from reviews.models import (
    WORLD,
    ChecklistTemplate,
    Depiction,
    DisclosureRule,
    Finding,
    GoverningSet,
    Release,
    ReReview,
    TermsChange,
    TermsVersion,
)
from reviews.rules import duties, following, hops
from reviews.rules.clearance import Question
from reviews.rules.following import Library, Reading

NEVER = date.max
MOST_DUTIES = 60
KINDS = {str(kind): 1 << place for place, kind in enumerate(Depiction.Kind.values)}
"""A bit for each kind of depiction."""
READINGS = {
    "+": Reading(outcome=ReReview.Outcome.NO_EFFECT),
    "?": Reading(suspends=True),
    "-": Reading(outcome=ReReview.Outcome.NEW_RECORD),
}
"""What counsel said of a change, by the sign before it in a profile (``Dialect.profiles``)."""
Row = tuple[Any, ...]


class Small:
    """Tables of what the statement is told beside the rows of the database. See the functions that make them.

    The same number of queries however many clips there are. What depends on the clips in question, is told later: ``sets``,
    ``lacking_told``, ``routes`` and ``exclusives``.
    """

    def __init__(self, question: Question) -> None:
        self._governing = list(GoverningSet.objects.all())
        self._members = governed.members_of(one.pk for one in self._governing)
        self._library = governed.library_of({member.source_id for each in self._members.values() for member in each})
        accounts = dict(ProviderAccount.objects.order_by().values_list("pk", "route"))
        self._parties = parties = _parties(self._members)
        self.zones: Sequence[Row] = [(zone.key, *question.days(zone.key)) for zone in _zones()]
        self.accounts: Sequence[Row] = [(pk, _route(route)) for pk, route in accounts.items()]
        self.lacking: Sequence[Row] = list(_lacking(accounts, parties))
        self.effects: Sequence[Row] = list(_effects(self._library))
        self.questions: Sequence[Row] = list(_questions(ChecklistTemplate.objects.all()))
        self.offers: Sequence[Row] = list(_offers())
        self.duties, self.agreed = _duties(question)

    def lacking_told(self, told: Iterable[tuple[str, str]]) -> list[Row]:
        """Which sets lack a hop of which of these routes and models that uploaders told."""
        return [(pk, *way) for way in told for pk, named in self._parties.items() if _lacks(way, named)]

    def sets(self, profiles: Iterable[tuple[UUID, str]]) -> Iterator[Row]:
        """Each governing set once for what counsel said of changes for a record (``profiles``, by set): its route (empty when it
        governs nothing), whether its rule is continuous, and from which day on its terms changed, by the day asked about and by
        the day of making.
        """
        read = {(one.pk, "") for one in self._governing} | set(profiles)
        for one in self._governing:
            terms = self._members[one.pk]
            route = one.route.strip().casefold() if governs(one, terms) else ""
            continuous = one.rule == GoverningSet.Rule.CONTINUOUS
            for profile in sorted(profile for pk, profile in read if pk == one.pk):
                since = _changed_from(one, terms, self._library, profile)
                yield (one.pk, profile, route, continuous, *((since, NEVER) if continuous else (NEVER, since)))


@cache
def _zones() -> tuple[ZoneInfo, ...]:
    """Every zone there is, kept so that none is read twice. A day is reckoned in Python for all of them, so that no database
    need agree about zones.
    """
    return tuple(ZoneInfo(name) for name in sorted(zoneinfo.available_timezones()))


def _route(told: str) -> str:
    """A route as it is compared; empty when unknown."""
    folded = told.strip().casefold()
    return "" if folded in UNKNOWN_ROUTES else folded


def _changed_from(one: GoverningSet, members: Sequence[TermsVersion], library: Library, profile: str) -> date:
    """The first day on which the rule wants something read; what it names then, it names on every later day too."""
    readings = {UUID(told[1:]): READINGS[told[0]] for told in profile.split(",") if told}

    def named(day: date) -> tuple[str, ...]:
        return following.changed(one.rule, members, library, day, day, readings)

    ever = set(named(NEVER))
    days = sorted({library.start(each) or date.min for each in library.versions if str(each) in ever}) if ever else []
    return next((day for day in days if named(day)), NEVER)


def _effects(library: Library) -> Iterator[Row]:
    """Changes for whose sake records are suspended, with the day from which the later text binds."""
    open_ = ReReview.objects.filter(suspends=True, settled_at=None).order_by().values("change_id")
    rows = TermsChange.objects.filter(pk__in=open_).select_related("after").defer("after__raw", "after__text")
    for row in rows:
        yield row.pk, library.start(row.after) or date.min


def _parties(members: Mapping[UUID, Sequence[TermsVersion]]) -> dict[UUID, list[str]]:
    """The parties of each set of whose documents some are classified."""
    return {pk: parties for pk, terms in members.items() if (parties := governed.parties_of(terms))}


def _lacking(accounts: Mapping[UUID, str], parties: Mapping[UUID, Collection[str]]) -> Iterator[Row]:
    """Which sets lack a hop of which account and model."""
    reselling = [pk for pk, route in accounts.items() if parties and catalog.hops(route, "")]
    ways = Generation.objects.filter(account__in=reselling, clip__isnull=False).order_by()
    for account, model in ways.values_list("account_id", "model").distinct() if reselling else ():
        yield from ((pk, account, model) for pk, named in parties.items() if _lacks((accounts[account], model), named))


def _lacks(way: tuple[str, str], parties: Collection[str]) -> bool:
    return bool(hops.not_governed(catalog.hops(*way), parties))


def _questions(templates: Iterable[ChecklistTemplate]) -> Iterator[Row]:
    """Each question of each checklist: must it be answered, and does yes, no, unknown clear it?"""
    for one in templates:
        for asked in one.questions:
            clears = (str(each) in asked["clears_with"] for each in (Finding.YES, Finding.NO, Finding.UNKNOWN))
            yield (one.pk, asked["key"], bool(asked["required"]), *clears)


def _offers() -> Iterator[Row]:
    """For which clients and markets a record must fill in a checklist."""
    for one in ChecklistTemplate.objects.newest().filter(retired=False):
        if not one.distributor.strip():
            yield one.client_id or UUID(int=0), one.client_id is None, one.market


def _duties(question: Question) -> tuple[list[Row], list[Row]]:
    """The duties in force that the use and the place call for, and the versions of each whose answers count.

    The first sixty get a bit by which a record meets them; what is beyond counts as not met, which no agency has seen.
    """
    rules = list(DisclosureRule.objects.all())
    bound = [one for one in duties.in_force(rules) if _binds(one, question)]
    owed, agreed = [], []
    for place, one in enumerate(bound):
        bit = 1 << place if place < MOST_DUTIES else 0
        shown = sum(KINDS.get(kind, 0) for kind in set(one.depicts)) if one.depicts else -1
        owed.append((bit, one.applies_from or date.min, one.applies_until or NEVER, shown))
        agreed += [
            (one.key, str(each.version), bit)
            for each in rules
            if each.key == one.key and not duties.asks_anew(each, one)
        ]
    return owed, agreed


def _binds(rule: DisclosureRule, question: Question) -> bool:
    place = {WORLD, question.territory} & set(rule.territories) or question.territory == WORLD
    return bool(place) and (not rule.uses or question.use in rule.uses)


def routes(told: Iterable[tuple[str, str]]) -> list[Row]:
    """Each route that uploaders told, and as it is compared."""
    return [(route, _route(route)) for route in {route for route, _ in told} if route]


def exclusives(categories: Collection[str]) -> Iterator[Row]:
    """Releases with those of these categories, as records spell them, for which they are promised to somebody else."""
    promising = Release.objects.exclude(exclusive_categories=[]).order_by().values_list("pk", "exclusive_categories")
    for release, several in promising if categories else ():
        promised = {each.strip().casefold() for each in several}
        yield from ((release, each) for each in categories if each.strip().casefold() in promised)
