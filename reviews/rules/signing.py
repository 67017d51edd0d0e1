"""Why a licence record version cannot be approved by a legal signature now."""

from datetime import datetime

from reviews.rules.clearance import Facts, about_clip, about_record, about_whole_scope
from reviews.rules.reasons import OVERRIDABLE, Reason, reason


def against_approval(facts: Facts, at: datetime, *, bytes_verified: bool) -> list[Reason]:
    """Return every reason against approving the newest record version now, less what two persons set aside.

    The term need not have begun, but it must not be over; the stages must have approved these very bytes. Consents and
    duties must cover the whole scope and the whole term: what is not covered is left out of the record, or mended.
    """
    found = list(about_clip(facts))
    if facts.record is None:
        found.append(reason("no-record"))
    else:
        found.extend(about_record(facts, facts.record, at))
        found.extend(about_whole_scope(facts.record))
    if not bytes_verified:
        found.append(reason("bytes-not-verified"))
    aside = facts.overridden & OVERRIDABLE
    return [one for one in found if one.code not in aside]
