"""The matrix as a page: ``python -m tests.generations.pipeline.matrix.table`` writes docs/reference/fault-matrix.md."""

import json
from pathlib import Path

from tests.generations.pipeline.matrix.cells import ROWS, all_cells, reason_of
from tests.generations.pipeline.matrix.wires import WIRES, Step

LAST_RUN = Path(__file__).with_name("last_run.json")
"""When ``make matrix`` last ran every cell with nothing failed, and how many tests that were."""
PAGE = Path(__file__).resolve().parents[4] / "docs" / "reference" / "fault-matrix.md"
OPENING = """# The fault matrix

What becomes of a generation when a fault strikes at one of its steps. Each cell is a test: one generation is launched by the
real actions and brought to its end by the real jobs and the real tracker, over real HTTP, with a proxy between the hub and the
embedded service that breaks the one exchange (`tests/generations/pipeline/matrix`). In every cell the test also holds that the
service saw exactly as many orders as were launched (at most one; none where it says *unsent*), that nothing is left waiting,
that the journal of money is in balance and settled at most once, and that no half of a file is left behind.

`make test-long` runs every cell of the first wire, each pair of step and fault on the other wires, killed workers and a
database that is away; `make matrix` runs all.

| word | meaning |
|---|---|
| clip | the clip is there, byte for byte; it is paid once |
| lost, unsent | the order never reached the service, which nobody can know from here: looked up, not found, put before a person |
| failed, to settle | it ended as the provider said; paid by what it says that it used up, else set aside until a person settles it |
| expired | the provider keeps the file no longer; it is charged |
| cancelled | it was cancelled there while it waited; nothing is charged |
| · | makes no sense here: the reason stands below |
"""


def page() -> str:
    """The page as it should be."""
    return "\n".join([OPENING, _last_run(), *(_wire_table(number) for number in range(len(WIRES))), _reasons()])


def _last_run() -> str:
    if not LAST_RUN.exists():
        return "The whole matrix has not been run yet.\n"
    last = json.loads(LAST_RUN.read_text(encoding="utf-8"))
    return f"The whole matrix was last run on {last['day']}: {last['cells']} tests, and every one held.\n"


def _wire_table(number: int) -> str:
    wire = WIRES[number]
    ends = {(cell.step, cell.fault): cell.end.value for cell in all_cells() if cell.wire is wire}
    lines = [f"## {wire.dialect}", "", f"| fault | {' | '.join(Step)} |", "|---" * (len(Step) + 1) + "|"]
    lines += [f"| {fault} | {' | '.join(ends.get((step, fault), '·') for step in Step)} |" for fault in ROWS]
    return "\n".join([*lines, ""])


def _reasons() -> str:
    """Every cell that makes no sense, gathered by its reason."""
    found: dict[str, dict[str, list[str]]] = {}
    for wire in WIRES:
        for step in Step:
            for fault in ROWS:
                if reason := reason_of(wire, step, fault):
                    faults = found.setdefault(reason, {}).setdefault(f"{step}: {fault}", [])
                    faults.append(wire.name)
    lines = ["## What makes no sense, and why", ""]
    for reason, cells in found.items():
        lines.append(f"- **{reason}** {'; '.join(_short(cells))}.")
    return "\n".join([*lines, ""])


def _short(cells: dict[str, list[str]]) -> list[str]:
    """Step by step, naming the wires only where it is not all of them."""
    by_step: dict[tuple[str, str], list[str]] = {}
    for cell, wires in cells.items():
        step, _, fault = cell.partition(": ")
        of = "" if len(wires) == len(WIRES) else f" ({', '.join(wires)})"
        by_step.setdefault((step, of), []).append(fault)
    return [
        f"{step}{of}: {'everything' if len(names) == len(ROWS) else ', '.join(names)}"
        for (step, of), names in by_step.items()
    ]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
