"""Examines time-stamps: is there an authority, does it answer, what waits for it, and may the clock date what is signed?"""

from django.conf import settings
from django.utils import timezone

from reviews.actions import stamping
from reviews.models import SignOff
from sorahub.doctoring.finding import Finding, fault, ok, warning
from sorahub.ledger import clock, timestamps
from sorahub.ledger.models import TimeStamp
from sorahub.ledger.timestamps import Fault, NotStamped

SAMPLE = 200
CHOOSE = "Set SORAHUB_TSA_URL and SORAHUB_TSA_ROOTS: docs/how-to/time-stamp-what-is-signed.md"


def time_stamps() -> Finding:
    """Does an authority give tokens that hold, and does a sign-off wait for one?"""
    waits = SignOff.objects.pending().order_by("signed_at")
    oldest = waits.first()
    told = ""
    if oldest:
        since, found = clock.spoken(timezone.now() - oldest.signed_at), stamping.waiting(oldest)
        told = f"{waits.count()} sign-offs wait, the oldest for {since}. {found.words if found else ''}".strip()
    if not timestamps.configured():
        return (
            fault("time-stamps", f"no authority; {told}", CHOOSE)
            if told
            else warning("time-stamps", "no authority", CHOOSE)
        )
    try:
        word = timestamps.ask("00" * 32)
    except NotStamped as error:
        words = f"{error.message} {told}".strip()
        return fault("time-stamps", words, "Check SORAHUB_TSA_URL, SORAHUB_TSA_ROOTS and the way there.")
    if told:
        return warning("time-stamps", told, "The authority answers now: the worker asks again within ten minutes.")
    return ok("time-stamps", f"{word.authority} answers; nothing waits")


def tokens() -> Finding:
    """Do the newest time-stamps still hold? Whoever can write to the database can put bytes there that are none."""
    rows = list(TimeStamp.objects.order_by("-received_at")[:SAMPLE])
    verdicts = [(row, timestamps.verify_token(bytes(row.token), row.digest)) for row in rows]
    bad = [(row, verdict.words) for row, verdict in verdicts if isinstance(verdict, Fault)]
    if bad:
        row, words = bad[0]
        told = f"{len(bad)} of the newest {len(rows)} do not hold, such as that over {row.digest[:16]}…: {words}"
        return fault(
            "tokens", told, "If the authority's root was replaced, put the old one back beside it. Else: verify_ledger."
        )
    return ok("tokens", f"the newest {len(rows)} time-stamps hold")


def legal_clock() -> Finding:
    """May this clock date a signature?"""
    stand = clock.stand(None)
    doubt = clock.doubt(stand, clock.tolerance())
    if doubt:
        return fault(
            "legal clock",
            f"{doubt}; nothing can be signed",
            "Set the clock (NTP); it is measured anew within ten minutes.",
        )
    if stand.offset is None:
        return ok("legal clock", "not behind the ledger; never measured against an authority")
    ahead, limit = clock.milliseconds(stand.offset), settings.CLOCK_TOLERANCE_SECONDS
    return ok("legal clock", f"{ahead / 1000:+.1f} s from the authority's, at most {limit} s")
