"""Which captured terms came after those of a governing set: the same question for one clip and for a whole board."""

from collections.abc import Collection, Iterable
from datetime import date

from reviews.models import TermsVersion


def followers(members: Collection[TermsVersion], known: Iterable[TermsVersion], today: date) -> tuple[str, ...]:
    """Return the names of the known versions that bind by ``today`` and came after a member of the same document.

    Later is what was captured later or binds later. A version whose day is not known may bind already, so it counts.
    """
    inside = {member.pk for member in members}
    return tuple(
        str(version)
        for version in known
        if version.pk not in inside
        and (version.effective_from is None or version.effective_from <= today)
        and any(_after(version, member) for member in members)
    )


def _after(version: TermsVersion, member: TermsVersion) -> bool:
    if version.source_id != member.source_id:
        return False
    since = member.effective_from or member.captured_at.date()
    binds_later = version.effective_from is not None and version.effective_from > since
    return binds_later or version.captured_at > member.captured_at
