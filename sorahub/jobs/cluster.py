"""django-q2's settings, computed. Imported by the settings files, so nothing here may touch models or
settings.
"""

from math import ceil
from typing import Any

RETRY_MARGIN = 30


def retry_after(*, timeout: int, workers: int, queue_limit: int, bulk: int) -> int:
    """Return the seconds after which a pulled queue row may be pulled again.

    A row's lock starts when it is pulled into memory, not when it runs: it may wait behind everything else
    that was pulled. Anything shorter starts the same task twice in parallel (measured).
    """
    waves = ceil((queue_limit + bulk) / workers) + 1
    return timeout * waves + RETRY_MARGIN + 1


def q_cluster_settings(*, workers: int = 2, timeout: int = 600, name: str = "sorahub") -> dict[str, Any]:
    """Return the Q_CLUSTER dictionary for one queue. ``timeout`` in seconds is the longest any task may run.

    django-q2 only kicks: one attempt, failures acknowledged, successes not kept. Retries, back-off and giving
    up live in the Job table.
    """
    bulk = 1
    return {
        "name": name,
        "label": "Queue",
        "orm": "default",
        "workers": workers,
        "queue_limit": workers,
        "bulk": bulk,
        "timeout": timeout,
        "retry": retry_after(timeout=timeout, workers=workers, queue_limit=workers, bulk=bulk),
        "max_attempts": 1,
        "ack_failures": True,
        "save_limit": -1,
        "catch_up": False,
        "poll": 0.2,
        "recycle": 200,
        "max_rss": 500_000,
    }
