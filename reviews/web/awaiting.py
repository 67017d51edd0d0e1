"""What awaits a legal approver's signature: why each waits, what changed since they looked, and who else can sign what is their own work."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from generations.models import Membership, Project
from reviews.actions.since import Change, changes_since, last_looks
from reviews.models import LicenceRecordVersion
from reviews.rules.delegating import Advice
from reviews.web import delegates, docket, rights
from reviews.web.docket import Case
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib.keyset import page

PAGE = 10
FEW = 6
MOST_CHANGES = 4


@dataclass(frozen=True)
class Waiting(Case):
    """A case on the list. ``looked_at``: when this person last looked (None: never); ``advice`` where it is their own work."""

    looked_at: datetime | None = None
    changes: list[Change] = field(default_factory=list)
    advice: Advice | None = None
    counsel_url: str = ""

    @property
    def newest(self) -> list[Change]:
        """The last of what changed, newest first."""
        return self.changes[: -MOST_CHANGES - 1 : -1]

    @property
    def further(self) -> int:
        """How many changes there are before these."""
        return max(0, len(self.changes) - MOST_CHANGES)


def awaiting(user: User, now: datetime, after: str = "") -> dict[str, Any]:
    """Return a page of the records that await a signature, those that wait longest first, and what is suspended.

    The same number of queries for any number of records. ``after``: the cursor of the page before.
    """
    rows = page(docket.joined(rights.listed(user, "unsigned")), after, PAGE, oldest_first=True)
    suspended = rights.listed(user, "suspended").select_related("record__clip__project", "record__clip__shot")
    lone = _lone(user)
    team = delegates.teams({row.record.clip.project_id for row in rows.items} | {project.pk for project in lone})
    return {
        "cases": _waiting(docket.cases(rows.items, user, now), user, team),
        "next_cursor": rows.next_cursor,
        "after": after,
        "suspended": list(suspended.defer("canonical").order_by("id")[:FEW]),
        "alone": delegates.alone(user, lone, team),
    }


def without_a_signer(user: User) -> list[LicenceRecordVersion]:
    """Return records that await a signature in projects in which nobody who may sign takes part: the longest waiting few.

    So an administrator learns of it when the only legal approver of a project left. One query.
    """
    signers = Membership.objects.filter(
        project=OuterRef("record__clip__project"), user__kind=Kind.LEGAL, user__is_active=True
    )
    rows = rights.listed(user, "unsigned").filter(~Exists(signers), record__clip__project__archived_at=None)
    return list(
        rows.select_related("record__clip__project", "record__clip__shot").defer("canonical").order_by("id")[:FEW]
    )


def _waiting(cases: Sequence[Case], user: User, team: delegates.Team) -> list[Waiting]:
    versions = [case.version for case in cases]
    looked = last_looks(versions, user)
    changes = changes_since(versions, looked, user)
    return [
        Waiting(
            case.version,
            case.signature,
            case.against,
            case.hands,
            looked.get(case.version.pk),
            changes.get(case.version.pk, []),
            *_advice(case, team),
        )
        for case in cases
    ]


def _advice(case: Case, team: delegates.Team) -> tuple[Advice | None, str]:
    if not case.own:
        return None, ""
    advice = delegates.advice(team[case.clip.project_id], case.hands)
    return advice, delegates.counsel_address(case.version) if advice.stuck else ""


def _lone(user: User) -> QuerySet[Project]:
    """The newest few open projects in which this person takes part, and no other legal approver does."""
    other = Membership.objects.filter(
        ~Q(user__person=user.person_id), project=OuterRef("pk"), user__kind=Kind.LEGAL, user__is_active=True
    )
    return Project.objects.visible_to(user).open().filter(~Exists(other)).order_by("-id")[:FEW]
