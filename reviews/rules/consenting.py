"""Releases: what is wrong with one that is put on file, every problem under its field; how it stands on a day; when it ends."""

from datetime import date, timedelta

from reviews.models import Finding, Release, Use
from reviews.rules import territories as places

SPECIFIC_WORDS = 8
LONGEST_CATEGORY = 100
MOST_CATEGORIES = 50
SOON = timedelta(days=90)
FINDINGS = ("ai_use", "training", "counselled")


def problems(release: Release) -> dict[str, str]:
    """Return what is wrong, by field; empty when the release may be put on file. What it does not list is not consented to."""
    return {**_about_scope(release), **_about_term(release), **_about_kind(release), **_about_categories(release)}


def state(release: Release, today: date) -> str:
    """Say how a release stands: withdrawn, ended, not_yet, ends_soon (within 90 days) or valid."""
    end = last_day(release)
    if release.withdrawn_at is not None:
        return "withdrawn"
    if end is not None and end < today:
        return "ended"
    if today < release.valid_from:
        return "not_yet"
    return "ends_soon" if end is not None and end <= today + SOON else "valid"


def last_day(release: Release) -> date | None:
    """Return the last day on which it gives consent: its own, or the day before a minor becomes an adult. None: without end."""
    grown = release.of_age_on - timedelta(days=1) if release.of_age_on else None
    return min((day for day in (release.valid_until, grown) if day is not None), default=None)


def _about_scope(release: Release) -> dict[str, str]:
    found: dict[str, str] = {}
    if not release.subject:
        found["subject"] = "Say who or what is depicted."
    if not release.scope:
        found["scope"] = "Say what was consented to."
    if not release.uses or not set(release.uses) <= set(Use.values):
        found["uses"] = f"At least one of: {', '.join(Use.values)}."
    territory_problem = places.problem(release.territories)
    if territory_problem:
        found["territories"] = territory_problem
    wrong = {name for name in FINDINGS if getattr(release, name) not in Finding.values}
    return {**found, **{name: f"One of: {', '.join(Finding.values)}." for name in wrong}}


def _about_term(release: Release) -> dict[str, str]:
    if release.valid_until is not None and release.valid_until < release.valid_from:
        return {"valid_until": "Not before the first day."}
    return {}


def _about_kind(release: Release) -> dict[str, str]:
    """A guardian's consent ends with the coming of age; a replica needs words that tell what it may do, and an answer about counsel."""
    found: dict[str, str] = {}
    if release.kind == Release.Kind.GUARDIAN and release.of_age_on is None:
        found["of_age_on"] = "Say on which day the minor becomes an adult: the guardian's consent ends then."
    if release.kind != Release.Kind.GUARDIAN and release.of_age_on is not None:
        found["of_age_on"] = "Only a guardian's consent has such a day."
    if release.kind == Release.Kind.REPLICA:
        if release.counselled == Finding.UNKNOWN:
            found["counselled"] = "Find out whether the person had counsel or a union at hand."
        if release.scope and len(release.scope.split()) < SPECIFIC_WORDS:
            found["scope"] = (
                f"Describe specifically what the replica may be made to do, in at least {SPECIFIC_WORDS} words."
            )
    return found


def _about_categories(release: Release) -> dict[str, str]:
    named = release.exclusive_categories
    if len(named) > MOST_CATEGORIES or any(len(each) > LONGEST_CATEGORY for each in named):
        return {"exclusive_categories": f"At most {MOST_CATEGORIES}, of at most {LONGEST_CATEGORY} characters each."}
    return {}
