"""Where each reason against is mended, and by whom: the page that a person is sent to."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from django.urls import reverse

from generations.models import Clip
from reviews.models import LicenceRecordVersion
from reviews.rules import turns
from reviews.rules.reasons import WORDS, Reason
from reviews.rules.turns import Turn
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission


class Who(StrEnum):
    """Whose turn it is, as a heading."""

    YOU = "You can do this"
    DRAFTER = "A producer, reviewer or legal approver does this"
    DECIDERS = "Reviewers and the client decide this"
    LEGAL = "A legal approver does this"
    ADMINISTRATOR = "An administrator mends this on the server"
    NOBODY = "Nobody can mend this"


_DRAFT = {
    "no-record", "rejected", "revoked", "hash-mismatch", "before-start", "after-end", "ownership-unknown", "ownership-no",
    "commercial-use-unknown", "commercial-use-no", "depicted-undeclared", "disclosure-missing", "route-not-governed",
    "checklist-open", "checklist-against", "depiction-unknown", "signature-invalid", "exclusivity-taken",
}  # fmt: skip
_EXTEND = {"use-not-in-scope", "territory-not-in-scope", "purpose-not-in-scope", "ends-too-early"}
_RELEASES = {
    "release-missing", "release-not-yet-valid", "release-expired", "release-withdrawn", "release-wrong-kind",
    "release-without-ai", "release-use-not-covered", "release-territory-not-covered", "release-ends-before-term",
    "minor-of-age", "release-exclusive",
}  # fmt: skip
_SEPARATION = {"maker-brought-clip", "maker-launched-generation", "maker-wrote-prompt", "drafter-of-record"}
# Each code with the place at which it is mended (see way).
PLACES: dict[str, str] = {
    **dict.fromkeys(_DRAFT, "draft"),
    **dict.fromkeys(_EXTEND, "extend"),
    **dict.fromkeys(_RELEASES, "release"),
    **dict.fromkeys(_SEPARATION, "people"),
    **dict.fromkeys(("governing-set-missing", "terms-changed", "hop-not-governed"), "terms"),
    "suspended": "rereviews",
    **dict.fromkeys(("not-signed", "superseded", "bytes-not-verified"), "sign"),
    **dict.fromkeys(("parent-stopped", "parent-without-record", "parent-not-in-scope"), "parents"),
    "stage-not-passed": "clip",
    "hold": "holds",
    "incident": "incidents",
    "exclusivity-conflict": "people",
    "route-unknown": "exceptions",
    "client-not-in-scope": "projects",
    "withdrawn": "takes",
    "quarantined": "",
}
# Reasons of which a record often has many alike: told once, with the particulars of each beneath.
_MANY = {
    "checklist-open": "{number} questions of the checklist are not answered:",
    "disclosure-missing": "The record does not say how {number} duties of disclosure are met:",
    "checklist-against": "The answers to {number} questions of the checklist speak against it:",
}
# What is mended on the page of a draft itself: the part of it.
_ON_THE_DRAFT = {
    **dict.fromkeys(("checklist-open", "checklist-against"), "#h-checklist"),
    **dict.fromkeys(("depicted-undeclared", "depiction-unknown"), "#recognised"),
    **dict.fromkeys(
        ("ownership-unknown", "ownership-no", "commercial-use-unknown", "commercial-use-no"), "#h-findings"
    ),
    **dict.fromkeys(("before-start", "after-end", "exclusivity-taken"), "#h-scope"),
    "disclosure-missing": "#duties",
    "route-not-governed": "#h-governing",
}
_NEEDED = {Turn.DRAFTER: Permission.DRAFT_LICENCE, Turn.LEGAL: Permission.SIGN}


@dataclass(frozen=True)
class Block:
    """A reason with the way to mend it; ``url`` is empty where no page helps. ``points``: the particulars of many alike."""

    message: str
    mend: str
    code: str
    url: str = ""
    label: str = ""
    who: Who = Who.NOBODY
    points: tuple[str, ...] = ()


def blocks(
    reasons: Iterable[Reason], clip: Clip, version: LicenceRecordVersion | None = None, user: User | None = None
) -> list[Block]:
    """Return the reasons as a page shows them; ``user``: who reads it, for what they can do themselves."""
    found = []
    for one, points in told_once(reasons):
        url, label = way(one.code, clip, version)
        found.append(Block(one.message, one.mend, one.code, url, label, turn(one.code, user), points))
    return found


def on_the_draft(found: Iterable[Block]) -> list[Block]:
    """Return the blocks as the page of a draft shows them: what is mended there leads to the part of it that does."""
    return [
        replace(each, url=_ON_THE_DRAFT.get(each.code, ""), label="Mend it below")
        if PLACES.get(each.code) == "draft"
        else each
        for each in found
    ]


def told_once(reasons: Iterable[Reason]) -> list[tuple[Reason, tuple[str, ...]]]:
    """Return each reason with no points, but many of which a record often has alike as one, with the particulars of each."""
    several = list(reasons)
    alike = {code: [one for one in several if one.code == code] for code in _MANY}
    found: list[tuple[Reason, tuple[str, ...]]] = []
    for one in several:
        many = alike.get(one.code, [one])
        if len(many) == 1:
            found.append((one, ()))
        elif one is many[0]:
            before = WORDS[one.code][0].partition("{detail}")[0]
            points = tuple(each.message.removeprefix(before) for each in many)
            found.append((replace(one, message=_MANY[one.code].format(number=len(many))), points))
    return found


def grouped(found: Iterable[Block]) -> list[tuple[str, list[Block]]]:
    """Return the blocks by whose turn it is, what the reader can do first."""
    several = list(found)
    groups = [(who.value, [each for each in several if each.who == who]) for who in Who]
    return [(words, each) for words, each in groups if each]


def turn(code: str, user: User | None = None) -> Who:
    """Say whose turn it is, to this reader."""
    who = turns.turn(code)
    mine = user is not None and who in _NEEDED and code not in _SEPARATION and user.may(_NEEDED[who])
    return Who.YOU if mine else Who[who.name]


def way(code: str, clip: Clip, version: LicenceRecordVersion | None = None) -> tuple[str, str]:
    """Return the address at which a reason is mended and the words for the link; both empty where no page helps."""
    place = PLACES.get(code, "")
    rights = reverse("reviews:clip-rights", args=[clip.pk])
    if place == "sign" and version is not None:
        return reverse("reviews:sign", args=[version.pk]), "Open the record to sign"
    return {
        "sign": (f"{rights}#h-record", "See the record"),
        "draft": (reverse("reviews:licence-draft", args=[clip.pk]), "Draft a version"),
        "extend": (f"{rights}#extensions", "Ask for an extension"),
        "clip": (reverse("reviews:clip", args=[clip.pk]), "Open the clip"),
        "holds": (f"{rights}#holds", "See the hold"),
        "incidents": (f"{rights}#incidents", "See the incident"),
        "parents": (f"{rights}#made-from", "See what it was made from"),
        "exceptions": (f"{rights}#exceptions", "Ask for an exception"),
        "terms": (reverse("reviews:terms"), "Open the terms"),
        "rereviews": (reverse("reviews:re-reviews"), "See what changed"),
        "release": (reverse("reviews:release-new", args=[clip.project_id]), "Add a release"),
        "people": (reverse("generations:project-people", args=[clip.project_id]), "See who takes part"),
        "projects": (reverse("generations:projects"), "Open the projects"),
        "takes": (reverse("reviews:takes", args=[clip.project_id]), "Choose another take"),
    }.get(place, ("", ""))
