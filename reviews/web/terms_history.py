"""A document's history: what was recorded of it, version by version, and what lies between neighbours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.http import QueryDict

from reviews.models import ChangeJudgement, Clause, TermsChange, TermsSighting, TermsSource, TermsVersion
from reviews.web import change_words
from sorahub.accounts.models import User
from sorahub.lib.ids import read_id

ROWS = 50


@dataclass(frozen=True)
class Row:
    """A version in the history, and the change that led to it."""

    version: TermsVersion
    change: TermsChange | None
    clauses: int
    sightings: int
    last_seen: datetime | None

    @property
    def badge(self) -> change_words.Word | None:
        """The word on its change."""
        return change_words.badge(self.change, getattr(self.change, "verdict", None)) if self.change else None

    @property
    def figures(self) -> str:
        """How much changed."""
        return change_words.figures(self.change) if self.change else ""


@dataclass(frozen=True)
class Summary:
    """How much was recorded, and how little of it is change. What flaps between the same words is one difference."""

    recorded: int
    changes: int
    waiting: int


@dataclass(frozen=True)
class Variant:
    """A language and a jurisdiction that the document is published for."""

    language: str
    jurisdiction: str

    def __str__(self) -> str:
        return " · ".join(part for part in (self.language, self.jurisdiction) if part)

    @property
    def key(self) -> str:
        """How it is named in an address."""
        return f"{self.language}|{self.jurisdiction}"


@dataclass(frozen=True)
class History:
    """A page of a document's history, newest first."""

    rows: list[Row]
    next_cursor: str
    summary: Summary
    hidden: int
    everything: bool
    variants: list[Variant]
    variant: Variant | None


def of(source: TermsSource, user: User, asked: QueryDict) -> History:
    """Return the part of the history that is asked for: ``all`` with noise, ``variant``, ``before`` a version."""
    versions = TermsVersion.objects.visible_to(user).filter(source=source)
    variants = _variants(versions)
    variant = next((each for each in variants if each.key == asked.get("variant")), None)
    if variant is not None:
        versions = versions.filter(language=variant.language, jurisdiction=variant.jurisdiction)
    changes = TermsChange.objects.visible_to(user).current().filter(after__in=versions)
    everything = bool(asked.get("all"))
    noise = TermsChange.objects.current().filter(suggestion=TermsChange.Suggestion.NOISE, judgements=None)
    noise = noise.filter(
        before__captured_at__lte=F("after__captured_at")
    )  # what came back is no noise when it first came
    shown = versions if everything else versions.filter(~Exists(noise.filter(after=OuterRef("pk"))))
    hidden = versions.count() - shown.count()
    rows, cursor = _page(shown, asked.get("before", ""))
    return History(_rows(rows, user), cursor, _summary(versions, changes), hidden, everything, variants, variant)


def _variants(versions: QuerySet[TermsVersion]) -> list[Variant]:
    pairs = versions.order_by("language", "jurisdiction").values_list("language", "jurisdiction").distinct()
    return [Variant(*pair) for pair in pairs]


def _page(versions: QuerySet[TermsVersion], cursor: str) -> tuple[list[TermsVersion], str]:
    rows = versions.for_list().order_by("-captured_at", "-pk")  # type: ignore[attr-defined]  # a TermsVersionQuerySet
    place = read_id(cursor)
    after = versions.filter(pk=place).only("captured_at").first() if place else None
    if after is not None:
        rows = rows.filter(Q(captured_at__lt=after.captured_at) | Q(captured_at=after.captured_at, pk__lt=after.pk))
    found = list(_counted(rows)[: ROWS + 1])
    return found[:ROWS], str(found[ROWS - 1].pk) if len(found) > ROWS else ""


def _counted(rows: QuerySet[TermsVersion]) -> QuerySet[TermsVersion]:
    """Annotate how many clauses are marked in each version, and how often and when last its bytes were seen again."""
    mine = {"version": OuterRef("pk")}
    seen = TermsSighting.objects.filter(**mine).order_by().values("version")
    clauses = Clause.objects.filter(terms_version=OuterRef("pk")).order_by().values("terms_version")
    return rows.annotate(
        clause_count=Subquery(clauses.annotate(number=Count("pk")).values("number")),
        sighting_count=Subquery(seen.annotate(number=Count("pk")).values("number")),
        last_seen=Subquery(seen.annotate(latest=Max("seen_at")).values("latest")),
    )


def _rows(versions: Iterable[TermsVersion], user: User) -> list[Row]:
    listed = list(versions)
    known = TermsChange.objects.visible_to(user).current().with_verdict().filter(after__in=listed)
    changes = {change.after_id: change for change in known}
    return [
        Row(
            version,
            changes.get(version.pk),
            version.clause_count or 0,  # type: ignore[attr-defined]  # annotated by _counted()
            version.sighting_count or 0,  # type: ignore[attr-defined]  # annotated by _counted()
            version.last_seen,  # type: ignore[attr-defined]  # annotated by _counted()
        )
        for version in listed
    ]


def _summary(versions: QuerySet[TermsVersion], changes: QuerySet[TermsChange]) -> Summary:
    recorded = versions.count() + TermsSighting.objects.filter(version__in=versions).count()
    judged = ChangeJudgement.objects.filter(change=OuterRef("pk"))
    told = changes.exclude(suggestion=TermsChange.Suggestion.NOISE).annotate(
        judged=Exists(judged), one=F("before__normalised_sha256"), other=F("after__normalised_sha256")
    )
    found: dict[object, bool] = {}
    for pk, one, other, done in told.values_list("pk", "one", "other", "judged"):
        key = frozenset((one, other)) if one and other else pk
        found[key] = found.get(key, False) or not done
    return Summary(recorded, len(found), sum(found.values()))
