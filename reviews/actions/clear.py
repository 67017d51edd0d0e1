"""Ask for clearance. Never stored: every egress asks anew."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from generations.models import Clip
from reviews.actions import descent, facts, prepared
from reviews.models import Purpose, Use
from reviews.rules import clearance as rules
from reviews.rules import territories as places
from reviews.rules.clearance import Clearance, Question
from sorahub.accounts.models import Client, User
from sorahub.lib.errors import InvalidInput

FAR = 9000  # the last year that is asked about: later ones do not fit every time zone


def clearance(
    *,
    clip: Clip,
    use: str,
    territory: str,
    at: datetime | None = None,
    until: datetime | None = None,
    purpose: str = "",
    client: Client | UUID | str | None = None,
    reader: User | None = None,
) -> Clearance:
    """Say whether these bytes may be used for this, there, from ``at`` (default: now) up to, not including, ``until``.

    Without ``until`` the instant alone is meant; without ``purpose`` any; without ``client`` the one whose project it is.
    The caller has scoped ``clip``. ``reader``: whose eyes the words are for; what they may not see is not named.
    Raises InvalidInput that names each field in which something is asked that does not exist.
    """
    asked = question(use=use, territory=territory, at=at, until=until, purpose=purpose, client=client)
    read = prepared.read(clip)
    found, signature = facts.gather(clip, asked.at, reader, last=asked.last, found=read)
    found = replace(found, conflicts=descent.conflicts(clip, asked, reader, read.glance, read.elders))
    return rules.answer(found, asked, signature)


def question(
    *,
    use: str,
    territory: str,
    at: datetime | None = None,
    until: datetime | None = None,
    purpose: str = "",
    client: Client | UUID | str | None = None,
) -> Question:
    """Return the question in the form that the rules take. Raises InvalidInput with every field that is wrong."""
    place, moment = territory.strip().upper(), at or timezone.now()
    wrong = {
        "use": "" if use in Use.values else f"One of: {', '.join(Use.values)}.",
        "territory": "" if places.known(place) else "A country code such as DE, or WORLD.",
        "purpose": "" if purpose in {"", *Purpose.values} else f"One of: {', '.join(Purpose.values)}; or none.",
        "at": _moment(moment),
        "until": (_moment(until) or ("" if until > moment else "Later than the beginning.")) if until else "",
        "client": _client(client),
    }
    fields = {name: words for name, words in wrong.items() if words}
    if fields:
        raise InvalidInput(_SAY[next(iter(fields))], fields=fields)
    return Question(use, place, moment, purpose, until, str(_id(client) or ""))


_SAY = {
    "use": "Say for what it is to be used.",
    "territory": "Say where it is to be used.",
    "purpose": "Say to what end it is to be used, or leave it out.",
    "at": "Say from when it is to be used.",
    "until": "Say until when it is to be used, or leave it out.",
    "client": "Say which client is to use it, or leave it out.",
}


def _moment(moment: datetime) -> str:
    if timezone.is_naive(moment):
        return "An instant with its time zone, such as 2027-03-01T00:00:00+01:00."
    return "" if 1900 <= moment.year < FAR else f"Between 1900 and {FAR}."


def _id(client: Client | UUID | str | None) -> UUID | str | None:
    return client.pk if isinstance(client, Client) else client


def _client(client: Client | UUID | str | None) -> str:
    found = _id(client)
    if isinstance(found, str) and found:
        try:
            UUID(found)
        except ValueError:
            return "The id of a client."
    return ""
