"""What a signer is shown: one hash over all of it that the signature covers, and when each person looked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db.models import F, QuerySet
from django.utils import timezone

from reviews.models import LicenceRecordVersion, LicensingNote, Look
from reviews.rules.statement import VERSION
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib import canonical
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict

SITTING = timedelta(minutes=30)
"""Who comes back to a page within this time is still at it: what changed is told against the time before."""


@dataclass(frozen=True)
class Seen:
    """A page as it is shown now: its hash, and when the person had looked at the record before (None: never)."""

    shown_sha256: str
    before_at: datetime | None


def shown_hash(version: LicenceRecordVersion, reader: User) -> str:
    """Return the hash of everything that the page shows and a signature covers: the version, the clip's bytes and state, the
    governing set, each release as it stands, the findings that this person may read, what was signed already, and the wording of the
    statements. Three queries.
    """
    clip = version.record.clip
    releases: list[Json] = [
        {"id": str(pk), "withdrawn": withdrawn is not None}
        for pk, withdrawn in version.releases.order_by("release_id").values_list("release_id", "release__withdrawn_at")
    ]
    notes = _findings(reader).filter(clip=clip).order_by("pk").values_list("pk", flat=True)
    signed = version.sign_offs.order_by("pk").values_list("pk", flat=True)
    value: dict[str, Json] = {
        "version": {"id": str(version.pk), "sha256": version.sha256},
        "clip": {
            "sha256": clip.sha256,
            "size": clip.size,
            "quarantined": clip.quarantined_at is not None,
            "withdrawn": clip.withdrawn_at is not None,
        },
        "governing_sha256": version.governing_set.sha256,
        "releases": releases,
        "notes": [str(pk) for pk in notes],
        "signed": [str(pk) for pk in signed],
        "statements": VERSION,
    }
    return sha256(canonical.dumps(value)).hexdigest()


def _findings(reader: User) -> QuerySet[LicensingNote]:
    """The findings that a page to sign shows to this person: to outside counsel, a guest, all but the privileged ones."""
    if reader.kind == Kind.GUEST:
        return LicensingNote.objects.filter(privileged=False)
    return LicensingNote.objects.visible_to(reader)


def require_shown(reader: User, version: LicenceRecordVersion, said: str) -> None:
    """Raise Conflict unless what was shown is what there is. Whoever asks without a page may name the version's own hash."""
    if said != version.sha256 and said != shown_hash(version, reader):
        raise Conflict(
            "The record was changed while you read it: see what is different, and sign again.", code="stale-record"
        )


def look(reader: User, version: LicenceRecordVersion) -> Seen:
    """Write down that this person is shown this version now, and return the page's hash with when they had looked before."""
    now, shown = timezone.now(), shown_hash(version, reader)
    last = Look.objects.visible_to(reader).filter(record=version.record_id).order_by("-last_at", "-id").first()
    before = None if last is None else last.before_at if now - last.last_at < SITTING else last.last_at
    if last is not None and (last.user_id, last.record_version_id, last.shown_sha256) == (reader.pk, version.pk, shown):
        Look.objects.filter(pk=last.pk).update(last_at=now, before_at=before)
    else:
        Look.objects.update_or_create(
            user=reader,
            record_version=version,
            shown_sha256=shown,
            defaults={"last_at": now, "before_at": before, "record_id": version.record_id},
            create_defaults={"first_at": now, "last_at": now, "before_at": before, "record_id": version.record_id},
        )
    return Seen(shown, before)


def shown_at(reader: User, version: LicenceRecordVersion, said: str) -> datetime | None:
    """Return when this person was last shown a page with this hash, None if they never were."""
    rows = Look.objects.visible_to(reader).filter(record=version.record_id, shown_sha256=said)
    return rows.order_by(F("last_at").desc()).values_list("last_at", flat=True).first()
