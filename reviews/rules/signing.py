"""Why a licence record version cannot be approved by a legal signature now."""

from collections.abc import Iterable
from datetime import datetime

from reviews.rules import descent
from reviews.rules.clearance import Facts, about_clip, about_record, about_whole_scope
from reviews.rules.reasons import OVERRIDABLE, Reason, reason


def against_approval(facts: Facts, at: datetime, *, bytes_verified: bool, taken: Iterable[str] = ()) -> list[Reason]:
    """Return every reason against approving the newest record version now, less what two persons set aside.

    The term need not have begun, but it must not be over; the stages must have approved these very bytes. Consents, duties,
    the clips it was made from and promises to others must allow the whole scope for the whole term: what they do not is left
    out of the record, or mended. ``taken``: approvals for other clients that a promise of exclusivity in the record meets.
    """
    found = list(about_clip(facts))
    found.extend(reason("exclusivity-conflict", words) for words in facts.conflicts)
    found.extend(reason("exclusivity-taken", words) for words in taken)
    if facts.record is None:
        found.append(reason("no-record"))
    else:
        found.extend(about_record(facts, facts.record, at))
        found.extend(about_whole_scope(facts.record))
        found.extend(descent.against_record(facts.parents, facts.record))
    if not bytes_verified:
        found.append(reason("bytes-not-verified"))
    aside = facts.overridden & OVERRIDABLE
    return [one for one in found if one.code not in aside]
