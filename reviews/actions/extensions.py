"""Ask the legal approvers for a use that the licence record does not cover, and answer such a request."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Project, Pulse
from reviews.actions import notices, refusals
from reviews.actions.clear import clearance, question
from reviews.models import ExtensionRequest, Notice
from reviews.rules.reasons import EXTENDABLE
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict


def ask_extension(
    *,
    actor: User,
    clip: Clip,
    use: str,
    territory: str,
    reason: str,
    purpose: str = "",
    at: datetime | None = None,
    until: datetime | None = None,
) -> ExtensionRequest:
    """Ask for a use, a place, a purpose or a time outside the record's scope; the project's legal approvers are told.

    Raises Forbidden, NotFound, InvalidInput, Conflict when it is cleared, when nothing in the record's scope stands against
    it, when it was asked already, or when no legal approver takes part in the project.
    """
    actor.demand(Permission.DRAFT_LICENCE)
    checks.require_seen(actor, Clip.objects.all(), clip)
    words = checks.words(reason, "reason", "Say what it is needed for.")
    asked = question(use=use, territory=territory, purpose=purpose, at=at, until=until)
    answer = clearance(clip=clip, use=use, territory=territory, purpose=purpose, at=asked.at, until=until, reader=actor)
    blocks = [one.code for one in answer.reasons]
    if not EXTENDABLE & set(blocks):
        _refuse_needless(granted=answer.granted)
    row = ExtensionRequest(
        clip=clip, clip_sha256=clip.sha256, use=use, territory=asked.territory, purpose=purpose, starts_at=asked.at,
        ends_at=until, time_zone=actor.time_zone, blocks=blocks, reason=words, asked_by=actor,
    )  # fmt: skip
    with transaction.atomic():
        people = _counsel(clip.project)
        same = {"use": use, "territory": asked.territory, "purpose": purpose}
        if ExtensionRequest.objects.open().filter(clip=clip, **same).exists():
            raise Conflict("This is asked for already; it waits for a legal approver.", code="extension-asked")
        checks.insert(row)
        notices.notify(kind=Notice.Kind.EXTENSION, people=people, project=clip.project, clip=clip, actor=actor)
        asked_body: dict[str, Json] = {
            **same, "from": asked.at.isoformat(), "until": until.isoformat() if until else None, "blocks": [*blocks],
        }  # fmt: skip
        _append("extension.asked", actor, row, asked_body | {"words": record.conceal(words)})
    return row


def settle_extension(*, actor: User, request: ExtensionRequest, granted: bool, answer: str) -> ExtensionRequest:
    """Answer a request, for legal approvers. It is granted only when the clip is cleared for it: a signed record came first.

    Raises Forbidden, NotFound, InvalidInput without words, Conflict if somebody answered it before, Refused with every
    reason when it is said to be granted and is not.
    """
    actor.demand(Permission.SIGN)
    checks.require_seen(actor, ExtensionRequest.objects.all(), request)
    words = checks.words(answer, "answer", "Say what you decided.")
    if granted:
        _require_cleared(actor, request)
    with transaction.atomic():
        waiting = ExtensionRequest.objects.open().filter(pk=request.pk)
        if not waiting.update(granted=granted, answer=words, settled_by=actor, settled_at=timezone.now()):
            raise Conflict("This request was answered before.", code="extension-settled")
        project = request.clip.project
        told = [request.asked_by]
        notices.notify(kind=Notice.Kind.ANSWERED, people=told, project=project, clip=request.clip, actor=actor)
        _append("extension.settled", actor, request, {"granted": granted, "words": record.conceal(words)})
    request.refresh_from_db()
    return request


def _require_cleared(actor: User, request: ExtensionRequest) -> None:
    now = timezone.now()
    over = request.ends_at is not None and request.ends_at <= now
    found = clearance(
        clip=request.clip, use=request.use, territory=request.territory, purpose=request.purpose, reader=actor,
        at=request.starts_at if over else max(request.starts_at, now), until=request.ends_at,
    )  # fmt: skip
    if not found.granted:
        words = "It is not cleared for that yet: a signed record that covers it comes first."
        refusals.refuse(words, found.reasons, code="not-cleared")


def _refuse_needless(*, granted: bool) -> None:
    if granted:
        raise Conflict("It is cleared for that already.", code="cleared-already")
    words = "The record's scope covers that. Something else stands against it, and a wider scope would not mend it."
    raise Conflict(words, code="not-about-scope")


def _counsel(project: Project) -> list[User]:
    rows = User.objects.filter(memberships__project=project, kind=Kind.LEGAL, is_active=True)
    people = list(rows.order_by("pk"))
    if not people:
        words = "No legal approver takes part in this project. Add one, then ask again."
        raise Conflict(words, code="no-legal-approver")
    return people


def _append(kind: str, actor: User, row: ExtensionRequest, body: dict[str, Json]) -> None:
    Pulse.objects.bump(row.clip.project)
    client = row.clip.project.client_id
    record.append(kind=kind, actor=actor.pk, client=client, subject=row, body={"clip_sha256": row.clip_sha256, **body})
