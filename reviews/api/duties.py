"""Checklists of rights and duties of disclosure: data that counsel edits, version by version."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.actions import checklists, disclosures
from reviews.models import ChecklistTemplate, Depiction, DisclosureRule, Finding, Use
from reviews.rules.checklists import LONGEST_HELP, LONGEST_KEY, LONGEST_QUESTION
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.filtering import Filters, YesNo
from sorahub.accounts.api.views import ReadOnly
from sorahub.accounts.models import Client

STANDING = [(one.value, one.label) for one in DisclosureRule.Status if one != DisclosureRule.Status.RETIRED]


class QuestionInput(serializers.Serializer[Any]):
    """One question; without a key it gets one."""

    key = serializers.CharField(max_length=LONGEST_KEY, default="", allow_blank=True)
    question = serializers.CharField(max_length=LONGEST_QUESTION)
    help = serializers.CharField(max_length=LONGEST_HELP, default="", allow_blank=True)
    required = serializers.BooleanField(default=True)  # type: ignore[assignment]  # a field of this name
    clears_with = serializers.ListField(child=serializers.ChoiceField(choices=Finding.choices))


class RevisedChecklistInput(serializers.Serializer[Any]):
    """What the next version of a checklist says, the whole of it."""

    title = serializers.CharField(max_length=200)
    questions = QuestionInput(many=True)
    distributor = serializers.CharField(max_length=200, default="", allow_blank=True)
    market = serializers.CharField(max_length=10, default="", allow_blank=True, help_text="A country code, or empty.")


class ChecklistInput(RevisedChecklistInput):
    """A new checklist; without a client it is for every client."""

    key = serializers.SlugField(max_length=LONGEST_KEY, default="", allow_blank=True)
    client = VisibleRelatedField(queryset=Client.objects.all(), default=None, allow_null=True)


class RevisedRuleInput(serializers.Serializer[Any]):
    """What the next version of a duty says, the whole of it. Both days are inside; empty lists of uses or kinds mean any."""

    title = serializers.CharField(max_length=200)
    territories = serializers.ListField(child=serializers.CharField(max_length=10))
    duty = serializers.CharField()
    uses = serializers.ListField(child=serializers.ChoiceField(choices=Use.choices), default=list)
    depicts = serializers.ListField(child=serializers.ChoiceField(choices=Depiction.Kind.choices), default=list)
    applies_from = serializers.DateField(default=None, allow_null=True)
    applies_until = serializers.DateField(default=None, allow_null=True)
    label = serializers.CharField(max_length=disclosures.LONGEST_LABEL, default="", allow_blank=True)  # type: ignore[assignment]  # a field of this name
    label_start = serializers.IntegerField(default=0, min_value=0, max_value=disclosures.LONGEST_SECONDS)
    label_seconds = serializers.IntegerField(default=0, min_value=0, max_value=disclosures.LONGEST_SECONDS)
    label_position = serializers.ChoiceField(
        choices=DisclosureRule.Position.choices, default=DisclosureRule.Position.TOP_LEFT.value
    )
    status = serializers.ChoiceField(choices=STANDING, default=DisclosureRule.Status.REPORTED.value)
    source = serializers.CharField(max_length=300)  # type: ignore[assignment]  # a field of this name
    address = serializers.URLField(max_length=500, default="", allow_blank=True)
    sourced_on = serializers.DateField()


class RuleInput(RevisedRuleInput):
    """A new duty of disclosure."""

    key = serializers.SlugField(max_length=LONGEST_KEY, default="", allow_blank=True)


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class Words(serializers.JSONField):
    """A list of words, kept as JSON."""


class ChecklistSerializer(serializers.ModelSerializer[ChecklistTemplate]):
    """One immutable version of a checklist; ``sha256`` over ``canonical`` is what a licence record names."""

    questions = QuestionInput(many=True, read_only=True)

    class Meta:
        model = ChecklistTemplate
        fields = [
            "id", "key", "version", "title", "client", "distributor", "market", "questions", "retired", "canonical",
            "sha256", "made_by", "made_at",
        ]  # fmt: skip
        read_only_fields = fields


class RuleSerializer(serializers.ModelSerializer[DisclosureRule]):
    """One immutable version of a duty of disclosure."""

    territories = Words(read_only=True)
    uses = Words(read_only=True)
    depicts = Words(read_only=True)
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]  # a field of this name

    class Meta:
        model = DisclosureRule
        fields = [
            "id", "key", "version", "title", "territories", "duty", "uses", "depicts", "applies_from", "applies_until",
            "label", "label_start", "label_seconds", "label_position", "status", "source", "address", "sourced_on", "made_by", "made_at",
        ]  # fmt: skip
        read_only_fields = fields


class VersionedFilter(Filters):
    """By key; ``newest=true`` leaves of each key the newest version."""

    key = filters.CharFilter()
    newest = YesNo(method="only_newest")

    def only_newest(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001 (django-filter's signature)
        """Narrow to the newest versions, when that was asked."""
        return rows.newest() if value else rows


class ChecklistViewSet(ReadOnly):
    """Checklists, all versions. An edit makes the next one."""

    queryset = ChecklistTemplate.objects.all()
    serializer_class = ChecklistSerializer
    filterset_class = VersionedFilter

    @extend_schema(request=ChecklistInput, responses={201: ChecklistSerializer})
    def create(self, request: Request) -> Response:
        """Make a checklist."""
        return self.created(checklists.make_checklist(actor=self.actor, **self.given(ChecklistInput)))

    @extend_schema(request=RevisedChecklistInput, responses={201: ChecklistSerializer})
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: UUID) -> Response:
        """Make the next version after this one; 409 when somebody made a newer one meanwhile."""
        given = self.given(RevisedChecklistInput)
        return self.created(checklists.revise_checklist(actor=self.actor, checklist=self.get_object(), **given))

    @extend_schema(request=None, responses={201: ChecklistSerializer})
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: UUID) -> Response:
        """End it: the next version is not offered for new records."""
        return self.created(checklists.retire_checklist(actor=self.actor, checklist=self.get_object()))


class RuleViewSet(ReadOnly):
    """Duties of disclosure, all versions. An edit makes the next one."""

    queryset = DisclosureRule.objects.all()
    serializer_class = RuleSerializer
    filterset_class = VersionedFilter

    @extend_schema(request=RuleInput, responses={201: RuleSerializer})
    def create(self, request: Request) -> Response:
        """Write down a duty."""
        return self.created(disclosures.make_rule(actor=self.actor, **self.given(RuleInput)))

    @extend_schema(request=RevisedRuleInput, responses={201: RuleSerializer})
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: UUID) -> Response:
        """Make the next version after this one; 409 when somebody made a newer one meanwhile."""
        given = self.given(RevisedRuleInput)
        return self.created(disclosures.revise_rule(actor=self.actor, rule=self.get_object(), **given))

    @extend_schema(request=None, responses={201: RuleSerializer})
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: UUID) -> Response:
        """End it: no record is asked for it any more."""
        return self.created(disclosures.retire_rule(actor=self.actor, rule=self.get_object()))
