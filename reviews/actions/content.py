"""What a licence record version says, as the value under its hash, and whether its stored rows still say the same.

A version keeps the schema that it was drafted in. The first knew what can be recognised as a sentence beside its releases;
the second has it in rows, each with its release, and says to what end, for whose product and how altered.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from hashlib import sha256

from reviews.models import ChecklistTemplate, Depiction, GoverningSet, LicenceRecordVersion, Release, TermsVersion
from sorahub.lib.canonical import Json

SCHEMA = 2
_NAME = "sorahub/licence-record/"
_INSTANTS = ("starts_at", "ends_at", "drafted_at")


def content(
    version: LicenceRecordVersion,
    releases: Iterable[Release],
    depictions: Iterable[Depiction],
    *,
    size: int,
    person: str,
) -> dict[str, Json]:
    """Return everything that a version says; ``size`` is the clip's in bytes, ``person`` who drafted it (an id)."""
    said: dict[str, Json] = {
        "schema": f"{_NAME}{version.schema}",
        "record": str(version.record_id),
        "version": version.version,
        "clip": {"id": str(version.record.clip_id), "sha256": version.clip_sha256, "size": size},
        "governing_set": {"id": str(version.governing_set_id), "sha256": version.governing_set.sha256},
        "uses": list(version.uses),
        "territories": list(version.territories),
        "starts_at": version.starts_at.isoformat(),
        "ends_at": version.ends_at.isoformat() if version.ends_at else None,
        "time_zone": version.time_zone,
        "exclusive": version.exclusive,
        "restrictions": version.restrictions,
        "disclosure": version.disclosure,
        "findings": {
            "ownership": str(version.ownership),
            "commercial_use": str(version.commercial_use),
            "indemnity": str(version.indemnity),
        },
        "none_depicted": version.none_depicted,
        "drafted_by": {"account": str(version.drafted_by_id), "person": person},
        "drafted_at": version.drafted_at.isoformat(),
    }
    if version.schema == 1:
        return {**said, "depicted": version.depicted, "releases": [_release(release) for release in releases]}
    return {
        **said,
        **_added(version),
        "depictions": [_depiction(row) for row in sorted(depictions, key=lambda row: row.position)],
        "releases": [_full_release(release) for release in releases],
    }


def agrees(version: LicenceRecordVersion) -> bool:
    """Say whether the columns, depictions, releases and questions that clearance reads are those under the hash: a row altered
    past the triggers is not.
    """
    said = json.loads(version.canonical)
    if version.checklist is not None and not _asks_as_hashed(version.checklist):
        return False
    releases = [link.release for link in version.releases.all()]
    depictions = version.depictions.all()
    now = content(version, releases, depictions, size=said["clip"]["size"], person=said["drafted_by"]["person"])
    return _comparable(now) == _comparable(said)


def _asks_as_hashed(checklist: ChecklistTemplate) -> bool:
    """Whether the questions are those that its hash, which the record names, was taken of."""
    hashed = sha256(checklist.canonical.encode()).hexdigest() == checklist.sha256
    return hashed and json.loads(checklist.canonical).get("questions") == checklist.questions


def set_agrees(governing: GoverningSet, members: Sequence[TermsVersion]) -> bool:
    """The same for a governing set: its route, its rule, and its members, given in their order."""
    said = json.loads(governing.canonical)
    terms = [row["raw_sha256"] for row in sorted(said["terms"], key=lambda row: int(row["precedence"]))]
    return (governing.route, governing.rule, [each.raw_sha256 for each in members]) == (
        said["route"],
        said["rule"],
        terms,
    )


def _added(version: LicenceRecordVersion) -> dict[str, Json]:
    """What the second schema says beyond the first, less its rows."""
    checklist = version.checklist
    return {
        "client": str(version.record.clip.project.client_id),
        "purposes": list(version.purposes),
        "product": version.product,
        "category": version.category,
        "alterations": str(version.alterations),
        "authorship": version.authorship,
        "checklist": {
            "id": str(checklist.pk),
            "key": checklist.key,
            "version": checklist.version,
            "sha256": checklist.sha256,
        }
        if checklist
        else None,
        "answers": list(version.answers),
        "disclosures": list(version.disclosures),
    }


def _depiction(row: Depiction) -> Json:
    """One row; its release by the id under which the releases tell it in full."""
    return {
        "kind": str(row.kind),
        "name": row.name,
        "real": str(row.real),
        "words": row.words,
        "release": str(row.release_id) if row.release_id else None,
    }


def _release(release: Release) -> dict[str, Json]:
    return {
        "id": str(release.pk),
        "kind": str(release.kind),
        "subject": release.subject,
        "scope": release.scope,
        "valid_from": release.valid_from.isoformat(),
        "valid_until": _day(release.valid_until),
        "document_sha256": release.document_sha256,
    }


def _full_release(release: Release) -> dict[str, Json]:
    return {
        **_release(release),
        "uses": list(release.uses),
        "territories": list(release.territories),
        "ai_use": str(release.ai_use),
        "training": str(release.training),
        "counselled": str(release.counselled),
        "of_age_on": _day(release.of_age_on),
        "exclusive_categories": list(release.exclusive_categories),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _comparable(said: dict[str, Json]) -> dict[str, object]:
    """The same with instants as instants, in whatever zone they were written, and releases in one order."""
    times = {name: _instant(said[name]) for name in _INSTANTS}
    releases = said["releases"]
    ordered = sorted(json.dumps(each, sort_keys=True) for each in releases) if isinstance(releases, list) else releases
    return {**said, **times, "releases": ordered}


def _instant(text: Json) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
