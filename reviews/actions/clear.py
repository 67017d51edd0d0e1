"""Ask for clearance. Never stored: every egress asks anew."""

from datetime import datetime

from django.utils import timezone

from generations.models import Clip
from reviews.actions import facts
from reviews.models import Purpose, Use
from reviews.rules import clearance as rules
from reviews.rules import territories as places
from reviews.rules.clearance import Clearance, Question
from sorahub.lib.errors import InvalidInput


def clearance(*, clip: Clip, use: str, territory: str, purpose: str = "", at: datetime | None = None) -> Clearance:
    """Say whether these bytes may be used for this, there, then (default: now), with every reason why not.

    Without a purpose any is meant, which only a record without purposes allows. The caller has scoped ``clip``. Raises
    InvalidInput for a use, territory or purpose that does not exist.
    """
    place = territory.strip().upper()
    if use not in Use.values:
        raise InvalidInput("Say for what it is to be used.", fields={"use": f"One of: {', '.join(Use.values)}."})
    if not places.known(place):
        raise InvalidInput("Say where it is to be used.", fields={"territory": "A country code such as DE, or WORLD."})
    if purpose and purpose not in Purpose.values:
        raise InvalidInput(
            "Say to what end it is to be used.", fields={"purpose": f"One of: {', '.join(Purpose.values)}."}
        )
    moment = at or timezone.now()
    found, signature = facts.gather(clip, moment)
    return rules.answer(found, Question(use, place, moment, purpose), signature)
