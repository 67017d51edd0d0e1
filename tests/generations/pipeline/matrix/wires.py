"""The four wires of the matrix: what is ordered by each, and how its requests are told apart."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from tests.generations.pipeline.matrix.proxy import Seen


class Step(StrEnum):
    """What a generation goes through, in order."""

    CREATE = "create"
    LOOK_UP = "look-up"
    POLL = "poll"
    WEBHOOK = "webhook"
    CANCEL = "cancel"
    DOWNLOAD = "download"
    STORE = "store"


PHASES = {
    Step.CREATE: "generation.submit",
    Step.LOOK_UP: "generation.reconcile",
    Step.POLL: "track",
    Step.CANCEL: "generation.cancel",
    Step.DOWNLOAD: "generation.fetch",
    Step.STORE: "generation.fetch",
}
"""In which phase of the work (a kind of job, or a round of the tracker) a step's requests are made."""
CALLED_BACK = "The wire calls nobody back."
NO_CANCEL = "The wire has no cancel."
ID_ONLY = "The answer names an id and no state."


@dataclass(frozen=True)
class Wire:
    """One dialect at the embedded service. ``requests``: method and pattern of path and query by step, the first match counts.

    ``before`` is how many requests come before the step's own in its phase. ``absent``: what this wire has not, and why.
    """

    dialect: str
    route: str
    base: str
    model: str
    params: dict[str, object]
    requests: tuple[tuple[Step, str, str], ...]
    before: dict[Step, int]
    failed: str
    signs: bool = False
    calls: bool = True
    absent: dict[tuple[Step, str], str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """A word for test ids and tables."""
        return self.dialect.replace("declared:", "")

    @property
    def cancels(self) -> bool:
        """Whether there is a call that stops a task."""
        return any(step is Step.CANCEL for step, _, _ in self.requests)

    def step_of(self, seen: Seen) -> Step | None:
        """Which step a request belongs to, as its method and path say."""
        for step, method, pattern in self.requests:
            if seen.method == method and re.search(pattern, seen.path):
                return step
        return None


TASKS = r"^/api/v3/contents/generations/tasks"
WIRES = (
    Wire(
        dialect="openai_videos",
        route="sandbox",
        base="/v1",
        model="sora-2",
        params={"seconds": 4, "size": "1280x720"},
        requests=(
            (Step.CREATE, "POST", r"^/v1/videos$"),
            (Step.LOOK_UP, "GET", r"^/v1/videos\?"),
            (Step.DOWNLOAD, "GET", r"^/v1/videos/[^/]+/content"),
            (Step.POLL, "GET", r"^/v1/videos/[^/?]+$"),
        ),
        before={Step.DOWNLOAD: 1},
        failed="failed",
        signs=True,
    ),
    Wire(
        dialect="kling",
        route="sandbox-kling",
        base="/kling",
        model="kling-3.0",
        params={"seconds": 4, "size": "720x720", "audio": "off"},
        requests=(
            (Step.LOOK_UP, "GET", r"^/kling/tasks\?external_task_ids="),
            (Step.POLL, "GET", r"^/kling/tasks\?task_ids="),
            (Step.DOWNLOAD, "GET", r"^/kling/files/"),
            (Step.CREATE, "POST", r"^/kling/[a-z-]+/[a-z0-9.-]+$"),
        ),
        before={Step.DOWNLOAD: 1},
        failed="failed",
        signs=True,
    ),
    Wire(
        dialect="ark",
        route="sandbox-ark",
        base="/api/v3",
        model="seedance-2.0",
        params={"seconds": 4, "size": "640x640", "audio": "off"},
        requests=(
            (Step.CREATE, "POST", rf"{TASKS}$"),
            (Step.LOOK_UP, "GET", rf"{TASKS}\?page_num="),
            (Step.POLL, "GET", rf"{TASKS}/"),
            (Step.CANCEL, "DELETE", rf"{TASKS}/"),
            (Step.DOWNLOAD, "GET", r"^/ark-files/"),
        ),
        before={Step.DOWNLOAD: 1, Step.CANCEL: 2},
        failed="failed",
        absent={(Step.CREATE, "unknown word"): ID_ONLY},
    ),
    Wire(
        dialect="declared:example",
        route="sandbox-example",
        base="/example",
        model="example",
        params={"seconds": 4, "size": "480x480", "audio": "off"},
        requests=(
            (Step.CREATE, "POST", r"^/example/v2/render$"),
            (Step.LOOK_UP, "GET", r"^/example/v2/jobs\?"),
            (Step.CANCEL, "POST", r"^/example/v2/jobs/[^/]+/stop$"),
            (Step.POLL, "GET", r"^/example/v2/jobs/[^/]+$"),
            (Step.DOWNLOAD, "GET", r"^/example/v2/files/"),
        ),
        before={Step.DOWNLOAD: 2, Step.CANCEL: 2},
        failed="broken",
        calls=False,
        absent={(Step.CREATE, "unknown word"): ID_ONLY},
    ),
)
