"""Outside counsel who were asked to sign a licence record version."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.actions import counsel
from reviews.models import CounselInvitation, LicenceRecordVersion
from reviews.rules.counsel import LASTS, LONGEST
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.filtering import Filters
from sorahub.accounts.api.views import ReadOnly


class CounselInvitationSerializer(serializers.ModelSerializer[CounselInvitation]):
    """A lawyer of another firm who was asked to sign one version, and how far they have come. The link is in their mail alone."""

    name = serializers.CharField(source="counsel.person.name", read_only=True)
    email = serializers.EmailField(source="counsel.email", read_only=True)
    state = serializers.ChoiceField(choices=CounselInvitation.State.choices, read_only=True)

    class Meta:
        model = CounselInvitation
        fields = [
            "id", "record_version", "record_sha256", "name", "email", "firm", "message", "papers", "state", "invited_by",
            "invited_at", "expires_at", "sent_at", "code_sent_at", "opened_at", "reminded_at", "withdrawn_at",
            "withdrawn_by", "decided_at", "sign_off",
        ]  # fmt: skip
        read_only_fields = fields


class CounselInput(serializers.Serializer[Any]):
    """Whom to ask about which version."""

    record_version = VisibleRelatedField(
        queryset=LicenceRecordVersion.objects.select_related("record__clip__project", "drafted_by")
    )
    name = serializers.CharField(help_text="In full: they sign by typing exactly this.")
    email = serializers.EmailField()
    firm = serializers.CharField()
    message = serializers.CharField(default="", allow_blank=True)
    papers = serializers.BooleanField(default=True, help_text="They may download the signed papers of releases.")
    days = serializers.IntegerField(default=LASTS.days, min_value=1, max_value=LONGEST.days)


class CounselFilter(Filters):
    """By record version, clip or project."""

    record_version = filters.UUIDFilter(field_name="record_version_id")
    clip = filters.UUIDFilter(field_name="record_version__record__clip_id")
    project = filters.UUIDFilter(field_name="record_version__record__clip__project_id")


class CounselInvitationViewSet(ReadOnly):
    """Invitations of outside counsel: each is good for one decision on one version."""

    queryset = CounselInvitation.objects.for_list()
    serializer_class = CounselInvitationSerializer
    filterset_class = CounselFilter

    @extend_schema(request=CounselInput, responses={201: CounselInvitationSerializer})
    def create(self, request: Request) -> Response:
        """Ask a lawyer of another firm to sign exactly this version; the link is mailed to them."""
        given = self.given(CounselInput)
        version, lasts = given.pop("record_version"), timedelta(days=given.pop("days"))
        made = counsel.invite_counsel(
            actor=self.actor, record_version=version, counsel=counsel.Counsel(**given), lasts=lasts
        )
        return self.created(made)

    @extend_schema(request=None, responses=CounselInvitationSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """End an invitation before its decision."""
        row: CounselInvitation = self.get_object()
        return self.shown(counsel.withdraw_counsel(actor=self.actor, invitation=row))

    @extend_schema(request=None, responses=CounselInvitationSerializer)
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: UUID) -> Response:
        """Mail a new link; the one before leads nowhere any more."""
        row: CounselInvitation = self.get_object()
        return self.shown(counsel.resend_counsel(actor=self.actor, invitation=row))
