"""Hand over exact bytes: ask clearance, look at the file, write down who got what."""

import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.actions import refusals, verification
from reviews.actions.clear import clearance
from reviews.models import Delivery
from reviews.rules.clearance import Clearance
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.ledger import record
from sorahub.lib import storage


@dataclass(frozen=True)
class Grant:
    """A file that may leave now: where it lies, under which name it goes, its hash, and the row that says so."""

    path: Path
    filename: str
    sha256: str
    delivery: Delivery


def grant_download(*, actor: User, clip: Clip, use: str, territory: str, purpose: str = "") -> Grant:
    """Let the original go to this person for this use, place and purpose, once, and ledger it.

    Counsel may take an original before clearance; it is written down as that. Raises Forbidden, NotFound, InvalidInput,
    and Refused with every reason when it is not cleared or its bytes are not its own any more (guests are told that it
    is not cleared, not the agency's reasons).
    """
    actor.demand(Permission.DOWNLOAD_CLEARED)
    checks.require_seen(actor, Clip.objects.all(), clip)
    _permitted(actor, clip, use, territory, purpose)
    verification.require_untouched(clip)
    with transaction.atomic():
        # First: whoever revokes, withdraws or reports bumps it too. What ends before this is seen here, what ends after it calls this back.
        Pulse.objects.bump(clip.project)
        answer = _permitted(actor, Clip.objects.get(pk=clip.pk), use, territory, purpose)
        delivery = Delivery.objects.create(
            clip=clip,
            sha256=clip.sha256,
            sign_off=answer.sign_off,
            manner=Delivery.Manner.DOWNLOAD if answer.granted else Delivery.Manner.COUNSEL,
            use=use,
            territory=territory.strip().upper(),
            purpose=purpose,
            delivered_to=actor,
        )
        _append(actor, delivery)
    path = storage.path_for(clip.storage_key, settings.MEDIA_ROOT)
    return Grant(path, file_name(clip), clip.sha256, delivery)


def file_name(clip: Clip) -> str:
    """Return the name under which a clip leaves: project, shot and take, in letters that every system takes."""
    parts = [clip.project.code, clip.shot.code if clip.shot else "clip", f"take{clip.take}", clip.sha256[:8]]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", "_".join(parts)) + (Path(clip.storage_key).suffix or ".mp4")


def _permitted(actor: User, clip: Clip, use: str, territory: str, purpose: str) -> Clearance:
    answer = clearance(clip=clip, use=use, territory=territory, purpose=purpose, reader=actor)
    damaged = any(one.code == "quarantined" for one in answer.reasons)
    if not answer.granted and (damaged or not actor.may(Permission.DOWNLOAD_UNCLEARED)):
        told = [] if actor.kind == Kind.GUEST else answer.reasons
        refusals.refuse("This clip is not cleared for that.", told, code="not-cleared")
    return answer


def _append(actor: User, delivery: Delivery) -> None:
    record.append(
        kind="clip.downloaded",
        actor=actor.pk,
        client=delivery.clip.project.client_id,
        subject=delivery,
        body={
            "clip_id": str(delivery.clip_id),
            "sha256": delivery.sha256,
            "manner": str(delivery.manner),
            "use": delivery.use,
            "territory": delivery.territory,
            "purpose": delivery.purpose,
            "sign_off": str(delivery.sign_off_id) if delivery.sign_off_id else None,
        },
    )
