"""Stop a generation, as far as its provider lets us."""

from generations.actions import checks
from generations.models import Generation, State
from generations.models.generation import TERMINAL
from generations.pipeline.endings import Ending, end
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import Conflict, Refused


def cancel_generation(*, actor: User, generation: Generation) -> Generation:
    """Stop a generation that has not been sent yet; its money is free again.

    Raises Forbidden, NotFound, Refused when it is with the provider (these dialects know no cancel), Conflict when it
    has ended.
    """
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Generation.objects.all(), generation)
    generation.refresh_from_db()
    if generation.state == State.RESERVED:
        ending = Ending(None, "cancelled", "Cancelled before it was sent.")
        if end(generation, State.CANCELLED, ending, actor=actor):
            return generation
    if generation.state in TERMINAL:
        raise Conflict("This generation has ended already.", code="ended")
    raise Refused(
        "It is with the provider already, which offers no way to cancel. Let it finish; its clip need not be used.",
        code="cannot-cancel",
    )
