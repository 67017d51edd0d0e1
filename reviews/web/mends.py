"""Where each reason against is mended: the page that a person is sent to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse

from generations.models import Clip
from reviews.models import LicenceRecordVersion
from reviews.rules.reasons import Reason

DRAFT = {
    "no-record", "rejected", "revoked", "hash-mismatch", "use-not-in-scope", "territory-not-in-scope", "before-start",
    "after-end", "ownership-unknown", "ownership-no", "commercial-use-unknown", "commercial-use-no",
    "depicted-undeclared", "disclosure-missing", "route-not-governed", "purpose-not-in-scope", "client-not-in-scope",
    "ends-too-early", "checklist-open", "checklist-against", "depiction-unknown", "exclusivity-conflict",
}  # fmt: skip
SIGN = {"not-signed", "superseded"}
STAGES = {"stage-not-passed"}
HOLDS = {"hold"}
TERMS = {"governing-set-missing", "terms-changed", "hop-not-governed"}
REREAD = {"suspended"}
EXCEPTIONS = {"route-unknown"}
RELEASES = {
    "release-missing", "release-not-yet-valid", "release-expired", "release-withdrawn", "release-wrong-kind",
    "release-without-ai", "release-use-not-covered", "release-territory-not-covered", "release-ends-before-term",
    "minor-of-age", "release-exclusive",
}  # fmt: skip


@dataclass(frozen=True)
class Block:
    """A reason with the way to mend it; ``url`` is empty where no page helps."""

    message: str
    mend: str
    code: str
    url: str = ""
    label: str = ""


def blocks(reasons: Iterable[Reason], clip: Clip, version: LicenceRecordVersion | None = None) -> list[Block]:
    """Return the reasons as a page shows them."""
    return [Block(one.message, one.mend, one.code, *_way(one.code, clip, version)) for one in reasons]


def _way(code: str, clip: Clip, version: LicenceRecordVersion | None) -> Sequence[str]:
    rights = reverse("reviews:clip-rights", args=[clip.pk])
    if code in SIGN and version is not None:
        return reverse("reviews:sign", args=[version.pk]), "Open the record to sign"
    if code in DRAFT:
        return reverse("reviews:licence-draft", args=[clip.pk]), "Draft a version"
    if code in STAGES:
        return reverse("reviews:clip", args=[clip.pk]), "Open the clip"
    if code in HOLDS:
        return f"{rights}#holds", "See the hold"
    if code in REREAD:
        return reverse("reviews:re-reviews"), "See what changed"
    if code in TERMS:
        return reverse("reviews:terms"), "Open the terms"
    if code in EXCEPTIONS:
        return f"{rights}#exceptions", "Ask for an exception"
    if code in RELEASES:
        return reverse("reviews:release-new", args=[clip.project_id]), "Add a release"
    return "", ""
