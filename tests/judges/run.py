"""Has Schemathesis judge the sandbox by the Videos API's own OpenAPI document, which is not part of this repository.

``make judges SPEC=/path/to/openapi.json`` ends with a table of operations and one line of JSON; status 1 where it found anything.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from openai import OpenAI

from generations.sandbox.render import VIDEO, RenderSpec, render
from tests.generations.sandbox.process import running_sandbox
from tests.judges.document import overlaid
from tests.judges.environment import FOLDER, schemathesis

KEY = "the-judges-key"
WITH_REFERENCE = ("--include-operation-id", "createVideo", "--phases", "examples,coverage,fuzzing")
QUICK = ("-m", "tests.generations.quick_sandbox")


@dataclass
class Verdict:
    """What one run found: cases and failed checks for each operation, and the judge's own exit status."""

    status: int
    cases: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    def see(self, scenario: dict[str, object], about: str = "") -> None:
        """Count one scenario of the judge's event stream; ``about`` tells the run apart in the table."""
        recorder = scenario["recorder"]
        assert isinstance(recorder, dict)
        label = f"{recorder['label']}{about}"
        self.cases[label] += len(recorder.get("cases", ()))
        for checks in recorder.get("checks", {}).values():
            self.failures[label] += sum(check["status"] == "failure" for check in checks)

    def table(self) -> str:
        """Return one line for each operation."""
        lines = [f"{'operation':44} {'cases':>6} {'failed':>7}"]
        lines += [f"{label:44} {count:6} {self.failures[label]:7}" for label, count in sorted(self.cases.items())]
        return "\n".join(lines)

    def line(self) -> str:
        """Return the verdict as one line of JSON."""
        cases, failures = self.cases.total(), self.failures.total()
        return json.dumps({"judge": "schemathesis", "ok": not self.status, "cases": cases, "failed_checks": failures})


def judge(spec: Path, examples: int, seed: int) -> Verdict:
    """Run the judge against a sandbox of its own: everything without image references, then orders that carry one."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    verdict = Verdict(0)
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        with running_sandbox(state / "state", "--speed", "0", "--key", KEY, program=QUICK) as sandbox:
            known = _existing(sandbox.url, state)
            for number, with_reference in enumerate((False, True)):
                document, events = FOLDER / f"openapi-{number}.json", state / f"events-{number}.ndjson"
                document.write_text(json.dumps(overlaid(spec, known, with_reference=with_reference)))
                more = WITH_REFERENCE if with_reference else ()
                verdict.status = _ran(document, sandbox.url, events, examples, seed, *more) or verdict.status
                for line in events.read_text().splitlines():
                    if scenario := json.loads(line).get("ScenarioFinished"):
                        verdict.see(scenario, " with a reference" if with_reference else "")
    return verdict


def _existing(url: str, folder: Path) -> dict[str, str]:
    """Make a finished video and a character, so that the document's examples name something."""
    render(RenderSpec("a moss ball", 1, 320, 180, 2), folder)
    with OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client:
        video = client.videos.create_and_poll(prompt="a lake at dawn", poll_interval_ms=100)
        film = ("moss.mp4", (folder / VIDEO).read_bytes(), "video/mp4")
        character = client.videos.create_character(name="Moss", video=film)
    assert video.status == "completed" and character.id
    return {"video_123": video.id, "char_123": character.id}


def _ran(document: Path, url: str, events: Path, examples: int, seed: int, *more: str) -> int:
    rules = "schemathesis-reference.toml" if more else "schemathesis.toml"
    command = [str(schemathesis()), "--config-file", str(Path(__file__).with_name(rules)), "run", str(document), *more]
    command += ["--url", f"{url}/v1", "--header", f"Authorization: Bearer {KEY}", "--no-color"]
    command += ["--max-examples", str(examples), "--seed", str(seed), "--generation-database", "none"]
    command += ["--report", "ndjson", "--report-ndjson-path", str(events)]
    return subprocess.run(command, cwd=FOLDER, check=False).returncode


def main() -> int:
    """Judge as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spec", type=Path, help="the Videos API's OpenAPI document")
    parser.add_argument("--examples", type=int, default=50, help="cases for each operation and phase")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if not given.spec.is_file():
        parser.error(f"there is no file {given.spec}")
    verdict = judge(given.spec, given.examples, given.seed)
    sys.stdout.write(f"{verdict.table()}\n{verdict.line()}\n")
    return verdict.status


if __name__ == "__main__":
    sys.exit(main())
