"""A project's story: its board, what plays when, its timeline, and the videos made of it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.models import Project
from reviews.actions import animatics
from reviews.actions.board import BoardShot, board_of, takes_of
from reviews.actions.story import Story, story_of
from reviews.api import filters
from reviews.api.sending import whole_file
from reviews.models import Animatic
from reviews.rules import board as rules
from reviews.rules import cutting
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.views import ReadOnly, ScopedViewSet


class BoardShotSerializer(serializers.Serializer[Any]):
    """A shot on the board: its place from 0, how far it is, its takes with the newest first, its open notes, its length."""

    shot = serializers.UUIDField(source="shot.pk")
    code = serializers.CharField(source="shot.code")
    title = serializers.CharField(source="shot.title")
    place = serializers.IntegerField()
    status = serializers.ChoiceField(choices=list(rules.LABELS.items()))
    takes = serializers.SerializerMethodField()
    selected_clip = serializers.UUIDField(source="shot.selected_clip_id", allow_null=True)
    open_notes = serializers.IntegerField(source="notes")
    frames = serializers.IntegerField(source="length", help_text="At the project's rate; 0 where nothing says it.")

    def get_takes(self, card: BoardShot) -> list[str]:
        """The takes' ids."""
        return [str(pk) for pk in self.context["takes"].get(card.shot.pk, ())]


class PieceSerializer(serializers.Serializer[Any]):
    """A stretch of the story at the project's rate. Of a take, ``moving`` frames move and the last one is held for the rest."""

    kind = serializers.ChoiceField(choices=[cutting.TAKE, cutting.CARD, cutting.SLATE])
    shot = serializers.UUIDField()
    clip = serializers.UUIDField(allow_null=True)
    start = serializers.IntegerField()
    length = serializers.IntegerField()
    moving = serializers.IntegerField()
    source_in = serializers.IntegerField(allow_null=True, help_text="First frame used, at the take's own rate.")
    source_frames = serializers.IntegerField(allow_null=True, help_text="How many frames of the take are used.")


class StorySerializer(serializers.Serializer[Any]):
    """A story: its version, its rate as a fraction, its length in frames, its board and its pieces in time."""

    project = serializers.UUIDField()
    version = serializers.IntegerField()
    rate_num = serializers.IntegerField()
    rate_den = serializers.IntegerField()
    frames = serializers.IntegerField()
    board = BoardShotSerializer(many=True)
    pieces = PieceSerializer(many=True)


class StoryQuery(serializers.Serializer[Any]):
    """What stands in, and whether a slate comes before each shot."""

    newest = serializers.BooleanField(default=False, help_text="The newest take where none is selected.")
    slates = serializers.BooleanField(default=False, help_text="A slate of a second before each shot.")


class TimelineQuery(StoryQuery):
    """The same, and whether open notes become markers."""

    notes = serializers.BooleanField(default=False, help_text="Open notes as markers.")


class AnimaticInput(serializers.Serializer[Any]):
    """How the video is to be made."""

    project = VisibleRelatedField(queryset=Project.objects.all())
    size = serializers.ChoiceField(choices=Animatic.Size.choices, default=Animatic.Size.WIDE)
    slates = serializers.ChoiceField(choices=Animatic.Slates.choices, default=Animatic.Slates.CORNER)
    sound = serializers.BooleanField(default=True)
    newest = serializers.BooleanField(default=False, help_text="The newest take where none is selected.")


class AnimaticSerializer(serializers.ModelSerializer[Animatic]):
    """A video of a story, marked for internal review: requested, made by a job, kept for some days."""

    class Meta:
        model = Animatic
        fields = [
            "id", "project", "state", "size", "slates", "sound", "newest", "rate_num", "rate_den", "frames", "frames_done",
            "sha256", "bytes", "error_code", "error_message", "made_at", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class StoryViewSet(ScopedViewSet):
    """Stories, by their project."""

    queryset = Project.objects.select_related("client")
    serializer_class = StorySerializer

    @extend_schema(parameters=[StoryQuery], responses=StorySerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """The board, and what plays when."""
        project: Project = self.get_object()
        story = story_of(project, self.actor, **self.asked(StoryQuery))
        context = {**self.get_serializer_context(), "takes": takes_of(project, self.actor)}
        return Response(StorySerializer(_told(story, board_of(project, self.actor)), context=context).data)

    @extend_schema(parameters=[TimelineQuery], responses={(200, "application/json"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def timeline(self, request: Request, pk: UUID) -> HttpResponse:
        """The story as OpenTimelineIO; that it was taken is written into the ledger."""
        file = animatics.export_timeline(actor=self.actor, project=self.get_object(), **self.asked(TimelineQuery))
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
        return HttpResponse(file.data, content_type=file.media_type, headers=headers)


class AnimaticViewSet(ReadOnly):
    """Videos of stories, for internal review."""

    queryset = Animatic.objects.select_related("project")
    serializer_class = AnimaticSerializer
    filterset_class = filters.ProjectFilter

    @extend_schema(request=AnimaticInput, responses={202: AnimaticSerializer})
    def create(self, request: Request) -> Response:
        """Have the story, as it stands now, made into one MP4; a job makes it shot by shot."""
        return self.shown(animatics.request_animatic(actor=self.actor, **self.given(AnimaticInput)), 202)

    @extend_schema(request=None, responses=AnimaticSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Stop making it."""
        return self.shown(animatics.cancel_animatic(actor=self.actor, animatic=self.get_object()))

    @extend_schema(request=None, responses={(200, "video/mp4"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["post"])
    def download(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The MP4 once it is ready; the hand-over is written into the ledger."""
        grant = animatics.grant_animatic(actor=self.actor, animatic=self.get_object())
        return whole_file(grant.path, filename=grant.filename, sha256=grant.sha256, media_type="video/mp4")


def _told(story: Story, board: list[BoardShot]) -> dict[str, Any]:
    return {
        "project": story.project.pk,
        "version": story.project.shots_version,
        "rate_num": story.rate.num,
        "rate_den": story.rate.den,
        "frames": story.frames,
        "board": board,
        "pieces": [_piece(piece, story) for piece in story.pieces],
    }


def _piece(piece: cutting.Piece, story: Story) -> dict[str, Any]:
    each = story.shots[piece.slot]
    used = each.used if piece.kind == cutting.TAKE else None
    return {
        "kind": piece.kind,
        "shot": each.shot.pk,
        "clip": each.clip.pk if each.clip and used else None,
        "start": piece.start,
        "length": piece.length,
        "moving": piece.moving,
        "source_in": used.first if used else None,
        "source_frames": used.count if used else None,
    }
