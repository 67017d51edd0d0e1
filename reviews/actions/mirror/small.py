"""What there is little of, judged by the rules' own Python for one question and handed to the statement as tables."""

import json
import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q

from generations.models import Clip, ProviderAccount
from generations.models.clip import ClipQuerySet
from reviews.actions.facts import UNKNOWN_ROUTES, intact
from reviews.models import ChecklistTemplate, Depiction, Finding, GoverningMember, GoverningSet, TermsVersion
from reviews.rules import following
from reviews.rules.clearance import Question

NEVER = date.max
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Small:
    """Tables by name of what the statement is told beside the rows of the database."""

    zones: list[Row] = field(default_factory=list)
    accounts: list[Row] = field(default_factory=list)
    routes: list[Row] = field(default_factory=list)
    sets: list[Row] = field(default_factory=list)
    questions: list[Row] = field(default_factory=list)
    duties: list[Row] = field(default_factory=list)
    exclusives: list[Row] = field(default_factory=list)


def gather(clips: ClipQuerySet, question: Question) -> Small:
    """Return the tables for this question over these clips. The same number of queries however many clips there are."""
    return Small(
        zones=[(zone, *question.days(zone)) for zone in _zones()],
        accounts=[(pk, _route(told)) for pk, told in ProviderAccount.objects.order_by().values_list("pk", "route")],
        routes=[(told, _route(told)) for told in clips.order_by().values_list("declared_route", flat=True).distinct()],
        sets=list(_sets()),
        questions=list(_questions()),
        duties=[],
        exclusives=list(_exclusives()),
    )


@cache
def _zones() -> tuple[str, ...]:
    """Every zone there is: a day is reckoned in Python for all of them, so that no database need agree about zones."""
    return tuple(sorted(zoneinfo.available_timezones()))


def _route(told: str) -> str:
    """A route as it is compared; empty when unknown."""
    folded = told.strip().casefold()
    return "" if folded in UNKNOWN_ROUTES else folded


def _sets() -> Iterator[Row]:
    """Each governing set: its route (empty when it governs nothing), whether a hop lacks terms, and from which day on its
    terms changed: by the day that is asked about, and by the day of making.
    """
    members = GoverningMember.objects.select_related("terms_version").order_by("precedence")
    terms = Prefetch("members", members.defer("terms_version__raw", "terms_version__text"), to_attr="terms")
    sets = list(GoverningSet.objects.prefetch_related(terms))
    sources = {link.terms_version.source_id for one in sets for link in one.terms}
    known = list(TermsVersion.objects.filter(source__in=sources).select_related("source").defer("raw", "text"))
    for one in sets:
        route = one.route.strip().casefold() if _governs(one) else ""
        yield (one.pk, route, False, *_changed_from(one, known))


def _governs(one: Any) -> bool:
    """As for one clip: the set is what its hash was taken of, and names terms."""
    said = json.loads(one.canonical)
    terms = [row["raw_sha256"] for row in sorted(said["terms"], key=lambda row: int(row["precedence"]))]
    now = [link.terms_version.raw_sha256 for link in one.terms]
    return intact(one) and (one.route, one.rule, now) == (said["route"], said["rule"], terms) and bool(terms)


def _changed_from(one: Any, known: Iterable[TermsVersion]) -> tuple[date, date]:
    members = [link.terms_version for link in one.terms]
    days = [each.effective_from or date.min for each in known]
    told = following.changed
    asked = next((day for day in sorted({*days, date.min}) if _continuous(one) and told(one.rule, members, list(known), day, day)), NEVER)
    made = next((day for day in sorted(set(days)) if not _continuous(one) and told(one.rule, members, list(known), day, day)), NEVER)
    return asked, made


def _continuous(one: GoverningSet) -> bool:
    return one.rule == GoverningSet.Rule.CONTINUOUS


def _questions() -> Iterator[Row]:
    rows = ChecklistTemplate.objects.order_by().values_list("pk", "questions")
    for pk, questions in rows:
        for one in questions:
            yield (pk, one["key"], bool(one["required"]), *(each in one["clears_with"] for each in Finding.values))


def _exclusives() -> Iterator[tuple[UUID, str]]:
    """Releases with the categories, as records spell them, for which they are promised to somebody else."""
    shown = Depiction.objects.exclude(Q(release__exclusive_categories=[]) | Q(record_version__category=""))
    rows = shown.filter(release__isnull=False).order_by().values_list(
        "release_id", "release__exclusive_categories", "record_version__category"
    )
    for release, promised, category in rows.distinct():
        if category.strip().casefold() in {each.strip().casefold() for each in promised}:
            yield release, category
