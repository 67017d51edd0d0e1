"""How long a provider keeps what it has made: what fetching waits for, what an alarm warns of, what can be fetched again."""

import datetime as dt

from generations.models import Generation
from generations.pipeline.remote import capability_of

KEPT_FOR = dt.timedelta(hours=24)
"""How long a finished file is hoped for where nobody says how long it is kept."""


def made_at(generation: Generation) -> dt.datetime:
    """When the provider had finished it, as far as anybody knows: the day it was sent at the earliest."""
    return generation.made_at or max(generation.updated_at, generation.submitted_at or generation.created_at)


def kept_until(generation: Generation) -> dt.datetime:
    """Until when the provider keeps the file: its own date, else the catalogue's time from when it was made, else a day."""
    if generation.provider_expires_at:
        return generation.provider_expires_at
    row = capability_of(generation)
    kept = dt.timedelta(seconds=row.result_ttl) if row and row.result_ttl else KEPT_FOR
    return made_at(generation) + kept
