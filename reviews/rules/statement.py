"""The sentence that a legal signature puts its name to."""

from zoneinfo import ZoneInfo

from reviews.models import WORLD, LicenceRecordVersion, SignOff
from reviews.rules.clearance import use_label


def statement(record_version: LicenceRecordVersion, meaning: str) -> str:
    """Return the exact statement for this version and meaning (approved, rejected, revoked)."""
    about = (
        f"version {record_version.version} of the licence record of the clip with SHA-256 {record_version.clip_sha256}, "
        f"under the governing set “{record_version.governing_set.name}” with SHA-256 {record_version.governing_set.sha256}"
    )
    if meaning == SignOff.Meaning.REJECTED:
        return f"I have read {about}, and I reject it: the clip must not be used."
    if meaning == SignOff.Meaning.REVOKED:
        return f"I revoke the approval of {about}: from now on the clip must not be used."
    return f"I have read {about}, and I approve the clip for commercial use within this scope only: {scope(record_version)}."


def scope(record_version: LicenceRecordVersion) -> str:
    """Write out uses, territories, term, exclusivity and restrictions."""
    uses = ", ".join(use_label(use) for use in record_version.uses)
    territories = "worldwide" if WORLD in record_version.territories else "in " + ", ".join(record_version.territories)
    exclusive = "exclusive" if record_version.exclusive else "not exclusive"
    restrictions = (
        f"; restrictions: {record_version.restrictions.strip()}" if record_version.restrictions.strip() else ""
    )
    return f"{uses}; {territories}; {term(record_version)}; {exclusive}{restrictions}"


def term(record_version: LicenceRecordVersion) -> str:
    """Write out the term in the record's own time zone; the end is the first moment outside it."""
    zone = ZoneInfo(record_version.time_zone)
    start = f"from {record_version.starts_at.astimezone(zone):%Y-%m-%d %H:%M}"
    if record_version.ends_at is None:
        return f"{start} ({record_version.time_zone}) without end"
    end = f"{record_version.ends_at.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{start} up to, but not including, {end} ({record_version.time_zone})"
