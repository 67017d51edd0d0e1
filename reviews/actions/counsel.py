"""Ask a lawyer of another firm to sign one record version, withdraw that, send the link anew; and what an invitation leads to now."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Membership
from generations.pipeline import ingest
from reviews.actions import facts, notices, refusals
from reviews.models import CounselInvitation, LicenceRecord, LicenceRecordVersion, Notice, SignOff
from reviews.rules import counsel as rules
from reviews.rules import separation
from sorahub.accounts.actions.guests import admit_guest
from sorahub.accounts.models import User
from sorahub.accounts.models.token import digest
from sorahub.accounts.roles import Kind, Permission
from sorahub.jobs import queue
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput

INVITE, REMIND = "counsel.invite", "counsel.remind"
REFUSED = "counsel.refused"
LONGEST_FIRM = 200


@dataclass(frozen=True)
class Counsel:
    """Who is asked: an address, the name that they will have to type, their firm; a word to them, and whether they get the papers of
    releases, which name people.
    """

    email: str
    name: str
    firm: str
    message: str = ""
    papers: bool = True


def invite_counsel(
    *, actor: User, record_version: LicenceRecordVersion, counsel: Counsel, lasts: timedelta = rules.LASTS
) -> CounselInvitation:
    """Put exactly this version before a lawyer of another firm: they get a link that is good for one decision.

    A legal approver asks, or the producer who drafted this very version; the project's other legal approvers are told.
    Raises Forbidden, NotFound, InvalidInput, Refused for who had a hand in it (ledgered), Conflict for a version that is not the
    newest, is signed, or is before them already.
    """
    _require_asker(actor, record_version)
    clip = record_version.record.clip
    checks.require_open(clip.project)
    checks.require_sound(clip)
    require_signable(record_version)
    until = _until(lasts)
    said = _checked(counsel)
    with transaction.atomic():
        guest = admit_guest(
            actor=actor, email=said.email, name=said.name, permission=Permission.INVITE_COUNSEL
        )  # fmt: skip
        if not rules.is_name(said.name, guest.person.name):
            words = (
                f"This address is known here as “{guest.person.name}”: write that name, it is what they will sign with."
            )
            raise InvalidInput(words, fields={"name": words})
    _require_outsider(actor, guest, record_version)
    with transaction.atomic():
        LicenceRecord.objects.select_for_update().get(pk=record_version.record_id)
        require_signable(record_version)
        if record_version.counsel_invitations.awaited().filter(counsel=guest).exists():
            raise Conflict(
                "It is before them already: send the link anew, or withdraw it first.", code="invited-already"
            )
        made = CounselInvitation.objects.create(
            record_version=record_version, record_sha256=record_version.sha256, counsel=guest, firm=said.firm,
            message=said.message, papers=said.papers, invited_by=actor, expires_at=until, token_digest=_unknown(),
        )  # fmt: skip
        ingest.ensure_guest_proxy(clip)
        _mail(INVITE, made)
        notices.notify(kind=Notice.Kind.COUNSEL, people=_approvers(clip), project=clip.project, actor=actor, clip=clip)
        append("counsel.invited", actor, made, {
            "person": str(guest.person_id), "name": record.conceal(guest.person.name),
            "email": record.conceal(guest.email), "firm": record.conceal(said.firm), "expires_at": until.isoformat(),
        })  # fmt: skip
    return made


def withdraw_counsel(*, actor: User, invitation: CounselInvitation) -> CounselInvitation:
    """End an invitation before its decision: the link says so from now on. Raises Forbidden, NotFound, Conflict once it is decided."""
    _require_steward(actor, invitation)
    with transaction.atomic():
        standing = CounselInvitation.objects.filter(pk=invitation.pk, decided_at=None, withdrawn_at=None)
        if not standing.update(withdrawn_at=timezone.now(), withdrawn_by=actor):
            raise Conflict("It was decided or withdrawn already.", code="invitation-ended")
        invitation.refresh_from_db()
        append("counsel.withdrawn", actor, invitation, {})
    return invitation


def resend_counsel(*, actor: User, invitation: CounselInvitation) -> CounselInvitation:
    """Mail a new link; the one before leads nowhere once it is sent. Raises Forbidden, NotFound, Conflict for one that has ended."""
    _require_steward(actor, invitation)
    require_signable(invitation.record_version)
    with transaction.atomic():
        # An update, not a look: it waits for a decision or a withdrawal that is under way.
        standing = CounselInvitation.objects.filter(pk=invitation.pk).awaited()
        if not standing.update(sent_at=None):
            raise Conflict("It has ended: ask them anew.", code="invitation-ended")
        invitation.refresh_from_db()
        _mail(INVITE, invitation)
        append("counsel.resent", actor, invitation, {})
    return invitation


def make_link(invitation: CounselInvitation) -> str:
    """Make the invitation's link anew and return its token, which nobody can learn later: only its hash is kept."""
    token = secrets.token_urlsafe(32)
    CounselInvitation.objects.filter(pk=invitation.pk).update(token_digest=digest(token))
    return token


def find_link(token: str) -> CounselInvitation | None:
    """Return the invitation whose newest link has this token, whatever became of it since; None for any other."""
    return CounselInvitation.objects.for_list().filter(token_digest=digest(token)).first()


def find(pk: UUID) -> CounselInvitation | None:
    """Return the invitation with all that its pages show."""
    rows = CounselInvitation.objects.for_list().select_related(
        "record_version__governing_set", "record_version__checklist", "record_version__drafted_by__person"
    )
    return rows.prefetch_related("record_version__record__clip__renditions").filter(pk=pk).first()


def ended(invitation: CounselInvitation) -> str:
    """Say in one word why there is nothing to decide any more: withdrawn, expired, superseded, signed, gone; empty while there is.

    ``gone``: the guest's account was deactivated. Decided ones have a receipt instead.
    """
    state = invitation.state
    if state in {state.WITHDRAWN, state.EXPIRED}:
        return str(state)
    version = invitation.record_version
    if decided(version):
        return "signed"
    if superseded(version) or version.sha256 != invitation.record_sha256:
        return "superseded"
    return "" if invitation.counsel.is_active and invitation.counsel.kind == Kind.GUEST else "gone"


def superseded(version: LicenceRecordVersion) -> bool:
    """Whether the record has a newer version."""
    return version.record.versions.filter(version__gt=version.version).exists()


def decided(version: LicenceRecordVersion) -> bool:
    """Whether the version was approved or rejected, be it that the approval ended since."""
    return version.sign_offs.filter(meaning__in=[SignOff.Meaning.APPROVED, SignOff.Meaning.REJECTED]).exists()


def require_signable(version: LicenceRecordVersion) -> None:
    """Raise Conflict for a version that nobody signs any more."""
    if superseded(version):
        raise Conflict("This record has a newer version: ask counsel about that one.", code="stale-record")
    if decided(version):
        raise Conflict("This version is signed already.", code="already-signed")


def may_ask(actor: User, version: LicenceRecordVersion) -> bool:
    """Whether this person may ask counsel about this version: legal approvers, and the producer who drafted it."""
    return actor.may(Permission.INVITE_COUNSEL) and (
        actor.kind == Kind.LEGAL or version.drafted_by.person_id == actor.person_id
    )


def may_manage(actor: User, invitation: CounselInvitation) -> bool:
    """Whether this person may withdraw it or send it anew: legal approvers, and who asked."""
    return actor.may(Permission.INVITE_COUNSEL) and (
        actor.kind == Kind.LEGAL or invitation.invited_by.person_id == actor.person_id
    )


def _require_asker(actor: User, version: LicenceRecordVersion) -> None:
    actor.demand(Permission.INVITE_COUNSEL)
    checks.require_seen(actor, LicenceRecordVersion.objects.all(), version)
    if not may_ask(actor, version):
        raise Forbidden("A legal approver asks counsel, or the producer who drafted this version.", code="not-drafter")


def _require_steward(actor: User, invitation: CounselInvitation) -> None:
    actor.demand(Permission.INVITE_COUNSEL)
    checks.require_seen(actor, CounselInvitation.objects.all(), invitation)
    if not may_manage(actor, invitation):
        raise Forbidden("A legal approver does this, or who asked them.", code="not-inviter")


def _require_outsider(actor: User, guest: User, version: LicenceRecordVersion) -> None:
    """Nobody is asked to sign their own work, nor asks themselves by another of their accounts."""
    if guest.person_id == actor.person_id:
        raise Forbidden("Nobody asks themselves.", code="own-invitation")
    clip = version.record.clip
    against = separation.against_signing(guest.person_id, facts.involvement(clip, version))
    if against:
        refusals.record_and_raise(REFUSED, guest, clip, version, against)


def _checked(counsel: Counsel) -> Counsel:
    name = checks.words(counsel.name, "name", "Give their full name, as they sign.")
    firm = checks.words(counsel.firm, "firm", "Give the firm.")
    if len(firm) > LONGEST_FIRM:
        raise InvalidInput("That is too long.", fields={"firm": f"At most {LONGEST_FIRM} characters."})
    return replace(counsel, name=name, firm=firm, message=counsel.message.strip())


def _until(lasts: timedelta) -> datetime:
    if not timedelta(0) < lasts <= rules.LONGEST:
        words = f"From one to {rules.LONGEST.days} days."
        raise InvalidInput(words, fields={"days": words})
    return timezone.now() + lasts


def _approvers(clip: Clip) -> list[User]:
    seats = Membership.objects.filter(project=clip.project_id, user__kind=Kind.LEGAL, user__is_active=True)
    return [seat.user for seat in seats.select_related("user")]


def _unknown() -> str:
    """The hash of a token that nobody has: until the mail makes one, no link leads here."""
    return digest(secrets.token_urlsafe(32))


def _mail(kind: str, invitation: CounselInvitation) -> None:
    key = f"{kind}:{invitation.pk}:{secrets.token_hex(4)}"
    queue.enqueue(kind, key=key, payload={"invitation": str(invitation.pk)}, subject_id=invitation.pk)


def remind_counsel(now: datetime | None = None) -> int:
    """Have those reminded, once, whose link ends within three days; return how many they were."""
    now = now or timezone.now()
    soon = CounselInvitation.objects.filter(
        decided_at=None, withdrawn_at=None, reminded_at=None, expires_at__gt=now,
        expires_at__lte=now + rules.REMIND_BEFORE, sent_at__lte=now - timedelta(days=1),
    ).select_related("record_version__record__clip__project", "counsel")  # fmt: skip
    return sum(_remind(row, now) for row in soon if not ended(row))


def _remind(invitation: CounselInvitation, now: datetime) -> bool:
    with transaction.atomic():
        if not CounselInvitation.objects.filter(pk=invitation.pk, reminded_at=None).update(reminded_at=now):
            return False
        _mail(REMIND, invitation)
        append("counsel.reminded", None, invitation, {})
    return True


def append(kind: str, actor: User | None, invitation: CounselInvitation, body: dict[str, Json]) -> None:
    """Append an event about an invitation to its client's chain, last in the caller's transaction."""
    version = invitation.record_version
    about: dict[str, Json] = {
        "record_version": str(version.pk),
        "record_sha256": invitation.record_sha256,
        "clip_sha256": version.clip_sha256,
        "counsel": str(invitation.counsel_id),
    }
    client = version.record.clip.project.client_id
    who = actor.pk if actor else None
    record.append(kind=kind, actor=who, client=client, subject=invitation, body=about | body)
