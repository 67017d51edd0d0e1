"""Where each reason against is mended, and by whom: the page that a person is sent to."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

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
    "release-without-ai", "minor-of-age", "release-exclusive",
}  # fmt: skip
# What a release does not cover is left out of the record, as a rule: the words for that.
_LEFT_OUT = {
    "release-use-not-covered": "Leave the use out",
    "release-territory-not-covered": "Leave the territory out",
    "release-ends-before-term": "Shorten the term",
}
_SEPARATION = {"maker-brought-clip", "maker-launched-generation", "maker-wrote-prompt", "drafter-of-record"}
# Each code with the place at which it is mended (see way).
PLACES: dict[str, str] = {
    **dict.fromkeys(_DRAFT, "draft"),
    **dict.fromkeys(_EXTEND, "extend"),
    **dict.fromkeys(_RELEASES, "release"),
    **dict.fromkeys(_LEFT_OUT, "scope"),
    **dict.fromkeys(_SEPARATION, "people"),
    **dict.fromkeys(("governing-set-missing", "terms-changed", "hop-not-governed"), "terms"),
    "suspended": "rereviews",
    **dict.fromkeys(("not-signed", "superseded", "bytes-not-verified", "sign-off-suspended"), "sign"),
    **dict.fromkeys(("parent-stopped", "parent-without-record", "parent-not-in-scope"), "parents"),
    "stage-not-passed": "clip",
    "hold": "holds",
    "incident": "incidents",
    "exclusivity-conflict": "people",
    "route-unknown": "exceptions",
    "client-not-in-scope": "projects",
    "withdrawn": "takes",
    "quarantined": "",
    **dict.fromkeys(("clock-skew", "timestamp-pending"), ""),
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


class _Way(NamedTuple):
    """The page at which something is mended, the row that it is about, its part, and the words for the link."""

    page: str
    of: str
    part: str
    label: str


_NO_WAY = _Way("", "", "", "")
_WAYS = {
    "sign": _Way("reviews:clip-rights", "clip", "#h-record", "See the record"),
    "draft": _Way("reviews:licence-draft", "clip", "", "Draft a version"),
    "scope": _Way("reviews:licence-draft", "clip", "#h-scope", "Draft a version"),
    "extend": _Way("reviews:clip-rights", "clip", "#extensions", "Ask for an extension"),
    "clip": _Way("reviews:clip", "clip", "", "Open the clip"),
    "holds": _Way("reviews:clip-rights", "clip", "#holds", "See the hold"),
    "incidents": _Way("reviews:clip-rights", "clip", "#incidents", "See the incident"),
    "parents": _Way("reviews:clip-rights", "clip", "#made-from", "See what it was made from"),
    "exceptions": _Way("reviews:clip-rights", "clip", "#exceptions", "Ask for an exception"),
    "terms": _Way("reviews:terms", "", "", "Open the terms"),
    "rereviews": _Way("reviews:re-reviews", "", "", "See what changed"),
    "release": _Way("reviews:release-new", "project", "", "Add a release"),
    "people": _Way("generations:project-people", "project", "", "See who takes part"),
    "projects": _Way("generations:projects", "", "", "Open the projects"),
    "takes": _Way("reviews:takes", "project", "", "Choose another take"),
}
_NEEDED = {Turn.DRAFTER: Permission.DRAFT_LICENCE, Turn.LEGAL: Permission.SIGN}


@dataclass(frozen=True)
class Block:
    """A reason with the way to mend it; ``url`` is empty where no page helps. ``points``: the particulars of many alike.

    ``other_url`` is there where there are two ways.
    """

    message: str
    mend: str
    code: str
    url: str = ""
    label: str = ""
    who: Who = Who.NOBODY
    points: tuple[str, ...] = ()
    other_url: str = ""
    other_label: str = ""


def blocks(
    reasons: Iterable[Reason], clip: Clip, version: LicenceRecordVersion | None = None, user: User | None = None
) -> list[Block]:
    """Return the reasons as a page shows them; ``user``: who reads it, for what they can do themselves."""
    found = []
    for one, points in told_once(reasons):
        url, label = way(one.code, clip, version)
        who, other = turn(one.code, user), other_way(one.code, clip)
        found.append(Block(one.message, one.mend, one.code, url, label, who, points, *other))
    return found


def on_the_draft(found: Iterable[Block]) -> list[Block]:
    """Return the blocks as the page of a draft shows them: what is mended there leads to the part of it that does."""
    return [_on_the_draft(each) for each in found]


def _on_the_draft(block: Block) -> Block:
    if PLACES.get(block.code) == "draft":
        return replace(block, url=_ON_THE_DRAFT.get(block.code, ""), label="Mend it below")
    return replace(block, url="#h-scope") if block.code in _LEFT_OUT else block


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
    if place == "sign" and version is not None:
        return reverse("reviews:sign", args=[version.pk]), "Open the record to sign"
    return _address(place, clip), _LEFT_OUT.get(code) or _WAYS.get(place, _NO_WAY).label


def other_way(code: str, clip: Clip) -> tuple[str, str]:
    """Return the second way where there are two: what a release does not cover is left out, or a wider release is obtained."""
    return (_address("release", clip), _WAYS["release"].label) if code in _LEFT_OUT else ("", "")


def _address(place: str, clip: Clip) -> str:
    to = _WAYS.get(place, _NO_WAY)
    of = {"clip": [clip.pk], "project": [clip.project_id], "": []}
    return f"{reverse(to.page, args=of[to.of])}{to.part}" if to.page else ""
