"""The hub's side of the search bench: an agency with years of prompts and notes, and the questions of two of its people."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import django

django.setup()

from django.core.management import call_command  # noqa: E402 (Django first)
from django.db import connection  # noqa: E402
from django.test import Client as Browser  # noqa: E402

from generations.models import Clip, Membership, Project, Shot  # noqa: E402
from reviews.models import Annotation  # noqa: E402
from sorahub.accounts.models import Client, User  # noqa: E402
from tests.people import Agency, found_agency  # noqa: E402

CLIENTS, PROJECTS, OWN, CLIPS = 20, 200, 20, 20_000
VOCABULARY, A_STATEMENT = 20_000, 50_000
SYLLABLES = ["ba", "de", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi", "yo", "za", "che", "ghi"]
ENGLISH = [
    "the",
    "light",
    "wave",
    "harbour",
    "camera",
    "slow",
    "golden",
    "hour",
    "horizon",
    "gull",
    "drift",
    "morning",
    "close",
    "tilt",
    "hold",
    "frame",
    "softer",
    "grade",
    "colour",
    "logo",
    "please",
    "again",
    "take",
    "wind",
    "water",
    "glass",
    "hand",
    "face",
    "street",
    "night",
    "rain",
    "sound",
    "cut",
]
NOW = datetime.now(UTC)
JAPANESE = "海辺の夕日をもっとゆっくり見せてください"


def word(number: int) -> str:
    """The word of this rank: English ones first, then made-up ones, all different."""
    if number < len(ENGLISH):
        return ENGLISH[number]
    said, rest = "", number
    while rest:
        rest, at = divmod(rest, len(SYLLABLES))
        said += SYLLABLES[at]
    return f"{said}q"


@dataclass
class Hub:
    """Who asks, and what."""

    agency: Agency
    names: list[str]

    def people(self) -> Iterator[tuple[str, Browser]]:
        """The producer, who sees a tenth, and the administrator."""
        for who, user in (("producer", self.agency.alice), ("administrator", self.agency.ada)):
            browser = Browser(headers={"host": "localhost"})
            browser.force_login(user)
            yield who, browser

    def mix(self, rounds: int) -> dict[str, list[dict[str, str]]]:
        """The queries of each kind; the same for everybody."""
        chosen = random.Random(7)
        common = [word(number) for number in range(30)]
        middle = [word(number) for number in range(100, 2_000)]
        rare = [word(number) for number in range(5_000, VOCABULARY)]
        projects = list(Project.objects.filter(memberships__user=self.agency.alice).values_list("pk", "code"))
        said: dict[str, Callable[[], dict[str, str]]] = {
            "rare": lambda: {"q": chosen.choice(rare)},
            "middling": lambda: {"q": chosen.choice(middle)},
            "common": lambda: {"q": chosen.choice(common)},
            "common_newest": lambda: {"q": chosen.choice(common), "sort": "newest"},
            "phrase": lambda: {"q": f'"{chosen.choice(common)} {chosen.choice(common)}"'},
            "prefix": lambda: {"q": f"{chosen.choice(middle)[:3]}*"},
            "several": lambda: {"q": f"{chosen.choice(common)} {chosen.choice(common)} {chosen.choice(middle)}"},
            "without": lambda: {"q": f"{chosen.choice(common)} -{chosen.choice(common)}"},
            "in_a_project": lambda: {"q": chosen.choice(common), "project": str(chosen.choice(projects)[0])},
            "prompts_alone": lambda: {"q": chosen.choice(common), "kind": "prompt"},
            "open_notes": lambda: {"q": f"{chosen.choice(common)} is:open kind:note"},
            "japanese": lambda: {"q": "夕日"},
            "nothing": lambda: {"q": "thatisnowhere"},
            "no_words": lambda: {"kind": "note"},
        }
        return {name: [make() for _ in range(rounds)] for name, make in said.items()}

    def wrong(self) -> int:
        """Hold answers against a plain scan of the notes' texts; return how many differ."""
        mine = Project.objects.filter(memberships__user=self.agency.alice)
        browser = next(iter(self.people()))[1]
        wrong = 0
        for number in (3_000, 9_000, 15_000, 19_000):
            rare = word(number)
            notes = Annotation.objects.filter(body__iregex=rf"\y{rare}\y", clip__project__in=mine).count()
            answer = browser.get("/api/v1/search/", {"q": rare, "kind": "note"}, secure=True).json()
            wrong += answer["count"] != notes
        return wrong


def ask(browser: Browser, query: dict[str, str]) -> float:
    """Ask page and API in turn, so that both are in the figures; return milliseconds."""
    address = "/search/" if random.random() < 0.5 else "/api/v1/search/"
    started = time.perf_counter()
    answer = browser.get(f"{address}?{urlencode(query)}", secure=True)
    took = (time.perf_counter() - started) * 1000
    if answer.status_code != 200:
        raise AssertionError(f"{address} {query}: {answer.status_code} {answer.content[:300]!r}")
    return took


def fill(prompts: int, notes: int, say: Callable[[str], None]) -> Hub:
    """Write the tables, the people, and so many prompts and notes, with the index at work."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    random.seed(1)
    agency = found_agency()
    shots = _projects(agency)
    clips = _clips(agency, shots)
    started = time.perf_counter()
    _prompts(agency, shots, prompts)
    say(f"{prompts} prompts in {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    _notes(agency, clips, notes)
    say(f"{notes} notes in {time.perf_counter() - started:.1f} s")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Hub(agency, [])


def sizes() -> dict[str, Any]:
    """How large the index is, in megabytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('reviews_searchentry') / 1e6, pg_relation_size('search_by_words') / 1e6"
        )
        table, words = cursor.fetchone()
    return {"index_mb": round(table), "of_it_words_mb": round(words)}


def _projects(agency: Agency) -> list[Shot]:
    clients = Client.objects.bulk_create(
        [Client(name=f"Client {number:02}", created_by=agency.ada) for number in range(CLIENTS)]
    )
    projects = Project.objects.bulk_create(
        [
            Project(client=clients[n % CLIENTS], name=f"Project {n:03}", code=f"P{n:03}", created_by=agency.ada)
            for n in range(PROJECTS)
        ]
    )
    Membership.objects.bulk_create([Membership(project=each, user=agency.alice) for each in projects[:OWN]])
    rows = [
        Shot(project=each, code=f"SC{n:03}", title="Harbour", created_by=agency.ada)
        for each in projects
        for n in range(10)
    ]
    return Shot.objects.bulk_create(rows)


def _clips(agency: Agency, shots: list[Shot]) -> list[Clip]:
    rows = [_clip(shots[number % len(shots)], agency.ada, number) for number in range(CLIPS)]
    return Clip.objects.bulk_create(rows, batch_size=2000)


def _clip(shot: Shot, actor: User, number: int) -> Clip:
    return Clip(
        project_id=shot.project_id, shot=shot, take=1 + number // 2000, sha256=f"{number:064x}", size=10**6, storage_key="none",
        original_name=f"harbour_{number}.mp4", origin=Clip.Origin.UPLOAD, completeness=Clip.Completeness.DECLARED, container="mp4",
        video_codec="h264", pixel_format="yuv420p", width=(1280, 720)[number % 2], height=(720, 1280)[number % 2], rate_num=24, rate_den=1,
        frame_count=480, scrub_safe=True, declared_by=actor, created_by=actor, declared_model=("sora-2", "kling-v2", "veo-3")[number % 3],
    )  # fmt: skip


class Text:
    """Texts whose words are drawn as a language's are: the word of rank n about 1/n as often as the first."""

    def __init__(self) -> None:
        self.words = [word(number) for number in range(VOCABULARY)]
        self.weights = list(accumulate(1 / (number + 3) for number in range(VOCABULARY)))
        self.random = random.Random(3)

    def texts(self, many: int, long: int) -> list[str]:
        """So many texts of so many words."""
        drawn = self.random.choices(self.words, cum_weights=self.weights, k=many * long)
        return [" ".join(drawn[at * long : (at + 1) * long]) for at in range(many)]


def _moment(number: int, many: int) -> datetime:
    """Over the last two years, one after the other."""
    return NOW - timedelta(days=700) * (1 - number / many)


def _copy(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _prompts(agency: Agency, shots: list[Shot], many: int) -> None:
    text, ada = Text(), agency.ada.pk
    for first in range(0, many, A_STATEMENT):
        numbers = range(first, min(many, first + A_STATEMENT))
        said = zip(numbers, text.texts(len(numbers), 30), strict=True)
        rows = (
            (uuid4(), shots[n % len(shots)].pk, 1 + n // len(shots), words, "", "{}", "[]", ada, _moment(n, many))
            for n, words in said
        )
        _copy(
            "generations_prompt", "id, shot_id, version, text, negative, source, shots, created_by_id, created_at", rows
        )


def _notes(agency: Agency, clips: list[Clip], many: int) -> None:
    text = Text()
    authors = (agency.alice.pk, agency.bob.pk, agency.lena.pk)
    columns = "id, clip_id, clip_sha256, frame_in, frame_out, body, category, visibility, author_id, source, created_at, touched_at, resolved_at"
    for first in range(0, many, A_STATEMENT):
        numbers = range(first, min(many, first + A_STATEMENT))
        rows = (
            (
                uuid4(), clips[n % len(clips)].pk, clips[n % len(clips)].sha256, n % 400, n % 400 + 1,
                words if n % 1000 else JAPANESE, "general",
                "internal" if n % 5 else "client", authors[n % 3], "", _moment(n, many), NOW, None if n % 3 else NOW,
            )
            for n, words in zip(numbers, text.texts(len(numbers), 12), strict=True)
        )  # fmt: skip
        _copy("reviews_annotation", columns, rows)
