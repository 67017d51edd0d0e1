"""What a deliverable says about itself: which labels its picture must carry, its XMP (IPTC, PLUS), and its Content Credentials.

Pure: values in, plain values out. Sources: IPTC Photo Metadata 2025.1 (Iptc4xmpExt), PLUS License Data Format 1.2.1 (codes of its
controlled vocabulary), C2PA specification 2.2 (actions v2).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reviews.models import WORLD, Depiction, DisclosureRule, Finding, LicenceRecordVersion, Purpose, Release, Use
from reviews.rules import duties
from reviews.rules.clearance_facts import Asked, DepictionFacts
from reviews.rules.countries import name_of
from sorahub.lib.canonical import Json

CLEARANCE = "org.sorahub.clearance"
_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED, EDITED = f"{_IPTC}trainedAlgorithmicMedia", f"{_IPTC}compositeWithTrainedAlgorithmicMedia"
_PLUS = "http://ns.useplus.org/ldf/vocab/"
_PEOPLE = {Depiction.Kind.PERSON, Depiction.Kind.MINOR, Depiction.Kind.DECEASED, Depiction.Kind.VOICE}
_PROPERTY = {Depiction.Kind.PLACE, Depiction.Kind.ARTWORK, Depiction.Kind.BRAND}
_SINCE_SCHEMA = 2


@dataclass(frozen=True)
class Licence:
    """What the sign-off and its record say, without any person's name."""

    number: str
    record_sha256: str
    sign_off_sha256: str
    clip_sha256: str
    verify_at: str
    use: str
    territory: str
    purpose: str
    starts_at: datetime
    ends_at: datetime | None
    time_zone: str
    restrictions: str
    licensor: str
    licensee: str
    media: str
    regions: str
    model_release: str
    property_release: str


@dataclass(frozen=True)
class Making:
    """How the clip came to be. ``edited``: it was made from other clips, as declared. ``prompt`` is empty unless it may be told."""

    system: str
    version: str = ""
    prompt: str = ""
    edited: bool = False


def labels(
    rules: Collection[DisclosureRule],
    version: LicenceRecordVersion,
    asked: Asked,
    depictions: Sequence[DepictionFacts] | None,
) -> list[dict[str, str | int]]:
    """Return the labels that the duties in force ask for, unless the record says why one does not apply; each once.

    ``rules`` are all versions of all duties. Records older than duties are asked for none.
    """
    if version.schema < _SINCE_SCHEMA:
        return []
    by_version = {(rule.key, rule.version): rule for rule in rules}
    found: list[dict[str, str | int]] = []
    for rule in duties.called_for(duties.in_force(rules), asked, depictions):
        said = [each for each in version.disclosures if each.get("rule") == rule.key and each.get("exempt")]
        if not rule.label or any(duties.meets(each, rule, by_version) for each in said):
            continue
        one: dict[str, str | int] = {
            "text": rule.label,
            "start": rule.label_start,
            "seconds": rule.label_seconds,
            "position": rule.label_position,
        }
        found += [one] if one not in found else []
    return found


def media_words(version: LicenceRecordVersion) -> str:
    """Write out for which uses and purposes the licence is."""
    uses = ", ".join(str(Use(each).label) for each in version.uses)
    ends = ", ".join(str(Purpose(each).label) for each in version.purposes)
    return f"Only for: {uses}" + (f"; to these ends: {ends}" if ends else "")


def region_words(version: LicenceRecordVersion) -> str:
    """Write out where the licence is for."""
    return "Worldwide" if WORLD in version.territories else f"Only in: {', '.join(map(name_of, version.territories))}"


def release_codes(depictions: Collection[Depiction], *, none_depicted: bool, known: bool) -> tuple[str, str]:
    """Return the PLUS codes of model and property releases; empty where the record does not say what is depicted (``known``)."""
    if not known:
        return "", ""
    return (
        _release_code("MR", [each for each in depictions if each.kind in _PEOPLE], none=none_depicted),
        _release_code("PR", [each for each in depictions if each.kind in _PROPERTY], none=none_depicted),
    )


def _release_code(kind: str, shown: Sequence[Depiction], *, none: bool) -> str:
    """NAP: nobody and nothing real; NON: none; U: each without limit; L: limited or incomplete."""
    real = [each for each in shown if each.real != Finding.NO]
    if none or not real:
        return f"{kind}-NAP"
    held = [each.release for each in real if each.release is not None and each.release.withdrawn_at is None]
    if not held:
        return f"{kind}-NON"
    unlimited = len(held) == len(real) and all(_is_unlimited(release) for release in held)
    middle = "U" if unlimited else "L"
    return f"{kind}-{middle}{kind}"


def _is_unlimited(release: Release) -> bool:
    everything = set(release.uses) >= set(Use.values) and WORLD in release.territories
    return everything and release.valid_until is None and release.of_age_on is None


def source_type(making: Making, told: Iterable[str], *, labelled: bool) -> str:
    """Return the IPTC digital source type: edited when we or others edited it, or when the source says so itself."""
    return EDITED if making.edited or labelled or EDITED in set(told) else GENERATED


def properties(licence: Licence, making: Making, kind: str) -> dict[str, Any]:
    """Return the XMP properties (generations/media/xmp.py writes them); ``kind`` is the digital source type."""
    zone = ZoneInfo(licence.time_zone)
    found: dict[str, Any] = {
        "Iptc4xmpExt:DigitalSourceType": kind,
        "Iptc4xmpExt:AISystemUsed": making.system,
        "Iptc4xmpExt:AISystemVersionUsed": making.version,
        "Iptc4xmpExt:AIPromptInformation": making.prompt,
        "plus:Version": "1.2.1",
        "plus:Licensor": [{"plus:LicensorName": licence.licensor, "plus:LicensorURL": licence.verify_at}],
        "plus:Licensee": [{"plus:LicenseeName": licence.licensee}],
        "plus:EndUser": [{"plus:EndUserName": licence.licensee}],
        "plus:LicenseID": licence.number,
        "plus:LicenseStartDate": licence.starts_at.astimezone(zone).date().isoformat(),
        "plus:LicenseEndDate": _last_day(licence.ends_at, zone),
        "plus:MediaConstraints": {"x-default": licence.media},
        "plus:RegionConstraints": {"x-default": licence.regions},
        "plus:OtherConstraints": {"x-default": licence.restrictions} if licence.restrictions else "",
        "plus:TermsAndConditionsURL": licence.verify_at,
        "plus:ModelReleaseStatus": _PLUS + licence.model_release if licence.model_release else "",
        "plus:PropertyReleaseStatus": _PLUS + licence.property_release if licence.property_release else "",
        "xmpRights:Marked": "True",
        "xmpRights:WebStatement": licence.verify_at,
    }
    return {name: value for name, value in found.items() if value}


def manifest(
    licence: Licence, *, title: str, media_type: str, kind: str, labels: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the C2PA manifest that is signed: the source opened, what was done to it, and the clearance; no person's name."""
    actions: list[dict[str, Any]] = [{"action": "c2pa.opened", "parameters": {"ingredientIds": ["source"]}}]
    actions += [
        {
            "action": "c2pa.edited",
            "description": f"Label burned into the picture: {each['text']}",
            "digitalSourceType": kind,
        }
        for each in labels
    ]
    if labels:
        actions.append({"action": "c2pa.transcoded"})
    actions.append({"action": "c2pa.edited.metadata", "description": "Licence and source type written as XMP."})
    return {
        "claim_generator_info": [{"name": "SoraHub"}],
        "title": title,
        "format": media_type,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": actions}},
            {"label": CLEARANCE, "data": clearance(licence)},
        ],
    }


def clearance(licence: Licence) -> dict[str, Json]:
    """Return the assertion about clearance: numbers, hashes, scope and days."""
    return {
        "certificate": licence.number,
        "record_sha256": licence.record_sha256,
        "sign_off_sha256": licence.sign_off_sha256,
        "clip_sha256": licence.clip_sha256,
        "use": licence.use,
        "territory": licence.territory,
        "purpose": licence.purpose,
        "valid_from": licence.starts_at.isoformat(),
        "valid_until": licence.ends_at.isoformat() if licence.ends_at else None,
        "verify_at": licence.verify_at,
    }


def _last_day(ends_at: datetime | None, zone: ZoneInfo) -> str:
    return (ends_at - timedelta(microseconds=1)).astimezone(zone).date().isoformat() if ends_at else ""
