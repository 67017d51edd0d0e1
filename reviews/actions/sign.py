"""Sign a licence record version; suspend, sign again and revoke an approval. Nobody signs their own work; administrators sign nothing."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.actions import facts, looking, promises, recalls, refusals, signatures, stamping, verification
from reviews.actions.authority import OFFICE, Authority
from reviews.actions.presence import reauthenticate
from reviews.models import LicenceRecord, LicenceRecordVersion, Look, Reauthentication, SignOff
from reviews.rules import presence, reasons, separation, signing
from reviews.rules.reasons import Reason
from reviews.rules.statement import statement
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import checkpoints, clock, record, timestamps
from sorahub.lib import signing as signing_keys
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput

__all__ = [
    "blocks",
    "reauthenticate",
    "reinstate_sign_off",
    "revoke_sign_off",
    "sign_record",
    "statement_for",
    "suspend_sign_off",
]

SIGNED, REVOKED, REFUSED = "signoff.signed", "signoff.revoked", "signoff.refused"
SUSPENDED, REINSTATED = "signoff.suspended", "signoff.reinstated"
CHOICES = (SignOff.Meaning.REVIEWED, SignOff.Meaning.APPROVED, SignOff.Meaning.REJECTED)
"""What a record version that nobody decided about can be signed as."""


def statement_for(record_version: LicenceRecordVersion, meaning: str) -> str:
    """Return the exact sentence that a signature with this meaning puts its name to."""
    return statement(record_version, meaning)


def blocks(*, actor: User, record_version: LicenceRecordVersion) -> list[Reason]:
    """Return every reason why this person cannot approve this version now; empty when they can. Raises NotFound.

    Clips and clients that they may not see are not named to them.
    """
    checks.require_seen(actor, LicenceRecordVersion.objects.all(), record_version)
    return blocks_for(actor, record_version)


def blocks_for(actor: User, record_version: LicenceRecordVersion) -> list[Reason]:
    """The same for whom the version was put before already, such as counsel behind their link."""
    clip = record_version.record.clip
    against = separation.against_signing(actor.person_id, facts.involvement(clip, record_version))
    return [
        *against,
        *_against_the_clock(clip),
        *_against(actor, record_version, bytes_verified=verification.is_verified(clip)),
    ]


def require_signer(actor: User, version: LicenceRecordVersion) -> None:
    """Raise Forbidden where they do not sign, NotFound where they may not see it.

    Of those who were shown the page, such as one who has another kind of account since, the ledger keeps that they tried.
    """
    if not actor.may(Permission.SIGN):
        _note_tried(actor, version.pk, "may-not-sign")
    actor.demand(Permission.SIGN)
    checks.require_seen(actor, LicenceRecordVersion.objects.all(), version)


def note_out_of_sight(*, actor: User, version: UUID) -> None:
    """Write into the ledger that somebody tried to sign what they were shown once and may not see any more, if that is so.

    Of what was never theirs to see nothing is written, nor told.
    """
    if not LicenceRecordVersion.objects.visible_to(actor).filter(pk=version).exists():
        _note_tried(actor, version, "out-of-sight")


def _note_tried(actor: User, version: UUID, code: str) -> None:
    looks = Look.objects.visible_to(actor).filter(record_version=version)
    look = looks.select_related("record_version__record__clip__project").first()
    if look is not None:
        refusals.note(REFUSED, actor, look.record_version.record.clip, look.record_version, [code])


def sign_record(
    *,
    actor: User,
    record_version: LicenceRecordVersion,
    meaning: str,
    reauthentication: Reauthentication,
    shown_sha256: str,
    reason: str = "",
    authority: Authority = OFFICE,
) -> SignOff:
    """Approve, reject, or review for rights exactly what was shown, with a fresh proof of presence, for good.

    ``authority``: by what right they sign; all else is the same for everybody. ``shown_sha256`` is the hash of all that the page
    showed (looking.shown_hash), or the record version's own, by which whoever asks without a page names it.

    Raises Forbidden, NotFound, InvalidInput, Refused with every reason, Conflict for a stale page, a newer version or a
    version that is signed already, Unavailable while a large file is being hashed. Whatever is raised, nothing was signed
    and the proof of presence is unspent; attempts on one's own work, and of those who may not sign, are ledgered.
    """
    if authority is OFFICE:
        require_signer(actor, record_version)
    authority.demand(actor, record_version)
    words = _checked_words(meaning, reason)
    _require_other_hands(actor, record_version)
    looking.require_shown(actor, record_version, shown_sha256)
    if meaning == SignOff.Meaning.APPROVED:
        verification.require_verified(record_version.record.clip)
    with transaction.atomic():
        version = _locked(record_version)
        signer = _read_anew(actor)
        authority.demand(signer, version)
        looking.require_shown(signer, version, shown_sha256)
        _require_clock(version)
        sign_off = SignOff(record_version=version, meaning=meaning, reason=words)
        _require_signable(signer, sign_off)
        _require_other_hands_now(signer, version)
        _finish(SIGNED, sign_off, signer, reauthentication, authority)
    return sign_off


def revoke_sign_off(*, actor: User, sign_off: SignOff, reason: str, reauthentication: Reauthentication) -> SignOff:
    """End an approval from now on, by a signature of its own; any legal approver may, its past stays provable.

    Everything that left under it is called back from whoever has it (reviews/actions/recalls.py). It takes effect at once,
    before its time-stamp is here and whatever the clock says; a doubt about the clock is ledgered with it.
    Raises Forbidden, NotFound, InvalidInput without a reason, Conflict if it is no approval or is revoked already.
    """
    require_signer(actor, sign_off.record_version)
    checks.require_seen(actor, SignOff.objects.all(), sign_off)
    words = checks.words(reason, "reason", "Say why it is revoked.")
    with transaction.atomic():
        version = _locked(sign_off.record_version)
        signer = _signer_now(actor)
        if not _stands(sign_off):
            raise Conflict("Only an approval that stands is revoked, and once.", code="not-revocable")
        revocation = SignOff(record_version=version, meaning=SignOff.Meaning.REVOKED, reason=words, revokes=sign_off)
        _finish(REVOKED, revocation, signer, reauthentication)
        recalls.for_revocation(actor=signer, revocation=revocation)
    return revocation


def suspend_sign_off(*, actor: User, sign_off: SignOff, reason: str, reauthentication: Reauthentication) -> SignOff:
    """Stop an approval for the time being, at once, by a signature of its own; any legal approver may, also whoever signed it.

    It goes on by being signed again (reinstate_sign_off), or ends by being revoked. Raises Forbidden, NotFound, InvalidInput
    without a reason, Conflict if it is no approval, is revoked, or is suspended already.
    """
    require_signer(actor, sign_off.record_version)
    checks.require_seen(actor, SignOff.objects.all(), sign_off)
    words = checks.words(reason, "reason", "Say why it is suspended.")
    with transaction.atomic():
        version = _locked(sign_off.record_version)
        signer = _signer_now(actor)
        if not _stands(sign_off) or _open_suspension(sign_off) is not None:
            raise Conflict("Only an approval that stands and is not suspended is suspended.", code="not-suspendable")
        made = SignOff(record_version=version, meaning=SignOff.Meaning.SUSPENDED, reason=words, suspends=sign_off)
        _finish(SUSPENDED, made, signer, reauthentication)
    return made


def reinstate_sign_off(
    *, actor: User, sign_off: SignOff, reauthentication: Reauthentication, shown_sha256: str, reason: str = ""
) -> SignOff:
    """Sign a suspended approval again: a new signature over the same version, asked everything that an approval is asked.

    Raises as sign_record does; Conflict if the approval is not suspended or not of the newest version.
    """
    version = sign_off.record_version
    require_signer(actor, version)
    checks.require_seen(actor, SignOff.objects.all(), sign_off)
    _require_other_hands(actor, version)
    looking.require_shown(actor, version, shown_sha256)
    verification.require_verified(version.record.clip)
    with transaction.atomic():
        version = _locked(version)
        signer = _signer_now(actor)
        looking.require_shown(signer, version, shown_sha256)
        suspension = _open_suspension(sign_off)
        if suspension is None or not _stands(sign_off):
            raise Conflict("Only an approval that is suspended is signed again.", code="not-suspended")
        _require_clock(version)
        _require_newest(version)
        _require_approvable(signer, version)
        _require_other_hands_now(signer, version)
        made = SignOff(
            record_version=version, meaning=SignOff.Meaning.REINSTATED, reason=reason.strip(), reinstates=suspension
        )
        _finish(REINSTATED, made, signer, reauthentication)
    return made


def _stands(sign_off: SignOff) -> bool:
    """Whether it is an approval that nobody revoked. Asked under the record's lock."""
    revoked = SignOff.objects.filter(revokes=sign_off).exists()
    return sign_off.meaning == SignOff.Meaning.APPROVED and not revoked


def _open_suspension(sign_off: SignOff) -> SignOff | None:
    return SignOff.objects.open_suspensions().filter(suspends=sign_off).first()


def _checked_words(meaning: str, reason: str) -> str:
    words = reason.strip()
    if meaning not in CHOICES:
        raise InvalidInput("Approve or reject.", fields={"meaning": f"One of: {', '.join(CHOICES)}."})
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


def _require_clock(version: LicenceRecordVersion) -> None:
    against = _against_the_clock(version.record.clip)
    if against:
        refusals.refuse(against[0].message, against, code="clock-skew")


def _against_the_clock(clip: Clip) -> list[Reason]:
    doubt = clock.doubts(clip.project.client_id)
    return [reasons.reason("clock-skew", doubt)] if doubt else []


def _locked(version: LicenceRecordVersion) -> LicenceRecordVersion:
    """Take the lock of the record and read the version with its clip anew: signing, revoking and drafting wait for each other."""
    LicenceRecord.objects.select_for_update().get(pk=version.record_id)
    return LicenceRecordVersion.objects.select_related("record__clip__project", "governing_set").get(pk=version.pk)


def _signer_now(actor: User) -> User:
    """Read the signer anew: they may have been deactivated, or made something else, meanwhile."""
    signer = _read_anew(actor)
    signer.demand(Permission.SIGN)
    return signer


def _read_anew(actor: User) -> User:
    return User.objects.select_related("person").get(pk=actor.pk)


def _require_signable(signer: User, sign_off: SignOff) -> None:
    version = sign_off.record_version
    _require_newest(version)
    signed = version.sign_offs.all()
    if sign_off.meaning == SignOff.Meaning.REVIEWED:
        mine = signed.filter(meaning=SignOff.Meaning.REVIEWED, signer_person_id=signer.person_id)
        if mine.exists():
            raise Conflict("You have reviewed this version already.", code="already-reviewed")
    if signed.verdicts().exists():
        raise Conflict("This version is signed already.", code="already-signed")
    if sign_off.meaning == SignOff.Meaning.APPROVED:
        _require_approvable(signer, version)


def _require_newest(version: LicenceRecordVersion) -> None:
    if version.record.versions.filter(version__gt=version.version).exists():
        raise Conflict("This record has a newer version: sign that one.", code="stale-record")


def _require_approvable(signer: User, version: LicenceRecordVersion) -> None:
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


def _finish(
    kind: str, sign_off: SignOff, signer: User, reauthentication: Reauthentication, authority: Authority = OFFICE
) -> None:
    """Spend the proof of presence, sign, insert, tell, ledger, and state the ledger's root: all or nothing."""
    signing_keys.public_keys(signatures.PURPOSE)  # a key begins on first use: before the time that it vouches for
    version, now = sign_off.record_version, timezone.now()
    proof = _spend(signer, reauthentication, now, presence.purpose_of(version.sha256, sign_off.meaning))
    sign_off.clip = version.record.clip
    sign_off.statement = statement(version, sign_off.meaning)
    sign_off.clip_sha256, sign_off.record_sha256 = version.clip_sha256, version.sha256
    sign_off.governing_sha256 = version.governing_set.sha256
    sign_off.signer, sign_off.signer_person_id = signer, signer.person_id
    sign_off.reauthentication, sign_off.signed_at = proof, now
    sign_off.stamp_required = timestamps.configured()
    role = authority.role(signer)
    signatures.sign(sign_off, signatures.payload(sign_off, signer=signer, role=role, reauthentication=proof))
    sign_off.save(force_insert=True)
    Pulse.objects.bump(sign_off.clip.project)
    authority.settle(sign_off)
    _append(kind, sign_off)


def _spend(signer: User, reauthentication: Reauthentication, now: datetime, purpose: str) -> Reauthentication:
    """Use the proof up: fresh, the signer's own, unspent, and made for this (or, empty, for any) signature."""
    oldest = now - timedelta(seconds=settings.REAUTHENTICATION_SECONDS)
    fresh = Reauthentication.objects.filter(
        pk=reauthentication.pk, user=signer, used_at=None, at__gt=oldest, at__lte=now, purpose__in=("", purpose)
    )
    if not fresh.update(used_at=now):
        raise Forbidden(
            "Prove once more that it is you: the last proof is used up, too old, or for something else.",
            code="reauthenticate",
        )
    return Reauthentication.objects.get(pk=reauthentication.pk)


def _append(kind: str, sign_off: SignOff) -> None:
    client = sign_off.clip.project.client_id
    body: dict[str, Json] = {
        "meaning": str(sign_off.meaning),
        "clip_id": str(sign_off.clip_id),
        "clip_sha256": sign_off.clip_sha256,
        "record_sha256": sign_off.record_sha256,
        "governing_sha256": sign_off.governing_sha256,
        "payload_sha256": sign_off.payload_sha256,
        "key_id": sign_off.key_id,
        "revokes": str(sign_off.revokes_id) if sign_off.revokes_id else None,
        "clock_doubt": clock.doubts(client),
        "suspends": str(sign_off.suspends_id) if sign_off.suspends_id else None,
        "reinstates": str(sign_off.reinstates_id) if sign_off.reinstates_id else None,
    }
    event = record.append(kind=kind, actor=sign_off.signer_id, client=client, subject=sign_off, body=body)
    stamping.await_stamps(sign_off, checkpoints.make(event.chain))
