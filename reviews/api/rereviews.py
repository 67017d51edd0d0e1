"""Re-reviews of records whose terms changed, and what a change touches."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.actions import rereading
from reviews.actions.impact import impact_of
from reviews.actions.presence import prove
from reviews.api import filters, rights_inputs, rights_serializers
from reviews.models import ReReview, SignOff, TermsChange
from reviews.rules.presence import purpose_of
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.views import ReadOnly, ScopedViewSet


class ReReviewSerializer(serializers.ModelSerializer[ReReview]):
    """A licence record that rests on terms which changed materially; ``suspends``: while it is open nothing clears."""

    clip = serializers.UUIDField(source="record_version.record.clip_id", read_only=True)

    class Meta:
        model = ReReview
        fields = [
            "id", "change", "record_version", "clip", "suspends", "opened_at", "opened_by", "settled_at", "settled_by",
            "outcome", "reason",
        ]  # fmt: skip
        read_only_fields = fields


class SettleInput(serializers.Serializer[Any]):
    """What a change means for these records, with one reason for all."""

    re_reviews = VisibleRelatedField(queryset=ReReview.objects.all(), many=True)
    outcome = serializers.ChoiceField(choices=[(each.value, each.label) for each in rereading.MANY])
    reason = serializers.CharField()


class SettledSerializer(serializers.Serializer[Any]):
    """How many were settled."""

    settled = serializers.IntegerField()


class ImpactSerializer(serializers.Serializer[Any]):
    """How much rests on the text before a change, as far as you may see it."""

    clips = serializers.IntegerField()
    record_versions = serializers.IntegerField()
    sign_offs = serializers.IntegerField()
    deliveries = serializers.IntegerField()
    re_reviews = serializers.IntegerField()
    open = serializers.IntegerField(help_text="Re-reviews that nobody settled.")
    suspended = serializers.IntegerField(help_text="Those of them for whose sake nothing clears.")


class ReReviewViewSet(ReadOnly):
    """Licence records to be read anew because their terms changed."""

    queryset = ReReview.objects.select_related("record_version__record")
    serializer_class = ReReviewSerializer
    filterset_class = filters.ReReviewFilter

    @extend_schema(request=SettleInput, responses=SettledSerializer)
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def settle(self, request: Request) -> Response:
        """Say what a change means for many records at once; all or none. Revoking has a call of its own."""
        return Response({"settled": rereading.settle(actor=self.actor, **self.given(SettleInput))})

    @extend_schema(request=rights_inputs.RevocationInput, responses={201: rights_serializers.SignOffSerializer})
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: UUID) -> Response:
        """Settle it by revoking the approval, with a proof of presence made for it."""
        given = self.given(rights_inputs.RevocationInput)
        task: ReReview = self.get_object()
        purpose = purpose_of(task.record_version.sha256, SignOff.Meaning.REVOKED)
        proof = prove(actor=self.actor, purpose=purpose, given=given["proof"])
        made = rereading.settle_by_revoking(
            actor=self.actor, re_review=task, reason=given["reason"], reauthentication=proof
        )
        return Response(rights_serializers.SignOffSerializer(made).data, 201)


class ChangeImpactViewSet(ScopedViewSet):
    """What a change of terms touches."""

    queryset = TermsChange.objects.select_related("after")
    serializer_class = ImpactSerializer

    @extend_schema(responses=ImpactSerializer)
    @action(detail=True, methods=["get"])
    def impact(self, request: Request, pk: UUID) -> Response:
        """Count what rests on the text before the change. The rows are at re-reviews, sign-offs and deliveries."""
        return self.shown(impact_of(self.get_object(), self.actor).counts())
