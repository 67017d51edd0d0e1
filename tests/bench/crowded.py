"""A hub as full as an agency's after years: what ``make bench-admin`` asks for its lists."""

import datetime as dt
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlencode, urlparse

from django.contrib import admin
from django.db.models import Model
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from generations.models import (
    Clip,
    Generation,
    Membership,
    Project,
    Prompt,
    Rendition,
    Shot,
    SpendEntry,
    SpendLine,
    TimelineEntry,
)
from reviews.models import Annotation
from sorahub.accounts.models import User
from sorahub.lib.ids import uuid7
from tests.people import Agency, found_agency, project
from tests.reviews.world import add_clip, add_generation

PROJECTS, SHOTS, AT_ONCE = 20, 100, 5_000
WORDS = tuple(
    "lighthouse harbour dusk dawn gull rain neon street car product bottle hand smile slow dolly crane".split()  # noqa: SIM905
)
STATES = ("succeeded",) * 8 + ("failed", "cancelled")


@dataclass
class Crowded:
    """The hub: who asks, and the rows that the others are copied from."""

    agency: Agency
    dice: random.Random
    shots: list[Shot]
    clip: Clip
    generation: Generation
    filled: int = 0
    browsers: dict[str, Browser] = field(default_factory=dict)

    def fill(self, wanted: int) -> None:
        """Write more of everything, until there are so many generations."""
        numbers = iter(range(self.filled, wanted))
        while part := list(islice(numbers, AT_ONCE)):
            self._part(part)
        self.filled = wanted

    def _part(self, numbers: list[int]) -> None:
        who = self.agency.alice
        places = [self.dice.choice(self.shots) for _ in numbers]
        prompts = [
            Prompt(shot=shot, version=number + 2, text=" ".join(self.dice.choices(WORDS, k=30)), created_by=who)
            for number, shot in zip(numbers, places, strict=True)
        ]
        Prompt.objects.bulk_create(prompts)
        clips = Clip.objects.bulk_create(self._clips(numbers, places))
        poster = {"kind": "poster", "storage_key": "x", "sha256": "0" * 64, "size": 1, "media_type": "image/jpeg"}
        Rendition.objects.bulk_create([Rendition(clip=clip, **poster) for clip in clips])
        made = Generation.objects.bulk_create(self._generations(numbers, prompts, clips))
        self._money(made)
        TimelineEntry.objects.bulk_create(
            [TimelineEntry(generation=each, kind="state", words="Done.") for each in made]
        )
        mine = {"author": self.agency.bob, "frame_in": 1, "frame_out": 2}
        notes = [Annotation(clip=each, clip_sha256=each.sha256, body=self.dice.choice(WORDS), **mine) for each in clips]
        Annotation.objects.bulk_create(notes)

    def _clips(self, numbers: list[int], places: list[Shot]) -> Iterator[Clip]:
        same = _columns(self.clip, "id", "sha256", "take", "shot_id", "project_id")
        for number, shot in zip(numbers, places, strict=True):
            hashed = hashlib.sha256(str(number).encode()).hexdigest()
            yield Clip(**same, sha256=hashed, take=number + 2, shot=shot, project_id=shot.project_id)

    def _generations(self, numbers: list[int], prompts: list[Prompt], clips: list[Clip]) -> Iterator[Generation]:
        same = _columns(
            self.generation,
            "id",
            "project_id",
            "prompt_id",
            "clip_id",
            "remote_id",
            "state",
            "finished_at",
            "submitted_at",
        )
        for number, prompt, clip in zip(numbers, prompts, clips, strict=True):
            state = self.dice.choice(STATES)
            own = {"prompt": prompt, "clip": clip if state == "succeeded" else None, "state": state}
            ended = timezone.now() - dt.timedelta(days=self.dice.random() * 300)
            yield Generation(
                **same, **own, project_id=clip.project_id, remote_id=f"r{number}", finished_at=ended, submitted_at=ended
            )

    def _money(self, made: list[Generation]) -> None:
        entries = [
            SpendEntry(generation=each, kind="settled", amount_micro=400_000, currency="USD", basis="x")
            for each in made
        ]
        SpendEntry.objects.bulk_create(entries)
        clients = {shot.project_id: shot.project.client_id for shot in self.shots}
        SpendLine.objects.bulk_create(
            SpendLine(
                entry=entry, book=book, amount_micro=amount, currency="USD", project_id=entry.generation.project_id,
                client_id=clients[entry.generation.project_id], account_id=entry.generation.account_id,
            )
            for entry in entries
            for book, amount in (("reserved", -400_000), ("spent", 400_000))
        )  # fmt: skip

    def addresses(self, person: str) -> Iterator[str]:
        """The front page; each list that this person has: its first page, its last, a filter by project, a search."""
        yield "/admin/"
        user = self.agency.ada if person == "administrator" else self.agency.alice
        for model, pages in admin.site._registry.items():
            yield from _lists(model, pages, user, self.shots[0].project)

    def words(self, address: str) -> str:
        """Return an address without what differs from run to run."""
        asked = urlparse(address)
        query = {
            name: "some" if "project" in name or name == "p" else value[0]
            for name, value in parse_qs(asked.query).items()
        }
        return asked.path + (f"?{urlencode(query)}" if query else "")


def _lists(model: type[Model], pages: Any, user: User, some: Project) -> Iterator[str]:
    if user.kind not in pages.audience or (pages.reads is not None and not user.may(pages.reads)):
        return
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    yield page
    manager: Any = model._default_manager
    count = manager.visible_to(user).count() if hasattr(manager, "visible_to") else manager.count()
    if count > pages.list_per_page:
        yield f"{page}?p={-(-count // pages.list_per_page)}"
    for given in pages.list_filter:
        each = given[0] if isinstance(given, tuple) else given
        if isinstance(each, str) and each.endswith("project"):
            yield f"{page}?{each}__id__exact={some.pk}"
    if pages.search_fields:
        yield f"{page}?q=lighthouse"


def _columns(row: Model, *left_out: str) -> dict[str, Any]:
    names = {each.attname for each in row._meta.concrete_fields} - set(left_out)
    return {name: getattr(row, name) for name in names}


def lay(dice: random.Random) -> Crowded:
    """Found the agency and its projects; nothing much is in them yet."""
    agency = found_agency()
    projects = [agency.aurora, agency.borealis]
    projects += [
        project((agency.north, agency.south)[number % 2], f"P{number}", agency.ada) for number in range(PROJECTS - 2)
    ]
    for each in projects[::2]:
        Membership.objects.get_or_create(project=each, user=agency.alice)
    shots = Shot.objects.bulk_create(
        Shot(id=uuid7(), project=each, code=f"SC{number:03}", position=number, created_by=agency.alice)
        for each in projects
        for number in range(SHOTS)
    )
    clip = add_clip(agency.aurora, agency.alice, shot=agency.shot)
    hub = Crowded(agency, dice, shots, clip, add_generation(clip, agency, launcher=agency.alice))
    for name, user in {"administrator": agency.ada, "producer": agency.alice}.items():
        hub.browsers[name] = Browser()
        hub.browsers[name].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return hub
