"""Changes of terms, their judgements, and flags on clauses."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.actions import changes as actions
from reviews.actions import clauses
from reviews.models import ChangeJudgement, ClauseFlag, TermsChange
from sorahub.accounts.api.filtering import Filters, YesNo
from sorahub.accounts.api.views import ReadOnly


class GroundSerializer(serializers.Serializer[Any]):
    """One reason of the filter: a code, some of the words it rests on, and how many there are."""

    code = serializers.CharField()
    words = serializers.ListField(child=serializers.CharField())
    times = serializers.IntegerField()


class JudgementSerializer(serializers.ModelSerializer[ChangeJudgement]):
    """A person's word on a change."""

    class Meta:
        model = ChangeJudgement
        fields = ["id", "verdict", "reason", "binds_from", "judged_by", "judged_at"]
        read_only_fields = fields


class ChangeSerializer(serializers.ModelSerializer[TermsChange]):
    """What lies between two neighbouring versions. The suggestion is a machine's; what counts is the first judgement listed."""

    source = serializers.UUIDField(source="after.source_id", read_only=True)  # type: ignore[assignment]  # a field of this name
    grounds = GroundSerializer(many=True, read_only=True)
    figures = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    judgements = JudgementSerializer(many=True, read_only=True, help_text="Newest first.")

    class Meta:
        model = TermsChange
        fields = [
            "id",
            "source",
            "before",
            "after",
            "suggestion",
            "grounds",
            "figures",
            "flaps",
            "found_at",
            "judgements",
        ]
        read_only_fields = fields


class JudgementInput(serializers.Serializer[Any]):
    """What a change is, and why."""

    verdict = serializers.ChoiceField(choices=ChangeJudgement.Verdict.choices)
    reason = serializers.CharField()
    binds_from = serializers.DateField(
        default=None,
        allow_null=True,
        help_text="The day on which the later text binds, where you know better than the text.",
    )
    with_alike = serializers.BooleanField(
        default=False, help_text="The same for changes between the same words that nobody judged yet."
    )


class ChangeFilter(Filters):
    """By document, by what the filter suggests, and whether somebody judged it. Pairs that were split since are left out."""

    source = filters.UUIDFilter(field_name="after__source_id")
    suggestion = filters.ChoiceFilter(choices=TermsChange.Suggestion.choices)
    judged = YesNo(field_name="judgements", lookup_expr="isnull", exclude=True)


class ChangeViewSet(ReadOnly):
    """Changes between neighbouring versions of a document."""

    queryset = (
        TermsChange.objects.select_related("after").defer("after__raw", "after__text").prefetch_related("judgements")
    )
    serializer_class = ChangeSerializer
    filterset_class = ChangeFilter

    def get_queryset(self) -> Any:
        """A list holds what is current; a single row is shown even when its pair was split."""
        rows: Any = super().get_queryset()
        return rows.current() if self.action == "list" else rows

    @extend_schema(request=JudgementInput, responses={201: ChangeSerializer})
    @action(detail=True, methods=["post"])
    def judge(self, request: Request, pk: UUID) -> Response:
        """Judge it; a later judgement replaces this one."""
        row: TermsChange = self.get_object()
        actions.judge_change(actor=self.actor, change=row, **self.given(JudgementInput))
        return self.created(self.get_object())


class FlagSerializer(serializers.ModelSerializer[ClauseFlag]):
    """A clause whose words a later version does not hold as they were: offsets in code points of that version's text."""

    class Meta:
        model = ClauseFlag
        fields = [
            "id", "clause", "version", "kind", "near_start", "near_end", "flagged_at", "settled_at", "settled_by", "successor",
        ]  # fmt: skip
        read_only_fields = fields


class SettlementInput(serializers.Serializer[Any]):
    """The passage that took the clause's place, quoted exactly, or that it is gone."""

    quote = serializers.CharField(default="", allow_blank=True, trim_whitespace=False)
    start = serializers.IntegerField(default=None, allow_null=True, min_value=0)
    gone = serializers.BooleanField(default=False)


class FlagFilter(Filters):
    """By version and clause, open or settled."""

    version = filters.UUIDFilter(field_name="version_id")
    clause = filters.UUIDFilter(field_name="clause_id")
    settled = YesNo(field_name="settled_at", lookup_expr="isnull", exclude=True)


class FlagViewSet(ReadOnly):
    """Flags on clauses."""

    queryset = ClauseFlag.objects.select_related("version__source", "clause__terms_version")
    serializer_class = FlagSerializer
    filterset_class = FlagFilter

    def get_queryset(self) -> Any:
        """Leave texts and bytes in the database."""
        left_out = ("version__raw", "version__text", "clause__terms_version__raw", "clause__terms_version__text")
        return super().get_queryset().defer(*left_out)

    @extend_schema(request=SettlementInput, responses=FlagSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: UUID) -> Response:
        """Say which passage took its place, or that it is gone."""
        row: ClauseFlag = self.get_object()
        return self.shown(clauses.settle_flag(actor=self.actor, flag=row, **self.given(SettlementInput)))
