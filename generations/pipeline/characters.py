"""Make a character at its provider: one call, sent once, like any create. Without an answer a person looks, nobody re-sends."""

import datetime as dt
from pathlib import Path
from typing import Protocol, runtime_checkable

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generations.models import Character, ProviderAccount, Pulse
from generations.pipeline.remote import adapter_for, words_of
from generations.providers.base import ErrorClass, ProviderError, ReferenceFile
from sorahub.jobs.errors import Retry
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.lib import storage

GIVE_UP_AFTER = dt.timedelta(hours=24)
WAIT_SECONDS = 30.0
ATTEMPTS = 3_000
NOBODY = "The provider knows no character {id}. Look at its own list again."
OTHER = "At the provider {id} is called {name!r}. Look at its own list again."
State = Character.State


@runtime_checkable
class MakesCharacters(Protocol):
    """What an adapter of a wire with characters can do besides ``base.Adapter``."""

    def make_character(self, name: str, file: ReferenceFile) -> str:
        """Send one create, never twice; return the provider's id. Raises ProviderError."""
        ...


@runtime_checkable
class KnowsCharacters(Protocol):
    """What an adapter of a wire can do that tells about a character by its id."""

    def character_name(self, remote_id: str) -> str | None:
        """Return what the provider calls it; None where it knows no such one. Raises ProviderError."""
        ...


def can_make(account: ProviderAccount) -> bool:
    """Say whether this account's wire has a call for characters."""
    return isinstance(adapter_for(account), MakesCharacters)


def create_character(job: Job) -> Json:
    """Job "character.create": take a waiting character to its provider, once.

    One found in SENDING was being sent when its worker died: whether the call left is unknown, and stays so until a
    person has looked (actions.characters.settle_character).
    """
    character = Character.objects.select_related("account", "reference", "project").get(pk=job.payload["character"])
    if character.state == State.SENDING:
        _become(
            character, State.UNKNOWN, State.SENDING, error_message="The worker that sent it ended before the answer."
        )
    elif character.state == State.WAITING:
        _send(job, character)
    return character.state


def check_character(job: Job) -> Json:
    """Job "character.check": a person entered the id of a character; ask the provider whether it is this one.

    If it is not, the character is unknown again, with the reason. Where the wire has no such call, the person is believed.
    """
    rows = Character.objects.select_related("account", "project")
    character = rows.get(pk=job.payload["character"])
    adapter, entered = adapter_for(character.account), str(job.payload["remote_id"])
    if (character.state, character.remote_id) != (State.READY, entered) or not isinstance(adapter, KnowsCharacters):
        return character.state
    try:
        name = adapter.character_name(entered)
    except ProviderError as error:
        if error.retryable:
            raise
        return character.state
    if name is None:
        _become(character, State.UNKNOWN, State.READY, remote_id="", error_message=NOBODY.format(id=entered))
    elif name and name.casefold() != character.name.casefold():
        _become(character, State.UNKNOWN, State.READY, remote_id="", error_message=OTHER.format(id=entered, name=name))
    return character.state


def _send(job: Job, character: Character) -> None:
    if timezone.now() > character.created_at + GIVE_UP_AFTER:
        _become(character, State.FAILED, State.WAITING, error_code="never-sent", error_message="Not sent within a day.")
        return
    _admit(character.account)
    adapter, file = adapter_for(character.account), _file(character)
    if not isinstance(adapter, MakesCharacters):
        words = "This account's wire has no characters."
        _become(character, State.FAILED, State.WAITING, error_code="unsupported", error_message=words)
        return
    with job.fenced(final=False):
        claimed = _become(character, State.SENDING, State.WAITING)
    if not claimed:
        return
    try:
        remote_id = adapter.make_character(character.name, file)
    except ProviderError as error:
        _unsent(character, error)
        return
    _become(character, State.READY, State.SENDING, remote_id=remote_id, error_code="", error_message="")


def _admit(account: ProviderAccount) -> None:
    now = timezone.now()
    if not account.enabled or account.paused_at is not None:
        raise Retry("account-disabled", f"The account {account} is switched off or paused.", after=WAIT_SECONDS)
    if account.resume_at and account.resume_at > now:
        rest = (account.resume_at - now).total_seconds()
        raise Retry("account-resting", "The provider asked us to wait.", after=rest)


def _unsent(character: Character, error: ProviderError) -> None:
    """No id came back: send later, leave it to a person, or give up, as the error allows."""
    said = {"error_code": error.code[:200], "error_message": words_of(error)}
    if error.safe_to_resubmit:
        _become(character, State.WAITING, State.SENDING, **said)
        raise Retry(error.code, words_of(error), after=error.retry_after or WAIT_SECONDS)
    unknown = error.error_class is ErrorClass.AMBIGUOUS_SUBMIT
    _become(character, State.UNKNOWN if unknown else State.FAILED, State.SENDING, **said)


def _become(character: Character, to: State, since: State, **fields: str) -> bool:
    """Bring the character to a state if it still stands where it may come from; say whether it did."""
    with transaction.atomic():
        moved = Character.objects.filter(pk=character.pk, state=since).update(state=to, **fields)
        if moved:
            Pulse.objects.bump(character.project)
    character.refresh_from_db()
    return bool(moved)


def _file(character: Character) -> ReferenceFile:
    reference = character.reference
    with storage.open_original(reference.storage_key, Path(settings.MEDIA_ROOT)) as file:
        content = file.read()
    name = reference.original_name or reference.sha256[:12]
    return ReferenceFile(name, reference.media_type, content, kind=reference.kind, role="subject")
