"""Blind rankings: takes put before judges, their votes, and what came of it."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.models import Clip, Project
from reviews.actions import ranking_scores, ranking_votes, rankings
from reviews.actions.ranking_votes import SAID, Seat, Shown
from reviews.api.filters import RankingFilter
from reviews.models import Ranking, RankingJudge
from reviews.models.ranking import MOST
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.views import ReadOnly
from sorahub.accounts.models import User


class JudgeSerializer(serializers.ModelSerializer[RankingJudge]):
    """Who judges, and whether any pair is left to them; never what they said."""

    number = serializers.IntegerField(read_only=True)

    class Meta:
        model = RankingJudge
        fields = ["user", "number", "asked_at", "reminded_at", "done_at"]


class RankingSerializer(serializers.ModelSerializer[Ranking]):
    """A ranking. Which clips are in it is told by its results, once it is closed."""

    judges = JudgeSerializer(many=True)
    each = serializers.IntegerField(read_only=True, allow_null=True)
    takes = serializers.SerializerMethodField(help_text="How many.")

    class Meta:
        model = Ranking
        fields = [
            "id", "project", "question", "takes", "each", "due_at", "judges", "created_by", "created_at", "closed_at", "named_at",
            "votes_sha256",
        ]  # fmt: skip

    @extend_schema_field(serializers.IntegerField)
    def get_takes(self, row: Ranking) -> int:
        """Count the takes."""
        return len(row.entries.all())


class RankingInput(serializers.Serializer[Any]):
    """What to rank, who judges, and how much each compares."""

    project = VisibleRelatedField(queryset=Project.objects.all())
    question = serializers.CharField(max_length=200)
    clips = VisibleRelatedField(queryset=Clip.objects.all(), many=True)
    judges = VisibleRelatedField(queryset=User.objects.all(), many=True)
    each = serializers.IntegerField(
        min_value=2, max_value=MOST - 1, allow_null=True, default=None,
        help_text="Every take meets so many others; null: all of them.",
    )  # fmt: skip
    due_at = serializers.DateTimeField(allow_null=True, default=None)


class PairSerializer(serializers.Serializer[Any]):
    """Two takes by random ids that name no clip. What they show is at /rankings/{ranking}/media/{take}/video."""

    pair = serializers.UUIDField(source="pair.pk")
    left = serializers.UUIDField(source="left.pk")
    right = serializers.UUIDField(source="right.pk")


class SeatSerializer(serializers.Serializer[Any]):
    """Where one stands as a judge. ``number`` goes with the next vote, so that a vote sent twice is one."""

    number = serializers.IntegerField(source="next_number")
    answered = serializers.SerializerMethodField()
    total = serializers.SerializerMethodField()
    skipped = serializers.IntegerField()
    pair = serializers.SerializerMethodField(help_text="The pair that comes next; null when none is left.")

    @extend_schema_field(serializers.IntegerField)
    def get_answered(self, seat: Seat) -> int:
        """Count the pairs with an answer."""
        return len(seat.standing)

    @extend_schema_field(serializers.IntegerField)
    def get_total(self, seat: Seat) -> int:
        """Count the pairs."""
        return len(seat.order)

    @extend_schema_field(PairSerializer(allow_null=True))
    def get_pair(self, seat: Seat) -> dict[str, Any] | None:
        """Show the next pair."""
        shown: list[Shown] = seat.to_come[:1]
        return PairSerializer(shown[0]).data if shown else None


class UndoInput(serializers.Serializer[Any]):
    """The number of the judge's next row."""

    number = serializers.IntegerField(min_value=1)


class VoteInput(UndoInput):
    """An answer to a pair."""

    pair = serializers.UUIDField()
    choice = serializers.ChoiceField(choices=[(choice.value, choice.label) for choice in SAID])


class RankedTakeSerializer(serializers.Serializer[Any]):
    """Which clip a number stands for."""

    take = serializers.IntegerField()
    clip = serializers.UUIDField()
    sha256 = serializers.CharField()
    name = serializers.CharField()


class RankedJudgeSerializer(serializers.Serializer[Any]):
    """Which account a number stands for."""

    judge = serializers.IntegerField()
    user = serializers.UUIDField()


class ResultSerializer(serializers.Serializer[Any]):
    """What was computed. ``scores`` names takes and judges by their numbers; docs/how-to/rank-takes-blind.md says what is in it."""

    ranking = serializers.UUIDField()
    question = serializers.CharField()
    closed_at = serializers.DateTimeField()
    method = serializers.CharField()
    votes = serializers.IntegerField()
    votes_sha256 = serializers.CharField()
    computed_at = serializers.DateTimeField()
    seed = serializers.CharField()
    takes = RankedTakeSerializer(many=True)
    judges = RankedJudgeSerializer(many=True)
    scores = serializers.DictField()


class RankingViewSet(ReadOnly):
    """Blind rankings of takes."""

    queryset = Ranking.objects.prefetch_related("judges", "entries")
    serializer_class = RankingSerializer
    filterset_class = RankingFilter

    @extend_schema(request=RankingInput, responses={201: RankingSerializer})
    def create(self, request: Request) -> Response:
        """Put 2 to 24 takes of a project before judges, and tell them."""
        return self.created(rankings.open_ranking(actor=self.actor, **self.given(RankingInput)))

    @extend_schema(request=None, responses=RankingSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: UUID) -> Response:
        """End the voting; takes are named, scores are computed."""
        return self.shown(rankings.close_ranking(actor=self.actor, ranking=self.get_object()))

    @extend_schema(request=None, responses=RankingSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: UUID) -> Response:
        """Take more votes, which are not blind any more."""
        return self.shown(rankings.reopen_ranking(actor=self.actor, ranking=self.get_object()))

    @extend_schema(request=None, responses=RankingSerializer)
    @action(detail=True, methods=["post"])
    def remind(self, request: Request, pk: UUID) -> Response:
        """Tell the judges who have pairs left, at most every 20 hours."""
        ranking: Ranking = self.get_object()
        rankings.remind_judges(actor=self.actor, ranking=ranking)
        return self.shown(self.get_object())

    @extend_schema(responses=SeatSerializer)
    @action(detail=True, filterset_class=None)
    def seat(self, request: Request, pk: UUID) -> Response:
        """Where one stands as a judge, and the pair that comes next."""
        return self._seat(self.get_object())

    @extend_schema(request=VoteInput, responses=SeatSerializer)
    @action(detail=True, methods=["post"])
    def vote(self, request: Request, pk: UUID) -> Response:
        """Answer a pair."""
        ranking: Ranking = self.get_object()
        ranking_votes.vote(actor=self.actor, ranking=ranking, **self.given(VoteInput))
        return self._seat(ranking)

    @extend_schema(request=UndoInput, responses=SeatSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: UUID) -> Response:
        """Take the last answer back."""
        ranking: Ranking = self.get_object()
        ranking_votes.undo(actor=self.actor, ranking=ranking, **self.given(UndoInput))
        return self._seat(ranking)

    @extend_schema(responses=ResultSerializer)
    @action(detail=True, filterset_class=None)
    def results(self, request: Request, pk: UUID) -> Response:
        """What came of it: 409 while it is open or being computed."""
        ranking: Ranking = self.get_object()
        result = ranking_scores.result_for(ranking)
        return Response(ResultSerializer(ranking_scores.told(ranking, result)).data)

    def _seat(self, ranking: Ranking) -> Response:
        return Response(SeatSerializer(ranking_votes.seat_of(actor=self.actor, ranking=ranking)).data)
