"""A hub's books by the thousand: generations with their journal, clips and decisions, spread over months, clients and people."""

import datetime as dt
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from generations.models import (
    Clip,
    Generation,
    Membership,
    Project,
    Prompt,
    ProviderAccount,
    Shot,
    SpendEntry,
    SpendLine,
    State,
)
from reviews.actions.stages import lay_default_stages
from reviews.models import Decision, Stage, Verdict
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind
from tests.people import Agency, provider_account, user

MODELS = ("sora-2", "sora-2-pro", "kling-3.0", "seedance-2.0")
CURRENCIES = ("USD", "USD", "USD", "USD", "EUR", "CNY")
RATES = ((24, 1), (24000, 1001), (25, 1))
Book, Entry = SpendLine.Book, SpendEntry.Kind
BATCH = 2000


@dataclass(frozen=True)
class Ground:
    """Where generations are made and by whom."""

    projects: list[Project]
    prompts: dict[UUID, Prompt]
    makers: list[User]
    judges: list[User]
    accounts: list[ProviderAccount]
    stages: dict[UUID, list[Stage]]


@dataclass(frozen=True)
class Made:
    """One generation as it is to be written: what happened to it and to its money, and when."""

    project: Project
    maker: User
    account: ProviderAccount
    model: str
    state: str
    launched: dt.datetime
    ended: dt.datetime
    estimate: int
    currency: str
    cost: int | None
    paid_in: str
    correction: tuple[dt.datetime, int] | None
    frames: int
    rate: tuple[int, int]
    approved: int
    """By how many of its project's stages before the sign-off."""
    selected: bool = False


def lay(agency: Agency, *, projects: int = 20, makers: int = 8, accounts: int = 3) -> Ground:
    """Clients, projects with the usual stages, people and accounts; alice takes part in every second project."""
    clients = [
        Client.objects.create(name=f"Client {number}", created_by=agency.ada) for number in range(max(1, projects // 4))
    ]
    people = [agency.alice, *(user(f"maker{number}", Kind.PRODUCER) for number in range(makers - 1))]
    made = [
        Project.objects.create(
            client=clients[number % len(clients)], name=f"Work {number}", code=f"W{number}", created_by=agency.alice
        )
        for number in range(projects)
    ]
    Membership.objects.bulk_create(Membership(project=each, user=agency.alice) for each in made[::2])
    prompts, stages = {}, {}
    for each in made:
        shot = Shot.objects.create(project=each, code="SC010-SH010", created_by=agency.alice)
        prompts[each.pk] = Prompt.objects.create(shot=shot, version=1, text="A lighthouse", created_by=agency.alice)
        with transaction.atomic():
            laid = lay_default_stages(actor=agency.alice, project=each)
        stages[each.pk] = [one for one in laid if one.role != Kind.LEGAL]
    return Ground(
        made, prompts, people, [agency.bob, agency.dora], [provider_account() for _ in range(accounts)], stages
    )


def dream(ground: Ground, dice: random.Random, many: int, until: dt.datetime, *, days: int = 365) -> list[Made]:
    """Make up so many generations over so many days: most succeed, some fail or go on, some bills are corrected or in yuan."""
    return [_one(ground, dice, until, days) for _ in range(many)]


def _one(ground: Ground, dice: random.Random, until: dt.datetime, days: int) -> Made:
    launched = until - dt.timedelta(seconds=dice.randrange(3600, days * 86400))
    ended = min(launched + dt.timedelta(seconds=dice.randrange(30, 7200)), until)
    state = dice.choices([State.SUCCEEDED, State.FAILED, State.CANCELLED, State.LOST, State.RUNNING], [85, 9, 2, 1, 3])[
        0
    ]
    currency, estimate = dice.choice(CURRENCIES), dice.randrange(1, 4_000_000)
    charged = state == State.SUCCEEDED or (state == State.FAILED and dice.random() < 0.3)
    cost = dice.randrange(0, 5_000_000) if charged else None
    corrected = cost is not None and dice.random() < 0.03
    return Made(
        project=dice.choice(ground.projects), maker=dice.choice(ground.makers), account=dice.choice(ground.accounts),
        model=dice.choice(MODELS), state=state, launched=launched, ended=ended, estimate=estimate, currency=currency, cost=cost,
        paid_in="CNY" if charged and dice.random() < 0.02 else currency,
        correction=(min(ended + dt.timedelta(days=dice.randrange(1, 40)), until), dice.randrange(0, 3_000_000)) if corrected else None,
        frames=dice.randrange(48, 400), rate=dice.choice(RATES), approved=dice.choices([0, 1, 2], [75, 10, 15])[0],
    )  # fmt: skip


def write(ground: Ground, made: Iterable[Made]) -> list[Generation]:
    """Write them with everything that hangs on them: clips, journal, decisions, selected takes."""
    told = list(made)
    clips = [_clip(each) if each.state == State.SUCCEEDED else None for each in told]
    Clip.objects.bulk_create([clip for clip in clips if clip], batch_size=BATCH)
    rows = [_generation(ground, each, clip) for each, clip in zip(told, clips, strict=True)]
    Generation.objects.bulk_create(rows, batch_size=BATCH)
    pairs = [pair for each, row in zip(told, rows, strict=True) for pair in _entries(each, row)]
    SpendEntry.objects.bulk_create((entry for entry, _ in pairs), batch_size=BATCH)
    SpendLine.objects.bulk_create((line for _, lines in pairs for line in lines), batch_size=BATCH)
    Decision.objects.bulk_create(
        (said for each, clip in zip(told, clips, strict=True) if clip for said in _decisions(ground, each, clip)),
        batch_size=BATCH,
    )
    for each, clip in zip(told, clips, strict=True):
        if clip and each.selected:
            Shot.objects.filter(pk=ground.prompts[each.project.pk].shot_id).update(selected_clip=clip)
    return rows


def _clip(each: Made) -> Clip:
    return Clip(
        project=each.project, sha256=uuid4().hex * 2, size=1, storage_key="none", origin="generation", completeness="full", container="mp4",
        video_codec="h264", pixel_format="yuv420p", width=1280, height=720, rate_num=each.rate[0], rate_den=each.rate[1],
        frame_count=each.frames, scrub_safe=True, created_by=each.maker, created_at=each.ended,
    )  # fmt: skip


def _generation(ground: Ground, each: Made, clip: Clip | None) -> Generation:
    total = each.cost
    if each.correction is not None:
        total = each.correction[1]
    running = each.state == State.RUNNING
    return Generation(
        project=each.project, prompt=ground.prompts[each.project.pk], account=each.account, model=each.model, state=each.state,
        params={"seconds": 8, "size": "1280x720"}, capability_version="sandbox@1", estimate_micro=each.estimate, currency=each.currency,
        settled_micro=total, settled_currency=each.paid_in if total is not None else "", clip=clip, created_by=each.maker,
        remote_id=f"video_{uuid4().hex}", created_at=each.launched, submitted_at=each.launched,
        finished_at=None if running else each.ended,
    )  # fmt: skip


def _entries(each: Made, row: Generation) -> Iterable[tuple[SpendEntry, list[SpendLine]]]:
    """The journal as pipeline/money.py writes it."""
    estimate, currency = each.estimate, each.currency
    yield _entry(
        row,
        Entry.RESERVED,
        each.launched,
        estimate,
        currency,
        {(Book.AVAILABLE, currency): -estimate, (Book.RESERVED, currency): estimate},
    )
    if each.cost is not None:
        yield _entry(
            row,
            Entry.SETTLED,
            each.ended,
            each.cost,
            each.paid_in,
            _closing(estimate, currency, each.cost, each.paid_in),
        )
        if each.correction is not None:
            at, total = each.correction
            apart = total - each.cost
            yield _entry(
                row,
                Entry.CORRECTED,
                at,
                apart,
                each.paid_in,
                {(Book.SPENT, each.paid_in): apart, (Book.AVAILABLE, each.paid_in): -apart},
            )
    elif each.state in (State.FAILED, State.CANCELLED):
        back = {(Book.AVAILABLE, currency): estimate, (Book.RESERVED, currency): -estimate}
        yield _entry(row, Entry.RELEASED, each.ended, -estimate, currency, back)


def _closing(estimate: int, currency: str, cost: int, paid_in: str) -> dict[tuple[str, str], int]:
    moves: dict[tuple[str, str], int] = {}
    for book, code, micro in (
        (Book.RESERVED, currency, -estimate), (Book.AVAILABLE, currency, estimate), (Book.SPENT, paid_in, cost),
        (Book.AVAILABLE, paid_in, -cost),
    ):  # fmt: skip
        moves[book, code] = moves.get((book, code), 0) + micro
    return moves


def _entry(
    row: Generation, kind: str, at: dt.datetime, amount: int, currency: str, moves: Mapping[tuple[Any, str], int]
) -> tuple[SpendEntry, list[SpendLine]]:
    entry = SpendEntry(generation=row, kind=kind, amount_micro=amount, currency=currency, basis="by the book", at=at)
    owners: dict[str, Any] = {
        "project_id": row.project_id,
        "client_id": row.project.client_id,
        "account_id": row.account_id,
    }
    return entry, [
        SpendLine(entry=entry, book=book, amount_micro=micro, currency=code, at=at, **owners)
        for (book, code), micro in moves.items()
        if micro
    ]


def _decisions(ground: Ground, each: Made, clip: Clip) -> Sequence[Decision]:
    stages = ground.stages[each.project.pk][: each.approved]
    return [
        Decision(
            stage=stage, clip=clip, clip_sha256=clip.sha256, user=judge, person_id=judge.person_id, verdict=Verdict.APPROVED,
            decided_at=each.ended,
        )
        for stage, judge in zip(stages, ground.judges, strict=False)
    ]  # fmt: skip


NEW_ID = "md5({0}::text || ':' || n)::uuid"
NEW_HASH = "md5({0} || ':' || n) || md5(n || ':' || {0})"
EARLIER = "{0} - n * interval '29 hours'"
COPIED: dict[str, dict[str, str]] = {
    "generations_clip": {"id": NEW_ID, "sha256": NEW_HASH, "created_at": EARLIER},
    "generations_generation": {
        "id": NEW_ID, "clip_id": NEW_ID, "remote_id": "{0} || '-' || n", "created_at": EARLIER, "submitted_at": EARLIER, "finished_at": EARLIER,
    },
    "generations_spendentry": {"id": NEW_ID, "generation_id": NEW_ID, "at": EARLIER},
    "generations_spendline": {"id": NEW_ID, "entry_id": NEW_ID, "at": EARLIER},
    "reviews_decision": {"id": NEW_ID, "clip_id": NEW_ID, "clip_sha256": NEW_HASH, "decided_at": EARLIER},
}  # fmt: skip
"""Tables in which a generation has rows, and what of them differs from copy to copy."""


def multiply(times: int) -> None:
    """Copy everything that was written so many times inside PostgreSQL, each copy 29 hours before the last."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, changed in COPIED.items():
            with_names = connection.introspection.get_table_description(cursor, table)
            names = [column.name for column in with_names]
            values = [changed.get(name, "{0}").format(f't."{name}"') for name in names]
            columns = ", ".join(f'"{name}"' for name in names)
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)}"  # noqa: S608 (our own names)
                f" FROM {table} t CROSS JOIN generate_series(1, %s) n",
                [times],
            )
