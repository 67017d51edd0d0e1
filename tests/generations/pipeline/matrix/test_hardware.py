"""The fault matrix, machines: workers killed and databases gone at the very exchange of each step."""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from tests.generations.factories import ROOT, Sandbox
from tests.generations.pipeline.matrix import faults
from tests.generations.pipeline.matrix.calls import Calls, tells_the_end
from tests.generations.pipeline.matrix.cells import AWAY, FULL, KILLED, Cell, all_cells
from tests.generations.pipeline.matrix.cut import Cable, cable
from tests.generations.pipeline.matrix.driver import Outcome
from tests.generations.pipeline.matrix.proxy import Exchange, Proxy, Trap
from tests.generations.pipeline.matrix.verdict import hold
from tests.generations.pipeline.matrix.wires import WIRES, Step
from tests.generations.sandbox.wires import waited

pytestmark = [pytest.mark.slow, pytest.mark.long]
AWAY_SECONDS = 3.0
STORING = "storing"
"""How the worker calls the moment before a file is put in its place."""
TAKEN = {"status": 204}


class Mortal:
    """Our end of the process whose lives end."""

    def __init__(self, process: subprocess.Popen[str], proxy: Proxy, complaints: Path) -> None:
        self.process, self.proxy, self.complaints, self.child = process, proxy, complaints, 0
        self.at: dict[str, Callable[[], None]] = {}

    def do(self, order: str, **facts: Any) -> dict[str, Any]:
        """Give one order and return its answer; meanwhile the proxy is told in which phase the work is."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": order, **facts}) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            said = json.loads(line)
            self.child = said.get("pid", self.child)
            if "phase" in said:
                self.proxy.phase = said["phase"]
                self.at.pop(self.proxy.phase, lambda: None)()
            if "answer" in said:
                answer: dict[str, Any] = said["answer"]
                assert not {"broken", "stuck"} & set(answer), f"{answer}\n{self.complaints.read_text()[-4000:]}"
                return answer
        raise AssertionError(f"the worker is gone\n{self.complaints.read_text()[-4000:]}")

    def kill(self, exchange: Exchange) -> None:
        """The service has got it; the worker dies before the answer."""
        exchange.forward()
        os.kill(self.child, signal.SIGKILL)
        exchange.reset()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Cable | None]]:
    """A database of its own: on the server of the tests, behind a cable that can be cut, or a file."""
    given = settings.DATABASES["default"]
    if "postgresql" not in str(given["ENGINE"]):
        yield f"sqlite://{tmp_path_factory.mktemp('matrix')}/matrix.sqlite3", None
        return
    name, host, port = f"matrix_{secrets.token_hex(4)}", str(given["HOST"]), int(str(given["PORT"]))
    user, password = str(given["USER"]), str(given["PASSWORD"])
    login = f"postgresql://{user}:{password}@"
    with psycopg.connect(f"{login}{host}:{port}/postgres", autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        with cable(host, port) as line:
            yield f"{login}127.0.0.1:{line.port}/{name}", line
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def mortal(
    tmp_path_factory: pytest.TempPathFactory, database: tuple[str, Cable | None], proxy: Proxy
) -> Iterator[Mortal]:
    folder = tmp_path_factory.mktemp("mortal")
    environment = {
        **os.environ,
        "SORAHUB_VAR_DIR": str(folder),
        "SORAHUB_PUBLIC_URL": proxy.origin,
        "DATABASE_URL": database[0],
        "SORAHUB_LOG_LEVEL": "CRITICAL",
    }
    command = [sys.executable, "-m", "tests.generations.pipeline.matrix.worker"]
    with (
        (folder / "stderr").open("w") as complaints,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        ) as process,
    ):
        mortal = Mortal(process, proxy, folder / "stderr")
        mortal.do("found", port=proxy.port)
        yield mortal
        assert process.stdin is not None
        process.stdin.close()


def prepared(mortal: Mortal, cell: Cell) -> str:
    """Launch one and bring it to where the fault is to strike."""
    mortal.proxy.forget()
    subject: str = mortal.do("launch", wire=WIRES.index(cell.wire))["generation"]
    if cell.step is Step.LOOK_UP:
        trap(mortal.proxy, cell, Step.CREATE, faults.reset_after)
    if cell.step is Step.CANCEL:
        mortal.do("live", subject=subject, until_taken=True)
        mortal.do("cancel", subject=subject)
    return subject


def trap(proxy: Proxy, cell: Cell, step: Step, fault: Any) -> Trap:
    """Have the step's first request meet a fault."""
    found = Trap(lambda seen: cell.wire.step_of(seen) is step, fault)
    proxy.traps.append(found)
    return found


def service_of(cell: Cell, request: pytest.FixtureRequest) -> Sandbox:
    """The service whose tasks wait, for what is to be cancelled; else the one that works."""
    service: Sandbox = request.getfixturevalue("waiting" if cell.step is Step.CANCEL else "busy")
    return service


def cells(fault: str) -> list[Cell]:
    """The cells of a fault: all, or each step at one wire in turn."""
    found = [cell for cell in all_cells() if cell.fault == fault]
    if FULL:
        return found
    steps = [step for step in Step if any(cell.step is step for cell in found)]
    by_step = {step: [cell for cell in found if cell.step is step] for step in steps}
    return [able[number % len(able)] for number, able in enumerate(by_step.values())]


@pytest.mark.parametrize("cell", cells(KILLED), ids=lambda cell: f"{cell.wire.name}-{cell.step}")
def test_a_worker_killed_in_mid_exchange(cell: Cell, mortal: Mortal, request: pytest.FixtureRequest) -> None:
    service = service_of(cell, request)
    subject = prepared(mortal, cell)
    if cell.step is Step.WEBHOOK:
        last = called(mortal, subject)
        assert mortal.do("call", **last, die=True) == {"died": True}
        assert mortal.do("call", **last) == TAKEN
    else:
        storing = cell.step is Step.STORE
        struck = None if storing else trap(mortal.proxy, cell, cell.step, mortal.kill)
        assert mortal.do("live", subject=subject, die_storing=storing) == {"died": True}
        assert struck is None or struck.sprung
    mortal.do("live", subject=subject)
    hold(Outcome(**mortal.do("report", subject=subject, origin=service.origin)), cell.end)


@pytest.mark.postgres
@pytest.mark.parametrize("cell", cells(AWAY), ids=lambda cell: f"{cell.wire.name}-{cell.step}")
def test_a_database_that_is_away_for_three_seconds(
    cell: Cell, mortal: Mortal, database: tuple[str, Cable], request: pytest.FixtureRequest
) -> None:
    service, line = service_of(cell, request), database[1]
    refused, cuts = line.refused, line.cuts

    def pull() -> None:
        line.cut()
        threading.Timer(AWAY_SECONDS, line.mend).start()

    def cut(exchange: Exchange) -> None:
        answer = exchange.forward()
        pull()
        exchange.send(answer)

    subject = prepared(mortal, cell)
    if cell.step is Step.WEBHOOK:
        last = called(mortal, subject)
        pull()
        assert mortal.do("call", **last)["status"] >= 500
        waited(lambda: line.mends, lambda mends: mends == line.cuts, 2 * AWAY_SECONDS)
        assert mortal.do("call", **last) == TAKEN
    elif cell.step is Step.STORE:
        mortal.at[STORING] = pull
    else:
        trap(mortal.proxy, cell, cell.step, cut)
    mortal.do("live", subject=subject, say_storing=cell.step is Step.STORE)
    assert (line.cuts, line.mends) == (cuts + 1, cuts + 1)
    assert line.refused > refused
    hold(Outcome(**mortal.do("report", subject=subject, origin=service.origin)), cell.end)


def called(mortal: Mortal, subject: str) -> dict[str, Any]:
    """Bring one to where the service has told us of its end, and keep that call back."""
    mortal.do("live", subject=subject, until_taken=True)
    calls = Calls(mortal.proxy, generation=subject, **mortal.do("address", subject=subject))
    last = next(each for each in calls.all() if tells_the_end(each))
    return {"path": calls.path(last), "headers": calls.headers(last), "body": last.body.decode()}
