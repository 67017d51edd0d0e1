"""The hub's side of the notes' bench: an agency that has talked much, and the requests of somebody who takes part."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from uuid import UUID, uuid4

import django

django.setup()

from django.core.management import call_command  # noqa: E402 (Django first)
from django.db import connection  # noqa: E402

from generations.models import Clip, Membership, Project  # noqa: E402
from reviews.models import Annotation, Shape  # noqa: E402
from sorahub.accounts.actions.tokens import issue_token  # noqa: E402
from sorahub.accounts.models import User  # noqa: E402
from sorahub.lib.ids import uuid7  # noqa: E402
from tests.people import Agency, found_agency, project  # noqa: E402

PROJECTS, CLIPS, ON_A_CLIP = 20, 10_000, 20
POINTS = 60
HEAD = "Host: localhost\r\nX-Forwarded-Proto: https\r\nAuthorization: Bearer {secret}\r\n"
WORDS = "The horizon tilts by a degree while the gulls pass; hold it level, please, and give us the wave once more. "


@dataclass(frozen=True)
class Talk:
    """What can be asked: a token, clips with notes to list, and other clips to write on."""

    secret: str
    listed: list[UUID]
    written_on: list[UUID]

    def listings(self) -> Callable[[], bytes]:
        """Return a maker of requests for one clip's notes, another clip's each time."""
        head = HEAD.format(secret=self.secret)
        wire = [f"GET /api/v1/annotations/?clip={clip} HTTP/1.1\r\n{head}\r\n".encode() for clip in self.listed]
        return cycle(wire).__next__

    def posts(self) -> Callable[[], bytes]:
        """Return a maker of requests that each write one note with one mark, on another clip each time."""
        return self._posts().__next__

    def _posts(self) -> Iterator[bytes]:
        head = HEAD.format(secret=self.secret)
        stroke = _stroke()
        for clip in cycle(self.written_on):
            mark = {"id": str(uuid4()), "kind": "pen", "points": stroke, "stroke": 0.004, "colour": "red"}
            sent = {
                "id": str(uuid7()),
                "clip": str(clip),
                "frame_in": 3,
                "frame_out": 7,
                "body": WORDS,
                "shapes": [mark],
            }
            body = json.dumps(sent)
            size = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            yield f"POST /api/v1/annotations/ HTTP/1.1\r\n{head}{size}\r\n{body}".encode()


def fill(notes: int) -> Talk:
    """Write the tables, the people, the clips and so many notes with a mark each."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    random.seed(1)
    agency = found_agency()
    clips = list(_clips(agency))
    talked_about = clips[: max(1, notes // ON_A_CLIP)]
    for first in range(0, len(talked_about), 100):
        _talk(agency, talked_about[first : first + 100])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    _, secret = issue_token(actor=agency.bob, name="bench", scope="write", days=1)
    random.shuffle(talked_about)
    listed = [clip.pk for clip in talked_about]
    return Talk(secret, listed, [clip.pk for clip in clips[-1000:]])


def _clips(agency: Agency) -> Iterator[Clip]:
    """Ten thousand clips, spread over twenty projects of the people's."""
    people = (agency.alice, agency.bob, agency.lena)
    projects = [agency.aurora]
    projects += [project(agency.north, f"P{number:03}", agency.alice, *people) for number in range(1, PROJECTS)]
    assert Membership.objects.filter(user=agency.bob).count() == PROJECTS
    rows = (_clip(projects[number % PROJECTS], agency.alice, number) for number in range(CLIPS))
    yield from Clip.objects.bulk_create(rows, batch_size=1000)


def _clip(owner: Project, actor: User, number: int) -> Clip:
    return Clip(
        project=owner, take=1, sha256=f"{number:064x}", size=10**6, storage_key="none", original_name="harbour.mp4",
        origin=Clip.Origin.UPLOAD, completeness=Clip.Completeness.DECLARED, container="mp4", video_codec="h264",
        pixel_format="yuv420p", width=1280, height=720, rate_num=24, rate_den=1, frame_count=480, scrub_safe=True,
        declared_by=actor, created_by=actor,
    )  # fmt: skip


def _talk(agency: Agency, clips: list[Clip]) -> None:
    """Twenty notes on each of these clips by three people, every fifth for the client too, each with a pen's stroke."""
    authors = (agency.bob, agency.alice, agency.lena)
    notes = [
        Annotation(
            clip=clip, clip_sha256=clip.sha256, frame_in=number * 20, frame_out=number * 20 + 9, body=WORDS,
            visibility="internal" if number % 5 else "client", author=authors[number % 3],
        )
        for clip in clips for number in range(ON_A_CLIP)
    ]  # fmt: skip
    Annotation.objects.bulk_create(notes)
    Shape.objects.bulk_create(
        Shape(annotation=note, kind="pen", points=_stroke(), stroke="0.004", author=note.author) for note in notes
    )


def _stroke() -> list[Any]:
    """A pen's way over the picture, with its pressure."""
    return [[round(random.random(), 4) for _ in range(2)] + [round(random.random(), 2)] for _ in range(POINTS)]
