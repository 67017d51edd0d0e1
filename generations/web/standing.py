"""Where a generation stands, in words: what comes next, what mends it, what cancelling and asking again would do."""

from typing import Any

from django.utils import timezone

from generations import catalog
from generations.actions.cancelling import objection
from generations.actions.refetching import objection as unfetchable
from generations.models import Alarm, ErrorClass, Generation, State
from generations.models.generation import ACTIVE
from generations.pipeline.admission import standstill
from generations.pipeline.remote import asked_of, capability_of, offered, shut_routes
from sorahub.accounts.models import User

NEXT_WORDS = {
    State.RESERVED: "The money is set aside. It is sent as soon as a place is free.",
    State.SUBMITTING: "It is on its way to the provider.",
    State.SUBMIT_UNKNOWN: "The provider did not answer. It is asked whether the request arrived, before anything is sent again.",
    State.QUEUED: "It waits in the provider’s queue.",
    State.RUNNING: "The provider is rendering it.",
    State.FETCHING: "It is done. The file is being fetched, checked and hashed.",
}
MEND = {
    ErrorClass.AUTH: "The key of the provider account is wrong or withdrawn. An administrator can enter a new one.",
    ErrorClass.ACCOUNT: "The provider account needs attention: credit, arrears or activation. Ask an administrator.",
    ErrorClass.INVALID_REQUEST: "Change what was asked: other words, length or size.",
    ErrorClass.MODERATION_INPUT: "Write the prompt differently, or use another reference. The same words would be refused again.",
    ErrorClass.MODERATION_OUTPUT: "Try once more or soften the words: what was rendered was refused, not what you wrote.",
    ErrorClass.RATE_LIMITED: "Wait a little, then try again.",
    ErrorClass.CONCURRENCY_LIMITED: "Wait until others have finished, then try again.",
    ErrorClass.PROVIDER_TRANSIENT: "Try again: the fault was the provider’s and most likely a passing one.",
    ErrorClass.PROVIDER_PERMANENT: "Choose another model: the provider no longer offers this one.",
    ErrorClass.EXPIRED_ASSET: "Try again: the provider has already deleted the file.",
    ErrorClass.AMBIGUOUS_SUBMIT: "Look at the provider’s own list before trying again: it may have been made and charged.",
    ErrorClass.INTEGRITY: "Try again: the file that came could not be read as a video.",
}
# Asking for exactly the same again would be refused again.
HOPELESS_AGAIN = frozenset({ErrorClass.INVALID_REQUEST, ErrorClass.MODERATION_INPUT, ErrorClass.PROVIDER_PERMANENT})
PERHAPS_MADE = "Look at the provider’s own list: it may have been made and charged. "
AGAIN = "A new generation with the same words and settings; its estimate is set aside anew: it may cost as much again."
RETRIES = {
    ErrorClass.MODERATION_OUTPUT: (
        "Once more?",
        "What was rendered was refused, not your words: another rendering may pass. The provider may charge for it again, and"
        " may refuse it again.",
    ),
    ErrorClass.AMBIGUOUS_SUBMIT: (
        "Ask again without knowing?",
        "Nobody knows whether the provider made the first one. If it did, both are charged. Look at the provider’s own list first.",
    ),
}
UNSENT = "It has not been sent yet. The money is free again."
CANCELS = {
    catalog.Cancel.QUEUED: (
        "The provider is asked to take it out of its queue, which is free. If it has begun by then, it goes on and is charged."
    ),
    catalog.Cancel.ANY: (
        "The provider is asked to stop. Whether it charges for what is rendered by then, it decides; a clip that is finished first"
        " still comes."
    ),
}


def standing(found: Generation) -> dict[str, Any]:
    """Where it stands, what comes next, and what mends it. What cannot be asked for any longer is not offered again."""
    state, known = State(found.state), found.error_class in ErrorClass.values
    error = ErrorClass(found.error_class) if known else None
    ended = found.clip_id is None and state in {State.FAILED, State.CANCELLED, State.EXPIRED, State.LOST}
    over = _over(found) if ended else ""
    helps = found.error_class not in HOPELESS_AGAIN and not over
    fetchable = found.made_at is not None and unfetchable(found) is None
    question, words = (RETRIES.get(error) if error else None) or ("Ask for the same again?", AGAIN)
    return {
        "next_words": _next_words(found, state),
        "mend": _mend(error, over),
        "can_retry": ended and not over,
        "can_fetch_again": fetchable,
        "same_again_helps": helps,
        "retry_kind": "primary" if helps and not fetchable else "",
        "retry_question": question,
        "retry_words": words,
    } | _cancelling(found)


def _mend(error: ErrorClass | None, over: str) -> str:
    if not over:
        return MEND.get(error, "") if error else ""
    return f"{PERHAPS_MADE if error is ErrorClass.AMBIGUOUS_SUBMIT else ''}{over}"


def _over(found: Generation) -> str:
    """Why its model cannot be asked for any more, with the date and what could serve instead; "" while it can be."""
    row, today = offered(found), timezone.now().date()
    if row is None:
        return f"The catalogue no longer has {found.model} by this account’s route. Choose another model."
    if row.launchable(today):
        return ""
    said = catalog.refusals(row, asked_of(found), today, without=shut_routes())
    return " ".join(each.message for each in said if each.field == "model")


def _next_words(found: Generation, state: State) -> str:
    """What comes next; of one that waits, what holds its account up."""
    held = standstill(found.account, timezone.now()) if state == State.RESERVED else None
    return f"The money is set aside. {held.message}" if held else NEXT_WORDS.get(state, "")


def alarms_of(found: Generation, user: User) -> list[Alarm]:
    """Return what a person should look at about this one."""
    return list(Alarm.objects.visible_to(user).open().filter(generation=found))


def _cancelling(found: Generation) -> dict[str, Any]:
    """Whether it can be cancelled, and what that would really do; else why not."""
    if found.state not in ACTIVE:
        return {"can_cancel": False}
    if found.cancel_requested_at:
        return {"can_cancel": False, "cancel_asked": found.cancel_requested_at}
    why = objection(found)
    row = capability_of(found)
    words = UNSENT if found.state == State.RESERVED else CANCELS.get(row.cancel, "") if row else ""
    return {"can_cancel": why is None, "cancel_objection": why or "", "cancel_words": words}
