"""Sign a licence record version, and revoke a signature. Nobody signs their own work; administrators sign nothing."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Pulse
from reviews.actions import facts, lost_marks, promises, recalls, refusals, signatures, verification
from reviews.actions.presence import reauthenticate
from reviews.models import LicenceRecord, LicenceRecordVersion, Reauthentication, SignOff
from reviews.rules import separation, signing
from reviews.rules.reasons import Reason
from reviews.rules.statement import statement
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import checkpoints, record
from sorahub.lib import signing as signing_keys
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput

__all__ = ["blocks", "reauthenticate", "revoke_sign_off", "sign_record", "statement_for"]

SIGNED, REVOKED, REFUSED = "signoff.signed", "signoff.revoked", "signoff.refused"
_CHOICES = (SignOff.Meaning.APPROVED, SignOff.Meaning.REJECTED)


def statement_for(record_version: LicenceRecordVersion, meaning: str) -> str:
    """Return the exact sentence that a signature with this meaning puts its name to."""
    return statement(record_version, meaning)


def blocks(*, actor: User, record_version: LicenceRecordVersion) -> list[Reason]:
    """Return every reason why this person cannot approve this version now; empty when they can. Raises NotFound.

    Clips and clients that they may not see are not named to them.
    """
    checks.require_seen(actor, LicenceRecordVersion.objects.all(), record_version)
    clip = record_version.record.clip
    against = separation.against_signing(actor.person_id, facts.involvement(clip, record_version))
    return [*against, *_against(actor, record_version, bytes_verified=verification.is_verified(clip))]


def sign_record(
    *,
    actor: User,
    record_version: LicenceRecordVersion,
    meaning: str,
    reauthentication: Reauthentication,
    shown_sha256: str,
    reason: str = "",
) -> SignOff:
    """Approve or reject exactly the version whose hash was shown, with a fresh proof of presence, for good.

    Raises Forbidden, NotFound, InvalidInput, Refused with every reason, Conflict for a stale page, a newer version or a
    version that is signed already, Unavailable while a large file is being hashed. Whatever is raised, nothing was signed
    and the proof of presence is unspent; attempts on one's own work are ledgered.
    """
    actor.demand(Permission.SIGN)
    checks.require_seen(actor, LicenceRecordVersion.objects.all(), record_version)
    words = _checked_words(meaning, reason)
    lost_marks.require_reason(record_version.record.clip, meaning, words)
    _require_other_hands(actor, record_version)
    _require_shown(record_version, shown_sha256)
    if meaning == SignOff.Meaning.APPROVED:
        verification.require_verified(record_version.record.clip)
    with transaction.atomic():
        version = _locked(record_version)
        signer = _signer_now(actor)
        sign_off = SignOff(record_version=version, meaning=meaning, reason=words)
        _require_signable(signer, sign_off)
        _require_other_hands_now(signer, version)
        _finish(SIGNED, sign_off, signer, reauthentication)
    return sign_off


def revoke_sign_off(*, actor: User, sign_off: SignOff, reason: str, reauthentication: Reauthentication) -> SignOff:
    """End an approval from now on, by a signature of its own; any legal approver may, its past stays provable.

    Everything that left under it is called back from whoever has it (reviews/actions/recalls.py).
    Raises Forbidden, NotFound, InvalidInput without a reason, Conflict if it is no approval or is revoked already.
    """
    actor.demand(Permission.SIGN)
    checks.require_seen(actor, SignOff.objects.all(), sign_off)
    words = checks.words(reason, "reason", "Say why it is revoked.")
    with transaction.atomic():
        version = _locked(sign_off.record_version)
        signer = _signer_now(actor)
        if sign_off.meaning != SignOff.Meaning.APPROVED or SignOff.objects.filter(revokes=sign_off).exists():
            raise Conflict("Only an approval that stands is revoked, and once.", code="not-revocable")
        revocation = SignOff(record_version=version, meaning=SignOff.Meaning.REVOKED, reason=words, revokes=sign_off)
        _finish(REVOKED, revocation, signer, reauthentication)
        recalls.for_revocation(actor=signer, revocation=revocation)
    return revocation


def _checked_words(meaning: str, reason: str) -> str:
    words = reason.strip()
    if meaning not in _CHOICES:
        raise InvalidInput("Approve or reject.", fields={"meaning": f"One of: {', '.join(_CHOICES)}."})
    if meaning == SignOff.Meaning.REJECTED and not words:
        raise InvalidInput("Say why it is rejected.", code="reason-missing", fields={"reason": "Say why."})
    return words


def _require_other_hands(actor: User, version: LicenceRecordVersion) -> None:
    clip = version.record.clip
    against = separation.against_signing(actor.person_id, facts.involvement(clip, version))
    if against:
        refusals.record_and_raise(REFUSED, actor, clip, version, against)


def _require_other_hands_now(signer: User, version: LicenceRecordVersion) -> None:
    """The same question once more under the record's lock: a version drafted in between counts."""
    against = separation.against_signing(signer.person_id, facts.involvement(version.record.clip, version))
    if against:
        refusals.refuse("This is your own work.", against, code="own-work")


def _require_shown(version: LicenceRecordVersion, shown_sha256: str) -> None:
    if shown_sha256 != version.sha256:
        raise Conflict("The record was changed while you read it: load the page again.", code="stale-record")


def _locked(version: LicenceRecordVersion) -> LicenceRecordVersion:
    """Take the lock of the record and read the version with its clip anew: signing, revoking and drafting wait for each other."""
    LicenceRecord.objects.select_for_update().get(pk=version.record_id)
    return LicenceRecordVersion.objects.select_related("record__clip__project", "governing_set").get(pk=version.pk)


def _signer_now(actor: User) -> User:
    """Read the signer anew: they may have been deactivated meanwhile."""
    signer = User.objects.select_related("person").get(pk=actor.pk)
    signer.demand(Permission.SIGN)
    return signer


def _require_signable(signer: User, sign_off: SignOff) -> None:
    version = sign_off.record_version
    if version.record.versions.filter(version__gt=version.version).exists():
        raise Conflict("This record has a newer version: sign that one.", code="stale-record")
    if version.sign_offs.exists():
        raise Conflict("This version is signed already.", code="already-signed")
    if sign_off.meaning == SignOff.Meaning.APPROVED:
        promises.wait_for_kin(version.record.clip)
        against = _against(signer, version, bytes_verified=True)
        if against:
            refusals.refuse("This record cannot be approved yet.", against, code="not-signable")


def _against(signer: User, version: LicenceRecordVersion, *, bytes_verified: bool) -> list[Reason]:
    now = timezone.now()
    found, _ = facts.gather(version.record.clip, now, signer)
    met = promises.met_by([version], signer)[version.pk]
    return signing.against_approval(
        replace(found, conflicts=met.promised), now, bytes_verified=bytes_verified, taken=met.taken
    )


def _finish(kind: str, sign_off: SignOff, signer: User, reauthentication: Reauthentication) -> None:
    """Spend the proof of presence, sign, insert, tell, ledger, and state the ledger's root: all or nothing."""
    signing_keys.public_keys(signatures.PURPOSE)  # a key begins on first use: before the time that it vouches for
    version, now = sign_off.record_version, timezone.now()
    proof = _spend(signer, reauthentication, now)
    sign_off.clip = version.record.clip
    sign_off.statement = statement(version, sign_off.meaning)
    sign_off.clip_sha256, sign_off.record_sha256 = version.clip_sha256, version.sha256
    sign_off.governing_sha256 = version.governing_set.sha256
    sign_off.signer, sign_off.signer_person_id = signer, signer.person_id
    sign_off.reauthentication, sign_off.signed_at = proof, now
    signatures.sign(sign_off, signatures.payload(sign_off, signer=signer, reauthentication=proof))
    sign_off.save(force_insert=True)
    Pulse.objects.bump(sign_off.clip.project)
    _append(kind, sign_off)


def _spend(signer: User, reauthentication: Reauthentication, now: datetime) -> Reauthentication:
    oldest = now - timedelta(seconds=settings.REAUTHENTICATION_SECONDS)
    fresh = Reauthentication.objects.filter(
        pk=reauthentication.pk, user=signer, used_at=None, at__gt=oldest, at__lte=now
    )
    if not fresh.update(used_at=now):
        raise Forbidden("Enter your password again: the last entry is used up or too old.", code="reauthenticate")
    return Reauthentication.objects.get(pk=reauthentication.pk)


def _append(kind: str, sign_off: SignOff) -> None:
    body: dict[str, Json] = {
        "meaning": str(sign_off.meaning),
        "clip_id": str(sign_off.clip_id),
        "clip_sha256": sign_off.clip_sha256,
        "record_sha256": sign_off.record_sha256,
        "governing_sha256": sign_off.governing_sha256,
        "payload_sha256": sign_off.payload_sha256,
        "key_id": sign_off.key_id,
        "revokes": str(sign_off.revokes_id) if sign_off.revokes_id else None,
    }
    client = sign_off.clip.project.client_id
    event = record.append(kind=kind, actor=sign_off.signer_id, client=client, subject=sign_off, body=body)
    checkpoints.make(event.chain)
