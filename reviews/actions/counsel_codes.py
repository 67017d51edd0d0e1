"""One-time codes for outside counsel: eight digits by mail, ten minutes, five tries, one use.

The code is made by the job that mails it; its keyed hash alone is kept, with the tries, in the database: they are counted however
many processes answer. Which code is asked for only the asking browser's session knows.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from reviews.models import CounselCode, CounselInvitation
from sorahub.jobs import queue

DIGITS = 8
LASTS = timedelta(minutes=10)
MOST_TRIES = 5
KIND = "counsel.code"


def ask(invitation: CounselInvitation, bound: str = "") -> CounselCode:
    """Have a code mailed to the invitation's address. ``bound``: the SHA-256 of the one thing that it signs; empty: it opens."""
    with transaction.atomic():
        code = CounselCode.objects.create(invitation=invitation, bound=bound)
        queue.enqueue(
            KIND, key=f"{KIND}:{code.pk}", payload={"code": str(code.pk)}, subject_id=invitation.pk, max_attempts=3
        )
    return code


def make(code: CounselCode) -> str:
    """Make the digits and keep their hash; what was made before for the same row is worth nothing any more."""
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    now = timezone.now()
    with transaction.atomic():
        CounselCode.objects.filter(pk=code.pk).update(digest=_hash(code.pk, digits), sent_at=now)
        CounselInvitation.objects.filter(pk=code.invitation_id).update(code_sent_at=now)
    return digits


def enter(invitation: CounselInvitation, pk: UUID, digits: str, bound: str = "") -> CounselCode | None:
    """Use up the code if these are its digits; None for any other, an old one, and after the fifth try. Blanks do not matter.

    A code that signs (``bound``) is good for as long as any proof of presence, which may be shorter.
    """
    now = timezone.now()
    lasts = min(LASTS, timedelta(seconds=settings.REAUTHENTICATION_SECONDS)) if bound else LASTS
    rows = CounselCode.objects.filter(
        pk=pk, invitation=invitation, bound=bound, entered_at=None, sent_at__gt=now - lasts, tries__lt=MOST_TRIES
    )
    # Each try is counted before it is looked at: tries at once wait for each other at the row.
    if not rows.update(tries=F("tries") + 1):
        return None
    code = CounselCode.objects.get(pk=pk)
    said = "".join(sign for sign in digits if sign.isascii() and sign.isdigit())
    if not hmac.compare_digest(code.digest, _hash(code.pk, said)):
        return None
    return _used(code, now)


def _used(code: CounselCode, now: datetime) -> CounselCode | None:
    """Claim the code: of two that enter it at once, one has it."""
    if not CounselCode.objects.filter(pk=code.pk, entered_at=None).update(entered_at=now):
        return None
    code.entered_at = now
    return code


def _hash(pk: UUID, digits: str) -> str:
    return salted_hmac(KIND, f"{pk}:{digits}", algorithm="sha256").hexdigest()
