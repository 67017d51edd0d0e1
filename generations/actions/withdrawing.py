"""Take a clip out of use, and bring it back: each with a reason, and neither touches its bytes."""

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Pulse, Shot, Withdrawal
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.errors import Conflict


def withdraw_clip(*, actor: User, clip: Clip, reason: str) -> Withdrawal:
    """Take a clip out of use: it is no selected take any more, is put before nobody and clears for nothing.

    Raises Forbidden, NotFound, InvalidInput without a reason, Conflict when it is withdrawn already or its project is archived.
    """
    words = _admitted(actor, clip, reason)
    with transaction.atomic():
        clip.refresh_from_db(fields=["shot"])  # it may have been filed under one meanwhile
        if clip.shot_id is not None:
            Shot.objects.select_for_update().get(pk=clip.shot_id)  # as select_take does: one of the two comes first
        now = timezone.now()
        if not Clip.objects.filter(pk=clip.pk, withdrawn_at=None).update(withdrawn_at=now):
            raise Conflict("This clip is withdrawn already.", code="clip-withdrawn")
        _deselect(actor, clip)
        row = _tell(actor, clip, words, withdrawn=True)
    clip.refresh_from_db(fields=["withdrawn_at"])
    return row


def bring_back_clip(*, actor: User, clip: Clip, reason: str) -> Withdrawal:
    """Let a withdrawn clip be worked with again; it is not selected by that.

    Raises Forbidden, NotFound, InvalidInput without a reason, Conflict when it is not withdrawn or its project is archived.
    """
    words = _admitted(actor, clip, reason)
    with transaction.atomic():
        if not Clip.objects.filter(pk=clip.pk, withdrawn_at__isnull=False).update(withdrawn_at=None):
            raise Conflict("This clip is not withdrawn.", code="not-withdrawn")
        row = _tell(actor, clip, words, withdrawn=False)
    clip.refresh_from_db(fields=["withdrawn_at"])
    return row


def _admitted(actor: User, clip: Clip, reason: str) -> str:
    actor.demand(Permission.MANAGE_PROJECT)
    checks.require_seen(actor, Clip.objects.all(), clip)
    checks.require_open(clip.project)
    return checks.words(reason, "reason", "Say why.")


def _deselect(actor: User, clip: Clip) -> None:
    """A shot whose selected take goes out of use has none; said as any other choice is."""
    if clip.shot is None or not Shot.objects.filter(pk=clip.shot.pk, selected_clip=clip).update(
        selected_clip=None, source_in=0, source_out=None
    ):
        return
    body = {"clip": None, "clip_sha256": None, "before": str(clip.pk)}
    client = clip.project.client_id
    record.append(kind="take.selected", actor=actor.pk, client=client, subject=clip.shot, body=body)


def _tell(actor: User, clip: Clip, words: str, *, withdrawn: bool) -> Withdrawal:
    row = Withdrawal(clip=clip, withdrawn=withdrawn, reason=words, by=actor)
    checks.insert(row)
    Pulse.objects.bump(clip.project)
    kind, client = ("clip.withdrawn" if withdrawn else "clip.brought_back"), clip.project.client_id
    body = {"clip_sha256": clip.sha256, "words": record.conceal(words)}
    record.append(kind=kind, actor=actor.pk, client=client, subject=clip, body=body)
    return row
