"""Letters to outside counsel: that they are asked, that the link ends soon, and the codes."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from reviews.actions import counsel, counsel_codes, letters
from reviews.models import CounselCode, CounselInvitation
from sorahub.accounts.models import AgencyProfile


def send_invitation(pk: str) -> bool:
    """Mail the link, made anew; says whether there was still something to ask. Raises OSError or SMTPException when mail is down."""
    return _send_link(pk, "counsel_invite", "{name} asks you to sign a licence record")


def send_reminder(pk: str) -> bool:
    """Mail the link, made anew, before it ends. Raises as ``send_invitation``."""
    return _send_link(pk, "counsel_remind", "Reminder: {name} asks you to sign a licence record")


def send_code(pk: str) -> bool:
    """Mail the digits of a code, unless the invitation has ended. Raises as ``send_invitation``."""
    code = CounselCode.objects.get(pk=pk)
    invitation = _standing(code.invitation_id)
    if invitation is None:
        return False
    digits = counsel_codes.make(code)
    minutes = (settings.REAUTHENTICATION_SECONDS if code.bound else counsel_codes.LASTS.seconds) // 60
    does = "to sign" if code.bound else "to open the record"
    _letter(invitation, "counsel_code", f"Your code {does}", code=digits, minutes=minutes, signs=bool(code.bound))
    return True


def _send_link(pk: str, name: str, subject: str) -> bool:
    invitation = _standing(pk)
    if invitation is None:
        return False
    with transaction.atomic():
        link = f"{settings.PUBLIC_URL}/c/{counsel.make_link(invitation)}/"
    agency = AgencyProfile.objects.current().name or invitation.invited_by.get_full_name()
    _letter(invitation, name, subject.format(name=agency), link=link)
    CounselInvitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now())
    return True


def _standing(pk: UUID | str) -> CounselInvitation | None:
    invitation = CounselInvitation.objects.for_list().filter(pk=pk).first()
    if invitation is None or invitation.decided_at or counsel.ended(invitation):
        return None
    return invitation


def _letter(invitation: CounselInvitation, name: str, subject: str, **more: object) -> None:
    clip = invitation.record_version.record.clip
    context = {"invitation": invitation, "clip": clip, "asker": invitation.invited_by, "title": subject, **more}
    letters.post(name, invitation.counsel, subject, reply_to=invitation.invited_by.email, context=context)
