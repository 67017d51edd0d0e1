"""Draw the records of many clips anew with another governing set."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.actions import drafting_many
from reviews.api.serializers import ReasonSerializer
from reviews.models import GoverningSet
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.views import ScopedViewSet


class RedraftPreviewInput(serializers.Serializer[Any]):
    """Clips, and the set that their records are to name."""

    clips = serializers.ListField(child=serializers.UUIDField(), max_length=drafting_many.MOST)
    governing_set = VisibleRelatedField(queryset=GoverningSet.objects.all())


class RedraftInput(serializers.Serializer[Any]):
    """Newest versions of licence records, the set that the next ones are to name, and why, with one reason for all."""

    record_versions = serializers.ListField(child=serializers.UUIDField(), max_length=drafting_many.MOST)
    governing_set = VisibleRelatedField(queryset=GoverningSet.objects.all())
    reason = serializers.CharField()


class RedraftRowSerializer(serializers.Serializer[Any]):
    """What would happen to one clip's record: it is drafted unless something stands ``against`` it.

    ``approved``: the version is approved; that stays, but the clip clears nothing from the draft until the new one is signed.
    """

    clip = serializers.UUIDField(source="clip.pk")
    record_version = serializers.UUIDField(source="version.pk", default=None, allow_null=True)
    approved = serializers.BooleanField()
    against = ReasonSerializer(many=True)


class DraftedSerializer(serializers.Serializer[Any]):
    """A version that was drawn anew, and the new one, which nobody has signed."""

    clip = serializers.UUIDField(source="clip.pk")
    record_version = serializers.UUIDField(source="before.pk")
    drafted = serializers.UUIDField(source="made.pk")


class SkippedSerializer(serializers.Serializer[Any]):
    """A version that was not drawn anew, and why."""

    clip = serializers.UUIDField(source="clip.pk")
    record_version = serializers.UUIDField(source="before.pk")
    code = serializers.CharField()
    words = serializers.CharField()


class RedraftSerializer(serializers.Serializer[Any]):
    """How the drafting of many stands. Kept for 30 days; the drafts and the ledger stay."""

    id = serializers.UUIDField()
    governing_set = serializers.UUIDField(source="governing_set.pk")
    reason = serializers.CharField()
    asked_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=["waiting", "working", "done", "failed"])
    words = serializers.CharField(help_text="Why it failed, or what the last attempt failed at.")
    total = serializers.IntegerField()
    drafted = DraftedSerializer(many=True)
    skipped = SkippedSerializer(many=True)


class RedraftViewSet(ScopedViewSet):
    """Licence records drawn anew, many at once: the same content, another governing set, and no signature."""

    queryset = GoverningSet.objects.all()  # a run is its asker's alone; what it drafts is asked of the action
    serializer_class = RedraftSerializer

    @extend_schema(request=RedraftPreviewInput, responses=RedraftRowSerializer(many=True))
    @action(detail=False, methods=["post"], pagination_class=None)
    def preview(self, request: Request) -> Response:
        """Say what would be drafted for these clips, and what is skipped and why. Writes nothing."""
        rows = drafting_many.preview(actor=self.actor, **self.given(RedraftPreviewInput))
        return Response(RedraftRowSerializer(rows, many=True).data)

    @extend_schema(request=RedraftInput, responses={202: RedraftSerializer})
    def create(self, request: Request) -> Response:
        """Draw these versions anew. Few are done with the answer; of many ask until the state is done."""
        given = self.given(RedraftInput)
        job = drafting_many.draft_many(
            actor=self.actor,
            versions=given["record_versions"],
            governing_set=given["governing_set"],
            reason=given["reason"],
        )
        return self.shown(drafting_many.run_of(actor=self.actor, pk=job.pk), 202)

    @extend_schema(responses=RedraftSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """How it stands."""
        return self.shown(drafting_many.run_of(actor=self.actor, pk=pk))
