"""kill -9 at every step: before and after each commit, each call to the provider, each step of the store. Generated, not listed.

Whatever the instruction, the provider is asked once, and the generation ends with its one clip and its one pair of money
lines. Where death falls between the committed intent and the call, nobody can know whether the call left: the generation
is LOST with an alarm, nothing is sent by itself, and a person's retry is then the first call that the provider sees.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.generations.factories import QUICK, ROOT, Sandbox, running_sandbox, small_mp4

pytestmark = [pytest.mark.slow, pytest.mark.long]
MOST = 200
PAID = [["reserved", 400_000], ["settled", 400_000]]


class Mortal:
    """Our end of the process that lives and dies."""

    def __init__(self, process: subprocess.Popen[str], sandbox: Sandbox) -> None:
        self.process = process
        self.sandbox = sandbox

    def do(self, order: str, **facts: Any) -> dict[str, Any]:
        """Give one order and return its answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": order, **facts}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert "broken" not in answer, answer
        assert "stuck" not in answer, answer
        return answer

    def die_then_live(self, subject: str, moment: int) -> bool:
        """Live until the moment, then once more to the end; say whether death came at all."""
        died = self.do("live", subject=subject, die_at=moment).get("died", False)
        if died:
            self.do("live", subject=subject, die_at=None)
        return bool(died)


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    folder = tmp_path_factory.mktemp("crashes")
    environment = {
        **os.environ,
        "SORAHUB_VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite://{folder}/crashes.sqlite3",
        "SORAHUB_LOG_LEVEL": "CRITICAL",
    }
    command = [sys.executable, "-m", "tests.generations.pipeline.crashing"]
    with (
        running_sandbox(folder / "sandbox", script=QUICK) as sandbox,
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
        mortal = Mortal(process, sandbox)
        mortal.do("found", name="agency", base_url=sandbox.base_url)
        yield mortal
        assert process.stdin is not None
        process.stdin.close()


def test_a_generation_survives_death_at_every_moment(mortal: Mortal) -> None:
    lost_before_the_call = 0
    for moment in range(1, MOST):
        begun = mortal.do("begin", name=f"DEATH-{moment}")
        subject = begun["generation"]
        died = mortal.die_then_live(subject, moment)
        ended = mortal.do("report", subject=subject)
        if ended["state"] == "lost":
            assert mortal.sandbox.creates(begun["prompt"]) == 0, moment
            assert ended["money"] == PAID[:1], moment
            lost_before_the_call += 1
            subject = mortal.do("retry", generation=subject)["generation"]
            mortal.do("live", subject=subject, die_at=None)
            ended = mortal.do("report", subject=subject)
        assert (moment, ended["state"], ended["error"]) == (moment, "succeeded", "")
        assert (moment, ended["clips"], ended["money"]) == (moment, 1, PAID)
        assert ended["bytes_sound"], moment
        assert (moment, ended["left_over"]) == (moment, [])
        assert (moment, mortal.sandbox.creates(begun["prompt"])) == (moment, 1)
        if not died:
            break
    assert 25 < moment < MOST - 1
    assert 1 <= lost_before_the_call <= 3
    assert mortal.do("check_ledger") == {"faults": []}


def test_a_create_without_an_answer_survives_death_at_every_moment_until_it_is_found(mortal: Mortal) -> None:
    words = "sandbox:dropped-connection"
    undisturbed = mortal.do("begin", name="SILENT", words=words)["generation"]
    moments = mortal.do("live", subject=undisturbed, die_at=None)["moments"]
    assert moments.count("create") == 1
    call, found = moments.index("create") + 1, len(moments) - moments[::-1].index("find")
    for moment in range(call + 1, found + 5):
        begun = mortal.do("begin", name=f"SILENT-{moment}", words=words)
        subject = begun["generation"]
        assert mortal.die_then_live(subject, moment)
        ended = mortal.do("report", subject=subject)
        assert (moment, ended["state"], ended["clips"], ended["money"]) == (moment, "succeeded", 1, PAID)
        assert (moment, mortal.sandbox.creates(begun["prompt"])) == (moment, 1)
    assert found - call > 5


def test_an_upload_and_its_extras_survive_death_at_every_moment(mortal: Mortal, tmp_path: Path) -> None:
    file = small_mp4(tmp_path / "finished.mp4", frames=6)
    for moment in range(1, MOST):
        subject = mortal.do("begin_upload", name=f"UPLOAD-{moment}", file=str(file))["upload"]
        died = mortal.die_then_live(subject, moment)
        arrived = mortal.do("report", subject=subject)
        assert (moment, arrived["state"], arrived["clips"], arrived["error"]) == (moment, "ingested", 1, "")
        assert (moment, arrived["left_over"], arrived["bytes_sound"]) == (moment, [], True)
        clip = mortal.do("clip_of", upload=subject)["clip"]
        died |= mortal.die_then_live(clip, moment)
        derived = mortal.do("report", subject=clip)
        assert (moment, derived["renditions"], derived["reports"]) == (moment, ["poster", "sprite"], 1)
        if not died:
            break
    assert 10 < moment < MOST - 1
    assert mortal.do("check_ledger") == {"faults": []}
