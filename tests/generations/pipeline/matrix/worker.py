"""A worker and tracker that may be killed, or lose their database: ``python -m tests.generations.pipeline.matrix.worker``.

Orders come as lines of JSON on stdin, answers go to stdout. A life is carried out by a fork, whose process id is said first, so
that whoever watches the network can end it at the very exchange he has chosen.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import django

django.setup()

# Models can be imported only now.
from django.db import InterfaceError, OperationalError, connection, connections  # noqa: E402
from django.test import Client as Caller  # noqa: E402

from generations.actions.cancelling import cancel_generation  # noqa: E402
from generations.models import Generation, Project, Prompt, ProviderAccount, Shot  # noqa: E402
from generations.models.generation import ACTIVE, POLLED, TERMINAL  # noqa: E402
from generations.pipeline import remote  # noqa: E402
from generations.pipeline.track import Tracker  # noqa: E402
from sorahub.accounts.models import User  # noqa: E402
from sorahub.jobs.models import Job, JobState  # noqa: E402
from sorahub.jobs.runner import run_one  # noqa: E402
from sorahub.lib import storage  # noqa: E402
from tests.blueprint import lay_tables  # noqa: E402
from tests.generations.factories import Sandbox  # noqa: E402
from tests.generations.pipeline.matrix import driver  # noqa: E402
from tests.generations.pipeline.matrix.proxy import Proxy  # noqa: E402
from tests.generations.pipeline.matrix.wires import PHASES, WIRES, Step  # noqa: E402
from tests.people import Agency, found_agency  # noqa: E402

AWAY = (OperationalError, InterfaceError)
LIFE_SECONDS = 60.0
LOOK_SECONDS = 0.4
ANNOUNCED_SECONDS = 0.5
STORING = "storing"
Facts = dict[str, Any]


def found(port: int) -> Facts:
    """The first order: the tables, the agency, and an account at each wire behind the proxy."""
    lay_tables()
    found_agency()
    for wire in WIRES:
        driver.account_for(wire, Proxy(0, port))
    return {}


def launch(wire: int) -> Facts:
    """Alice launches one."""
    agency, chosen = _agency(), WIRES[wire]
    account = ProviderAccount.objects.get(dialect=chosen.dialect)
    generation = driver.launch_on(agency, account, chosen)
    return {"generation": str(generation.pk)}


def cancel(subject: str) -> Facts:
    """Alice thinks better of it."""
    cancel_generation(actor=_agency().alice, generation=Generation.objects.get(pk=subject))
    return {}


def live(subject: str, until_taken: bool = False, die_storing: bool = False, say_storing: bool = False) -> Facts:
    """Work until nothing is left to do (or the provider has taken it); a database that is away is waited for.

    With ``say_storing`` it says when a file is about to be put in its place, and leaves a moment to act on it.
    """
    if die_storing:
        _die_at(storage, "commit")
    if say_storing:
        _announce(storage, "commit", STORING)
    deadline = time.monotonic() + LIFE_SECONDS
    while True:
        try:
            generation = Generation.objects.select_related("account").get(pk=subject)
            if _is_done(generation, until_taken=until_taken):
                return {"state": generation.state}
            _work(generation, track=not until_taken)
        except AWAY:
            connection.close()
            time.sleep(0.05)
        if time.monotonic() > deadline:
            return {"stuck": True}


def address(subject: str) -> Facts:
    """By which names the provider's calls are known."""
    generation = Generation.objects.get(pk=subject)
    return {"account": str(generation.account_id), "remote_id": generation.remote_id}


def call(path: str, headers: dict[str, str], body: str, die: bool = False) -> Facts:
    """The provider calls; with ``die`` the process ends at the commit of what the call says."""
    if die:
        _die_at(connections["default"], "commit")
    caller = Caller(raise_request_exception=False, headers={"host": "localhost"})
    answer = caller.post(path, body.encode(), content_type="application/json", headers=headers)
    return {"status": answer.status_code}


def report(subject: str, origin: str) -> Facts:
    """What became of it."""
    generation = Generation.objects.select_related("prompt", "clip").get(pk=subject)
    return asdict(driver.outcome_of(generation, Sandbox(origin)))


def _agency() -> Agency:
    def person(name: str) -> User:
        return User.objects.get(email=f"{name}@example.com")

    alice = person("alice")
    aurora, borealis = Project.objects.get(code="AURORA"), Project.objects.get(code="BOREALIS")
    shot = Shot.objects.get()
    bob, lena, ada, dora, carol = map(person, ("bob", "lena", "ada", "dora", "carol"))
    prompt = Prompt.objects.get(shot=shot, version=1)
    north, south = aurora.client, borealis.client
    return Agency(alice, bob, lena, ada, dora, carol, north, south, aurora, borealis, shot, prompt)


def _is_done(generation: Generation, *, until_taken: bool) -> bool:
    if until_taken:
        return generation.state in POLLED
    return generation.state in TERMINAL and not driver.open_jobs(generation)


def _work(generation: Generation, *, track: bool) -> None:
    driver.let_time_pass(generation.account)
    for job in Job.objects.filter(subject_id=generation.pk).exclude(state__in=[JobState.SUCCEEDED, JobState.DEAD]):
        _say(job.kind)
        run_one(job.pk)
    generation.refresh_from_db()
    if track and generation.state in ACTIVE and generation.remote_id:
        _say(PHASES[Step.POLL])
        asyncio.run(_track())


async def _track() -> None:
    """The real tracker for a moment, the end of it included."""
    tracker = Tracker()
    running = asyncio.create_task(tracker.run())
    await asyncio.sleep(LOOK_SECONDS)
    tracker.stopping.set()
    await running


def _say(phase: str) -> None:
    """Say in which phase the work is, for those who watch the network."""
    sys.stdout.write(json.dumps({"phase": phase}) + "\n")
    sys.stdout.flush()


def _announce(owner: Any, name: str, phase: str) -> None:
    real = getattr(owner, name)

    def announced(*args: Any, **facts: Any) -> Any:
        _say(phase)
        time.sleep(ANNOUNCED_SECONDS)
        return real(*args, **facts)

    setattr(owner, name, announced)


def _die_at(owner: Any, name: str) -> None:
    def death(*_args: Any, **_facts: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, death)


ORDERS: dict[str, Callable[..., Facts]] = {
    each.__name__: each for each in (found, launch, cancel, live, address, call, report)
}


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
    sys.stdout.write(json.dumps({"pid": child}) + "\n")
    sys.stdout.flush()
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return {"died": True}
    return json.loads(said) if said else {"broken": status}


if __name__ == "__main__":
    remote.ASK_SECONDS = remote.CREATE_SECONDS = 10.0
    with suppress(KeyboardInterrupt):
        for line in sys.stdin:
            sys.stdout.write(json.dumps({"answer": carry_out(json.loads(line))}) + "\n")
            sys.stdout.flush()
