"""How fast an account may be asked: never more often than its budget in any minute, evenly, also right after a restart."""

from dataclasses import dataclass

SLACK_SECONDS = 1.0
MINUTE = 60.0


@dataclass
class Pacer:
    """Hands out moments to ask at, in seconds of any steadily growing clock. It begins without credit.

    Lateness of up to a second may be made up for; the gap is wide enough that even then no 60 seconds hold more than
    ``per_minute`` questions.
    """

    per_minute: int
    next_at: float

    @property
    def gap(self) -> float:
        """Seconds between two questions."""
        return (MINUTE + SLACK_SECONDS) / max(self.per_minute, 1)

    def take(self, now: float) -> float:
        """Take the next moment; return how many seconds it is away."""
        at = max(self.next_at, now - SLACK_SECONDS)
        self.next_at = at + self.gap
        return max(0.0, at - now)

    def within(self, now: float, seconds: float) -> int:
        """How many moments are left until ``seconds`` from now."""
        first = max(self.next_at, now - SLACK_SECONDS)
        return max(0, int((now + seconds - first) / self.gap) + 1) if first <= now + seconds else 0


def floor_seconds(tasks: int, batch_size: int, per_minute: int) -> float:
    """The shortest interval at which this many tasks can be asked for within the budget."""
    questions = -(-tasks // max(batch_size, 1))
    return questions * MINUTE / max(per_minute, 1)
