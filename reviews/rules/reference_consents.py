"""What is missing of the consents for whom a reference depicts. Values in, words out."""

from collections.abc import Mapping, Sequence
from datetime import date

from reviews.models import Finding, Release
from reviews.rules import consenting

STANDS = {
    "withdrawn": "was withdrawn",
    "ended": "has ended",
    "not_yet": "is not valid yet",
    "ends_soon": "ends within 90 days",
}


def missing(names: Sequence[str], releases: Mapping[str, Release], today: date) -> list[str]:
    """Return what is missing, a line for each person; ``releases`` by name. Depicted persons whom nobody named are one line."""
    if not names:
        return ["who can be seen or heard is not said, so that no release stands for them"]
    return [words for name in names if (words := about(name, releases.get(name), today))]


def about(name: str, release: Release | None, today: date) -> str:
    """Return what is wrong with one person's release; "" where nothing is."""
    if release is None:
        return f"no release of {name} is linked"
    state = consenting.state(release, today)
    if state in STANDS:
        return f"the release of {name} {STANDS[state]}"
    if release.ai_use == Finding.NO:
        return f"the release of {name} does not permit pictures or voices made by AI"
    if release.ai_use == Finding.UNKNOWN:
        return f"the release of {name} does not say whether pictures or voices may be made by AI"
    return ""
