"""Let a waiting generation go sooner or later than its project's others."""

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.actions.booking import MOST_PRIORITY
from generations.models import Generation, Pulse, State, TimelineEntry
from generations.pipeline.admission import wake_next
from generations.pipeline.story import tell
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import Conflict, InvalidInput


def set_priority(*, actor: User, generation: Generation, priority: int) -> Generation:
    """Of a project's waiting generations those of higher priority go first; it decides nothing between projects.

    Raises Forbidden, NotFound, InvalidInput out of range, Conflict (sent) when it waits no more.
    """
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Generation.objects.all(), generation)
    if not -MOST_PRIORITY <= priority <= MOST_PRIORITY:
        message = f"Give the priority between -{MOST_PRIORITY} and {MOST_PRIORITY}."
        raise InvalidInput(message, fields={"priority": message})
    with transaction.atomic():
        waiting = Generation.objects.filter(pk=generation.pk, state=State.RESERVED)
        if waiting.exclude(priority=priority).update(priority=priority, updated_at=timezone.now()):
            tell(generation, TimelineEntry.Kind.PERSON, f"Its priority is {priority} now.", actor=actor)
            wake_next(generation.account)
            Pulse.objects.bump(generation.project)
        elif not waiting.exists():
            raise Conflict("It has been sent already: its turn cannot change any more.", code="sent")
    generation.refresh_from_db()
    return generation
