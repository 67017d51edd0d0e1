"""A batch of 24 cells over three models, real HTTP, and workers and trackers that are killed in the middle of it.

Twenty-four are ordered, whatever is killed; the cell that fails costs nothing, and its repetition is one order more; the bar of
the page never goes back.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from tests.generations.factories import QUICK, ROOT, Sandbox, running_sandbox
from tests.generations.pipeline.matrix.proxy import Exchange, Proxy, Seen, Trap, proxying
from tests.generations.pipeline.matrix.wires import WIRES, Step

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.core]
WORDS = "A harbour at noon, gulls over the boats"
FAILING = "sandbox:failed-render"
PROMPTS = [f"A lighthouse at dawn {'.' * len(FAILING)}", WORDS]
PATIENCE = 1500.0
CELLS = 24


class Machines:
    """A worker and a tracker, started anew whenever they were killed."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.environment, self.log = environment, log.open("wb")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.kills = 0
        self.lock = threading.Lock()

    def run(self) -> None:
        """Start what does not run."""
        commands = {"worker": ["run_cluster", "--check-every", "0.3", "--grace", "5"], "tracker": ["track"]}
        with self.lock:
            for name, words in commands.items():
                process = self.processes.get(name)
                if process is None or process.poll() is not None:
                    self.processes[name] = subprocess.Popen(
                        [sys.executable, "manage.py", *words],
                        cwd=ROOT,
                        env=self.environment,
                        stdout=self.log,
                        stderr=self.log,
                    )

    def kill(self, *names: str) -> None:
        """kill -9, children first asked for and then included."""
        with self.lock:
            for name in names:
                process = self.processes[name]
                for pid in (process.pid, *children(process.pid)):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                process.wait()
                self.kills += 1

    def close(self) -> None:
        """End them for good."""
        self.kill(*self.processes)
        self.log.close()


def children(pid: int) -> list[int]:
    """The processes that ``pid`` started, and theirs."""
    try:
        direct = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
    return [process for child in direct for process in (child, *children(child))]


class Desk:
    """The producer's end: one process that gives the hub's pages her orders."""

    def __init__(self, environment: dict[str, str], complaints: Path) -> None:
        command = [sys.executable, "-m", "tests.generations.pipeline.batch_desk"]
        self.complaints = complaints
        with complaints.open("w") as errors:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def do(self, order: str, **facts: Any) -> dict[str, Any]:
        """Give an order and return its answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": order, **facts}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.complaints.read_text()[-4000:]
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """A database of its own: on the server of the tests, or a file."""
    given = settings.DATABASES["default"]
    if "postgresql" not in str(given["ENGINE"]):
        yield f"sqlite:///{folder}/batch.sqlite3"
        return
    name = f"batch_{secrets.token_hex(4)}"
    server = f"postgresql://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as opened:
        opened.execute(f'CREATE DATABASE "{name}"')
        yield f"{server}/{name}"
        opened.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def is_create(seen: Seen) -> bool:
    """Whether a request orders a video, at any of the wires."""
    return any(wire.step_of(seen) is Step.CREATE for wire in WIRES[:3])


def creates(service: Sandbox) -> int:
    """How often the service was asked for a video, by whatever words."""
    with urllib.request.urlopen(f"{service.origin}/_control/creates", timeout=10) as answer:  # noqa: S310 (our own origin)
        return sum(json.load(answer)["by_prompt"].values())


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path / "sandbox", script=QUICK, speed="1") as running:
        yield running


@pytest.fixture
def proxy(service: Sandbox) -> Iterator[Proxy]:
    with proxying(int(service.origin.rpartition(":")[2])) as made:
        yield made


def test_a_batch_whose_machines_are_killed_orders_each_cell_once(
    tmp_path: Path, service: Sandbox, proxy: Proxy
) -> None:
    with database(tmp_path) as address:
        environment = {
            **os.environ,
            "DATABASE_URL": address,
            "SORAHUB_VAR_DIR": str(tmp_path / "var"),
            "DJANGO_SETTINGS_MODULE": "sorahub.settings.test",
            "SORAHUB_LOG_LEVEL": "WARNING",
        }
        desk, machines = Desk(environment, tmp_path / "complaints"), Machines(environment, tmp_path / "machines")
        try:
            desk.do("found", port=proxy.port, prompts=PROMPTS)
            assert desk.do("launch") == {"shown": True, "batches": 1, "cells": CELLS}
            killed_while_ordering(proxy, machines)
            seen = followed(desk, machines, kill_at=(30, 60))
            assert machines.kills >= 6
            assert creates(service) == CELLS
            assert seen == sorted(seen)
            assert (seen[0], seen[-1]) == (0, 100)
            told = desk.do("report")
            lost = told["states"].pop(
                "lost", 0
            )  # orders like each other whose answers died with one worker: nobody can tell which is whose
            assert told["states"] == {"succeeded": CELLS - 1 - lost, "failed": 1}
            assert lost <= 2
            assert told["money"] == {"reserved": CELLS, "settled": CELLS - 1 - lost, "released": 1}
            (_, freed), (_, reserved) = told["failed_money"]
            assert freed == -reserved

            assert desk.do("retry") == {"offered": True}
            again = followed(desk, machines, kill_at=())
            assert set(again) == {100}
            assert creates(service) == CELLS + 1
            told = desk.do("report")
            assert told["states"].pop("lost", 0) == lost
            assert told["states"] == {"succeeded": CELLS - lost, "failed": 1}
            assert told["money"] == {"reserved": CELLS + 1, "settled": CELLS - lost, "released": 1}
            assert told["ledger"] == []
            assert desk.do("retry") == {"offered": False}
        finally:
            machines.close()
            desk.process.kill()
            desk.process.communicate()


def killed_while_ordering(proxy: Proxy, machines: Machines) -> None:
    """The fifth order is taken and the worker dies before its answer; the twelfth never leaves; one is made to fail later."""

    def spoil(exchange: Exchange) -> None:
        """The service is asked for a video that fails, in as many letters; on this wire it says that nothing is charged for it."""
        exchange.seen.body = exchange.seen.body.replace(b"." * len(FAILING), FAILING.encode())
        exchange.send(exchange.forward())

    def taken(exchange: Exchange) -> None:
        exchange.forward()
        machines.kill("worker")
        exchange.reset()

    def stopped(exchange: Exchange) -> None:
        machines.kill("worker", "tracker")
        exchange.forward()
        exchange.reset()

    orders: list[Seen] = []

    def the(number: int) -> Any:
        def wanted(seen: Seen) -> bool:
            if not is_create(seen):
                return False
            if seen not in orders:
                orders.append(seen)
            return orders.index(seen) + 1 == number

        return wanted

    proxy.traps += [
        Trap(lambda seen: WIRES[1].step_of(seen) is Step.CREATE and b"." * len(FAILING) in seen.body, spoil),
        Trap(the(5), taken),
        Trap(the(12), stopped),
    ]


def followed(desk: Desk, machines: Machines, *, kill_at: tuple[int, ...]) -> list[int]:
    """Look at the page until nothing is under way; kill everything when its bar has come so far. Returns what the bar said."""
    seen: list[int] = []
    left = list(kill_at)
    deadline = time.monotonic() + PATIENCE
    while True:
        machines.run()
        told = desk.do("look")
        seen.append(told["progress"])
        if told["active"] == 0:
            return seen
        if left and told["progress"] >= left[0]:
            left.pop(0)
            machines.kill("worker", "tracker")
        assert time.monotonic() < deadline, (told, desk.do("report"))
        time.sleep(0.2)
