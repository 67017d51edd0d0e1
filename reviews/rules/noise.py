"""Expressions for lines that are no part of the terms, such as a page's header: a safe part of regular expressions.

A line is noise when an expression matches the whole of it, in any case. How long that may take is bounded by what may be
written: groups are not repeated, and the number of ways in which an expression can be tried on a line is counted beforehand.
"""

import re
from collections.abc import Sequence
from typing import Any

from sorahub.lib.errors import InvalidInput

MOST_EXPRESSIONS = 50
LONGEST_EXPRESSION = 200
LONGEST_LINE = 300
MOST_WAYS = 100_000
Noise = tuple[re.Pattern[str], ...]
_COUNTED = re.compile(r"\{(\d{1,3})?(,)?(\d{1,3})?\}")


def readable(expressions: Any) -> Noise:
    """Return the expressions, compiled. Raises InvalidInput that names the first one that cannot be used, and why."""
    if not isinstance(expressions, list) or not all(isinstance(each, str) for each in expressions):
        raise _refusal("Noise is a list of regular expressions, one for each kind of line.")
    if len(expressions) > MOST_EXPRESSIONS:
        raise _refusal(f"There are {len(expressions)} expressions; {MOST_EXPRESSIONS} is the most.")
    return tuple(_compiled(each) for each in expressions)


def is_noise(line: str, noise: Sequence[re.Pattern[str]]) -> bool:
    """Say whether one of the expressions matches the whole line. A line of more than LONGEST_LINE characters never is."""
    return len(line) <= LONGEST_LINE and any(each.fullmatch(line) for each in noise)


def _compiled(expression: str) -> re.Pattern[str]:
    if not expression.strip() or len(expression) > LONGEST_EXPRESSION:
        raise _refusal(f"An expression has 1 to {LONGEST_EXPRESSION} characters: “{expression[:40]}”.")
    try:
        compiled = re.compile(expression, re.IGNORECASE)
        _Reader(expression).ways()
    except re.error as error:
        raise _refusal(f"“{expression}” is no expression that can be used: {error}.") from error
    if compiled.fullmatch(""):
        raise _refusal(f"“{expression}” matches an empty line, so it says nothing.")
    return compiled


def _refusal(words: str) -> InvalidInput:
    return InvalidInput(words, code="noise-unreadable", fields={"noise": words})


class _Reader:
    """Counts the ways in which an expression can be tried on a line; raises re.error for what is not in the safe part."""

    def __init__(self, expression: str) -> None:
        self.text = expression
        self.at = 0

    def ways(self) -> int:
        """Return an upper bound of the ways, at most MOST_WAYS."""
        return self._alternatives()

    def _alternatives(self) -> int:
        total = self._sequence()
        while self._take("|"):
            total += self._sequence()
        return self._bounded(total)

    def _sequence(self) -> int:
        ways = 1
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            ways = self._bounded(ways * self._repeated())
        return ways

    def _repeated(self) -> int:
        grouped = self.text[self.at] == "("
        ways = self._group() if grouped else self._single()
        times = self._times()
        if grouped and times > 2:
            raise re.error("a group may be followed by ? only, not be repeated")
        return ways if times == 1 else ways + 1 if grouped else times

    def _group(self) -> int:
        self.at += 1
        if self._take("?") and not self._take(":"):
            raise re.error("a group begins with ( or (?: and nothing else")
        ways = self._alternatives()
        self._take(")")
        return ways

    def _single(self) -> int:
        begins = self.text[self.at]
        self.at += 1
        if begins == "\\":
            self._escaped()
        elif begins == "[":
            self._class()
        return 1

    def _escaped(self) -> None:
        if self.text[self.at].isalnum() and self.text[self.at] not in "dDwWsSbB":
            raise re.error(f"\\{self.text[self.at]} is not known here")
        self.at += 1

    def _class(self) -> None:
        self._take("^")
        self._take("]")
        while not self._take("]"):
            self.at += 2 if self.text[self.at] == "\\" else 1

    def _times(self) -> int:
        """Return in how many ways what stands before can be repeated; 1 where nothing says so."""
        times = 1
        counted = _COUNTED.match(self.text, self.at)
        if self._take("?"):
            times = 2
        elif self._take("*") or self._take("+"):
            times = LONGEST_LINE
        elif counted and (counted[1] or counted[3]):
            self.at = counted.end()
            least = int(counted[1] or 0)
            most = least if not counted[2] else int(counted[3] or LONGEST_LINE)
            times = max(most - least + 1, 2)
        if times > 1 and not self._take("?"):
            self._take("+")
        return times

    def _take(self, letter: str) -> bool:
        taken = self.text.startswith(letter, self.at)
        self.at += taken
        return taken

    @staticmethod
    def _bounded(ways: int) -> int:
        if ways > MOST_WAYS:
            raise re.error("too many parts of it may be of any length; use two at the most")
        return ways
