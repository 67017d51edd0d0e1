"""What a licence record version says, as the value under its hash, and whether its stored rows still say the same."""

import json
from collections.abc import Iterable
from datetime import datetime

from reviews.models import GoverningSet, LicenceRecordVersion, Release
from sorahub.lib.canonical import Json

RECORD_SCHEMA = "sorahub/licence-record/1"
_INSTANTS = ("starts_at", "ends_at", "drafted_at")


def content(version: LicenceRecordVersion, releases: Iterable[Release], *, size: int, person: str) -> dict[str, Json]:
    """Return everything that a version says; ``size`` is the clip's in bytes, ``person`` who drafted it (an id)."""
    return {
        "schema": RECORD_SCHEMA,
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
        "depicted": version.depicted,
        "none_depicted": version.none_depicted,
        "releases": [_release(release) for release in releases],
        "drafted_by": {"account": str(version.drafted_by_id), "person": person},
        "drafted_at": version.drafted_at.isoformat(),
    }


def agrees(version: LicenceRecordVersion) -> bool:
    """Say whether the columns and releases that clearance reads are those under the hash: a row altered past the triggers is not."""
    said = json.loads(version.canonical)
    releases = [link.release for link in version.releases.all()]
    now = content(version, releases, size=said["clip"]["size"], person=said["drafted_by"]["person"])
    return _comparable(now) == _comparable(said)


def set_agrees(governing: GoverningSet) -> bool:
    """The same for a governing set: its route, its rule, and its members in their order."""
    said = json.loads(governing.canonical)
    members = governing.members.order_by("precedence").values_list("terms_version__raw_sha256", flat=True)
    terms = [row["raw_sha256"] for row in sorted(said["terms"], key=lambda row: int(row["precedence"]))]
    return (governing.route, governing.rule, list(members)) == (said["route"], said["rule"], terms)


def _release(release: Release) -> Json:
    return {
        "id": str(release.pk),
        "kind": str(release.kind),
        "subject": release.subject,
        "scope": release.scope,
        "valid_from": release.valid_from.isoformat(),
        "valid_until": release.valid_until.isoformat() if release.valid_until else None,
        "document_sha256": release.document_sha256,
    }


def _comparable(said: dict[str, Json]) -> dict[str, object]:
    """The same with instants as instants, in whatever zone they were written, and releases in one order."""
    times = {name: _instant(said[name]) for name in _INSTANTS}
    releases = said["releases"]
    ordered = sorted(json.dumps(each, sort_keys=True) for each in releases) if isinstance(releases, list) else releases
    return {**said, **times, "releases": ordered}


def _instant(text: Json) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
