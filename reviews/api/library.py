"""The question over the whole library."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from generations.models import Clip, Project
from generations.models.clip import ClipQuerySet
from reviews.actions import library
from reviews.actions.clear import question
from reviews.actions.library import Found
from reviews.api.inputs import ClearanceQuery
from reviews.api.serializers import ClearanceSerializer
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.views import ScopedViewSet
from sorahub.accounts.roles import Kind
from sorahub.lib.errors import NotFound

PAGE_SIZE = 20
NEVER_TAKEN = frozenset({"project", "near", "counts", "cursor"})


class LibraryQuery(ClearanceQuery):
    """For what, where, to what end, from when until when, for whom, and among which clips."""

    project = VisibleRelatedField(
        queryset=Project.objects.all(), required=False, help_text="Only clips of this project."
    )
    near = serializers.CharField(
        required=False, default="", help_text="A code: give the clips that this reason alone keeps from clearance."
    )
    counts = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Count, too, how many clips one reason alone keeps from clearance; takes some times as long.",
    )
    cursor = serializers.CharField(required=False, default="", help_text="`next` of the page before.")


class NearSerializer(serializers.Serializer[Any]):
    """How many clips one reason alone keeps from clearance."""

    code = serializers.CharField()
    count = serializers.IntegerField()


class FoundSerializer(serializers.Serializer[Any]):
    """A clip, asked of clearance anew, with what its licence record says."""

    clip = serializers.UUIDField()
    sha256 = serializers.CharField()
    project = serializers.UUIDField()
    record_version = serializers.UUIDField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    time_zone = serializers.CharField()
    restrictions = serializers.CharField()
    disclosure = serializers.CharField()
    clearance = ClearanceSerializer()


class LibrarySerializer(serializers.Serializer[Any]):
    """What the library answers."""

    total = serializers.IntegerField(help_text="Clips that were asked about.")
    cleared = serializers.IntegerField()
    near = NearSerializer(many=True, allow_null=True, help_text="Null unless `counts` or `near` was asked for.")
    next = serializers.CharField(help_text="The cursor of the next page; empty on the last.")
    results = FoundSerializer(many=True)


class LibraryViewSet(ScopedViewSet):
    """What may be used so, there, then: one question over every clip that the person may see."""

    queryset = Clip.objects.select_related("project", "shot")
    serializer_class = LibrarySerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(parameters=[LibraryQuery], responses=LibrarySerializer)
    def list(self, request: Request) -> Response:
        """What is cleared, newest first; where asked for, how many clips one reason alone keeps from it.

        The counts are the database's. Each clip of the page is asked of clearance anew, its signature verified; where the two
        differ, `clearance` is right.
        """
        if self.actor.kind == Kind.GUEST:
            raise NotFound("There is no such page for guests.")
        given = self.asked(LibraryQuery)
        about = {name: value for name, value in given.items() if name not in NEVER_TAKEN}
        clips = cast("ClipQuerySet", self.get_queryset())
        if "project" in given:
            clips = clips.filter(project=given["project"])
        asked = question(**about)
        shelf = library.ask(clips, asked, cursor=given["cursor"], size=PAGE_SIZE)
        near = None
        if given["near"] or given["counts"]:
            near = library.nearly(clips, asked, code=given["near"], cursor=given["cursor"], size=PAGE_SIZE)
        found = near if near and given["near"] else shelf
        answers = library.answers(clips, found.page, asked, self.actor, given["near"])
        return self.shown(
            {
                "total": shelf.total,
                "cleared": shelf.cleared,
                "near": near and [{"code": code, "count": many} for code, many in near.groups],
                "next": found.next_cursor,
                "results": [self._found(each) for each in answers],
            }
        )

    def _found(self, found: Found) -> dict[str, Any]:
        version = found.version
        return {
            "clip": found.clip.pk,
            "sha256": found.clip.sha256,
            "project": found.clip.project_id,
            "record_version": version.pk if version else None,
            "ends_at": version.ends_at if version else None,
            "time_zone": version.time_zone if version else "",
            "restrictions": version.restrictions if version else "",
            "disclosure": version.disclosure if version else "",
            "clearance": found.clearance,
        }
