"""Reviews: clips put before people, on which terms, and what became of it."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.actions import reducing, reminders, reviews, seats
from reviews.actions.admission import SHOWN, Admission
from reviews.actions.progress import progress_of
from reviews.actions.viewing import note_watched
from reviews.api import filters, inputs, serializers
from reviews.models import Review
from sorahub.accounts.api.views import ReadOnly
from sorahub.accounts.roles import Kind
from sorahub.lib.errors import NotFound


class ReviewViewSet(ReadOnly):
    """Clips before people."""

    queryset = Review.objects.prefetch_related("items", "participants")
    serializer_class = serializers.ReviewSerializer
    filterset_class = filters.ReviewFilter

    @extend_schema(request=inputs.ReviewInput, responses={201: serializers.ReviewSerializer})
    def create(self, request: Request) -> Response:
        """Put clips before people and guests, and write to each of them."""
        return self.created(reviews.send_review(actor=self.actor, **self.given(inputs.ReviewInput)))

    @extend_schema(request=inputs.ReviewTermsInput, responses=serializers.ReviewSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change the due date and the terms for guests; it holds at once."""
        review: Review = self.get_object()
        said = self.given(inputs.ReviewTermsInput)
        shows = said.get("shows", [name for name in SHOWN if getattr(review, f"shows_{name}")])
        admission = Admission(said.get("expires_at", review.expires_at), said.get("password"), shows)
        due_at = said.get("due_at", review.due_at)
        return self.shown(reviews.change_review(actor=self.actor, review=review, due_at=due_at, admission=admission))

    @extend_schema(request=inputs.ReviewMoreInput, responses=serializers.ReviewSerializer)
    @action(detail=True, methods=["post"])
    def add(self, request: Request, pk: UUID) -> Response:
        """Add clips or people; new people are written to."""
        given = self.given(inputs.ReviewMoreInput)
        return self.shown(reviews.add_to_review(actor=self.actor, review=self.get_object(), **given))

    @extend_schema(request=inputs.ReviewLessInput, responses=serializers.ReviewSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: UUID) -> Response:
        """Take clips or people out; what they said stays, what guests see through the review ends at once."""
        given = self.given(inputs.ReviewLessInput)
        return self.shown(reducing.remove_from_review(actor=self.actor, review=self.get_object(), **given))

    @extend_schema(request=inputs.ReviewOrderInput, responses=serializers.ReviewSerializer)
    @action(detail=True, methods=["post"])
    def order(self, request: Request, pk: UUID) -> Response:
        """Put the clips, all of them, into another order."""
        given = self.given(inputs.ReviewOrderInput)
        return self.shown(reducing.order_clips(actor=self.actor, review=self.get_object(), **given))

    @extend_schema(request=None, responses=serializers.ReviewSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: UUID) -> Response:
        """End a review; what people said stays."""
        return self.shown(reviews.close_review(actor=self.actor, review=self.get_object()))

    @extend_schema(request=None, responses=serializers.ReviewSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: UUID) -> Response:
        """Take a closed review up again."""
        return self.shown(reviews.reopen_review(actor=self.actor, review=self.get_object()))

    @extend_schema(request=None, responses=serializers.ReviewSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: UUID) -> Response:
        """Take a review back: its links end, and its guests no longer see its clips."""
        return self.shown(reviews.revoke_review(actor=self.actor, review=self.get_object()))

    @extend_schema(request=inputs.RemindInput, responses=serializers.RemindedSerializer)
    @action(detail=True, methods=["post"])
    def remind(self, request: Request, pk: UUID) -> Response:
        """Write again to those who are not done, at most every 20 hours."""
        people = self.given(inputs.RemindInput)["people"] or None
        number = reminders.remind(actor=self.actor, review=self.get_object(), people=people)
        return Response({"reminded": number})

    @extend_schema(responses=serializers.ProgressSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def progress(self, request: Request, pk: UUID) -> Response:
        """Who opened it, watched how much, and said what. Not for guests."""
        if self.actor.kind == Kind.GUEST:
            raise NotFound("There is nothing at this address.")
        rows: list[Any] = progress_of(self.get_object(), self.actor)
        return Response(serializers.ProgressSerializer(rows, many=True).data)

    @extend_schema(request=inputs.WatchedInput, responses={204: None})
    @action(detail=True, methods=["post"])
    def watched(self, request: Request, pk: UUID) -> Response:
        """Say which frames one has watched."""
        note_watched(actor=self.actor, review=self.get_object(), **self.given(inputs.WatchedInput))
        return Response(status=204)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def opened(self, request: Request, pk: UUID) -> Response:
        """Say that one has begun to look."""
        seats.mark_opened(actor=self.actor, review=self.get_object())
        return Response(status=204)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: UUID) -> Response:
        """Say that one is done."""
        seats.finish_review(actor=self.actor, review=self.get_object())
        return Response(status=204)
