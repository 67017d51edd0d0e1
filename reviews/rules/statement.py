"""The sentence that a legal signature puts its name to."""

from zoneinfo import ZoneInfo

from reviews.models import WORLD, Alteration, LicenceRecordVersion, SignOff
from reviews.rules.clearance import purpose_label, use_label

_ALTERED = {
    Alteration.NONE: "no alterations",
    Alteration.FORMAT: "alterations of format only (length, crop, subtitles, encoding)",
    Alteration.ANY: "any alterations",
}


VERSION = 1
"""Which texts: another wording gets another number, and ``TEXTS`` keeps those before it."""

TEXTS: dict[int, dict[str, str]] = {
    1: {
        SignOff.Meaning.REVIEWED: (
            "I have reviewed {about} for rights. This is no approval: nothing may be used on account of it."
        ),
        SignOff.Meaning.APPROVED: (
            "I have read {about}, and I approve the clip for commercial use within this scope only: {scope}."
        ),
        SignOff.Meaning.REJECTED: "I have read {about}, and I reject it: the clip must not be used.",
        SignOff.Meaning.REVOKED: "I revoke the approval of {about}: from now on the clip must not be used.",
        SignOff.Meaning.SUSPENDED: (
            "I suspend the approval of {about}: until a legal approver signs it again, the clip must not be used."
        ),
        SignOff.Meaning.REINSTATED: (
            "I have read {about} again. I end its suspension, and I approve the clip again for commercial use within this "
            "scope only: {scope}."
        ),
    }
}
"""What a signature puts its name to, by version of the wording and by meaning."""


def statement(record_version: LicenceRecordVersion, meaning: str) -> str:
    """Return the exact statement for this version and meaning."""
    about = (
        f"version {record_version.version} of the licence record of the clip with SHA-256 {record_version.clip_sha256}, "
        f"under the governing set “{record_version.governing_set.name}” with SHA-256 {record_version.governing_set.sha256}"
    )
    return TEXTS[VERSION][meaning].format(about=about, scope=scope(record_version).removesuffix("."))


def scope(record_version: LicenceRecordVersion) -> str:
    """Write out uses, purposes, product, territories, term, alterations, exclusivity and restrictions; the first schema knew fewer."""
    uses = ", ".join(use_label(use) for use in record_version.uses)
    territories = "worldwide" if WORLD in record_version.territories else "in " + ", ".join(record_version.territories)
    exclusive = "exclusive" if record_version.exclusive else "not exclusive"
    restrictions = (
        f"; restrictions: {record_version.restrictions.strip()}" if record_version.restrictions.strip() else ""
    )
    if record_version.schema == 1:
        return f"{uses}; {territories}; {term(record_version)}; {exclusive}{restrictions}"
    parts = [f"{uses}, for {purposes(record_version)}", *product(record_version), territories, term(record_version)]
    return "; ".join([*parts, alterations(record_version), exclusive]) + restrictions


def purposes(record_version: LicenceRecordVersion) -> str:
    """Write out to what ends the clip may be used."""
    return ", ".join(purpose_label(purpose) for purpose in record_version.purposes)


def product(record_version: LicenceRecordVersion) -> list[str]:
    """Write out what is advertised or shown and its category; nothing where the record names neither."""
    if record_version.product and record_version.category:
        return [f"for {record_version.product} ({record_version.category})"]
    if record_version.category:
        return [f"for products of the category {record_version.category}"]
    return [f"for {record_version.product}"] if record_version.product else []


def alterations(record_version: LicenceRecordVersion) -> str:
    """Write out what may be done to the picture."""
    return _ALTERED[Alteration(record_version.alterations)]


def term(record_version: LicenceRecordVersion) -> str:
    """Write out the term in the record's own time zone; the end is the first moment outside it."""
    zone = ZoneInfo(record_version.time_zone)
    start = f"from {record_version.starts_at.astimezone(zone):%Y-%m-%d %H:%M}"
    if record_version.ends_at is None:
        return f"{start} ({record_version.time_zone}) without end"
    end = f"{record_version.ends_at.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{start} up to, but not including, {end} ({record_version.time_zone})"
