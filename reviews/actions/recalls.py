"""Call back what was handed over, and take receipts. One recall for each delivery and cause; nothing is called back twice."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from generations.actions import checks
from generations.models import Project, Pulse
from generations.models.descent import descendants
from reviews.actions import notices
from reviews.models import Delivery, Incident, Notice, Recall, Release, SignOff
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput

DONE = {
    "deleted": "Every copy is deleted.",
    "stopped": "Its use has stopped; copies are kept for the file only.",
    "passed-on": "It was passed on; whoever has it has been told to stop.",
    "running": "It cannot be stopped yet.",
}
"""What a recipient can have done with the copies."""
FROM_ANOTHER = "There was an incident with a clip of another project, from which this one was made."


def for_revocation(*, actor: User, revocation: SignOff) -> list[Recall]:
    """Call back everything that left under the approval which this signature revokes. Inside the caller's transaction."""
    rows = Delivery.objects.filter(sign_off=revocation.revokes)
    return _open(actor, rows, revocation.reason, revocation=revocation)


def for_release(*, actor: User, release: Release) -> list[Recall]:
    """Call back what left under records that rest on a release that was withdrawn. Inside the caller's transaction."""
    rows = Delivery.objects.filter(sign_off__record_version__releases__release=release)
    return _open(actor, rows.distinct(), f"The consent of {release.subject} was withdrawn.", release=release)


def for_incident(*, actor: User, incident: Incident) -> list[Recall]:
    """Call back every copy of the clip that left, and of what was made from it: what binds a clip binds those. In the caller's transaction.

    The words of the incident stay in its project; copies that left from others are called back without them.
    """
    clip = incident.clip
    made = descendants([clip.pk]).of(clip.pk)
    copies = Delivery.objects.filter(clip__in={clip.pk} | made)
    here, elsewhere = copies.filter(clip__project=clip.project_id), copies.exclude(clip__project=clip.project_id)
    told = _open(actor, here, incident.words, incident=incident)
    return told + _open(actor, elsewhere, FROM_ANOTHER, incident=incident)


def acknowledge(*, actor: User, recall: Recall, done: str, words: str = "") -> Recall:
    """Take the receipt: what was done with the copies (a key of ``DONE``), with words where it cannot be stopped.

    By whom it was given to, or by the project's producers and legal approvers on their behalf. Raises Forbidden, NotFound,
    InvalidInput, Conflict if there is a receipt.
    """
    checks.require_seen(actor, Recall.objects.all(), recall)
    _require_party(actor, recall)
    said = words.strip()
    if done not in DONE:
        raise InvalidInput("Say what was done with the copies.", fields={"done": "Choose one of the list."})
    if done == "running" and not said:
        raise InvalidInput("Say until when it runs, and where.", fields={"words": "Say until when, and where."})
    receipt = f"{DONE[done]} {said}".strip()
    with transaction.atomic():
        waiting = Recall.objects.filter(pk=recall.pk).open()
        if not waiting.update(acknowledged_at=timezone.now(), acknowledged_by=actor, receipt=receipt):
            raise Conflict("There is a receipt for this already.", code="recall-settled")
        Pulse.objects.bump(recall.delivery.clip.project)
        _append("recall.acknowledged", actor, recall, {"done": done, "receipt": record.conceal(receipt)})
    recall.refresh_from_db()
    return recall


def told(user: User, recall: Recall) -> str:
    """Say why, in words for this reader: what the agency wrote of a claim or of a person's consent is not a guest's business."""
    if user.kind != Kind.GUEST:
        return recall.reason
    if recall.revocation_id is not None:
        return "The approval was revoked."
    return "A consent was withdrawn." if recall.release_id is not None else "A claim was made."


def may_remind(user: User, recall: Recall) -> bool:
    """Say whether this person can ask once more: whoever sends clips out, but not those who are asked themselves."""
    asks = user.kind in (Kind.PRODUCER, Kind.LEGAL, Kind.ADMINISTRATOR)
    return asks and recall.acknowledged_at is None and recall.delivery.delivered_to_id != user.pk


def remind(*, actor: User, recall: Recall) -> Recall:
    """Ask once more. Raises Forbidden, NotFound, Conflict if there is a receipt."""
    checks.require_seen(actor, Recall.objects.all(), recall)
    if recall.acknowledged_at is not None:
        raise Conflict("There is a receipt for this already.", code="recall-settled")
    if not may_remind(actor, recall):
        raise Forbidden(
            "Producers, legal approvers and administrators remind, and nobody themselves.", code="not-yours"
        )
    with transaction.atomic():
        _tell(actor, recall.delivery.clip.project, [recall])
        _append("recall.reminded", actor, recall, {})
    recall.refresh_from_db()
    return recall


def may_answer(user: User, recall: Recall) -> bool:
    """Say whether this person can give the receipt."""
    return recall.delivery.delivered_to_id == user.pk or user.kind in (Kind.PRODUCER, Kind.LEGAL)


def _require_party(actor: User, recall: Recall) -> None:
    if not actor.is_active or not may_answer(actor, recall):
        raise Forbidden("Whoever was given the clip says what became of it.", code="not-yours")


def _open(actor: User, deliveries: QuerySet[Delivery], reason: str, **cause: Any) -> list[Recall]:
    """One recall for each delivery, and a notice for each person; ledgered one by one. Each cause comes once."""
    rows = deliveries.select_related("clip__project", "delivered_to")
    made = [Recall(delivery=row, reason=reason, **cause) for row in rows]
    Recall.objects.bulk_create(made)
    projects: defaultdict[Project, list[Recall]] = defaultdict(list)
    for recall in made:
        projects[recall.delivery.clip.project].append(recall)
        _append("recall.opened", actor, recall, {})
    for project, each in projects.items():
        _tell(actor, project, each)
    return made


def _tell(actor: User, project: Project, recalls: Iterable[Recall]) -> None:
    """The clip is not named in the notice: a guest may not see it any more, and must be reached all the same."""
    rows = list(recalls)
    people = {row.delivery.delivered_to for row in rows}
    notices.notify(kind=Notice.Kind.RECALL, people=people, project=project, actor=actor)
    Recall.objects.filter(pk__in=[row.pk for row in rows]).update(notified_at=timezone.now())


def _append(kind: str, actor: User, recall: Recall, more: dict[str, Json]) -> None:
    body: dict[str, Json] = {
        "delivery": str(recall.delivery_id),
        "sha256": recall.delivery.sha256,
        "revocation": str(recall.revocation_id) if recall.revocation_id else None,
        "release": str(recall.release_id) if recall.release_id else None,
        "incident": str(recall.incident_id) if recall.incident_id else None,
        **more,
    }
    client = recall.delivery.clip.project.client_id
    record.append(kind=kind, actor=actor.pk, client=client, subject=recall, body=body)
