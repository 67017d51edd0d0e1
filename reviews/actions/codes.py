"""One-time codes: they prove that whoever follows a guest's link also reads that guest's mail.

The code is made by the job that mails it. Its hash alone is kept, in the cache, under a word that only the asking browser's
session holds: a code helps nobody in another browser.
"""

import hmac
import secrets

from django.core.cache import cache
from django.db import transaction
from django.utils.crypto import salted_hmac

from reviews.models import Share
from sorahub.jobs import queue

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like something else
LENGTH = 6
SECONDS = 600
KIND = "review.code"


def ask(share: Share) -> str:
    """Have a code mailed to the link's guest; return the word under which it can be redeemed."""
    ticket = secrets.token_urlsafe(24)
    with transaction.atomic():
        payload = {"share": str(share.pk), "ticket": ticket}
        queue.enqueue(KIND, key=f"{KIND}:{ticket}", payload={**payload}, subject_id=share.review_id, max_attempts=3)
    return ticket


def make(ticket: str) -> str:
    """Make the code for this ticket and keep its hash for ten minutes; an earlier one for it is worth nothing any more."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    cache.set(_key(ticket), _hash(ticket, code), SECONDS)
    return code


def redeem(ticket: str, code: str) -> bool:
    """Say whether this is the ticket's code; a right one is used up. Small letters, blanks and dashes do not matter."""
    kept = cache.get(_key(ticket))
    said = "".join(sign for sign in code.upper() if sign.isalnum())
    if not isinstance(kept, str) or not hmac.compare_digest(kept, _hash(ticket, said)):
        return False
    cache.delete(_key(ticket))
    return True


def _key(ticket: str) -> str:
    return f"{KIND}:{salted_hmac(KIND, ticket).hexdigest()}"


def _hash(ticket: str, code: str) -> str:
    return salted_hmac(f"{KIND}:hash", f"{ticket}:{code}", algorithm="sha256").hexdigest()
