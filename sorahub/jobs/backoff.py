"""How long to wait before the next attempt."""

BASE_SECONDS = 2.0
LONGEST_SECONDS = 600.0


def seconds_before(attempt: int, *, chance: float) -> float:
    """Return the wait after ``attempt`` (1 is the first): doubling from 2 s, capped at 10 min, spread by ±50
    %.

    ``chance`` in [0, 1) is the caller's random number; the spread keeps jobs that failed together from coming
    back together.
    """
    doubled = min(BASE_SECONDS * 2.0 ** (attempt - 1), LONGEST_SECONDS)
    return doubled * (0.5 + chance)
