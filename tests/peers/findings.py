"""What was found: one line each, what should be seen beside what was."""

import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing looked at. Without ``expected`` it is told and not judged."""

    name: str
    seen: str
    expected: str | None = None

    @property
    def ok(self) -> bool:
        """Whether it is as it should be."""
        return self.expected is None or self.seen == self.expected


def table(findings: Sequence[Finding]) -> str:
    """Return the findings as lines of text."""
    lines = [f"{'':4} {'what':44} {'seen':44} expected"]
    for each in findings:
        mark = "told" if each.expected is None else "ok" if each.ok else "BAD"
        lines.append(f"{mark:4} {each.name:44} {each.seen:44} {'' if each.ok else each.expected}".rstrip())
    return "\n".join(lines)


def line(findings: Sequence[Finding], seconds: float) -> str:
    """Return the sum as one line of JSON."""
    judged = [each for each in findings if each.expected is not None]
    bad = [each.name for each in judged if not each.ok]
    told = {each.name: each.seen for each in findings if each.expected is None}
    return json.dumps(
        {"bench": "peers", "ok": not bad, "checks": len(judged), "bad": bad, "told": told, "seconds": round(seconds, 1)}
    )
