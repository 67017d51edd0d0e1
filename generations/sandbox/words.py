"""The special words: written in a prompt, each provokes one fault. Only this service interprets them, never the product."""

import re
from enum import Enum

PREFIX = "sandbox:"
RATE_LIMIT_SECONDS = 2
LATE_SECONDS = 5
PONDER_SECONDS = 2
OVERDUE_SECONDS = 2
DRIP_BYTES, DRIP_SECONDS = 1024, 0.5
_LATE = re.compile(r"sandbox:late=(\d{1,4})")


class SpecialWord(Enum):
    """A fault that a prompt can ask for. The value is what one writes; ``effect`` says what happens and how often."""

    MODERATED_INPUT = "sandbox:moderated-input"
    SERVER_ERROR = "sandbox:server-error"
    RATE_LIMIT = "sandbox:rate-limit"
    QUOTA = "sandbox:quota"
    ARREARS = "sandbox:arrears"
    DROPPED_CONNECTION = "sandbox:dropped-connection"
    MODERATED_OUTPUT = "sandbox:moderated-output"
    FAILED_RENDER = "sandbox:failed-render"
    NEVER_FINISHES = "sandbox:never-finishes"
    LATE = "sandbox:late"
    OVERDUE = "sandbox:overdue"
    UNKNOWN_WORD = "sandbox:unknown-word"
    CONTRADICTORY = "sandbox:contradictory"
    MALFORMED_JSON = "sandbox:malformed-json"
    AUTH_LOST = "sandbox:auth-lost"
    TRUNCATED_DOWNLOAD = "sandbox:truncated-download"
    WRONG_CONTENT_TYPE = "sandbox:wrong-content-type"
    OVERSIZED = "sandbox:oversized"
    SLOW_DRIP = "sandbox:slow-drip"
    WRONG_BYTES = "sandbox:wrong-bytes"
    EXPIRED = "sandbox:expired"
    WEBHOOK_LOST = "sandbox:webhook-lost"
    WEBHOOK_LATE = "sandbox:webhook-late"
    WEBHOOK_TWICE = "sandbox:webhook-twice"
    WEBHOOK_FORGED = "sandbox:webhook-forged"
    WEBHOOK_DISORDERED = "sandbox:webhook-disordered"

    @property
    def effect(self) -> str:
        """What the word does, in one sentence for the page at the root."""
        return _EFFECTS[self]


_EFFECTS = {
    SpecialWord.MODERATED_INPUT: "Create answers 400 with code moderation_blocked; no job is made. Every time.",
    SpecialWord.SERVER_ERROR: "Create answers 500 and makes no job. The first create of each prompt text only.",
    SpecialWord.RATE_LIMIT: f"Create answers 429 with Retry-After: {RATE_LIMIT_SECONDS} and makes no job, "
    f"until {RATE_LIMIT_SECONDS} seconds after the first create of the prompt text.",
    SpecialWord.QUOTA: "Create answers 429 with code insufficient_quota and no Retry-After; no job is made. Every time.",
    SpecialWord.ARREARS: "Create answers as if the account had unpaid bills; no job is made. Every time.",
    SpecialWord.DROPPED_CONNECTION: "Create accepts the job and hangs up without an answer; the list shows the job. Every time.",
    SpecialWord.MODERATED_OUTPUT: "The clip is rendered, then the job fails with code moderation_blocked. Every time.",
    SpecialWord.FAILED_RENDER: "The job runs, then fails with code internal_error. Every time.",
    SpecialWord.NEVER_FINISHES: "The job stays in progress for good. Every time.",
    SpecialWord.LATE: f"The job stays in progress for {LATE_SECONDS} seconds after its clip is rendered; "
    "sandbox:late=60 for 60 seconds. Every time.",
    SpecialWord.OVERDUE: f"The job waits in the queue and has expired after {OVERDUE_SECONDS} seconds. Every time.",
    SpecialWord.UNKNOWN_WORD: "Before it completes, the job passes through a state called pondering, for "
    f"{PONDER_SECONDS} seconds. Every time.",
    SpecialWord.CONTRADICTORY: "The job completes, with its files, and carries an error object all the same. Every time.",
    SpecialWord.MALFORMED_JSON: "Retrieve answers 200 with JSON that breaks off half-way. The first time for each job only.",
    SpecialWord.AUTH_LOST: "Retrieve answers 401 as if the key were wrong. The first time for each job only.",
    SpecialWord.TRUNCATED_DOWNLOAD: "The connection closes half-way through the MP4, short of its Content-Length. "
    "The first download of each job only.",
    SpecialWord.WRONG_CONTENT_TYPE: "Content answers 200 with a page in HTML in place of the MP4. "
    "The first download of each job only.",
    SpecialWord.OVERSIZED: "The MP4's Content-Length promises a tebibyte; the connection closes after the true bytes. "
    "The first download of each job only.",
    SpecialWord.SLOW_DRIP: f"The MP4 comes in pieces of {DRIP_BYTES} bytes, one every {DRIP_SECONDS} seconds. "
    "The first download of each job only.",
    SpecialWord.WRONG_BYTES: "The content has the MP4's type and length but is no video. Every time.",
    SpecialWord.EXPIRED: "The job completes and its files have expired at once. Every time.",
    SpecialWord.WEBHOOK_LOST: "Nobody is told anything about the job. Every time.",
    SpecialWord.WEBHOOK_LATE: f"Webhooks about the job come {LATE_SECONDS} seconds late. Every time.",
    SpecialWord.WEBHOOK_TWICE: "Webhooks about the job come again after they were taken, under the same id. Every time.",
    SpecialWord.WEBHOOK_FORGED: "Before each signed webhook about the job comes one signed with a wrong secret. Every time.",
    SpecialWord.WEBHOOK_DISORDERED: f"Webhooks about states before the job's end come {LATE_SECONDS} seconds late, "
    "so after the end. Every time.",
}


def words_in(prompt: str) -> frozenset[SpecialWord]:
    """Return the special words in a prompt, whatever their case."""
    folded = prompt.casefold()
    return frozenset(word for word in SpecialWord if word.value in folded)


def late_seconds(prompt: str) -> int:
    """Return how long a late job stays in progress after its clip is rendered."""
    found = _LATE.search(prompt.casefold())
    return int(found[1]) if found else LATE_SECONDS
