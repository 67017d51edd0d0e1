"""Have a project's animatic made as one file, and take it away; take its timeline away.

The file is a copy for internal review, of review size, with that and the person's name written over every frame, as the frames of a
PDF of notes are. It is for the project's own people, never for guests, so it asks no clearance; which takes in it are not cleared is
said before it is made and on its page, and each hand-over is ledgered with the hash that left and those of the takes in it.
A timeline holds no picture: names, ranges and hashes. It is ledgered alike.
"""

import shutil
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Project, Pulse
from reviews.actions.story import Story, StoryShot, story_of
from reviews.interchange import cut_list
from reviews.interchange.formats import File, plain_name
from reviews.models import Animatic
from reviews.rules import cutting
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.jobs import queue
from sorahub.jobs.models import Job, JobState
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from sorahub.lib.timecode import to_length

KIND = "animatic.make"
ATTEMPTS = 3
LONGEST_SECONDS = 3600
MOST_SHOTS = 2_000


@dataclass(frozen=True)
class AnimaticGrant:
    """A file that may leave now, and under which name."""

    path: Path
    filename: str
    sha256: str


def request_animatic(
    *,
    actor: User,
    project: Project,
    size: str = Animatic.Size.WIDE,
    slates: str = Animatic.Slates.CORNER,
    sound: bool = True,
    newest: bool = False,
) -> Animatic:
    """Have the story, as it stands now, made into one MP4 by a job; asked again while the same is being made, it is the same one.

    Raises Forbidden for guests, NotFound, InvalidInput for a size or slates that there are not, and Conflict for a story without
    shots or longer than an hour.
    """
    require_own_people(actor)
    checks.require_seen(actor, Project.objects.all(), project)
    _require_choices(size, slates)
    before = slates in {Animatic.Slates.BEFORE, Animatic.Slates.BOTH}
    story = story_of(project, actor, newest=newest, slates=before)
    _require_playable(story)
    plan = plan_of(story)
    with transaction.atomic():
        Pulse.objects.bump(project)
        under_way = _under_way(actor, project, plan, (size, slates, sound))
        if under_way is not None:
            return under_way
        made = Animatic.objects.create(
            project=project, size=size, slates=slates, sound=sound, newest=newest, rate_num=story.rate.num,
            rate_den=story.rate.den, plan=plan, frames=story.frames, created_by=actor,
        )  # fmt: skip
        payload = {"animatic": str(made.pk)}
        queue.enqueue(KIND, key=_key(made), payload={**payload}, subject_id=project.pk, max_attempts=ATTEMPTS)
    return made


def cancel_animatic(*, actor: User, animatic: Animatic) -> Animatic:
    """Stop making an animatic: its job notices before the next shot and leaves nothing behind.

    For whoever asked for it, and producers. Raises Forbidden, NotFound, Conflict when it is not being made.
    """
    require_own_people(actor)
    checks.require_seen(actor, Animatic.objects.all(), animatic)
    if animatic.created_by_id != actor.pk and actor.kind not in {Kind.PRODUCER, Kind.ADMINISTRATOR}:
        raise Forbidden("Only its producers may stop what somebody else asked for.")
    with transaction.atomic():
        waiting = Animatic.objects.filter(pk=animatic.pk, state=Animatic.State.REQUESTED)
        if not waiting.update(state=Animatic.State.CANCELLED):
            raise Conflict("This animatic is not being made any more.", code="animatic-not-under-way")
        Pulse.objects.bump(animatic.project)
    animatic.refresh_from_db()
    return animatic


def grant_animatic(*, actor: User, animatic: Animatic) -> AnimaticGrant:
    """Let a finished animatic go to one of the project's people, once, and ledger it with its hash and those of its takes.

    Raises Forbidden for guests, NotFound, and Conflict while it is not ready or when it is gone.
    """
    require_own_people(actor)
    checks.require_seen(actor, Animatic.objects.all(), animatic)
    if animatic.state == Animatic.State.EXPIRED:
        raise Conflict("This animatic was deleted after its time: have it made again.", code="animatic-expired")
    if animatic.state != Animatic.State.READY:
        raise Conflict("This animatic is not ready.", code="animatic-not-ready")
    path = Path(settings.MEDIA_ROOT) / animatic.storage_key
    if not path.is_file() or path.stat().st_size != animatic.bytes:
        raise NotFound("The file is missing from storage: have it made again.", code="animatic-missing")
    body: dict[str, Json] = {
        "sha256": animatic.sha256,
        "size": animatic.bytes,
        "clips": [*dict.fromkeys(str(shot["sha256"]) for shot in animatic.plan["shots"] if shot["sha256"])],
    }
    with transaction.atomic():
        _append("animatic.downloaded", actor, animatic.project, animatic, body)
    name = (
        f"{animatic.project.code}_animatic_{timezone.localtime(animatic.created_at):%Y-%m-%d}_{animatic.sha256[:8]}.mp4"
    )
    return AnimaticGrant(path, name, animatic.sha256)


def export_timeline(
    *, actor: User, project: Project, newest: bool = False, slates: bool = False, notes: bool = False
) -> File:
    """Return a project's story as OpenTimelineIO for edit suites, and ledger that it left.

    ``notes``: open notes that this person may read become markers. Raises Forbidden for guests, and NotFound.
    """
    require_own_people(actor)
    checks.require_seen(actor, Project.objects.all(), project)
    story = story_of(project, actor, newest=newest, slates=slates)
    data = cut_list.write(story, notes=cut_list.open_notes(story, actor) if notes else None).encode()
    body: dict[str, Json] = {
        "sha256": sha256(data).hexdigest(),
        "size": len(data),
        "clips": [*dict.fromkeys(clip.sha256 for clip in story.clips)],
    }
    with transaction.atomic():
        _append("timeline.exported", actor, project, project, body)
    return File(f"{plain_name(project.code)}_animatic.otio", "application/json", data)


def require_own_people(actor: User) -> None:
    """Raise Forbidden for guests: a story is the agency's own until it is put before them."""
    if actor.kind == Kind.GUEST:
        raise Forbidden("The agency puts finished clips before you; its working cut is its own.")


def plan_of(story: Story) -> dict[str, Any]:
    """Return the story as the job takes it: each shot as it is told and filled, and the pieces in time."""
    return {
        "shots": [_told(each, story) for each in story.shots],
        "pieces": [[piece.kind, piece.slot, piece.start, piece.length, piece.moving] for piece in story.pieces],
    }


def _told(each: StoryShot, story: Story) -> dict[str, Any]:
    shot, clip, used = each.shot, each.clip, each.used
    facts: dict[str, Any] = {
        "shot": str(shot.pk),
        "code": shot.code,
        "title": shot.title,
        "why": each.why,
        "clip": None,
        "sha256": "",
    }
    facts["intended"] = shot.intended_frames
    facts["picture"] = each.picture.storage_key if each.picture else None
    if clip is None or used is None:
        return facts
    return facts | {
        "clip": str(clip.pk), "sha256": clip.sha256, "take": clip.take, "first": used.first, "count": used.count,
        "rate": [used.rate.num, used.rate.den], "stand_in": each.stand_in,
    }  # fmt: skip


def _require_choices(size: str, slates: str) -> None:
    wrong = {
        "size": "" if size in Animatic.Size.values else f"One of: {', '.join(Animatic.Size.values)}.",
        "slates": "" if slates in Animatic.Slates.values else f"One of: {', '.join(Animatic.Slates.values)}.",
    }
    fields = {name: words for name, words in wrong.items() if words}
    if fields:
        raise InvalidInput("There is no such size, or no such slate.", fields=fields)


def _require_playable(story: Story) -> None:
    if not story.shots:
        raise Conflict("There is nothing to play: add a shot first.", code="no-shots")
    if story.frames * story.rate.den > LONGEST_SECONDS * story.rate.num or len(story.shots) > MOST_SHOTS:
        length = to_length(story.frames, story.rate)
        raise Conflict(f"An animatic is at most an hour long; this one is {length}.", code="too-long")


def _under_way(actor: User, project: Project, plan: dict[str, Any], look: tuple[str, str, bool]) -> Animatic | None:
    """The same that this person waits for already, if its job has not ended."""
    size, slates, sound = look
    waiting = Animatic.objects.filter(
        project=project, created_by=actor, state=Animatic.State.REQUESTED, size=size, slates=slates, sound=sound
    )
    open_states = (JobState.QUEUED, JobState.RUNNING)
    for each in waiting:
        if each.plan == plan and Job.objects.filter(key__startswith=_key(each), state__in=open_states).exists():
            return each
    return None


def discard_old() -> dict[str, int]:
    """Delete the files of animatics that are older than ``SORAHUB_ANIMATIC_DAYS``, and what attempts that died left. 0: keep all."""
    gone = 0
    if settings.ANIMATIC_DAYS > 0:
        before = timezone.now() - timedelta(days=settings.ANIMATIC_DAYS)
        for each in Animatic.objects.filter(state=Animatic.State.READY, made_at__lt=before).select_related("project"):
            with transaction.atomic():
                Animatic.objects.filter(pk=each.pk).update(state=Animatic.State.EXPIRED)
                Pulse.objects.bump(each.project)
            gone += 1
    wanted = Animatic.objects.filter(state__in=(Animatic.State.READY, Animatic.State.REQUESTED))
    kept = {str(pk) for pk in wanted.values_list("pk", flat=True)}
    for path in folder().iterdir() if folder().is_dir() else ():
        if path.stem.removeprefix(".making-") not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return {"expired": gone}


def folder() -> Path:
    """Where animatics lie: ``<id>.mp4``."""
    return Path(settings.MEDIA_ROOT) / "animatics"


def pieces_of(pieces: list[list[Any]]) -> list[cutting.Piece]:
    """Read the pieces of a plan."""
    return [cutting.Piece(*piece) for piece in pieces]


def _key(animatic: Animatic) -> str:
    return f"{KIND}:{animatic.pk}"


def _append(kind: str, actor: User, project: Project, subject: Any, body: dict[str, Json]) -> None:
    record.append(kind=kind, actor=actor.pk, client=project.client_id, subject=subject, body=body)
