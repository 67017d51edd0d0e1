"""Whose turn it is to mend each reason against."""

from enum import StrEnum

from reviews.rules.reasons import EXTENDABLE


class Turn(StrEnum):
    """Who can mend something."""

    DRAFTER = "drafter"
    DECIDERS = "deciders"
    LEGAL = "legal"
    ADMINISTRATOR = "administrator"
    NOBODY = "nobody"


_LEGAL = {
    "not-signed", "superseded", "sign-off-suspended", "bytes-not-verified", "hold", "incident", "exclusivity-conflict", "route-unknown",
    "parent-stopped", "governing-set-missing", "terms-changed", "hop-not-governed", "suspended", "maker-brought-clip",
    "maker-launched-generation", "maker-wrote-prompt", "drafter-of-record",
}  # fmt: skip
_DRAFTER = EXTENDABLE | {
    "no-record", "rejected", "revoked", "hash-mismatch", "ownership-unknown", "ownership-no", "commercial-use-unknown",
    "commercial-use-no", "depicted-undeclared", "disclosure-missing", "route-not-governed", "checklist-open",
    "checklist-against", "depiction-unknown", "client-not-in-scope", "parent-without-record", "parent-not-in-scope",
    "release-missing", "release-not-yet-valid", "release-expired", "release-withdrawn", "release-wrong-kind",
    "release-without-ai", "release-use-not-covered", "release-territory-not-covered", "release-ends-before-term",
    "minor-of-age", "release-exclusive", "exclusivity-taken",
}  # fmt: skip
TURNS: dict[str, Turn] = {
    **dict.fromkeys(_LEGAL, Turn.LEGAL),
    **dict.fromkeys(_DRAFTER, Turn.DRAFTER),
    "stage-not-passed": Turn.DECIDERS,
    **dict.fromkeys(("signature-invalid", "timestamp-pending", "clock-skew"), Turn.ADMINISTRATOR),
    "quarantined": Turn.ADMINISTRATOR,
    "withdrawn": Turn.NOBODY,
}


def turn(code: str) -> Turn:
    """Say whose turn it is; a code that is not known is nobody's."""
    return TURNS.get(code, Turn.NOBODY)
