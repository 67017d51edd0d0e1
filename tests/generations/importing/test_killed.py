"""kill -9 of the worker at moments all over an import: the outcome is that of an import that nobody disturbed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.generations.factories import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.long]
STEP = 4
"""Every fourth moment, beginning with the first; commits, and the store's steps before and after."""


def test_an_import_survives_death_at_any_moment(tmp_path: Path, clips: list[Path]) -> None:
    reels = tmp_path / "reels"
    reels.mkdir()
    environment = {
        **os.environ,
        "SORAHUB_VAR_DIR": str(tmp_path),
        "SORAHUB_IMPORT_FOLDERS": str(reels),
        "DATABASE_URL": f"sqlite://{tmp_path}/deaths.sqlite3",
        "SORAHUB_LOG_LEVEL": "CRITICAL",
    }
    command = [sys.executable, "-m", "tests.generations.importing.dying"]
    with (
        (tmp_path / "stderr").open("w") as complaints,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as process,
    ):  # fmt: skip

        def do(order: str, **facts: Any) -> dict[str, Any]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps({"do": order, **facts}) + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            assert "broken" not in answer, (tmp_path / "stderr").read_text()[-3000:]
            return answer

        def begun(name: str) -> str:
            return str(do("begin_import", name=name, clips=[str(clip) for clip in clips], folder=str(reels))["subject"])

        do("found", name="agency", base_url="http://localhost:9")
        whole = begun("WHOLE")
        moments = do("live_import", subject=whole, die_at=None)["moments"]
        expected = do("import_facts", subject=whole)
        assert expected["counts"] == {"imported": 5, "same": 1, "unmatched": 1, "refused": 1}
        assert expected["left_over"] == []
        for moment in range(1, moments, STEP):
            subject = begun(f"DEATH{moment}")
            assert do("live_import", subject=subject, die_at=moment).get("died"), moment
            do("live_import", subject=subject, die_at=None)
            assert do("import_facts", subject=subject) == expected, moment
        assert do("check_ledger") == {"faults": []}
        assert process.stdin is not None
        process.stdin.close()
