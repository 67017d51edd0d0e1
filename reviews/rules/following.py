"""Which captured terms came after those of a governing set, by its rule: the same question for one clip and for a whole board."""

from collections.abc import Collection, Iterable
from datetime import date
from zoneinfo import ZoneInfo

from generations.models import Clip
from reviews.models import GoverningSet, TermsVersion


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


def changed(
    rule: str, members: Collection[TermsVersion], known: Iterable[TermsVersion], made: date, today: date
) -> tuple[str, ...]:
    """Return the names of the known versions that the rule wants read before these terms are relied on.

    As they change: everything that came after and binds by ``today``. As they stood when the clip was made: what is
    known to have bound on the day of making and later than a member. Other rules name their versions themselves.
    """
    if rule == GoverningSet.Rule.CONTINUOUS:
        return followers(members, known, today)
    if rule == GoverningSet.Rule.AT_GENERATION:
        return followers(members, [each for each in known if _bound_later(each, members)], made)
    return ()


def _bound_later(version: TermsVersion, members: Collection[TermsVersion]) -> bool:
    same = [member for member in members if member.source_id == version.source_id]
    return version.effective_from is not None and any(
        member.effective_from is not None and version.effective_from > member.effective_from for member in same
    )


def made_on(clip: Clip, zone: ZoneInfo) -> date:
    """Return the day on which the clip was made: as its uploader declared, else when it came in."""
    return clip.declared_made_on or clip.created_at.astimezone(zone).date()


def _after(version: TermsVersion, member: TermsVersion) -> bool:
    if version.source_id != member.source_id:
        return False
    since = member.effective_from or member.captured_at.date()
    binds_later = version.effective_from is not None and version.effective_from > since
    return binds_later or version.captured_at > member.captured_at
