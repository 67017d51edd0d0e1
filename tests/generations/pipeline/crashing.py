"""A worker and a tracker that die at a chosen instruction: ``python -m tests.generations.pipeline.crashing``.

The instructions are not listed by hand. They are counted while the real code runs: the moments before and after every
commit (a transaction's, or a single statement's outside one), every call to the provider and every step of the store. A
life with ``die_at`` k ends by SIGKILL at the k-th of them. Orders come as lines of JSON on stdin, answers go to stdout;
each order is carried out by a fork, so that a life costs no start-up.
"""

import datetime as dt
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

django.setup()

# Models can be imported only now.
from django.utils import timezone  # noqa: E402

from generations import media  # noqa: E402
from generations.actions.launches import launch_generation  # noqa: E402
from generations.actions.retries import retry_generation  # noqa: E402
from generations.models import Clip, Generation, Prompt, ProviderAccount, Shot, SpendEntry, Upload  # noqa: E402
from generations.models.generation import ACTIVE  # noqa: E402
from generations.pipeline import reconcile, tending  # noqa: E402
from generations.providers.openai_videos import OpenAIVideos  # noqa: E402
from sorahub.accounts.models import User  # noqa: E402
from sorahub.jobs.models import Job, JobState  # noqa: E402
from sorahub.jobs.runner import run_one  # noqa: E402
from sorahub.ledger import audit  # noqa: E402
from sorahub.lib import storage  # noqa: E402
from tests import people  # noqa: E402
from tests.blueprint import lay_tables  # noqa: E402
from tests.generations.factories import ORDER, track_once, upload  # noqa: E402

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
LIFE_SECONDS = 60
Facts = dict[str, Any]


class Death:
    """Counts the moments and ends the process at the chosen one."""

    def __init__(self, die_at: int | None) -> None:
        self.left = die_at
        self.passed: list[str] = []

    def moment(self, name: str) -> None:
        """One more place where a machine could fail."""
        self.passed.append(name)
        if len(self.passed) == self.left:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str) -> None:
        """Put a moment before and after each call of a function or method."""
        original = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.moment(name)
            result = original(*args, **kwargs)
            self.moment(name)
            return result

        setattr(owner, name, wrapped)

    def around_async(self, owner: Any, name: str) -> None:
        """The same for a coroutine."""
        original = getattr(owner, name)

        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.moment(name)
            result = await original(*args, **kwargs)
            self.moment(name)
            return result

        setattr(owner, name, wrapped)

    def statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """A single write outside a transaction is a commit of its own."""
        alone = not context["connection"].in_atomic_block and sql.lstrip().upper().startswith(WRITES)
        if alone:
            self.moment("statement")
        result = execute(sql, params, many, context)
        if alone:
            self.moment("statement")
        return result

    def watch(self) -> None:
        """Put moments around everything that leaves a trace outside this process."""
        self.around(BaseDatabaseWrapper, "_commit")
        connection.execute_wrappers.append(self.statement)
        for call in ("create", "get", "find", "download"):
            self.around(OpenAIVideos, call)
        self.around_async(OpenAIVideos, "aget")
        for step in ("receive", "commit"):
            self.around(storage, step)
        self.around(media, "derive")
        self.around(media, "provenance")


def found(name: str, base_url: str) -> Facts:
    """The first order: the agency and its account."""
    lay_tables()
    people.found_agency()
    people.provider_account(base_url)
    return {}


def begin(name: str, words: str = "") -> Facts:
    """A project, a prompt and a launched generation of their own."""
    alice = User.objects.get(email="alice@example.com")
    north = alice.memberships.get(project__code="AURORA").project.client
    project = people.project(north, name, alice, alice)
    shot = Shot.objects.create(project=project, code="SH010", created_by=alice)
    prompt = Prompt.objects.create(shot=shot, version=1, text=f"{name}, a harbour {words}", created_by=alice)
    account = ProviderAccount.objects.get()
    generation = launch_generation(actor=alice, prompt=prompt, account=account, model="sora-2", params=ORDER)
    return {"generation": str(generation.pk), "prompt": prompt.text}


def begin_upload(name: str, file: str) -> Facts:
    """An upload that waits for its job, in a project of its own."""
    alice = User.objects.get(email="alice@example.com")
    north = alice.memberships.get(project__code="AURORA").project.client
    project = people.project(north, name, alice, alice)
    return {"upload": str(upload(alice, project, Path(file)).pk)}


def live(subject: str, die_at: int | None) -> Facts:
    """Work until the generation (or upload) has come to its end, unless death comes first. Leases of the dead have run out."""
    death = Death(die_at)
    let_time_pass()
    reconcile.WAITS = (0.05, 0.05)
    death.watch()
    deadline = time.monotonic() + LIFE_SECONDS
    while not at_end(subject):
        if time.monotonic() > deadline:
            return {"stuck": True, **report(subject)}
        work(subject)
        track_once()
        time.sleep(0.02)
    return {"moments": death.passed}


def let_time_pass() -> None:
    """What waiting would do: leases of dead workers and trackers are over, retries are due."""
    past = timezone.now() - dt.timedelta(seconds=1)
    Job.objects.filter(state=JobState.RUNNING).update(lease_until=past)
    ProviderAccount.objects.update(poll_lease_until=past)


def work(subject: str) -> None:
    """Run what is due for the subject; extras are another test's matter."""
    mine = Job.objects.filter(subject_id=subject)
    for job in mine.claimable(timezone.now()):
        run_one(job.pk)


def at_end(subject: str) -> bool:
    """Whether nothing is left to be done for it."""
    if Job.objects.filter(subject_id=subject, state__in=[JobState.QUEUED, JobState.RUNNING]).exists():
        return False
    return not Generation.objects.filter(pk=subject, state__in=ACTIVE).exists()


def retry(generation: str) -> Facts:
    """A person looks at a lost generation and launches it again."""
    alice = User.objects.get(email="alice@example.com")
    again = retry_generation(actor=alice, generation=Generation.objects.get(pk=generation))
    return {"generation": str(again.pk)}


def clip_of(upload: str) -> Facts:
    """The clip whose extras are to be made."""
    return {"clip": str(Upload.objects.get(pk=upload).clip_id)}


def report(subject: str) -> Facts:
    """What became of it, after the next tidying."""
    tending.tidy()
    generation = Generation.objects.filter(pk=subject).first()
    arrived = Upload.objects.filter(pk=subject).first()
    project = (generation or arrived or Clip.objects.get(pk=subject)).project
    return {
        "state": generation.state if generation else arrived.state if arrived else None,
        "error": generation.error_code if generation else arrived.error_code if arrived else "",
        "clips": Clip.objects.filter(project=project).count(),
        "renditions": sorted(k for clip in project.clips.all() for k in clip.renditions.values_list("kind", flat=True)),
        "reports": sum(hasattr(clip, "provenance") for clip in project.clips.all()),
        "money": sorted(SpendEntry.objects.filter(generation_id=subject).values_list("kind", "amount_micro")),
        "bytes_sound": all(storage.verify(c.storage_key, media_root(), c.sha256) for c in project.clips.all()),
        "left_over": sorted(path.name for path in (media_root() / "incoming").glob("*")),
    }


def media_root() -> Path:
    """The folder of all media."""
    return Path(settings.MEDIA_ROOT)


def check_ledger() -> Facts:
    """Every chain, recomputed."""
    return {"faults": [str(fault) for fault in audit.verify()]}


ORDERS: dict[str, Callable[..., Facts]] = {
    each.__name__: each
    for each in (found, begin, begin_upload, live, retry, clip_of, report, check_ledger)
}  # fmt: skip


def carry_out(order: Facts) -> Facts:
    """Fork; the child does it and answers through a pipe. A child that was killed answers nothing."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        answer = ORDERS[order.pop("do")](**order)
        connection.close()
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return {"died": True}
    return json.loads(said) if said else {"broken": status}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(carry_out(json.loads(line))), flush=True)  # noqa: T201
