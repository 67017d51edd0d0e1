"""Every reason for which a clip is not cleared or a record cannot be signed: code, words, and what to do next.

The codes are public and stable: the API, the tests, the overrides and the evidence name them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Why not: a stable code, words for a person, and the next step that mends it."""

    code: str
    message: str
    mend: str

    def as_dict(self) -> dict[str, str]:
        """Return the three texts under their names, for errors and the API."""
        return {"code": self.code, "message": self.message, "mend": self.mend}


_NEW_VERSION = "Draft a new version of the licence record and have it signed."

WORDS: dict[str, tuple[str, str]] = {
    # the record and its signature
    "no-record": ("There is no licence record for this clip.", "Draft a licence record."),
    "not-signed": ("The licence record is not signed.", "Ask a legal approver to sign it."),
    "superseded": (
        "The licence record has a newer version that is not signed; the earlier signature does not carry over.",
        "Ask a legal approver to sign the newest version.",
    ),
    "rejected": ("A legal approver rejected the licence record.", _NEW_VERSION),
    "revoked": ("The sign-off was revoked.", _NEW_VERSION),
    "timestamp-pending": (
        "It is signed, and waits for the time-stamp authority’s word on when.",
        "Wait: the authority is asked again and again. If it stays away, tell the administrator.",
    ),
    "sign-off-suspended": (
        "A legal approver suspended the approval for the time being: {detail}",
        "Ask a legal approver to sign it again, or to revoke it.",
    ),
    "signature-invalid": (
        "The stored sign-off does not verify against its signature.",
        "Run manage.py verify_ledger, tell the administrator, and sign a new version.",
    ),
    "hash-mismatch": ("The record was made for other bytes than this clip's.", _NEW_VERSION),
    # the clip
    "hold": ("The clip is on hold: {detail}", "Ask a legal approver to lift the hold."),
    "quarantined": (
        "The stored bytes no longer match the clip's hash.",
        "Ask the administrator to restore the original from a backup.",
    ),
    "incident": ("An incident is open: {detail}", "Ask a legal approver to close it."),
    "exclusivity-conflict": (
        "It is promised exclusively to somebody else: {detail}.",
        "Leave out what is promised: ask for another use, or draft a narrower record. Or have a legal approver end the promise.",
    ),
    "exclusivity-taken": (
        "It cannot be promised exclusively, because it is approved for somebody else: {detail}.",
        "Draft a version that is not exclusive, or a narrower one. Or have a legal approver end the other approval.",
    ),
    "parent-stopped": (
        "A clip that this one was made from is on hold, withdrawn or damaged: {detail}.",
        "Open that clip and see what stops it.",
    ),
    "parent-without-record": (
        "A clip that this one was made from has no licence record, so what binds it is not known: {detail}.",
        "Draft a licence record for that clip.",
    ),
    "parent-not-in-scope": (
        "A clip that this one was made from may not be used so: {detail}.",
        "Widen the record of that clip, or leave out what it does not allow: ask for another use, or draft a narrower record.",
    ),
    "withdrawn": ("The clip was withdrawn.", "Choose another clip."),
    "bytes-not-verified": (
        "The stored bytes have not been re-hashed within the last 24 hours.",
        "Ask for a verification and try again when it is done.",
    ),
    "clock-skew": (
        "This server’s clock cannot be trusted, so nothing may be signed by it: {detail}.",
        "Ask the administrator to set the server’s clock (NTP) and to run manage.py doctor.",
    ),
    # approval
    "stage-not-passed": ("The stage “{detail}” has not approved these bytes.", "Ask the people of this stage to decide."),
    # scope and term
    "use-not-in-scope": ("The licence record does not cover this use: {detail}.", "Ask for an extension: " + _NEW_VERSION),
    "territory-not-in-scope": (
        "The licence record does not cover this territory: {detail}.",
        "Ask for an extension: " + _NEW_VERSION,
    ),
    "purpose-not-in-scope": (
        "The licence record does not cover this purpose: {detail}.",
        "Ask for an extension: " + _NEW_VERSION,
    ),
    "client-not-in-scope": (
        "The licence record was made for another client.",
        "Make a record of this clip in a project of the client who is to use it.",
    ),
    "ends-too-early": (
        "The licence ends at {detail}, before the time that is asked for is over.",
        "Ask for an extension: " + _NEW_VERSION,
    ),
    "before-start": ("The licence begins at {detail}.", "Wait until then, or " + _NEW_VERSION.lower()),
    "after-end": ("The licence ended at {detail}.", _NEW_VERSION),
    # terms
    "governing-set-missing": (
        "No terms version governs this clip.",
        "Capture the terms of its route, group them into a governing set, and draft a new version that names it.",
    ),
    "route-unknown": (
        "It is not known through which service the clip was made.",
        "Upload it again with its route, or ask two people for an override.",
    ),
    "route-not-governed": (
        "The clip was made through “{detail}”, for which this governing set was not made.",
        "Draft a new version with the governing set of that route.",
    ),
    "terms-changed": (
        "The terms changed since: {detail}.",
        "Read the change, make a new governing set and draft a new version; or ask two people for an override.",
    ),
    "hop-not-governed": (
        "The clip was made by way of “{detail}” too, and the governing set holds no terms of theirs.",
        "Capture their terms, make a governing set that holds both, and draft a new version that names it.",
    ),
    "suspended": (
        "Suspended: the terms changed materially, and a legal approver has not said what it means for this clip: {detail}.",
        "Ask a legal approver to settle the re-review.",
    ),
    # findings
    "ownership-unknown": ("It is not known who owns the output.", _NEW_VERSION),
    "ownership-no": ("The finding says that the output is not ours to license.", _NEW_VERSION),
    "commercial-use-unknown": ("It is not known whether the terms allow commercial use.", _NEW_VERSION),
    "commercial-use-no": ("The finding says that the terms forbid commercial use.", _NEW_VERSION),
    "depicted-undeclared": (
        "Nobody declared who and what can be recognised in the clip.",
        "Draft a new version that names them, or declares that there are none.",
    ),
    "disclosure-missing": (
        "The record does not say how the use of AI is disclosed, and viewers must be told. {detail}",
        "Draft a new version with a disclosure plan.",
    ),
    "checklist-open": ("A question of the checklist is not answered: {detail}", _NEW_VERSION),
    "checklist-against": ("The answer to a question of the checklist speaks against it: {detail}", _NEW_VERSION),
    # releases
    "depiction-unknown": (
        "It is not known whether {detail} is real.",
        "Find out, and draft a new version that says so.",
    ),
    "release-missing": (
        "Something real can be recognised, and there is no release for it. {detail}",
        "Add the release and draft a new version that rests on it.",
    ),
    "release-wrong-kind": (
        "The release named for {detail} is not of the kind that it needs.",
        "Add a release of the right kind and draft a new version that rests on it.",
    ),
    "release-without-ai": (
        "The release of {detail} does not consent to pictures or voices made by AI.",
        "Obtain a release that does, and draft a new version that rests on it.",
    ),
    "release-use-not-covered": (
        "The release does not cover this use. {detail}",
        "Obtain a wider release, or leave the use out of the record.",
    ),
    "release-territory-not-covered": (
        "The release does not cover this territory. {detail}",
        "Obtain a wider release, or leave the territory out of the record.",
    ),
    "release-ends-before-term": (
        "The release ends before the time that is asked for: {detail}.",
        "Shorten the term to the release's last day, or obtain a longer release.",
    ),
    "minor-of-age": (
        "{detail} is an adult by then: the guardian's consent is not enough any more.",
        "Obtain a release from the person, and draft a new version that rests on it.",
    ),
    "release-exclusive": (
        "The person is promised exclusively in this category. {detail}",
        "Choose another person, or have the promise lifted.",
    ),
    "release-not-yet-valid": ("The release of {detail} is not valid yet.", "Wait until it is, or obtain another release."),
    "release-expired": ("The release of {detail} has expired.", "Obtain a new release and draft a new version."),
    "release-withdrawn": ("The release of {detail} was withdrawn.", "Obtain a new release and draft a new version."),
    # separation of duties
    "maker-brought-clip": ("You brought this clip into the project.", "Ask another person."),
    "maker-launched-generation": ("You launched the generation of this clip.", "Ask another person."),
    "maker-wrote-prompt": ("You wrote the prompt of this clip.", "Ask another person."),
    "drafter-of-record": ("You drafted this licence record or a version of it.", "Ask another legal approver."),
}  # fmt: skip

# What two people may set aside together for a time. Everything else is mended, not set aside.
OVERRIDABLE = frozenset(
    {
        "route-unknown",
        "route-not-governed",
        "hop-not-governed",
        "terms-changed",
        "suspended",
        "release-missing",
        "release-not-yet-valid",
        "release-expired",
        "disclosure-missing",
    }
)

# What a wider record would mend: for these a person can ask the legal approvers for an extension.
EXTENDABLE = frozenset(
    {
        "use-not-in-scope",
        "territory-not-in-scope",
        "purpose-not-in-scope",
        "before-start",
        "after-end",
        "ends-too-early",
    }
)


def reason(code: str, detail: str = "") -> Reason:
    """Return the reason with this code; ``detail`` fills its message (a stage's name, a date, a person's words)."""
    message, mend = WORDS[code]
    return Reason(code, message.replace("{detail}", detail).strip(), mend)
