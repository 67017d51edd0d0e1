"""Clip, Rendition, ProvenanceReport, Upload, ClipGrant: write-once video bytes and what hangs on them."""

from typing import Self

from django.db import models
from django.utils import timezone

from generations.models.project import Project, Shot
from generations.models.scope import AppendOnlyProjectScoped, ProjectScoped
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import AppendOnly
from sorahub.lib.ids import uuid7

SLOW_TO_SEEK = frozenset({"picture_size", "long_gop", "b_frames"})
"""What makes a player slow with an original that it can play; every other reason of the probe's may stop it."""


def granted_clips(user: User) -> models.QuerySet["ClipGrant"]:
    """The grants by which a guest sees clips: each holds until its time, and only while the guest takes part in the clip's project."""
    own = user.memberships.values("project_id")
    return ClipGrant.objects.lasting().filter(user=user, clip__project__in=own)


class ClipQuerySet(ProjectScoped["Clip"]):
    """Clips and who may see them."""

    def visible_to(self, user: User) -> Self:
        """As for every project row; a guest sees exactly the clips put before them."""
        if user.is_authenticated and user.is_active and user.kind == Kind.GUEST:
            return self.filter(pk__in=granted_clips(user).values("clip_id"))
        return super().visible_to(user)

    def for_list(self) -> Self:
        """Join what a list shows."""
        return self.select_related("project__client", "shot").prefetch_related("renditions")


class Clip(models.Model):
    """Write-once video bytes, identified by SHA-256. Frames are counted; the rate is rational; nothing here is a float.

    ``first_time`` is the presentation time of frame 0 in seconds as a fraction. ``take`` numbers a shot's clips from 1.
    For an uploaded clip the ``declared_*`` fields tell its story and who vouches for it.
    """

    class Origin(models.TextChoices):
        """How the bytes came here."""

        GENERATION = "generation", "Generated here"
        UPLOAD = "upload", "Uploaded"

    class Completeness(models.TextChoices):
        """How much of the generation is on record."""

        FULL = "full", "Full: request and answer are on record"
        PARTIAL = "partial", "Partial: some facts are missing"
        DECLARED = "declared", "Declared by a named person"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="clips")
    shot = models.ForeignKey(Shot, on_delete=models.PROTECT, null=True, blank=True, related_name="clips")
    take = models.PositiveIntegerField(default=1)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    storage_key = models.CharField(max_length=200)
    original_name = models.CharField(max_length=255, blank=True)
    origin = models.CharField(max_length=12, choices=Origin)
    completeness = models.CharField(max_length=10, choices=Completeness)

    container = models.CharField(max_length=40)
    video_codec = models.CharField(max_length=40)
    pixel_format = models.CharField(max_length=40)
    width = models.PositiveIntegerField(help_text="Display width in pixels.")
    height = models.PositiveIntegerField(help_text="Display height in pixels.")
    rate_num = models.PositiveIntegerField()
    rate_den = models.PositiveIntegerField()
    frame_count = models.PositiveIntegerField()
    first_time_num = models.BigIntegerField(default=0)
    first_time_den = models.PositiveBigIntegerField(default=1)
    variable_rate = models.BooleanField(default=False)
    audio_codec = models.CharField(max_length=40, blank=True)
    scrub_safe = models.BooleanField(help_text="The original itself can be sought frame by frame in a browser.")
    probe = models.JSONField(default=dict, help_text="Everything the probe found.")

    declared_model = models.CharField(max_length=100, blank=True)
    declared_route = models.CharField(max_length=100, blank=True, help_text="Through which service it was made.")
    declared_prompt = models.TextField(blank=True)
    declared_made_on = models.DateField(null=True, blank=True)
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    quarantined_at = models.DateTimeField(null=True, blank=True, help_text="The stored bytes no longer match the hash.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ClipQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["project", "-created_at", "-id"], name="clip_by_project"),
            models.Index(fields=["sha256"], name="clip_by_hash"),
            models.Index(fields=["declared_route", "declared_model"], name="clip_by_declared_way"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "sha256"], name="clip_bytes_once_per_project"),
            models.UniqueConstraint(fields=["shot", "take"], name="clip_take_unique_in_shot"),
            models.CheckConstraint(
                condition=models.Q(rate_num__gt=0, rate_den__gt=0, frame_count__gt=0, first_time_den__gt=0, size__gt=0),
                name="clip_numbers_positive",
            ),
            models.CheckConstraint(condition=models.Q(origin__in=["generation", "upload"]), name="clip_origin_known"),
            models.CheckConstraint(
                condition=~models.Q(origin="upload") | models.Q(declared_by__isnull=False), name="clip_upload_is_declared"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.shot.code if self.shot else self.original_name or 'clip'} · take {self.take}"

    @property
    def plays(self) -> bool:
        """Whether a browser plays the original, be it that it seeks slowly: enough until its review proxy is there."""
        return set(self.probe.get("scrub_reasons", ["unknown"])) <= SLOW_TO_SEEK

    @property
    def storage_size(self) -> int:
        """Bytes, under the name that templates use."""
        return self.size


class ClipParentQuerySet(AppendOnlyProjectScoped["ClipParent"]):  # type: ignore[override]  # as_manager, by the plugin
    """Where clips were made from, scoped by the clip's project."""

    project_path = "clip__project"


class ClipParent(AppendOnly):
    """An uploaded clip was made from another, as a named person declares. What is generated names its source itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="made_from")
    parent = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="made_into")
    operation = models.CharField(max_length=200, help_text="What was done, such as cut to 6 s, or re-encoded.")
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(default=timezone.now)

    objects = ClipParentQuerySet.as_manager()

    class Meta:
        ordering = ["declared_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["clip", "parent"], name="clip_parent_once"),
            models.CheckConstraint(condition=~models.Q(clip=models.F("parent")), name="clip_is_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.clip_id} from {self.parent_id}"


class WithdrawalQuerySet(AppendOnlyProjectScoped["Withdrawal"]):  # type: ignore[override]  # as_manager, by the plugin
    """Withdrawals, scoped by their clip's project."""

    project_path = "clip__project"


class Withdrawal(AppendOnly):
    """Why a clip was taken out of use, or brought back: one row each time; the newest says how it stands."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="withdrawals")
    withdrawn = models.BooleanField(help_text="Taken out of use; not: brought back.")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="withdrawal_has_a_reason")]

    def __str__(self) -> str:
        return f"{'Withdrawn' if self.withdrawn else 'Brought back'}: {self.reason[:80]}"


class RenditionQuerySet(ProjectScoped["Rendition"]):
    """Renditions, seen by whoever sees their clip."""

    project_path = "clip__project"

    def visible_to(self, user: User) -> Self:
        """Guests see what reviewing needs: poster, sprite, waveform and the watermarked proxy, never the clean proxy."""
        if user.is_authenticated and user.is_active and user.kind == Kind.GUEST:
            mine = self.filter(clip__in=granted_clips(user).values("clip_id"))
            return mine.exclude(kind=Rendition.Kind.PROXY)
        return super().visible_to(user)


class Rendition(models.Model):
    """A derived file: replaceable, never evidence. ``layout`` tells a sprite's tiles or a waveform's scale."""

    class Kind(models.TextChoices):
        """What was derived."""

        POSTER = "poster", "Poster"
        SPRITE = "sprite", "Scrub sprite"
        WAVEFORM = "waveform", "Waveform"
        PROXY = "proxy", "Review proxy"
        GUEST_PROXY = "guest_proxy", "Watermarked review proxy"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="renditions")
    kind = models.CharField(max_length=12, choices=Kind)
    storage_key = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    media_type = models.CharField(max_length=60)
    layout = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = RenditionQuerySet.as_manager()

    class Meta:
        ordering = ["clip", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["clip", "kind"], name="rendition_once_per_kind"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["poster", "sprite", "waveform", "proxy", "guest_proxy"]), name="rendition_kind_known"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} of {self.clip_id}"


class ProvenanceReportQuerySet(AppendOnlyProjectScoped["ProvenanceReport"]):  # type: ignore[override]  # as_manager, by the plugin
    """Provenance reports, scoped by their clip's project."""

    project_path = "clip__project"


class ProvenanceReport(AppendOnly):
    """What this very file carried at ingest: C2PA, AIGC block, XMP. Kept for ever; never inferred."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.OneToOneField(Clip, on_delete=models.PROTECT, related_name="provenance")
    c2pa_state = models.CharField(
        max_length=20,
        help_text="present_trusted, present_valid, present_invalid, absent, not_checked, unsupported",
    )
    c2pa = models.JSONField(default=dict)
    aigc = models.JSONField(default=dict)
    xmp = models.TextField(blank=True)
    tools = models.JSONField(default=dict, help_text="Versions of what looked.")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ProvenanceReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.c2pa_state} in {self.clip_id}"


class UploadQuerySet(ProjectScoped["Upload"]):
    """Uploads, scoped by their project."""


class Upload(models.Model):
    """A finished clip on its way in: received in a request, hashed and ingested by a job, kept as the record of how it came."""

    class State(models.TextChoices):
        """Where the upload stands."""

        RECEIVED = "received", "Received, being checked"
        INGESTED = "ingested", "In the project"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="uploads")
    shot = models.ForeignKey(Shot, on_delete=models.PROTECT, null=True, blank=True, related_name="uploads")
    original_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    declared_model = models.CharField(max_length=100)
    declared_route = models.CharField(max_length=100)
    declared_prompt = models.TextField(blank=True)
    declared_made_on = models.DateField(null=True, blank=True)
    declaration = models.BooleanField(default=False, help_text="The uploader vouches for this story.")
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    error_code = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)
    duplicate = models.BooleanField(default=False, help_text="The project already had these bytes.")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, null=True, blank=True, related_name="uploads")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=["received", "ingested", "refused"]), name="upload_state_known"),
            models.CheckConstraint(condition=~models.Q(state="ingested") | models.Q(clip__isnull=False), name="upload_done_has_clip"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.original_name


class ClipGrantQuerySet(ProjectScoped["ClipGrant"]):
    """Grants, scoped by their clip's project."""

    project_path = "clip__project"

    def lasting(self) -> Self:
        """Leave out those that were ended, or that the clock has."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now()), revoked_at=None)


class ClipGrant(models.Model):
    """A guest may see this clip. Sending a review writes it; revoking ends it, and so does the clock."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="grants")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="clip_grants")
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="It ends then by itself.")

    objects = ClipGrantQuerySet.as_manager()

    class Meta:
        ordering = ["-granted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["clip", "user"], condition=models.Q(revoked_at__isnull=True), name="clip_grant_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} sees {self.clip_id}"
