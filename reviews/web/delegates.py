"""Who else takes part in a project and can sign, or draft, where somebody had a hand in a record or is its only legal approver."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from generations.models import Membership, Project
from reviews.actions import facts
from reviews.models import LicenceRecordVersion
from reviews.rules import delegating, separation
from reviews.rules.delegating import Advice
from reviews.rules.separation import Involvement
from sorahub.accounts.models import User
from sorahub.accounts.roles import GRANTS, Kind, Permission

Team = Mapping[UUID, list[User]]
_DRAFTING = [kind for kind, granted in GRANTS.items() if Permission.DRAFT_LICENCE in granted]


def teams(projects: Collection[UUID]) -> Team:
    """Return who takes part in each project and may draft or sign, by name. One query."""
    found: defaultdict[UUID, list[User]] = defaultdict(list)
    rows = Membership.objects.filter(project__in=projects, user__is_active=True, user__kind__in=_DRAFTING)
    for row in rows.select_related("user__person").order_by("user__person__name", "id"):
        found[row.project_id].append(row.user)
    return found


def advice(people: Iterable[User], hands: Involvement) -> Advice:
    """Say who of these people can sign instead, given who had a hand in it."""
    several = list(people)
    signers = [each for each in several if _signs(each) and not separation.against_signing(each.person_id, hands)]
    return delegating.to_sign(_names(signers), _names(each for each in several if not _signs(each)))


def advice_for(version: LicenceRecordVersion) -> Advice:
    """The same for one version, with everybody who takes part in its project."""
    clip = version.record.clip
    return advice(teams([clip.project_id])[clip.project_id], facts.involvement(clip, version))


def alone(user: User, projects: Iterable[Project], team: Team) -> list[tuple[str, str]]:
    """Return where this is the only legal approver, and who may draft there instead: projects with the same people are named together."""
    if user.kind != Kind.LEGAL:
        return []
    found: dict[str, list[str]] = {}
    for project in projects:
        if not any(_signs(each) and each.person_id != user.person_id for each in team[project.pk]):
            words = delegating.to_draft(_names(each for each in team[project.pk] if not _signs(each)))
            found.setdefault(words, []).append(project.name)
    return [(", ".join(names), words) for words, names in found.items()]


def counsel_address(version: LicenceRecordVersion) -> str:
    """Return where outside counsel is asked to sign; empty where the hub has no such page."""
    try:
        return reverse("reviews:counsel-invite", args=[version.pk])
    except NoReverseMatch:
        return ""


def _signs(user: User) -> bool:
    return user.may(Permission.SIGN)


def _names(people: Iterable[User]) -> list[str]:
    return list(dict.fromkeys(each.get_full_name() for each in people))
