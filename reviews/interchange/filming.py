"""The job that makes an animatic: each shot in a confined child, one after the other, then all joined, counted, and put in place.

Restartable at any instruction: a finished piece is renamed into the animatic's own folder, where the next attempt finds it, and the
finished file takes its place in the transaction that says so. After some minutes what is left is handed to another job. Between two
shots it looks whether it is still wanted.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from generations import media
from generations.models import Clip, Pulse
from reviews.actions.animatics import folder, pieces_of
from reviews.models import Animatic
from reviews.rules import cutting
from reviews.rules.cutting import Piece, Used
from sorahub.jobs import queue
from sorahub.jobs.errors import LeaseLost
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.lib import storage
from sorahub.lib.errors import Conflict, DomainError, Unavailable
from sorahub.lib.ids import uuid7
from sorahub.lib.timecode import Rate, to_length

MARK = "For internal review"
AT_A_STRETCH = 240.0
"""Seconds of work after which another job takes over: a queue ends what takes ten minutes."""
_DAY = "%-d %b %Y"


class NotWantedError(Exception):
    """It was cancelled meanwhile."""


def make(job: Job) -> Json:
    """Make the animatic that the job names; one that is finished or not wanted any more is left alone. A failure that stays is
    written on its row.

    Raises what the job's runner understands: Conflict for a take that may not be played any more, MediaError for one that cannot
    be decoded, Unavailable when the disk does not take what is written.
    """
    rows = Animatic.objects.select_related("project", "created_by__person")
    wanted = rows.get(pk=str(job.payload["animatic"]))
    if wanted.state == Animatic.State.REQUESTED:
        with suppress(NotWantedError), _workplace(wanted) as place, _failure_written(job, wanted):
            _make(job, wanted, place)
    return {"animatic": str(wanted.pk), "sha256": wanted.sha256}


def _make(job: Job, wanted: Animatic, place: Path) -> None:
    until = time.monotonic() + AT_A_STRETCH
    parts: list[dict[str, Any]] = []
    shop = _Set(job, wanted, place)
    for part in shop.parts():
        parts.append(part)
        if shop.made and time.monotonic() > until:
            with job.fenced():
                payload = {**job.payload}
                key = f"{job.kind}:{wanted.pk}:{uuid7()}"
                queue.enqueue(
                    job.kind, key=key, payload=payload, subject_id=job.subject_id, max_attempts=job.max_attempts
                )
            return
    finished = place / f"{wanted.pk}.mp4"
    tags = {"title": f"{wanted.project.code} animatic", "comment": _mark(wanted)}
    media.join_pieces(parts, finished, look=_look(wanted, ""), tags=tags)
    _finish(job, wanted, finished)


class _Set:
    """What the pieces of one animatic are made from, where they lie, and how many this attempt ``made``."""

    def __init__(self, job: Job, wanted: Animatic, place: Path) -> None:
        self._job, self._wanted, self._place = job, wanted, place
        self._rate = Rate(wanted.rate_num, wanted.rate_den)
        self._shots: list[dict[str, Any]] = wanted.plan["shots"]
        self._clips = Clip.objects.in_bulk([each["clip"] for each in self._shots if each["clip"]])
        self.made = 0
        self._corner = wanted.slates in {Animatic.Slates.CORNER, Animatic.Slates.BOTH}

    def parts(self) -> Iterator[dict[str, Any]]:
        """Make piece after piece, and tell before each how far it is; a piece that is there already is not made again."""
        for number, piece in enumerate(pieces_of(self._wanted.plan["pieces"])):
            self._tell(piece.start)
            yield self._kept(piece, f"{number:05}")

    def _kept(self, piece: Piece, name: str) -> dict[str, Any]:
        picture, heard = self._place / f"{name}.mp4", self._place / f"{name}.pcm"
        if not picture.is_file():  # it comes last
            made = self._part(piece, f"{name}-{self._job.pk}-{self._job.attempt}")
            if made["sound"]:
                Path(made["sound"]).replace(heard)
            Path(made["picture"]).replace(picture)
            self.made += 1
        return {
            "picture": str(picture.absolute()),
            "sound": str(heard.absolute()) if self._wanted.sound else None,
            "frames": piece.length,
        }

    def _part(self, piece: Piece, name: str) -> dict[str, Any]:
        shot = self._shots[piece.slot]
        if piece.kind != cutting.TAKE:
            told = self._slate(shot, piece) if piece.kind == cutting.SLATE else self._card(shot, piece)
            look = _look(self._wanted, "", timecode=self._corner)
            return media.card_piece(
                told, piece.length, self._place, name, look=look, start=piece.start, sound=self._sound(piece)
            )
        clip = self._playable(shot)
        used = Used(shot["first"], shot["count"], Rate(*shot["rate"]))
        frames = [cutting.source_frame(k, used, self._rate) for k in range(piece.length)]
        look = _look(self._wanted, self._words(shot) if self._corner else "", timecode=self._corner)
        sound = self._sound(
            piece, begin=Fraction(clip.first_time_num, clip.first_time_den) + used.rate.seconds(used.first)
        )
        source = storage.path_for(clip.storage_key, Path(settings.MEDIA_ROOT))
        return media.take_piece(source, frames, self._place, name, look=look, start=piece.start, sound=sound)

    def _playable(self, shot: dict[str, Any]) -> Clip:
        clip = self._clips.get(UUID(shot["clip"]))
        if clip is None or clip.sha256 != shot["sha256"] or clip.quarantined_at or clip.withdrawn_at:
            words = (
                f"{shot['code']}, take {shot['take']}, may not be played any more. Choose another take, then ask again."
            )
            raise Conflict(words, code="take-not-playable")
        return clip

    def _sound(self, piece: Piece, begin: Fraction = Fraction(0)) -> media.PieceSound | None:
        if not self._wanted.sound:
            return None
        first, heard, end = (
            cutting.samples_before(frame, self._rate)
            for frame in (piece.start, piece.start + piece.moving, piece.start + piece.length)
        )
        return media.PieceSound(begin, heard - first, end - first)

    def _words(self, shot: dict[str, Any]) -> str:
        parts = [self._wanted.project.code, shot["code"], f"take {shot['take']}", self._day(), MARK]
        return " · ".join(parts)

    def _card(self, shot: dict[str, Any], piece: Piece) -> dict[str, Any]:
        picture = storage.path_for(shot["picture"], Path(settings.MEDIA_ROOT)) if shot["picture"] else None
        lines = [shot["why"], self._length(piece.length)]
        return {
            "head": shot["code"],
            "title": shot["title"],
            "lines": lines,
            "picture": str(picture) if picture else None,
        }

    def _slate(self, shot: dict[str, Any], piece: Piece) -> dict[str, Any]:
        following = next(
            each for each in pieces_of(self._wanted.plan["pieces"]) if each.start == piece.start + piece.length
        )
        filled = f"Take {shot['take']}" if shot["clip"] else shot["why"]
        lines = [
            self._wanted.project.name, f"{filled} · {self._length(following.length)}",
            f"begins at {to_length(following.start, self._rate)}", f"{self._day()} · {MARK}",
        ]  # fmt: skip
        return {"head": shot["code"], "title": shot["title"], "lines": lines, "picture": None}

    def _length(self, frames: int) -> str:
        return f"{frames} frames · {to_length(frames, self._rate)}"

    def _day(self) -> str:
        return timezone.localtime(self._wanted.created_at).strftime(_DAY)

    def _tell(self, done: int) -> None:
        """Say how many frames there are, and keep the lease; stop when nobody wants it any more."""
        with self._job.fenced(final=False):
            rows = Animatic.objects.filter(pk=self._wanted.pk, state=Animatic.State.REQUESTED)
            if not rows.update(frames_done=done):
                raise NotWantedError
            Pulse.objects.bump(self._wanted.project)


def _look(wanted: Animatic, corner: str, *, timecode: bool = False) -> media.PieceLook:
    width, height = (int(each) for each in wanted.size.split("x"))
    return media.PieceLook(width, height, wanted.rate_num, wanted.rate_den, _mark(wanted), corner, timecode)


def _mark(wanted: Animatic) -> str:
    """What stands over every frame: that it is for internal review, and whose copy it is."""
    return f"{MARK} · {wanted.created_by.get_full_name()} · {timezone.localtime(wanted.created_at).strftime(_DAY)}"


def _finish(job: Job, wanted: Animatic, finished: Path) -> None:
    """Move the file and say so in one transaction: a slower attempt can neither replace nor announce it."""
    wanted.sha256, wanted.bytes = storage.sha256_of(finished), finished.stat().st_size
    values = {
        "sha256": wanted.sha256,
        "bytes": wanted.bytes,
        "storage_key": f"animatics/{finished.name}",
        "state": Animatic.State.READY,
        "made_at": timezone.now(),
        "frames_done": wanted.frames,
        "error_code": "",
        "error_message": "",
    }
    with job.fenced():
        if not Animatic.objects.filter(pk=wanted.pk, state=Animatic.State.REQUESTED).update(**values):
            raise NotWantedError
        finished.replace(folder() / finished.name)
        Pulse.objects.bump(wanted.project)


@contextmanager
def _workplace(wanted: Animatic) -> Iterator[Path]:
    """The animatic's folder: it stays as long as it is wanted, so that what is made is not made twice."""
    place = folder() / f".making-{wanted.pk}"
    try:
        place.mkdir(parents=True, exist_ok=True)
        yield place
    except OSError as error:
        raise Unavailable(f"The animatic could not be written: {error}", code="animatic-not-written") from error
    finally:
        if not Animatic.objects.filter(pk=wanted.pk, state=Animatic.State.REQUESTED).exists():
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _failure_written(job: Job, wanted: Animatic) -> Iterator[None]:
    """Write on the row why there will be no file: a rule's no at once, anything else after the last attempt."""
    last = job.attempt >= job.max_attempts
    ending: tuple[str, str] | None = ("animatic-failed", "It could not be made: the job tells why.") if last else None
    try:
        yield
        ending = None
    except (LeaseLost, NotWantedError):
        ending = None
        raise
    except DomainError as error:
        ending = (error.code, error.message) if last or not error.retryable else None
        raise
    finally:
        if ending:
            rows = Animatic.objects.filter(pk=wanted.pk, state=Animatic.State.REQUESTED)
            rows.update(state=Animatic.State.FAILED, error_code=ending[0], error_message=ending[1])
            Pulse.objects.bump(wanted.project)
