"""Which listed task may be the one that a lost create made, in the OpenAI Videos dialect. No network here."""

import datetime as dt
import re
from dataclasses import replace
from typing import Any

from generations.providers import openai_videos_words as words
from generations.providers.base import Actual, CreateRequest, RemoteTask
from generations.providers.openai_videos_orders import EXTEND, REMIX
from generations.providers.reading import moment


def candidate(item: Any, request: CreateRequest, since: dt.datetime, *, secret: str) -> RemoteTask | None:
    """Read a listed task if it may be the one that ``request`` asked for; what the provider does not say cannot
    exclude it. An item that cannot be read may be any task, so it is none that we could name.
    """
    body = words.Body(item)
    if not body.word(*words.ID_NAMES) or not body.word("status", "state"):
        return None
    found = replace(words.task(item, {}, asked="", secret=secret), prompt_matches=_prompt_matches(body, request))
    if found.created_at is not None and found.created_at < since:
        return None
    if found.prompt_matches is False or not _same_model(found.actual.model, request.model):
        return None
    return found if _same_source(body, request) and _same_shape(found.actual, request) else None


def _prompt_matches(body: words.Body, request: CreateRequest) -> bool | None:
    prompt = body.pick("prompt")
    return prompt.strip() == request.prompt.strip() if isinstance(prompt, str) else None


def _same_source(body: words.Body, request: CreateRequest) -> bool:
    """Only a remix names what it was made from; then it must be ours, and nothing else may be a remix."""
    source = body.word("remixed_from_video_id")
    if request.mode == REMIX:
        return source in ("", request.source_remote_id)
    return not source or source == request.source_remote_id


def _same_shape(theirs: Actual, request: CreateRequest) -> bool:
    """Length and size as asked; an extension's length is that of the whole, which the request does not hold."""
    said = [(theirs.width, request.width), (theirs.height, request.height)]
    if request.mode != EXTEND:
        said.append((theirs.seconds, request.seconds))
    return all(found is None or not asked or found == asked for found, asked in said)


def _same_model(theirs: str | None, ours: str) -> bool:
    """Servers answer with a dated snapshot, or with a provider prefix."""
    if theirs is None:
        return True
    bare = re.sub(r"-\d{4}-\d{2}-\d{2}$", "", theirs.rpartition("/")[2])
    return bare == ours.rpartition("/")[2] or theirs == ours


def last_id(items: list[Any]) -> str:
    """Return the id to go on from, of the last listed task that has one."""
    ids = [words.Body(item).word(*words.ID_NAMES) for item in items]
    return next((each for each in reversed(ids) if each), "")


def reaches_back_to(since: dt.datetime, items: list[Any]) -> bool:
    """Whether a page, newest first, already holds a task from before."""
    times = [moment(words.Body(item).pick("created_at", "submit_time")) for item in items]
    return any(each is not None and each < since for each in times)
