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
NEVER_TAKEN = frozenset({"project", "near", "cursor"})


class LibraryQuery(ClearanceQuery):
    """For what, where, to what end, from when until when, for whom, and among which clips."""

    project = VisibleRelatedField(
        queryset=Project.objects.all(), required=False, help_text="Only clips of this project."
    )
    near = serializers.CharField(
        required=False, default="", help_text="A code: give the clips that this reason alone keeps from clearance."
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
    near = NearSerializer(many=True)
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
        """What is cleared, newest first, and how many clips one reason alone keeps from it.

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
        near, after = given["near"], given["cursor"]
        found = library.ask(clips, asked, cursor="" if near else after, size=PAGE_SIZE)
        lacking = library.nearly(clips, asked, code=near, cursor=after if near else "", size=PAGE_SIZE)
        shown = lacking if near else found
        answers = library.answers(clips, shown.page, asked, self.actor, near)
        return self.shown(
            {
                "total": found.total,
                "cleared": found.cleared,
                "near": [{"code": code, "count": many} for code, many in lacking.groups],
                "next": shown.next_cursor,
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
