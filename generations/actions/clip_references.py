"""Make a take, or one exact frame of it, a reference. What is made with it was made from that take, and is bound by its rights."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Unpack
from uuid import UUID

from django.conf import settings
from django.db import transaction

from generations import media
from generations.actions import checks, reference_facts, references
from generations.actions.receiving import plain_name
from generations.actions.reference_facts import Facts
from generations.actions.references import Added, Kept
from generations.announcements import stops_asked
from generations.media.calls import PICK_LIMITS, REFERENCE_LIMITS
from generations.models import Clip, Generation, Project, Pulse, Reference
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib import storage
from sorahub.lib.errors import Conflict, InvalidInput

FRAME_LIMITS = replace(REFERENCE_LIMITS, memory=PICK_LIMITS.memory)
FINEST = 95
RIGHTS = "What binds the take binds this file too."


def reference_from_clip(
    *, actor: User, clip: Clip, project: Project | None = None, frame: int | None = None, **facts: Unpack[Facts]
) -> Added:
    """Make the frame (from 0) of a clip, or without one the clip itself, a reference in its project or another of the same client.

    The frame is written as a JPEG of the clip's own size, without a mark; a clip is not copied. What ``facts`` leave out of source and
    rights is said for the person; nobody depicted, no licence is assumed. Bytes that are here already keep what was said of them, and
    learn that they come from the clip. Raises Forbidden, NotFound, InvalidInput (no such frame, another client, too large, a file that
    models are not given), Conflict for an archived project and a clip that is quarantined, withdrawn or stopped, Unavailable when this
    machine could not look.
    """
    project = project or clip.project
    actor.demand(Permission.WRITE_PROMPT)
    checks.require_seen(actor, Clip.objects.all(), clip)
    references.require_keeper(actor, project)
    if project.client_id != clip.project.client_id:
        words = "This take belongs to another client; nothing is ever shared between clients."
        raise InvalidInput(words, code="other-client", fields={"project": words})
    _require_usable(clip)
    said: Facts = {"source": origin_of(clip, frame), "rights": RIGHTS, **facts}
    reference_facts.judge(said)
    name = _name(clip, frame)
    kept = _whole(clip, name) if frame is None else _picked(clip, frame, name)
    with transaction.atomic():
        added = references.write(actor, project, kept, name, said)
        if _tie(actor, added.reference, clip, frame):
            _append(actor, added.reference, clip, frame)
    added.reference.refresh_from_db()
    return added


def words_for(clip: Clip, frame: int | None) -> str:
    """Say which clip, or which frame of it, as people count: "Frame 48 of SC010 · take 3"."""
    return str(clip) if frame is None else f"Frame {frame + 1} of {clip}"


def origin_of(clip: Clip, frame: int | None) -> str:
    """Say the same with what made the clip: the source of the file."""
    made = Generation.objects.filter(clip=clip).select_related("account").order_by("id").first()
    if made is not None:
        how = f"generated here with {made.model} through {made.account.route}"
    else:
        how = f"uploaded, made with {clip.declared_model or 'nobody knows what'} as declared"
    return f"{words_for(clip, frame)}, {how}"[:300]


def _require_usable(clip: Clip) -> None:
    checks.require_sound(clip)
    answers: list[tuple[Any, Any]] = stops_asked.send(sender=Clip, clip=clip)
    if found := [words for _, told in answers for words in told]:
        raise Conflict(" ".join(found), code="clip-stopped")


def _name(clip: Clip, frame: int | None) -> str:
    shot = clip.shot.code if clip.shot else Path(clip.original_name).stem or "clip"
    ending = Path(clip.storage_key).suffix if frame is None else f" frame {frame + 1}.jpg"
    return plain_name(f"{shot} take {clip.take}{ending}")


def _original(clip: Clip) -> Path:
    return storage.path_for(clip.storage_key, Path(settings.MEDIA_ROOT))


def _whole(clip: Clip, name: str) -> Kept:
    """The clip's own bytes, where they lie."""
    largest = references.LARGEST_IN_PIECES["video"]
    if clip.size > largest:
        raise references.too_large("video", largest)
    return Kept(clip.storage_key, clip.sha256, clip.size, references.measured(_original(clip), name))


def _picked(clip: Clip, frame: int, name: str) -> Kept:
    if not 0 <= frame < clip.frame_count:
        words = f"This take has {clip.frame_count} frames."
        raise InvalidInput(words, code="no-such-frame", fields={"frame": words})
    side = max(clip.width, clip.height)
    with TemporaryDirectory(prefix="frame-") as folder:
        about: dict[str, Any] = {"count": clip.frame_count, "side": side, "quality": FINEST, "limits": FRAME_LIMITS}
        with references.media_errors():
            made = media.pick(_original(clip), Path(folder), [frame], **about)
        return references.keep(made[frame], name)


def _tie(actor: User, reference: Reference, clip: Clip, frame: int | None) -> bool:
    """Write where these bytes come from on every row of the client that has them and does not say it; was the given one among them?"""
    same = Reference.objects.visible_to(actor).filter(
        project__client=reference.project.client_id, sha256=reference.sha256, from_clip=None
    )
    untold: set[UUID] = set(same.values_list("pk", flat=True))
    projects = set(Reference.objects.filter(pk__in=untold).values_list("project_id", flat=True))
    Reference.objects.filter(pk__in=untold, from_clip=None).update(from_clip=clip, from_frame=frame)
    Pulse.objects.bump_all(projects)
    return reference.pk in untold


def _append(actor: User, reference: Reference, clip: Clip, frame: int | None) -> None:
    record.append(
        kind="reference.from_clip",
        actor=actor.pk,
        client=reference.project.client_id,
        subject=reference,
        body={
            "project": str(reference.project_id),
            "sha256": reference.sha256,
            "clip": str(clip.pk),
            "clip_sha256": clip.sha256,
            "frame": frame,
        },
    )
