"""Shortlist and reject takes. A shot's selected take is set at the shot."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from generations.models import Clip
from reviews.actions import choosing
from reviews.models import Pick
from sorahub.accounts.api.views import ScopedViewSet

DO = {Pick.Mark.SHORTLISTED: choosing.shortlist, Pick.Mark.REJECTED: choosing.reject}


class PickSerializer(serializers.ModelSerializer[Pick]):
    """A take's mark, by whom and when."""

    class Meta:
        model = Pick
        fields = ["clip", "mark", "by", "at"]
        read_only_fields = fields


class PickInput(serializers.Serializer[Any]):
    """The mark to put on a take."""

    mark = serializers.ChoiceField(choices=Pick.Mark.choices)


class ClipPickViewSet(ScopedViewSet):
    """A working mark on a take: freely changed, no decision, not for guests."""

    queryset = Clip.objects.select_related("project")
    serializer_class = PickSerializer

    @extend_schema(responses=PickSerializer, operation_id="clips_pick_retrieve")
    @action(detail=True, methods=["get"])
    def pick(self, request: Request, pk: UUID) -> Response:
        """The take's mark; 404 while it has none."""
        return self.shown(get_object_or_404(Pick.objects.visible_to(self.actor), clip=self.get_object()))

    @extend_schema(request=PickInput, responses=PickSerializer, operation_id="clips_pick_set")
    @pick.mapping.put
    def set_pick(self, request: Request, pk: UUID) -> Response:
        """Shortlist or reject the take; the latest mark wins."""
        clip: Clip = self.get_object()
        return self.shown(DO[self.given(PickInput)["mark"]](actor=self.actor, clip=clip))

    @extend_schema(responses={204: None}, operation_id="clips_pick_clear")
    @pick.mapping.delete
    def clear_pick(self, request: Request, pk: UUID) -> Response:
        """Take the mark off."""
        choosing.clear_pick(actor=self.actor, clip=self.get_object())
        return Response(status=204)
