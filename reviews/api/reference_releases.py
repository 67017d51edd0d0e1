"""Which release stands for whom of the persons that a reference depicts."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from generations.models import Reference
from reviews.actions import reference_releases
from reviews.api.filters import ProjectFilter
from reviews.models import ReferenceRelease, Release
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.views import ReadOnly


class LinkInput(serializers.Serializer[Any]):
    """A depicted person of a reference, and the release that stands for them; null: none does any more."""

    reference = VisibleRelatedField(queryset=Reference.objects.select_related("project"))
    name = serializers.CharField(max_length=200)
    release = VisibleRelatedField(queryset=Release.objects.all(), allow_null=True)


class LinkSerializer(serializers.ModelSerializer[ReferenceRelease]):
    """From this moment this release stands for this person; the newest of a reference and a name counts."""

    class Meta:
        model = ReferenceRelease
        fields = ["id", "reference", "name", "release", "linked_by", "linked_at"]
        read_only_fields = fields


class LinkFilter(ProjectFilter):
    """By project or reference."""

    project = django_filters.UUIDFilter(field_name="reference__project_id")
    reference = django_filters.UUIDFilter(field_name="reference_id")


class ReferenceReleaseViewSet(ReadOnly):
    """Consents for whom references depict, with what stood before."""

    queryset: QuerySet[ReferenceRelease] = ReferenceRelease.objects.all()
    serializer_class = LinkSerializer
    filterset_class = LinkFilter

    @extend_schema(request=LinkInput, responses={201: LinkSerializer})
    def create(self, request: Request) -> Response:
        """Let a release of the same project stand for a depicted person."""
        return self.created(reference_releases.link_release(actor=self.actor, **self.given(LinkInput)))
