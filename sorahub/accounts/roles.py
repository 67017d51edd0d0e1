"""The five kinds of people and what each may do. One table: every face and every action asks `may`."""

from collections.abc import Mapping

from django.db import models


class Kind(models.TextChoices):
    """What an account is for. A person who does two of these has two accounts."""

    PRODUCER = "producer", "Producer"
    REVIEWER = "reviewer", "Creative reviewer"
    GUEST = "guest", "Client guest"
    LEGAL = "legal", "Legal approver"
    ADMINISTRATOR = "administrator", "Administrator"


class Permission(models.TextChoices):
    """What can be done to a row that one can see."""

    MANAGE_PEOPLE = "manage_people", "Add people, clients and provider accounts"
    MANAGE_PROJECT = "manage_project", "Change projects, shots, stages and members"
    WRITE_PROMPT = "write_prompt", "Write prompts"
    GENERATE = "generate", "Launch generations (spends money)"
    UPLOAD = "upload", "Upload finished clips"
    ANNOTATE = "annotate", "Write notes on frames"
    CHOOSE = "choose", "Shortlist, reject and select takes"
    SEND_REVIEW = "send_review", "Put clips before people for review"
    CAPTURE_TERMS = "capture_terms", "Capture terms versions and governing sets"
    WRITE_LICENSING_NOTE = "write_licensing_note", "Write licensing notes"
    DRAFT_LICENCE = "draft_licence", "Draft licence records"
    SIGN = "sign", "Sign, suspend and revoke"
    INVITE_COUNSEL = "invite_counsel", "Ask outside counsel to sign"
    HOLD = "hold", "Place and lift holds"
    REPORT_INCIDENT = "report_incident", "Report incidents, which stop a clip"
    OVERRIDE = "override", "Ask for and approve two-person exceptions to a block"
    DOWNLOAD_CLEARED = "download_cleared", "Download what is cleared"
    DOWNLOAD_UNCLEARED = "download_uncleared", "Download an original before clearance"
    EXPORT_EVIDENCE = "export_evidence", "Export evidence bundles in full"
    EXPORT_REDACTED = "export_redacted", "Export redacted evidence bundles"
    SEE_LEDGER = "see_ledger", "Read the ledger"


P = Permission
_PRODUCER = {
    P.MANAGE_PROJECT, P.WRITE_PROMPT, P.GENERATE, P.UPLOAD, P.ANNOTATE, P.CHOOSE, P.SEND_REVIEW,
    P.DRAFT_LICENCE, P.INVITE_COUNSEL, P.REPORT_INCIDENT, P.DOWNLOAD_CLEARED,
}  # fmt: skip
_REVIEWER = {
    P.ANNOTATE, P.CHOOSE, P.WRITE_LICENSING_NOTE, P.DRAFT_LICENCE, P.REPORT_INCIDENT, P.DOWNLOAD_CLEARED,
    P.EXPORT_REDACTED,
}  # fmt: skip
_LEGAL = {
    P.ANNOTATE, P.CAPTURE_TERMS, P.WRITE_LICENSING_NOTE, P.DRAFT_LICENCE, P.SIGN, P.INVITE_COUNSEL, P.HOLD, P.OVERRIDE,
    P.REPORT_INCIDENT, P.DOWNLOAD_CLEARED, P.DOWNLOAD_UNCLEARED, P.EXPORT_EVIDENCE, P.EXPORT_REDACTED,
    P.SEE_LEDGER,
}  # fmt: skip
_ADMINISTRATOR = {
    P.MANAGE_PEOPLE, P.MANAGE_PROJECT, P.OVERRIDE, P.REPORT_INCIDENT, P.DOWNLOAD_CLEARED, P.EXPORT_EVIDENCE,
    P.EXPORT_REDACTED, P.SEE_LEDGER,
}  # fmt: skip
GRANTS: Mapping[str, frozenset[Permission]] = {
    Kind.PRODUCER: frozenset(_PRODUCER),
    Kind.REVIEWER: frozenset(_REVIEWER),
    Kind.GUEST: frozenset({P.ANNOTATE, P.DOWNLOAD_CLEARED, P.EXPORT_REDACTED}),
    Kind.LEGAL: frozenset(_LEGAL),
    Kind.ADMINISTRATOR: frozenset(_ADMINISTRATOR),
}


def may(kind: str, permission: Permission) -> bool:
    """Say whether an account of this kind may do this to rows that it can see. Unknown kinds may do nothing."""
    return permission in GRANTS.get(kind, frozenset())
