"""What a clip was made from, in words and links: the section of its rights page, and what a draft begins with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from generations.models import Clip
from generations.models.descent import direct_parents
from reviews.actions import descent
from reviews.rules import descent as rules
from reviews.rules import scoping
from reviews.rules.clearance_facts import ParentFacts
from reviews.rules.whole_days import whole_days
from reviews.web.question_forms import MadeFromForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission


@dataclass(frozen=True)
class Parent:
    """A clip that another was made from; ``url`` is empty where the reader may not see it. No operation: generated from it."""

    name: str
    operation: str
    url: str


def lineage_context(clip: Clip, user: User) -> dict[str, Any]:
    """Return the section: the clips it was made from, what they bind it to at most, and the form to declare one more."""
    if user.kind == Kind.GUEST:
        return {}
    found = descent.parents_of([clip.pk], user)[clip.pk]
    may = user.may(Permission.UPLOAD)
    return {
        "made_from": made_from(clip, user) if found else [],
        "ancestors": len(found),
        "bound": bound_words(found),
        "made_from_form": MadeFromForm(clip=clip, user=user, prefix="from") if may else None,
    }


def made_from(clip: Clip, user: User) -> list[Parent]:
    """Return the clips that this one was made from itself, in the order in which that was told."""
    parents = direct_parents(clip.pk)
    seen = Clip.objects.visible_to(user).filter(pk__in=list(parents)).select_related("project", "shot").in_bulk()
    return [
        Parent(f"{seen[pk].project.name}: {seen[pk]}", operation, reverse("reviews:clip-rights", args=[pk]))
        if pk in seen
        else Parent(descent.UNSEEN, operation, "")
        for pk, operation in parents.items()
    ]


def bound_words(parents: Sequence[ParentFacts]) -> str:
    """Say what the parents allow at most; empty without parents."""
    if not parents:
        return ""
    most = rules.at_most(parents)
    if most is None:
        unknown = ", ".join(dict.fromkeys(each.name for each in parents if each.scope is None))
        return (
            f"Bound by what it was made from: nothing is allowed yet, because there is no licence record of {unknown}."
        )
    return f"Bound by what it was made from: at most {scoping.in_words(most)}."


def draft_bounds(clip: Clip, user: User) -> tuple[str, dict[str, Any]]:
    """Return the hint for the draft page, and what a first draft begins with: at most what the parents allow."""
    parents = descent.parents_of([clip.pk], user)[clip.pk]
    most = rules.at_most(parents)
    if most is None:
        return bound_words(parents), {}
    first, last = whole_days(most.starts_at, most.ends_at, ZoneInfo(most.time_zone))
    begin: dict[str, Any] = {
        "uses": sorted(most.uses),
        "territories": ", ".join(sorted(most.territories)),
        "time_zone": most.time_zone,
        "first_day": first,
        "last_day": last,
    }
    if most.purposes is not None:
        begin["purposes"] = sorted(most.purposes)
    return bound_words(parents), begin
