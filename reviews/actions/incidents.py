"""Report what happened to a clip's rights, and close it. An open incident that stops keeps everything from leaving."""

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.actions import notices, recalls
from reviews.models import Incident, Notice
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput

REPORTED = [(kind.value, kind.label) for kind in Incident.Kind if kind != Incident.Kind.BYTES_CHANGED]
"""What people report; changed bytes are found by SoraHub itself."""
TOLD = (Kind.LEGAL, Kind.PRODUCER)


def report_incident(
    *,
    actor: User,
    clip: Clip,
    kind: str,
    words: str,
    claimant: str = "",
    stops: bool = True,
    recall: bool = False,
) -> Incident:
    """Write down a claim, a takedown or the like; while it is open and ``stops``, nothing leaves of this clip.

    Only a legal approver reports one that does not stop, or calls back what was handed over (``recall``). The project's
    legal approvers and producers are told. Raises Forbidden, NotFound, InvalidInput.
    """
    actor.demand(Permission.REPORT_INCIDENT)
    checks.require_seen(actor, Clip.objects.all(), clip)
    if not stops or recall:
        actor.demand(Permission.HOLD)
    if kind not in dict(REPORTED):
        raise InvalidInput("Say what kind of incident it is.", fields={"kind": "Choose one of the list."})
    incident = Incident(
        clip=clip,
        clip_sha256=clip.sha256,
        kind=kind,
        words=checks.words(words, "words", "Say what happened."),
        claimant=claimant.strip(),
        stops=stops,
        opened_by=actor,
    )
    with transaction.atomic():
        checks.insert(incident)
        _opened(incident, actor)
        if recall:
            recalls.for_incident(actor=actor, incident=incident)
    return incident


def close_incident(*, actor: User, incident: Incident, outcome: str) -> Incident:
    """Say how it ended; what it stopped may leave again if nothing else speaks against it. For legal approvers.

    Raises Forbidden, NotFound, InvalidInput without an outcome, Conflict if somebody closed it before, or for changed bytes
    that are still changed.
    """
    actor.demand(Permission.HOLD)
    checks.require_seen(actor, Incident.objects.all(), incident)
    words = checks.words(outcome, "outcome", "Say how it ended.")
    if incident.kind == Incident.Kind.BYTES_CHANGED and incident.clip.quarantined_at is not None:
        raise Conflict(
            "The clip is still in quarantine: restore its original from a backup, and have it hashed anew.",
            code="still-quarantined",
        )
    with transaction.atomic():
        open_still = Incident.objects.filter(pk=incident.pk).open()
        if not open_still.update(closed_at=timezone.now(), closed_by=actor, outcome=words):
            raise Conflict("This incident was closed before.", code="incident-closed")
        _append("incident.closed", actor, incident, {"outcome": record.conceal(words)})
    incident.refresh_from_db()
    return incident


def bytes_changed(clip: Clip, actor: User | None = None, *, missing: bool = False) -> Incident | None:
    """Open the incident of bytes that are not the clip's any more, or are gone, once. Inside the caller's transaction."""
    if Incident.objects.filter(clip=clip, kind=Incident.Kind.BYTES_CHANGED).open().exists():
        return None
    changed = "The stored file is not the one that was judged: its SHA-256 differs. The clip is in quarantine."
    words = "The stored file is missing: restore it from a backup." if missing else changed
    incident = Incident.objects.create(
        clip=clip, clip_sha256=clip.sha256, kind=Incident.Kind.BYTES_CHANGED, words=words, opened_by=actor
    )
    _opened(incident, actor)
    return incident


def _opened(incident: Incident, actor: User | None) -> None:
    project = incident.clip.project
    people = User.objects.filter(memberships__project=project, kind__in=TOLD, is_active=True)
    notices.notify(kind=Notice.Kind.INCIDENT, people=list(people), project=project, actor=actor, clip=incident.clip)
    _append("incident.opened", actor, incident, {"words": record.conceal(incident.words)})


def _append(kind: str, actor: User | None, incident: Incident, more: dict[str, Json]) -> None:
    Pulse.objects.bump(incident.clip.project)
    body: dict[str, Json] = {
        "clip_sha256": incident.clip_sha256,
        "kind": str(incident.kind),
        "stops": incident.stops,
        **more,
    }
    client = incident.clip.project.client_id
    record.append(kind=kind, actor=actor.pk if actor else None, client=client, subject=incident, body=body)
