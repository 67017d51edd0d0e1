"""Outside counsel signs: the invitation is the right, a typed name and a one-time code are the proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generations.models import Rendition
from reviews.actions import counsel, counsel_codes, facts, looking, notices, refusals, sign, verification
from reviews.models import (
    CounselCode,
    CounselInvitation,
    LicenceRecordVersion,
    Notice,
    Reauthentication,
    SignOff,
)
from reviews.rules import counsel as rules
from reviews.rules import presence, separation
from reviews.rules.statement import statement
from sorahub.accounts.models import User
from sorahub.ledger import record
from sorahub.lib import canonical
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, Unavailable

METHOD = "email-code"
LONGEST_AGENT = 300
_MEANINGS = (SignOff.Meaning.APPROVED, SignOff.Meaning.REJECTED)


@dataclass(frozen=True)
class Intended:
    """What counsel is about to sign, as they said it: the meaning, a reason, their name as typed, the hash that they were shown."""

    meaning: str
    typed_name: str
    intent: bool
    shown_sha256: str
    reason: str = ""


@dataclass(frozen=True)
class Asking:
    """From where: the address on the network, and what the browser calls itself."""

    ip: str
    agent: str


class Invited:
    """The right that an invitation gives to its own counsel, on its own version, once."""

    def __init__(self, invitation: CounselInvitation) -> None:
        self.invitation = invitation

    def demand(self, actor: User, version: LicenceRecordVersion) -> None:
        """Raise Forbidden or Conflict unless the invitation, read anew, lets this person sign this version."""
        standing = CounselInvitation.objects.awaited().filter(
            pk=self.invitation.pk, counsel=actor, counsel__is_active=True, record_version=version
        )
        if not standing.exists():
            raise Forbidden("This invitation has ended: nothing was signed.", code="invitation-ended")
        if version.sha256 != self.invitation.record_sha256:
            raise Conflict("The record is not the one that you were asked about.", code="stale-record")

    def role(self, signer: User) -> str:
        """Outside counsel, of which firm."""
        return f"Outside counsel, {self.invitation.firm}"

    def settle(self, sign_off: SignOff) -> None:
        """Claim the one decision; the conditional UPDATE decides between two at once."""
        now = timezone.now()
        standing = CounselInvitation.objects.awaited().filter(pk=self.invitation.pk)
        if not standing.update(decided_at=now, sign_off=sign_off):
            raise Conflict("This invitation was used already.", code="invitation-ended")
        self.invitation.decided_at, self.invitation.sign_off = now, sign_off
        asker, clip = self.invitation.invited_by, sign_off.clip
        notices.notify(
            kind=Notice.Kind.SIGNED, people=[asker], project=clip.project, actor=sign_off.signer, clip=clip
        )  # fmt: skip
        counsel.append("counsel.decided", sign_off.signer, self.invitation, {
            "sign_off": str(sign_off.pk), "meaning": str(sign_off.meaning),
            "email": record.conceal(sign_off.signer.email),
            "evidence_sha256": _digest(sign_off.reauthentication.evidence),
        })  # fmt: skip


def open_with(invitation: CounselInvitation, pk: UUID, digits: str) -> CounselCode | None:
    """Take the code that proves the address; the first time, the asker is told that the record is being read. None: not the code."""
    entered = counsel_codes.enter(invitation, pk, digits)
    if entered is None:
        return None
    with transaction.atomic():
        first = CounselInvitation.objects.awaited().filter(pk=invitation.pk, opened_at=None)
        if first.update(opened_at=timezone.now()):
            clip = invitation.record_version.record.clip
            notices.notify(
                kind=Notice.Kind.READ, people=[invitation.invited_by], project=clip.project,
                actor=invitation.counsel, clip=clip,
            )  # fmt: skip
            counsel.append("counsel.opened", invitation.counsel, invitation, {})
    return entered


def prepare(invitation: CounselInvitation, said: Intended) -> CounselCode:
    """Check all that can be checked before the last code, and have that mailed: it is good for exactly this signature.

    Raises InvalidInput for a name or a tick that is missing, Refused for what is in the way, Conflict for a stale page and an
    invitation that has ended, Unavailable before there is a copy to watch.
    """
    version = invitation.record_version
    Invited(invitation).demand(invitation.counsel, version)
    _require_said(invitation, said)
    looking.require_shown(invitation.counsel, version, said.shown_sha256)
    counsel.require_signable(version)
    clip = version.record.clip
    against = separation.against_signing(invitation.counsel.person_id, facts.involvement(clip, version))
    if against:
        refusals.record_and_raise(sign.REFUSED, invitation.counsel, clip, version, against)
    if said.meaning == SignOff.Meaning.APPROVED:
        _require_watched(version)
        verification.require_verified(clip)
        if hindering := sign.blocks_for(invitation.counsel, version):
            refusals.refuse("This record cannot be approved yet.", hindering, code="not-signable")
    return counsel_codes.ask(invitation, bound_to(invitation, said))


def decide_by_counsel(
    *,
    invitation: CounselInvitation,
    said: Intended,
    code: UUID,
    digits: str,
    opened: Mapping[str, str],
    asking: Asking,
) -> SignOff:
    """Sign what was prepared, with its code: the code is used up, whatever comes of it.

    ``opened``: when the code that opened the page was sent and entered. Raises Forbidden for a wrong, old or used code and for
    an invitation that has ended, and all that ``sign_record`` raises; then nothing was signed.
    """
    Invited(invitation).demand(invitation.counsel, invitation.record_version)
    _require_said(invitation, said)
    bound = bound_to(invitation, said)
    entered = counsel_codes.enter(invitation, code, digits, bound)
    if entered is None or entered.entered_at is None:
        raise Forbidden("This is not the code, or it has expired: have another one sent.", code="wrong-code")
    proof = Reauthentication.objects.create(
        user=invitation.counsel, method=METHOD, at=entered.entered_at,
        purpose=presence.purpose_of(invitation.record_sha256, said.meaning),
        evidence=_evidence(invitation, said, entered, opened, asking),
    )  # fmt: skip
    return sign.sign_record(
        actor=invitation.counsel,
        record_version=invitation.record_version,
        meaning=said.meaning,
        reauthentication=proof,
        shown_sha256=said.shown_sha256,
        reason=said.reason,
        authority=Invited(invitation),
    )


def bound_to(invitation: CounselInvitation, said: Intended) -> str:
    """Return the SHA-256 of what the last code signs: other words, another meaning or another record need another code."""
    return _digest({
        "invitation": str(invitation.pk),
        "record_sha256": invitation.record_sha256,
        "meaning": said.meaning,
        "statement": statement(invitation.record_version, said.meaning),
        "reason": said.reason.strip(),
        "typed_name": said.typed_name,
        "intent_sha256": rules.INTENT_SHA256,
    })  # fmt: skip


def _require_said(invitation: CounselInvitation, said: Intended) -> None:
    name = invitation.counsel.person.name
    wrong: dict[str, str] = {}
    if said.meaning not in _MEANINGS:
        wrong["meaning"] = "Approve or reject."
    if said.meaning == SignOff.Meaning.REJECTED and not said.reason.strip():
        wrong["reason"] = "Say why it is rejected."
    if not rules.is_name(said.typed_name, name):
        wrong["typed_name"] = f"Type your name exactly as it is written here: {name}"
    if not said.intent:
        wrong["intent"] = "Tick that you intend this as your signature."
    if wrong:
        raise InvalidInput(" ".join(wrong.values()), code="not-intended", fields=wrong)


def _require_watched(version: LicenceRecordVersion) -> None:
    """Counsel watches the watermarked copy alone: before it is there, they have seen nothing to approve."""
    if not version.record.clip.renditions.filter(kind=Rendition.Kind.GUEST_PROXY).exists():
        raise Unavailable("The copy to watch is being prepared: try again in a minute.", code="copy-not-ready")


def _evidence(
    invitation: CounselInvitation, said: Intended, entered: CounselCode, opened: Mapping[str, str], asking: Asking
) -> dict[str, Json]:
    asker = invitation.invited_by
    return {
        "invitation": str(invitation.pk),
        "invited_by": {"account": str(asker.pk), "person": str(asker.person_id), "name": asker.person.name},
        "invited_at": invitation.invited_at.isoformat(),
        "firm": invitation.firm,
        "email": invitation.counsel.email,
        "typed_name": said.typed_name,
        "intent": rules.INTENT,
        "intent_sha256": rules.INTENT_SHA256,
        "bound_sha256": entered.bound,
        "opening_code": {"sent_at": opened.get("sent_at", ""), "entered_at": opened.get("entered_at", "")},
        "signing_code": {"sent_at": _iso(entered.sent_at), "entered_at": _iso(entered.entered_at)},
        "ip": asking.ip,
        "user_agent": asking.agent[:LONGEST_AGENT],
    }


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _digest(value: Mapping[str, Json]) -> str:
    return sha256(canonical.dumps(dict(value))).hexdigest()
