"""Say which release stands for whom of the persons that a reference depicts, and what is missing of them."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Pulse, Reference
from reviews.models import ReferenceRelease, Release
from reviews.rules import reference_consents
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import InvalidInput


def link_release(*, actor: User, reference: Reference, name: str, release: Release | None) -> ReferenceRelease:
    """Let a release of the reference's project stand for a depicted person from now on; None: none does any more.

    What stood before is kept. Raises Forbidden, NotFound, InvalidInput (nobody of that name is depicted, a release of another
    project), Conflict for an archived project.
    """
    actor.demand(Permission.DRAFT_LICENCE)
    checks.require_seen(actor, Reference.objects.all(), reference)
    checks.require_open(reference.project)
    if name not in reference.names:
        words = "Nobody of this name is among the persons whom the file depicts; name them there first."
        raise InvalidInput(words, fields={"name": words})
    if release is not None and release.project_id != reference.project_id:
        words = "This release belongs to another project: consent is given for a project. Put one on file here."
        raise InvalidInput(words, fields={"release": words})
    row = ReferenceRelease(reference=reference, name=name, release=release, linked_by=actor)
    with transaction.atomic():
        checks.insert(row)
        Pulse.objects.bump(reference.project)
        body: dict[str, Json] = {
            "reference": str(reference.pk),
            "sha256": reference.sha256,
            "name": record.conceal(name),
            "release": str(release.pk) if release else None,
        }
        client = reference.project.client_id
        record.append(kind="reference.release_linked", actor=actor.pk, client=client, subject=row, body=body)
    return row


def standing(references: Sequence[Reference]) -> dict[UUID, dict[str, Release]]:
    """Return the release that stands for each name of each reference. One query."""
    links = (
        ReferenceRelease.objects.filter(reference__in=references).select_related("release").order_by("linked_at", "id")
    )
    newest = {(link.reference_id, link.name): link.release for link in links}
    found: dict[UUID, dict[str, Release]] = {row.pk: {} for row in references}
    for (pk, name), release in newest.items():
        if release is not None:
            found[pk][name] = release
    return found


def missing(references: Sequence[Reference]) -> dict[UUID, list[str]]:
    """Return what is missing of the consents of each reference that depicts real persons. One query."""
    today, links = timezone.now().date(), standing(references)
    return {row.pk: reference_consents.missing(row.names, links[row.pk], today) for row in references}
