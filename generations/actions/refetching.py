"""Fetch again: a finished file that could not be brought in is asked for once more, as long as its provider keeps it."""

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Generation, Pulse, State, TimelineEntry
from generations.models.generation import TERMINAL
from generations.pipeline.keeping import kept_until
from generations.pipeline.late import being_brought_in, bring_in
from generations.pipeline.remote import offered
from generations.pipeline.story import tell
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.errors import Conflict

WITHOUT_CLIP = TERMINAL - {State.SUCCEEDED}
UNDER_WAY = "Its file is being fetched already."


def fetch_again(*, actor: User, generation: Generation) -> Generation:
    """Have the file of a generation that ended without its clip fetched once more; it is made and paid for already.

    Nothing is ordered and nothing is set aside. Its end stands; the clip is brought in as a late one is. Raises Forbidden,
    NotFound, Conflict (cannot-fetch) with the reason: there is no file, it is gone, or it is being fetched.
    """
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Generation.objects.all(), generation)
    generation.refresh_from_db()
    if why := objection(generation):
        raise Conflict(why, code="cannot-fetch")
    with transaction.atomic():
        if not bring_in(generation):
            raise Conflict(UNDER_WAY, code="cannot-fetch")
        tell(generation, TimelineEntry.Kind.PERSON, "Asked to fetch its file again.", actor=actor)
        Pulse.objects.bump(generation.project)
        client = generation.project.client_id
        body = {"state": generation.state, "error_code": generation.error_code}
        record.append(kind="generation.fetch_asked_again", actor=actor.pk, client=client, subject=generation, body=body)
    return generation


def objection(generation: Generation) -> str | None:
    """Why its file cannot be fetched again, in words; None when it can be tried."""
    if generation.state not in WITHOUT_CLIP or generation.clip_id is not None:
        return "Only what has ended without its clip can be fetched again."
    if generation.remote_id is None or generation.made_at is None:
        return "The provider never said that it had finished it: there is no file to fetch."
    if being_brought_in(generation):
        return UNDER_WAY
    now, row = timezone.now(), offered(generation)
    if row is not None and row.retired_on is not None and row.retired_on <= now.date():
        return f"The provider shut {row.title} down on {row.retired_on}: its files are gone."
    return "The provider no longer keeps its file." if kept_until(generation) <= now else None
