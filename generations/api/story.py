"""A shot's place in the story: its order, its words and length, which frames of its take are used."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions import shot_order, shots
from generations.api.serializers import ShotSerializer
from generations.models import Clip, Shot
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.views import ScopedViewSet


class ShotChange(serializers.Serializer[Any]):
    """What changes of a shot; what is left out stays."""

    code = serializers.CharField(max_length=40)
    title = serializers.CharField(max_length=200, allow_blank=True)
    intended_frames = serializers.IntegerField(allow_null=True, min_value=1, max_value=1_000_000)
    standing = serializers.ChoiceField(choices=Shot.Standing.choices)


class MoveInput(serializers.Serializer[Any]):
    """The place, from 0, and the project's ``shots_version`` that was looked at."""

    to = serializers.IntegerField(min_value=0)
    version = serializers.IntegerField(min_value=0, default=None, allow_null=True)


class MovedSerializer(serializers.Serializer[Any]):
    """Where the shot was and is, from 0, and the version of the board that shows it so."""

    shot = serializers.UUIDField(source="shot.pk")
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    version = serializers.IntegerField()


class RangeInput(serializers.Serializer[Any]):
    """First and last frame of the selected take that are used, from 0; null: to its last. ``clip``: the take that is meant."""

    source_in = serializers.IntegerField(min_value=0)
    source_out = serializers.IntegerField(min_value=0, allow_null=True)
    clip = VisibleRelatedField(queryset=Clip.objects.all(), default=None, allow_null=True)


class StoryVerbs(ScopedViewSet):
    """What is done to a shot of a story."""

    @extend_schema(request=ShotChange, responses=ShotSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change a shot's code, title, intended length, or whether it is in the story."""
        given = self.given(ShotChange, partial=True)
        return self.shown(shots.edit_shot(actor=self.actor, shot=self.get_object(), **given))

    @extend_schema(request=MoveInput, responses=MovedSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: UUID) -> Response:
        """Put a shot at another place. With a ``version`` that is not the board's any more: 409, and nothing is moved."""
        moved = shot_order.move_shot(actor=self.actor, shot=self.get_object(), **self.given(MoveInput))
        return Response(MovedSerializer(moved).data)

    @extend_schema(request=RangeInput, responses=ShotSerializer)
    @action(detail=True, methods=["post"])
    def trim(self, request: Request, pk: UUID) -> Response:
        """Say which frames of the selected take are used."""
        return self.shown(shots.trim_shot(actor=self.actor, shot=self.get_object(), **self.given(RangeInput)))

    @extend_schema(request=None, responses=ShotSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: UUID) -> Response:
        """Take a shot off the board; its prompts and takes stay."""
        return self.shown(shots.archive_shot(actor=self.actor, shot=self.get_object()))

    @extend_schema(request=None, responses=ShotSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        """Put an archived shot back, at the end."""
        return self.shown(shots.restore_shot(actor=self.actor, shot=self.get_object()))
