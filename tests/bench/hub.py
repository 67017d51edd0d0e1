"""The hub's side of the engine's bench: rows in flight, what the database saw, how quick a page is."""

import datetime as dt
import time
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402 (Django first)
from django.db import connection  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.utils import timezone  # noqa: E402

from generations.models import (  # noqa: E402
    Generation,
    Project,
    Prompt,
    ProviderAccount,
    SpendEntry,
    SpendLine,
    State,
    TimelineEntry,
)
from sorahub.accounts.models import User  # noqa: E402
from sorahub.jobs.models import Job, JobState  # noqa: E402
from tests.people import found_agency  # noqa: E402

PAGE_TIMES = 15
TOLD = (
    (TimelineEntry.Kind.PERSON, "Alice Ames launched it"),
    (TimelineEntry.Kind.MONEY, "0.40 USD set aside"),
    (TimelineEntry.Kind.CALL, "Sent to the provider; it answered 200"),
    (TimelineEntry.Kind.STATE, "Queued at the provider"),
    (TimelineEntry.Kind.STATE, "Rendering"),
)
BOOKS = ((SpendLine.Book.AVAILABLE, -1), (SpendLine.Book.RESERVED, 1))
ORDER = {"seconds": 4, "size": "1280x720"}


def prepare() -> None:
    """Tables, static files and people."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    found_agency()


def account(base_url: str, *, per_minute: int) -> ProviderAccount:
    """An account at the bare provider, with a budget of so many questions a minute."""
    made = ProviderAccount(name="Bare", route="sandbox", base_url=base_url, max_in_flight=100_000)
    made.polls_per_minute = per_minute
    made.set_api_key("sk-bench-0123456789")
    made.save()
    return made


def fill(account: ProviderAccount, first: int, last: int) -> None:
    """Generations ``first`` to ``last`` as they stand when the provider has taken them."""
    project, prompt, alice = (
        Project.objects.get(code="AURORA"),
        Prompt.objects.get(),
        User.objects.get(email="alice@example.com"),
    )
    now = timezone.now()
    rows = (
        Generation(
            project=project,
            prompt=prompt,
            account=account,
            created_by=alice,
            model="sora-2",
            params=ORDER,
            capability_version="sandbox@1",
            estimate_micro=400_000,
            state=State.RUNNING,
            remote_id=f"video_{number}",
            raw_state="in_progress",
            submitted_at=now,
            next_poll_at=now + dt.timedelta(days=1),
        )
        for number in range(first, last)
    )
    _with_what_hangs_on_them(Generation.objects.bulk_create(rows, batch_size=1000), now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _with_what_hangs_on_them(rows: list[Generation], now: dt.datetime) -> None:
    """The job that sent each, its timeline so far, and the money that was set aside for it."""
    Job.objects.bulk_create(
        (Job(kind="generation.submit", key=f"generation.submit:{row.pk}", state=JobState.SUCCEEDED, attempt=1,
             subject_id=row.pk, finished_at=now) for row in rows),
        batch_size=1000,
    )  # fmt: skip
    TimelineEntry.objects.bulk_create(
        (TimelineEntry(generation=row, kind=kind, words=words, at=now) for row in rows for kind, words in TOLD),
        batch_size=2000,
    )
    entries = SpendEntry.objects.bulk_create(
        (SpendEntry(generation=row, kind=SpendEntry.Kind.RESERVED, amount_micro=row.estimate_micro, currency="USD",
                    basis="4 s at 0.10 USD a second") for row in rows),
        batch_size=1000,
    )  # fmt: skip
    SpendLine.objects.bulk_create(
        (SpendLine(entry=entry, book=book, amount_micro=sign * entry.amount_micro, currency="USD", **_owners(row))
         for entry, row in zip(entries, rows, strict=True) for book, sign in BOOKS),
        batch_size=2000,
    )  # fmt: skip


def _owners(row: Generation) -> dict[str, Any]:
    return {"project": row.project, "client_id": row.project.client_id, "account": row.account}


def renew() -> None:
    """Put those that were looked after back to where they began."""
    Generation.objects.update(poll_count=0, poll_failures=0, progress=0)


def spread_out(seconds: float) -> None:
    """Have the first looks fall due evenly over so many seconds from now, in no order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE generations_generation SET next_poll_at = now() + %s * interval '1 second' *"
            " ((substr(remote_id, 7)::int * 7919 %% 10007) / 10007.0)",
            [seconds],
        )


def first_moments(begun: float) -> list[float]:
    """When each task falls due first, in seconds after the start, by number."""
    rows = Generation.objects.values_list("remote_id", "next_poll_at")
    moments = {int(str(name)[6:]): at.timestamp() - begun for name, at in rows if at}
    return [max(0.0, moments[number]) for number in range(len(moments))]


def noticed() -> dict[int, float]:
    """When each finished task was stored as finished, by number; seconds of the clock."""
    rows = Generation.objects.filter(state=State.FETCHING).values_list("remote_id", "updated_at")
    return {int(str(name)[6:]): at.timestamp() for name, at in rows}


def page_seconds() -> dict[str, float]:
    """How quick the pages that show what is under way can be, as alice sees them: the best of some, so that other work on the
    machine does not count.
    """
    browser = Browser(headers={"host": "localhost"})
    browser.force_login(
        User.objects.get(email="alice@example.com"), backend="django.contrib.auth.backends.ModelBackend"
    )
    project = Project.objects.get(code="AURORA").pk
    pages = {
        "engine": "/engine/",
        "page": f"/projects/{project}/",
        "api": f"/api/v1/generations/?project={project}",
        "one": f"/generations/{Generation.objects.values_list('pk', flat=True)[0]}/",
    }
    return {name: _quickest(browser, path) for name, path in pages.items()}


def _quickest(browser: Browser, path: str) -> float:
    times = []
    for _ in range(PAGE_TIMES):
        begun = time.perf_counter()
        answer = browser.get(path)
        times.append(time.perf_counter() - begun)
        assert answer.status_code == 200, f"{path} answered {answer.status_code}"
    return min(times)
