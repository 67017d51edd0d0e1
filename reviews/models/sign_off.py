"""SignOff, Reauthentication, Delivery, Bundle: the signature, the proof of presence behind it, and what leaves."""

import json
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from generations.models import Clip
from reviews.models.licence import LicenceRecordVersion
from reviews.models.scope import AppendOnlyClipScoped, ClipScoped
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import AppendOnly, TimeStamp
from sorahub.lib.ids import uuid7
from sorahub.lib.numbering import digits_of


class Reauthentication(models.Model):
    """A fresh proof that the person is there. Good for one signature within five minutes; ``used_at`` is set by a conditional UPDATE."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reauthentications")
    method = models.CharField(max_length=20, default="password")
    purpose = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the one thing that it is good for; empty: any signature."
    )
    evidence = models.JSONField(default=dict, blank=True, help_text="What the method proved; goes under the signature.")
    at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.at:%Y-%m-%d %H:%M}"


class PresenceRequest(models.Model):
    """What a person is asked to prove presence for with a passkey or by signing on anew: good for one answer, within minutes.

    ``digest`` is the SHA-256 of ``asked`` (reviews.rules.presence): the passkey's challenge, and the sign-on's nonce and state.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="presence_requests")
    method = models.CharField(max_length=20)
    purpose = models.CharField(max_length=64)
    asked = models.TextField(help_text="Canonical JSON (RFC 8785).")
    digest = models.CharField(max_length=64, unique=True)
    secret = models.CharField(max_length=128, blank=True, help_text="PKCE verifier of a sign-on.")
    at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.method} of {self.user_id} at {self.at:%Y-%m-%d %H:%M}"


class SignOffQuerySet(AppendOnlyClipScoped["SignOff"]):  # type: ignore[override]  # as_manager, by the plugin
    """Sign-offs, scoped by their clip's project; guests none."""

    def numbered(self, number: str) -> Self:
        """Return those whose certificate bears this number (sorahub.lib.numbering.py); none when it is no number."""
        digits = digits_of(number)
        return self.filter(payload_sha256__startswith=digits) if digits else self.none()

    def with_stamps(self) -> Self:
        """Say of each row with it whether its time-stamp is here, for ``is_pending``."""
        return self.annotate(stamped=Exists(TimeStamp.objects.filter(digest=OuterRef("payload_sha256"))))

    def pending(self) -> Self:
        """Those that wait for their time-stamp."""
        return self.filter(stamp_required=True).with_stamps().filter(stamped=False)

    def verdicts(self) -> Self:
        """Approvals and rejections, revoked or not: of each record version at most one."""
        return self.filter(meaning__in=VERDICTS)

    def open_suspensions(self) -> Self:
        """Suspensions that nobody ended by signing again."""
        return self.filter(meaning=SignOff.Meaning.SUSPENDED, reinstatement=None)

    def with_suspension(self) -> Self:
        """Annotate ``suspended_why`` with the reason of the suspension that is open, None without one."""
        rows = SignOff.objects.open_suspensions().filter(suspends=OuterRef("pk"))
        return self.annotate(suspended_why=Subquery(rows.order_by("-id").values("reason")[:1]))

    def stopping(self) -> Self:
        """What says no to its record version now: rejections, revocations, and suspensions that are open."""
        ended = Q(meaning__in=[SignOff.Meaning.REJECTED, SignOff.Meaning.REVOKED])
        again = SignOff.objects.filter(reinstates=OuterRef("pk"))
        return self.filter(ended | (Q(meaning=SignOff.Meaning.SUSPENDED) & ~Exists(again)))


class SignOff(AppendOnly):
    """A legal signature over one licence record version, one clip hash, one governing set.

    ``payload`` is canonical JSON (RFC 8785) and is what was signed (Ed25519, server key ``key_id``). What happens to an
    approval later is signed too, each time by a row of its own: a revocation names the approval that it ends, a suspension
    the approval that it stops for the time being, a reinstatement the suspension that it ends. ``reviewed`` says that
    somebody read the record, and decides nothing.
    """

    class Meaning(models.TextChoices):
        """What the signature says."""

        APPROVED = "approved", "Approved for commercial use within scope"
        REJECTED = "rejected", "Rejected"
        REVOKED = "revoked", "Revoked"
        REVIEWED = "reviewed", "Reviewed for rights"
        SUSPENDED = "suspended", "Suspended"
        REINSTATED = "reinstated", "Approved again after a suspension"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="sign_offs")
    record_version = models.ForeignKey(LicenceRecordVersion, on_delete=models.PROTECT, related_name="sign_offs")
    revokes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="revocation")
    suspends = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="suspensions", db_index=False
    )
    reinstates = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reinstatement"
    )
    meaning = models.CharField(max_length=10, choices=Meaning)
    statement = models.TextField()
    reason = models.TextField(blank=True)
    clip_sha256 = models.CharField(max_length=64)
    record_sha256 = models.CharField(max_length=64)
    governing_sha256 = models.CharField(max_length=64)
    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sign_offs")
    signer_person_id = models.UUIDField()
    reauthentication = models.OneToOneField(Reauthentication, on_delete=models.PROTECT, related_name="sign_off")
    signed_at = models.DateTimeField()
    payload = models.TextField()
    payload_sha256 = models.CharField(max_length=64, unique=True)
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=128, help_text="Ed25519, hexadecimal.")
    stamp_required = models.BooleanField(
        default=False, help_text="It counts as signed once a time-stamp over payload_sha256 is here (ledger.TimeStamp)."
    )

    objects = SignOffQuerySet.as_manager()

    class Meta:
        ordering = ["-signed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(meaning__in=["approved", "rejected", "revoked", "reviewed", "suspended", "reinstated"]),
                name="sign_off_meaning_known",
            ),
            models.CheckConstraint(
                condition=Q(meaning="revoked", revokes__isnull=False)
                | (~Q(meaning="revoked") & Q(revokes__isnull=True)),
                name="sign_off_revocation_names_its_target",
            ),
            models.CheckConstraint(
                condition=Q(meaning="suspended", suspends__isnull=False)
                | (~Q(meaning="suspended") & Q(suspends__isnull=True)),
                name="sign_off_suspension_names_its_target",
            ),
            models.CheckConstraint(
                condition=Q(meaning="reinstated", reinstates__isnull=False)
                | (~Q(meaning="reinstated") & Q(reinstates__isnull=True)),
                name="sign_off_reinstatement_names_its_target",
            ),
            models.UniqueConstraint(
                fields=["record_version"],
                condition=Q(meaning__in=["approved", "rejected"]),
                name="sign_off_once_per_record_version",
            ),
            models.UniqueConstraint(
                fields=["record_version", "signer_person_id"],
                condition=Q(meaning="reviewed"),
                name="sign_off_reviewed_once_by_each",
            ),
        ]
        indexes = [
            models.Index(
                # All that the question over the library asks of it: the rows, wide with what was signed, stay unread.
                fields=[
                    "record_version",
                    "revokes",
                    "meaning",
                    "clip_sha256",
                    "stamp_required",
                    "payload_sha256",
                    "id",
                ],
                name="sign_off_at_a_glance",
            ),
            models.Index(fields=["suspends"], condition=Q(suspends__isnull=False), name="sign_off_suspensions"),
        ]

    def __str__(self) -> str:
        return f"{self.get_meaning_display()} · {self.signed_at:%Y-%m-%d}"

    @property
    def is_pending(self) -> bool:
        """Whether its time-stamp is still awaited; costs a query unless read with ``with_stamps``."""
        if not self.stamp_required:
            return False
        stamped = vars(self).get("stamped")
        return TimeStamp.objects.of(self.payload_sha256) is None if stamped is None else not stamped

    @property
    def signed_name(self) -> str:
        """The signer's name as it was when they signed, whatever they are called today."""
        return str(json.loads(self.payload)["signer"]["name"])


VERDICTS = (SignOff.Meaning.APPROVED, SignOff.Meaning.REJECTED)
"""What decides about a record version, once."""


class DeliveryQuerySet(AppendOnlyClipScoped["Delivery"]):  # type: ignore[override]  # as_manager, by the plugin
    """Deliveries and who may see them."""

    def visible_to(self, user: User) -> Self:
        """As the clip; a guest sees their own downloads."""
        if user.is_authenticated and user.is_active and user.kind == Kind.GUEST:
            return self.filter(delivered_to=user)
        return super().visible_to(user)


class Delivery(AppendOnly):
    """The handing over of exact bytes under a record (or, for counsel, before one: then ``sign_off`` is empty and the reason says why)."""

    class Manner(models.TextChoices):
        """How the bytes left."""

        DOWNLOAD = "download", "Download"
        BUNDLE = "bundle", "Evidence bundle"
        COUNSEL = "counsel", "Download by counsel before clearance"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="deliveries")
    sha256 = models.CharField(max_length=64)
    sign_off = models.ForeignKey(SignOff, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries")
    manner = models.CharField(max_length=10, choices=Manner)
    use = models.CharField(max_length=30, blank=True)
    territory = models.CharField(max_length=10, blank=True)
    purpose = models.CharField(max_length=20, blank=True)
    delivered_to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="deliveries")
    delivered_at = models.DateTimeField(default=timezone.now)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-delivered_at", "-id"]

    def __str__(self) -> str:
        return f"{self.get_manner_display()} of {self.sha256[:12]}"


class BundleQuerySet(ClipScoped["Bundle"]):
    """Evidence bundles, scoped by their clip's project; guests none."""


class Bundle(models.Model):
    """An evidence bundle: made by a job, verified before it is offered."""

    class State(models.TextChoices):
        """Where it stands."""

        REQUESTED = "requested", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="bundles")
    sign_off = models.ForeignKey(SignOff, on_delete=models.PROTECT, related_name="bundles")
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    storage_key = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True, help_text="Bytes.")
    error_code = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = BundleQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["requested", "ready", "failed"]), name="bundle_state_known"),
            models.CheckConstraint(condition=~Q(state="ready") | ~Q(sha256=""), name="bundle_ready_has_hash"),
        ]

    def __str__(self) -> str:
        return f"bundle of {self.clip_id}"
