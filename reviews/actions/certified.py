"""How a sign-off stands at a moment: what certificates say when they are issued, and the public page whenever it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from reviews.actions import facts
from reviews.actions.signatures import sound
from reviews.models import Certificate, Deliverable, LicenceRecordVersion, SignOff
from reviews.rules import certified, clearance
from reviews.rules.certified import LABELS, WORDS, State
from reviews.rules.reasons import OVERRIDABLE
from sorahub.ledger.models import TimeStamp
from sorahub.lib.numbering import digits_of, number_of

MOST = 50
_TIMELY = frozenset({"after-end"})


@dataclass(frozen=True)
class Standing:
    """A sign-off's state, since when, the number of the one that took its place, and when an authority confirmed its time."""

    sign_off: SignOff
    state: State
    since: datetime | None
    superseded_by: str
    stamped_at: datetime | None

    @property
    def number(self) -> str:
        """The certificate's number."""
        return number_of(self.sign_off.payload_sha256)

    @property
    def label(self) -> str:
        """The state in a word or two."""
        return LABELS[self.state]

    @property
    def words(self) -> str:
        """What the state means."""
        return WORDS[self.state]


@dataclass(frozen=True)
class Found:
    """An approval and by what it was found: ``number``, ``clip``, ``deliverable`` or ``certificate`` (these two with when they were made)."""

    by: str
    standing: Standing
    issued_at: datetime | None = None


def standing(sign_off: SignOff, at: datetime) -> Standing:
    """Return how an approval stands. Expects its clip and its record version with the governing set joined."""
    version = sign_off.record_version
    revocation = SignOff.objects.filter(revokes=sign_off).first()
    newer = version.record.versions.filter(version__gt=version.version).order_by("version").first()
    successor = _successor(version) if newer else None
    stamp = TimeStamp.objects.of(sign_off.payload_sha256)
    known = certified.Facts(
        sound=sound(sign_off),
        starts_at=version.starts_at,
        ends_at=version.ends_at,
        revoked_at=revocation.signed_at if revocation else None,
        superseded_at=successor.signed_at if successor else newer.drafted_at if newer else None,
        stopped=newer is None and (_suspended(sign_off) or _stopped(sign_off, at)),
        unstamped=sign_off.stamp_required and stamp is None,
    )
    state, since = certified.state_of(known, at)
    number = number_of(successor.payload_sha256) if successor and state == State.SUPERSEDED else ""
    return Standing(sign_off, state, since, number, stamp.at if stamp else None)


def look_up(asked: str, at: datetime) -> list[Found]:
    """Return every approval that a SHA-256 (of a clip, of a copy that was made of it to be delivered, or of an issued certificate) or a
    number means, the newest first.

    What was never approved, what was rejected and what never was here are one and the same: none.
    """
    rows = SignOff.objects.filter(meaning=SignOff.Meaning.APPROVED).select_related(
        "clip__project__client", "signer__person", "record_version__record", "record_version__governing_set"
    )
    if digits_of(asked) is not None:
        return [Found("number", standing(row, at)) for row in rows.numbered(asked)]
    issued = dict(Certificate.objects.filter(sha256=asked).values_list("sign_off", "issued_at")[:MOST])
    made = dict(Deliverable.objects.filter(sha256=asked, state="ready").values_list("sign_off", "verified_at")[:MOST])
    found = rows.filter(Q(clip_sha256=asked) | Q(pk__in=[*issued, *made])).order_by("-signed_at", "-id")[:MOST]
    return [_found(row, asked, at, issued, made) for row in found]


def _found(
    row: SignOff, asked: str, at: datetime, issued: Mapping[UUID, datetime], made: Mapping[UUID, datetime | None]
) -> Found:
    if row.clip_sha256 == asked:
        return Found("clip", standing(row, at))
    if row.pk in made:
        return Found("deliverable", standing(row, at), made[row.pk])
    return Found("certificate", standing(row, at), issued[row.pk])


def _successor(version: LicenceRecordVersion) -> SignOff | None:
    """The first approval of a newer version of the same record."""
    newer = SignOff.objects.filter(record_version__record=version.record_id, meaning=SignOff.Meaning.APPROVED)
    return newer.filter(record_version__version__gt=version.version).order_by("signed_at").first()


def _stopped(sign_off: SignOff, at: datetime) -> bool:
    """Whether anything but the calendar speaks against the clip or its newest record, as clearance finds it."""
    found, _ = facts.gather(sign_off.clip, at)
    aside = _TIMELY | (found.overridden & OVERRIDABLE)
    against = list(clearance.about_clip(found))
    if found.record is not None:
        against += clearance.about_record(found, found.record, at)
    return any(one.code not in aside for one in against) or any(parent.stopped for parent in found.parents)


def _suspended(sign_off: SignOff) -> bool:
    """Whether a legal approver suspended it and nobody signed it again."""
    return SignOff.objects.open_suspensions().filter(suspends=sign_off).exists()
