"""Add releases, and withdraw them: a withdrawal suspends every record that rests on it, since clearance is computed."""

import re
from datetime import date

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Project, Pulse
from reviews.actions import recalls
from reviews.models import Release
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
    valid_from: date,
    valid_until: date | None = None,
    document_sha256: str = "",
) -> Release:
    """Put a consent on file; both dates are inside its term. Raises Forbidden, NotFound, InvalidInput."""
    actor.demand(Permission.DRAFT_LICENCE)
    checks.require_seen(actor, Project.objects.all(), project)
    if valid_until is not None and valid_until < valid_from:
        raise InvalidInput("The release ends before it begins.", fields={"valid_until": "Not before the first day."})
    if document_sha256 and not re.fullmatch(r"[0-9a-f]{64}", document_sha256):
        raise InvalidInput("Give the SHA-256 as 64 digits.", fields={"document_sha256": "64 hexadecimal digits."})
    release = Release(
        project=project,
        kind=kind,
        subject=checks.words(subject, "subject", "Say who or what is depicted."),
        scope=checks.words(scope, "scope", "Say what was consented to."),
        valid_from=valid_from,
        valid_until=valid_until,
        document_sha256=document_sha256,
        created_by=actor,
    )
    with transaction.atomic():
        checks.insert(release)
        Pulse.objects.bump(project)
        _append("release.added", actor, release)
    return release


def withdraw_release(*, actor: User, release: Release) -> Release:
    """Note that the consent was taken back: what rests on it clears nothing from now on, and what left is called back.

    Raises Forbidden, NotFound, Conflict if it was before.
    """
    actor.demand(Permission.HOLD)
    checks.require_seen(actor, Release.objects.all(), release)
    with transaction.atomic():
        if not Release.objects.filter(pk=release.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
            raise Conflict("This release was withdrawn before.", code="release-withdrawn")
        Pulse.objects.bump(release.project)
        _append("release.withdrawn", actor, release)
        recalls.for_release(actor=actor, release=release)
    release.refresh_from_db()
    return release


def _append(kind: str, actor: User, release: Release) -> None:
    body = {"kind": str(release.kind), "subject": record.conceal(release.subject)}
    record.append(kind=kind, actor=actor.pk, client=release.project.client_id, subject=release, body=body)
