"""What gets judged, as the API shows it."""

from typing import Any

from rest_framework import serializers
from rest_framework.reverse import reverse

from reviews.models import (
    Annotation,
    Attachment,
    Bundle,
    Decision,
    Deliverable,
    Delivery,
    ExtensionRequest,
    Hold,
    Override,
    Review,
    Shape,
    Stage,
    Verdict,
)
from reviews.rules.reasons import EXTENDABLE, Reason
from reviews.rules.stages import APPROVED, CHANGES_REQUESTED, DECIDERS, OPEN, WAITING
from reviews.rules.turns import turn
from sorahub.accounts.roles import Kind

STAGE_STATES = [(state, state.replace("_", " ")) for state in (WAITING, OPEN, APPROVED, CHANGES_REQUESTED)]

ROLES = [(kind.value, kind.label) for kind in DECIDERS]


class ShapeSerializer(serializers.ModelSerializer[Shape]):
    """A drawn mark: points as fractions of the display rectangle, stroke as a fraction of its height."""

    class Meta:
        model = Shape
        fields = [
            "id", "annotation", "kind", "schema", "points", "stroke", "colour", "text", "author", "created_at", "moved_at",
            "deleted_at",
        ]  # fmt: skip
        read_only_fields = fields


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    """A file beside a note; ``url`` has its bytes."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ["id", "annotation", "name", "media_type", "size", "sha256", "author", "created_at", "url"]
        read_only_fields = fields

    def get_url(self, attachment: Attachment) -> str:
        """The address of the bytes."""
        return reverse("api:attachment-file", args=[attachment.pk], request=self.context.get("request"))


class AnnotationSerializer(serializers.ModelSerializer[Annotation]):
    """Words on frames ``[frame_in, frame_out]`` (0-based, inclusive) of one clip."""

    shapes = ShapeSerializer(many=True, read_only=True)
    author_name = serializers.CharField(source="author.person.name", read_only=True)
    attachments = serializers.SerializerMethodField()

    class Meta:
        model = Annotation
        fields = [
            "id", "clip", "clip_sha256", "parent", "frame_in", "frame_out", "body", "category", "visibility", "author",
            "author_name", "carried_from", "shapes", "attachments", "created_at", "touched_at", "edited_at", "resolved_at",
            "resolved_by", "deleted_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_attachments(self, annotation: Annotation) -> list[str]:
        """Ids of the files beside it; see /attachments/."""
        return [str(file.pk) for file in annotation.attachments.all() if file.deleted_at is None]


class StageSerializer(serializers.ModelSerializer[Stage]):
    """A step of approval: who decides, and how many of them must approve."""

    class Meta:
        model = Stage
        fields = ["id", "project", "position", "name", "role", "needed", "worst_wins", "locks"]
        read_only_fields = fields


class StageStateSerializer(serializers.Serializer[Any]):
    """How a stage stands for exact bytes, counting each person's newest decision."""

    stage = serializers.UUIDField(source="stage.pk")
    name = serializers.CharField(source="stage.name")
    role = serializers.CharField(source="stage.role")
    state = serializers.ChoiceField(choices=STAGE_STATES)
    approvals = serializers.IntegerField()
    needed = serializers.IntegerField()
    locked = serializers.BooleanField(help_text="It takes no further decision about these bytes.")


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """One person's verdict about exact bytes. Never changed; a later one supersedes."""

    reason_kind = serializers.CharField(read_only=True, help_text="The reason from the list; empty: in words, or none.")

    class Meta:
        model = Decision
        fields = ["id", "stage", "clip", "clip_sha256", "user", "verdict", "reason_kind", "reason", "decided_at"]
        read_only_fields = fields


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """Clips, in order, before named people."""

    clips = serializers.SerializerMethodField()
    people = serializers.SerializerMethodField()
    has_password = serializers.SerializerMethodField()

    class Meta:
        model = Review
        fields = [
            "id", "project", "stage", "title", "message", "due_at", "clips", "people", "created_by", "created_at",
            "closed_at", "revoked_at", "expires_at", "has_password", "shows_prompts", "shows_provider", "shows_costs",
            "shows_internal",
        ]  # fmt: skip
        read_only_fields = fields

    def get_has_password(self, review: Review) -> bool:
        """Whether guests are asked for a password besides their code."""
        return bool(review.password_hash)

    def get_clips(self, review: Review) -> list[str]:
        """Ids of the clips, in order."""
        return [str(item.clip_id) for item in review.items.all()]

    def get_people(self, review: Review) -> list[str]:
        """Ids of the accounts that were asked; a guest finds their own alone."""
        asking = self.context["request"].user
        seats = [seat.user_id for seat in review.participants.all() if seat.removed_at is None]
        return [str(pk) for pk in seats if asking.kind != Kind.GUEST or pk == asking.pk]


class WatchedClipSerializer(serializers.Serializer[Any]):
    """How one person has dealt with one clip."""

    clip = serializers.UUIDField(source="clip.pk")
    frames = serializers.IntegerField(help_text="Different frames watched.")
    percent = serializers.IntegerField(help_text="Of the clip; 100 only for every frame.")
    verdict = serializers.ChoiceField(
        source="decision.verdict",
        choices=Verdict.choices,
        allow_null=True,
        default=None,
        help_text="Null: nothing said.",
    )
    reason_kind = serializers.CharField(source="decision.reason_kind", default="")
    reason = serializers.CharField(source="decision.reason", default="")


class ProgressSerializer(serializers.Serializer[Any]):
    """What one person asked into a review has done so far."""

    user = serializers.UUIDField(source="seat.user_id")
    name = serializers.CharField(source="seat.user.person.name")
    invited_at = serializers.DateTimeField(source="seat.invited_at", allow_null=True)
    reminded_at = serializers.DateTimeField(source="seat.reminded_at", allow_null=True)
    opened_at = serializers.DateTimeField(source="seat.opened_at", allow_null=True)
    seen_at = serializers.DateTimeField(source="seat.seen_at", allow_null=True)
    finished_at = serializers.DateTimeField(source="seat.finished_at", allow_null=True)
    removed_at = serializers.DateTimeField(
        source="seat.removed_at", allow_null=True, help_text="When they were taken out of the review."
    )
    late = serializers.BooleanField()
    percent = serializers.IntegerField(help_text="Of all frames of the review.")
    clips = WatchedClipSerializer(source="cells", many=True)


class RemindedSerializer(serializers.Serializer[Any]):
    """To how many a mail is on its way."""

    reminded = serializers.IntegerField()


class ReasonSerializer(serializers.Serializer[Any]):
    """Why not: a stable code, words, and the next step that mends it."""

    code = serializers.CharField()
    message = serializers.CharField()
    mend = serializers.CharField()


class WhyNotSerializer(ReasonSerializer):
    """A reason against a use, and whose turn it is to mend it."""

    turn = serializers.SerializerMethodField(
        help_text="Who can mend it: drafter, deciders, legal, administrator or nobody."
    )
    extendable = serializers.SerializerMethodField(help_text="A wider record would mend it: ask for an extension.")

    def get_turn(self, reason: Reason) -> str:
        """Whose turn it is."""
        return turn(reason.code).value

    def get_extendable(self, reason: Reason) -> bool:
        """Whether an extension may be asked for."""
        return reason.code in EXTENDABLE


class PermissionSerializer(serializers.Serializer[Any]):
    """Under what a clip may be used: from the record version that was signed."""

    record_version = serializers.UUIDField(source="pk")
    uses = serializers.ListField(child=serializers.CharField())
    territories = serializers.ListField(child=serializers.CharField())
    purposes = serializers.ListField(child=serializers.CharField(), help_text="Empty: not limited (first schema).")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True, help_text="The first instant outside.")
    time_zone = serializers.CharField()
    exclusive = serializers.BooleanField()
    alterations = serializers.CharField()
    restrictions = serializers.CharField()
    disclosure = serializers.CharField()
    disclosures = serializers.JSONField(help_text="How each duty of disclosure is met.")


class ClearanceSerializer(serializers.Serializer[Any]):
    """May these bytes be used for this, there, then? Computed at the moment of asking."""

    granted = serializers.BooleanField()
    reasons = WhyNotSerializer(many=True)
    set_aside = ReasonSerializer(many=True, help_text="Reasons that an approved exception covers.")
    sign_off = serializers.UUIDField(source="sign_off.pk", allow_null=True, default=None)
    permission = PermissionSerializer(source="sign_off.record_version", allow_null=True, default=None)


class ExtensionRequestSerializer(serializers.ModelSerializer[ExtensionRequest]):
    """Wider rights that somebody asked for, and the answer."""

    class Meta:
        model = ExtensionRequest
        fields = [
            "id", "clip", "clip_sha256", "use", "territory", "purpose", "starts_at", "ends_at", "time_zone", "blocks", "reason",
            "asked_by", "asked_at", "granted", "answer", "settled_by", "settled_at",
        ]  # fmt: skip
        read_only_fields = fields


class HoldSerializer(serializers.ModelSerializer[Hold]):
    """A stop on a clip."""

    class Meta:
        model = Hold
        fields = ["id", "clip", "reason", "placed_by", "placed_at", "lifted_by", "lifted_at", "lift_reason"]
        read_only_fields = fields


class OverrideSerializer(serializers.ModelSerializer[Override]):
    """A two-person exception to one block."""

    class Meta:
        model = Override
        fields = [
            "id", "clip", "clip_sha256", "block", "reason", "requested_by", "requested_at", "approved_by", "approved_at",
            "expires_at",
        ]  # fmt: skip
        read_only_fields = fields


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """The handing over of exact bytes."""

    class Meta:
        model = Delivery
        fields = [
            "id",
            "clip",
            "sha256",
            "sign_off",
            "manner",
            "use",
            "territory",
            "purpose",
            "delivered_to",
            "delivered_at",
        ]
        read_only_fields = fields


class DeliverableSerializer(serializers.ModelSerializer[Deliverable]):
    """A marked copy of a cleared clip: requested, made by a job, read again before it is offered."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Deliverable
        fields = [
            "id", "clip", "sign_off", "use", "territory", "purpose", "source_sha256", "state", "media_type", "sha256", "size",
            "labels", "steps", "marks", "credentials", "error_code", "error_message", "verified_at", "url", "created_by",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_url(self, deliverable: Deliverable) -> str | None:
        """The address to POST to for the file, once it is ready."""
        if deliverable.state != Deliverable.State.READY:
            return None
        return reverse("api:deliverable-download", args=[deliverable.pk], request=self.context.get("request"))


class BundleSerializer(serializers.ModelSerializer[Bundle]):
    """An evidence bundle: requested, made by a job, verified before it is offered."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Bundle
        fields = [
            "id", "clip", "sign_off", "sign_offs", "variant", "state", "files_done", "bytes_done", "bytes_total", "sha256",
            "size", "error_code", "error_message", "verified_at", "url", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_url(self, bundle: Bundle) -> str | None:
        """The address to POST to for the zip, once it is ready."""
        if bundle.state != Bundle.State.READY:
            return None
        return reverse("api:bundle-download", args=[bundle.pk], request=self.context.get("request"))
