"""What the log lines of one piece of work have in common: the request that caused it and the thing it is
about.

Set by the request-id middleware and by the job runner; read by the logging filter and when a job is enqueued,
so that a line written by a worker can be traced to the click that caused it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
subject_id: ContextVar[str] = ContextVar("subject_id", default="")
job_id: ContextVar[str] = ContextVar("job_id", default="")


@contextmanager
def correlated(*, request: str = "", subject: str = "", job: str = "") -> Iterator[None]:
    """Give every log line within the block these ids, then put the former ones back."""
    tokens = [
        (variable, variable.set(value))
        for variable, value in ((request_id, request), (subject_id, subject), (job_id, job))
        if value
    ]
    try:
        yield
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)
