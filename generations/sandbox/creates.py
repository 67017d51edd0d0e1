"""Remembers every create call by dialect and prompt text, one line each."""

import errno
import json
import time
from collections import Counter
from pathlib import Path


class CreateLog:
    """Counts every call that would make a job, refused ones included, across restarts."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "creates.jsonl"
        self._path.touch()
        self._times: dict[tuple[str, str], list[float]] = {}
        lines = self._path.read_bytes()
        self._whole = not lines or lines.endswith(b"\n")
        for line in lines.splitlines():
            self._revive(line)

    def add(self, prompt: str, dialect: str = "openai") -> int:
        """Note a call, in one write that a kill cannot split; return how many there were for this prompt before."""
        earlier = self._times.setdefault((dialect, prompt), [])
        earlier.append(time.time())
        self._write(json.dumps({"prompt": prompt, "at": earlier[-1], "dialect": dialect}).encode() + b"\n")
        return len(earlier) - 1

    def since_first(self, prompt: str, dialect: str = "openai") -> float:
        """Return the seconds since the first call with this prompt."""
        return time.time() - self._times[dialect, prompt][0]

    def counts(self, dialect: str | None = None) -> Counter[str]:
        """Return the number of calls for each prompt text, in all dialects or one."""
        counts: Counter[str] = Counter()
        for (spoken, prompt), times in self._times.items():
            if dialect in (None, spoken):
                counts[prompt] += len(times)
        return counts

    def _revive(self, line: bytes) -> None:
        """Take up one line; a disk that was full may have left half of one, and then nobody was answered."""
        try:
            entry = json.loads(line)
        except ValueError:
            return
        self._times.setdefault((entry.get("dialect", "openai"), entry["prompt"]), []).append(entry["at"])

    def _write(self, line: bytes) -> None:
        """Append one line, after the end of a half one. Raises OSError where the disk does not take all of it."""
        if not self._whole:
            line = b"\n" + line
        self._whole = False
        with self._path.open("ab", buffering=0) as log:
            if log.write(line) < len(line):
                raise OSError(errno.ENOSPC, "The log of creates could not be written whole")
        self._whole = True
