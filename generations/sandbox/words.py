"""The special words: written in a prompt, each provokes one fault. Only this service interprets them, never the product."""

from enum import Enum

PREFIX = "sandbox:"
RATE_LIMIT_SECONDS = 2


class SpecialWord(Enum):
    """A fault that a prompt can ask for. The value is what one writes; ``effect`` says what happens and how often."""

    MODERATED_INPUT = "sandbox:moderated-input"
    MODERATED_OUTPUT = "sandbox:moderated-output"
    SERVER_ERROR = "sandbox:server-error"
    RATE_LIMIT = "sandbox:rate-limit"
    TRUNCATED_DOWNLOAD = "sandbox:truncated-download"
    DROPPED_CONNECTION = "sandbox:dropped-connection"
    EXPIRED = "sandbox:expired"

    @property
    def effect(self) -> str:
        """What the word does, in one sentence for the page at the root."""
        return _EFFECTS[self]


_EFFECTS = {
    SpecialWord.MODERATED_INPUT: "Create answers 400 with code moderation_blocked; no job is made. Every time.",
    SpecialWord.MODERATED_OUTPUT: "The clip is rendered, then the job fails with code moderation_blocked. Every time.",
    SpecialWord.SERVER_ERROR: "Create answers 500 and makes no job. The first create of each prompt text only.",
    SpecialWord.RATE_LIMIT: f"Create answers 429 with Retry-After: {RATE_LIMIT_SECONDS} and makes no job, "
    f"until {RATE_LIMIT_SECONDS} seconds after the first create of the prompt text.",
    SpecialWord.TRUNCATED_DOWNLOAD: "The connection closes half-way through the MP4, short of its Content-Length. "
    "The first download of each job only.",
    SpecialWord.DROPPED_CONNECTION: "Create accepts the job and hangs up without an answer; the list shows the job. Every time.",
    SpecialWord.EXPIRED: "The job completes and its files have expired at once. Every time.",
}


def words_in(prompt: str) -> frozenset[SpecialWord]:
    """Return the special words in a prompt, whatever their case."""
    folded = prompt.casefold()
    return frozenset(word for word in SpecialWord if word.value in folded)
