"""May the evidence of a sign-off leave? Evidence of what no longer holds goes to counsel alone, with the reason inside."""

from dataclasses import dataclass

from reviews.rules.reasons import Reason, reason


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is known of the sign-off and its clip. ``sound``: the stored signature verifies; ``suspended``: why, if it is."""

    quarantined: bool
    withdrawn: bool
    revoked: bool
    suspended: str
    sound: bool
    holds: tuple[str, ...] = ()


def against(subject: Subject, *, counsel: bool) -> list[Reason]:
    """Return every reason why not. Damaged bytes and signatures stop everybody; a revocation, suspension, hold or withdrawal all but
    counsel."""
    found = [reason("quarantined")] if subject.quarantined else []
    found += [] if subject.sound else [reason("signature-invalid")]
    if not counsel:
        found += [reason("revoked")] if subject.revoked else []
        found += [reason("sign-off-suspended", subject.suspended)] if subject.suspended else []
        found += [reason("withdrawn")] if subject.withdrawn else []
        found += [reason("hold", words) for words in subject.holds]
    return found
