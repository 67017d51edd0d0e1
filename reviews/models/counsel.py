"""CounselInvitation, CounselCode: a lawyer from outside asked to sign one record version, and the codes that prove their address."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from reviews.models.licence import LicenceRecordVersion
from reviews.models.scope import ClipScoped
from reviews.models.sign_off import SignOff
from sorahub.accounts.models import User
from sorahub.lib.ids import uuid7


class CounselInvitationQuerySet(ClipScoped["CounselInvitation"]):
    """Invitations of outside counsel, scoped by the clip's project; guests none, their own is behind its link."""

    clip_path = "record_version__record__clip"
    project_path = "record_version__record__clip__project"

    def awaited(self) -> Self:
        """Leave out what was decided, withdrawn or ran out."""
        return self.filter(decided_at=None, withdrawn_at=None, expires_at__gt=timezone.now())

    def for_list(self) -> Self:
        """Join what a list shows."""
        return self.select_related(
            "counsel__person", "invited_by__person", "withdrawn_by__person", "sign_off",
            "record_version__record__clip__project__client", "record_version__record__clip__shot",
        )  # fmt: skip


class CounselInvitation(models.Model):
    """One record version put before one lawyer of another firm, behind a link that is good for one decision.

    ``counsel`` is a guest's account without a password. Of the link only the hash of the newest one is kept. ``opened_at`` is
    when the address was first proved: whatever follows links in mails by itself opens nothing. ``decided_at`` is claimed once,
    in the transaction of the signature.
    """

    class State(models.TextChoices):
        """How far it has come."""

        ASKED = "asked", "Asked"
        CODE_SENT = "code_sent", "Code sent"
        OPENED = "opened", "Opened"
        DECIDED = "decided", "Decided"
        WITHDRAWN = "withdrawn", "Withdrawn"
        EXPIRED = "expired", "Expired"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    record_version = models.ForeignKey(
        LicenceRecordVersion, on_delete=models.PROTECT, related_name="counsel_invitations"
    )
    record_sha256 = models.CharField(max_length=64)
    counsel = models.ForeignKey(User, on_delete=models.PROTECT, related_name="counsel_invitations")
    firm = models.CharField(max_length=200)
    message = models.TextField(blank=True)
    papers = models.BooleanField(default=True, help_text="Counsel may download the signed papers of releases.")
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    invited_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    code_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    opened_at = models.DateTimeField(null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    sign_off = models.OneToOneField(
        SignOff, on_delete=models.PROTECT, null=True, blank=True, related_name="counsel_invitation", editable=False
    )

    objects = CounselInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-invited_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, sign_off=None) | Q(decided_at__isnull=False, sign_off__isnull=False),
                name="counsel_decides_by_signing",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | Q(withdrawn_at=None), name="counsel_decided_or_withdrawn"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(decided_at=None, withdrawn_at=None), name="counsel_awaited")
        ]

    def __str__(self) -> str:
        return f"{self.firm} on {self.record_version_id}"

    @property
    def state(self) -> "CounselInvitation.State":
        """How far it has come, by its own columns and the clock."""
        if self.decided_at:
            return self.State.DECIDED
        if self.withdrawn_at:
            return self.State.WITHDRAWN
        if self.expires_at <= timezone.now():
            return self.State.EXPIRED
        if self.opened_at:
            return self.State.OPENED
        return self.State.CODE_SENT if self.code_sent_at else self.State.ASKED

    @property
    def awaited(self) -> bool:
        """Whether its decision is still to come and can."""
        return self.state not in {self.State.DECIDED, self.State.WITHDRAWN, self.State.EXPIRED}


class CounselCode(models.Model):
    """A one-time code for an invitation: made and hashed by the job that mails it, entered at most once, tried five times.

    ``bound`` is empty for the code that opens the page; of the code that signs it is the SHA-256 of what is to be signed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invitation = models.ForeignKey(CounselInvitation, on_delete=models.CASCADE, related_name="codes")
    bound = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    entered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at", "-id"]

    def __str__(self) -> str:
        return f"code for {self.invitation_id}"
