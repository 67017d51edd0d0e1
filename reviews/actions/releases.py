"""Add releases, and withdraw them: a withdrawal suspends every record that rests on it, since clearance is computed."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Project, Pulse
from reviews.models import Finding, Release
from reviews.rules import consenting
from reviews.rules import territories as places
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.errors import Conflict, InvalidInput


def add_release(
    *,
    actor: User,
    project: Project,
    kind: str,
    subject: str,
    scope: str,
    uses: Sequence[str],
    territories: Sequence[str],
    valid_from: date,
    valid_until: date | None = None,
    ai_use: str = Finding.UNKNOWN,
    training: str = Finding.UNKNOWN,
    counselled: str = Finding.UNKNOWN,
    of_age_on: date | None = None,
    exclusive_categories: Sequence[str] = (),
) -> Release:
    """Put a consent on file; both dates are inside its term, and what it does not list was not consented to.

    Raises Forbidden, NotFound, InvalidInput with every problem, Conflict for an archived project.
    """
    actor.demand(Permission.DRAFT_LICENCE)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)
    release = Release(
        project=project,
        kind=kind,
        subject=subject.strip(),
        scope=scope.strip(),
        uses=sorted(set(uses)),
        territories=places.normalised(territories),
        ai_use=ai_use,
        training=training,
        counselled=counselled,
        of_age_on=of_age_on,
        exclusive_categories=sorted({each.strip() for each in exclusive_categories} - {""}, key=str.casefold),
        valid_from=valid_from,
        valid_until=valid_until,
        created_by=actor,
    )
    wrong = consenting.problems(release)
    if wrong:
        raise InvalidInput(" ".join(wrong.values()), fields=wrong)
    with transaction.atomic():
        checks.insert(release)
        Pulse.objects.bump(project)
        _append("release.added", actor, release)
    return release


def withdraw_release(*, actor: User, release: Release) -> Release:
    """Note that the consent was taken back. Raises Forbidden, NotFound, Conflict if it was before."""
    actor.demand(Permission.HOLD)
    checks.require_seen(actor, Release.objects.all(), release)
    with transaction.atomic():
        if not Release.objects.filter(pk=release.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
            raise Conflict("This release was withdrawn before.", code="release-withdrawn")
        Pulse.objects.bump(release.project)
        _append("release.withdrawn", actor, release)
    release.refresh_from_db()
    return release


def _append(kind: str, actor: User, release: Release) -> None:
    body = {"kind": str(release.kind), "subject": record.conceal(release.subject)}
    record.append(kind=kind, actor=actor.pk, client=release.project.client_id, subject=release, body=body)
