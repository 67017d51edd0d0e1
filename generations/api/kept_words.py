"""Kept words: snippets, templates and sheets, their versions, and prompts started from templates."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions import kept_words
from generations.actions.composing import DraftShot, start_prompts
from generations.api.serializers import PromptSerializer
from generations.models import Character, KeptVersion, KeptWords, Project, Reference, SheetPart, Shot
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.filtering import Filters, YesNo
from sorahub.accounts.api.views import ReadOnly
from sorahub.accounts.models import Client


class ShotWords(serializers.Serializer[Any]):
    """One shot of several in one clip: its words and its length in whole seconds."""

    prompt = serializers.CharField(max_length=20_000)
    seconds = serializers.IntegerField(min_value=1, max_value=3_600)


class SheetPartSerializer(serializers.ModelSerializer[SheetPart]):
    """A reference in a role ("": the first place that a model has for it), or a character."""

    class Meta:
        model = SheetPart
        fields = ["reference", "role", "character"]
        read_only_fields = fields


class KeptVersionSerializer(serializers.ModelSerializer[KeptVersion]):
    """One immutable version of kept words."""

    shots = ShotWords(many=True, read_only=True)
    defaults = serializers.DictField(child=serializers.CharField(), read_only=True)
    hints = serializers.ListField(child=serializers.CharField(), read_only=True)
    parts = SheetPartSerializer(many=True, read_only=True)

    class Meta:
        model = KeptVersion
        fields = [
            "id", "version", "text", "negative", "shots", "defaults", "hints", "parts", "note", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class KeptWordsSerializer(serializers.ModelSerializer[KeptWords]):
    """Words kept under a name, in all their versions, the newest first."""

    versions = KeptVersionSerializer(many=True, read_only=True)

    class Meta:
        model = KeptWords
        fields = [
            "id", "kind", "client", "project", "name", "title", "versions", "created_by", "created_at", "archived_at",
        ]  # fmt: skip
        read_only_fields = fields


class WordsInput(serializers.Serializer[Any]):
    """What one version says. ``defaults``: values of variables where a prompt gives none."""

    text = serializers.CharField(max_length=20_000)
    negative = serializers.CharField(max_length=10_000, default="", allow_blank=True)
    defaults = serializers.DictField(child=serializers.CharField(allow_blank=True), default=dict)
    note = serializers.CharField(max_length=300, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Put what makes a version together."""
        parts = {name: attrs.pop(name) for name in list(attrs) if name not in ABOUT}
        parts["shots"] = [DraftShot(**each) for each in parts.get("shots", ())]
        references, roles = parts.pop("references", []), parts.pop("roles", [])
        padded = [*roles, *[""] * (len(references) - len(roles))]
        if len(padded) > len(references):
            raise serializers.ValidationError({"roles": "There are more roles than references."})
        parts["references"] = list(zip(references, padded, strict=True))
        return {**attrs, "words": kept_words.Words(**parts)}


class TemplateWords(WordsInput):
    """A template's version. ``hints``: the models that it is written for."""

    shots = ShotWords(many=True, default=list)
    hints = serializers.ListField(child=serializers.CharField(max_length=100), default=list)


class SheetWords(WordsInput):
    """A sheet's version. ``roles`` gives each reference its role, in the same order; "" for the first fitting place."""

    references = VisibleRelatedField(queryset=Reference.objects.all(), many=True, default=list)
    roles = serializers.ListField(child=serializers.CharField(max_length=40, allow_blank=True), default=list)
    characters = VisibleRelatedField(queryset=Character.objects.all(), many=True, default=list)


class About(serializers.Serializer[Any]):
    """Under which name, and for whom: a client, one project, or (without either) every client."""

    name = serializers.CharField(max_length=60)
    title = serializers.CharField(max_length=200, default="", allow_blank=True)
    kind = serializers.CharField(max_length=10, default="other")
    client = VisibleRelatedField(queryset=Client.objects.all(), default=None, allow_null=True)
    project = VisibleRelatedField(queryset=Project.objects.all(), default=None, allow_null=True)


ABOUT = frozenset(About().fields)


class SnippetInput(About, WordsInput):
    """A new snippet."""


class TemplateInput(About, TemplateWords):
    """A new template."""


class SheetInput(About, SheetWords):
    """A new sheet; ``kind`` is character, style, place or product."""


class StartInput(serializers.Serializer[Any]):
    """The shots of one project that get a prompt, and the values of the template's variables, the same for all."""

    shots = VisibleRelatedField(queryset=Shot.objects.select_related("project__client"), many=True)
    values = serializers.DictField(child=serializers.CharField(allow_blank=True), default=dict)


class KeptWordsFilter(Filters):
    """By whose they are and what they are about."""

    client = filters.UUIDFilter(field_name="client_id")
    project = filters.UUIDFilter(field_name="project_id")
    kind = filters.ChoiceFilter(choices=KeptWords.Kind.choices)
    name = filters.CharFilter()
    archived = YesNo(field_name="archived_at", lookup_expr="isnull", exclude=True)


class KeptWordsViewSet(ReadOnly):
    """Words kept for reuse."""

    sort: ClassVar[str]
    queryset = KeptWords.objects.prefetch_related(
        Prefetch("versions", KeptVersion.objects.prefetch_related("parts").order_by("-version"))
    )
    serializer_class = KeptWordsSerializer
    filterset_class: Any = KeptWordsFilter

    def get_queryset(self) -> QuerySet[Any]:
        """Return those of this sort that the person may see."""
        return super().get_queryset().filter(sort=self.sort)

    def keep(self, kind: type[serializers.Serializer[Any]]) -> Response:
        """Keep new words."""
        return self.created(kept_words.keep_words(actor=self.actor, sort=self.sort, **self.given(kind)))

    def change(self, kind: type[serializers.Serializer[Any]]) -> Response:
        """Write the next version."""
        row = self.get_object()
        kept_words.revise_words(actor=self.actor, kept=row, **self.given(kind))
        return self.created(self.get_object())

    @extend_schema(request=None, responses=KeptWordsSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: UUID) -> Response:
        """Take it out of use; prompts that used it keep what they used."""
        return self.shown(kept_words.archive_words(actor=self.actor, kept=self.get_object()))

    @extend_schema(request=None, responses=KeptWordsSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        """Bring it back."""
        return self.shown(kept_words.restore_words(actor=self.actor, kept=self.get_object()))


class SnippetViewSet(KeptWordsViewSet):
    """A few words that prompts call as {{snippet:name}}."""

    sort = KeptWords.Sort.SNIPPET

    @extend_schema(request=SnippetInput, responses={201: KeptWordsSerializer})
    def create(self, request: Request) -> Response:
        """Keep a snippet."""
        return self.keep(SnippetInput)

    @extend_schema(request=WordsInput, responses={201: KeptWordsSerializer})
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: UUID) -> Response:
        """Write the next version."""
        return self.change(WordsInput)


class TemplateViewSet(KeptWordsViewSet):
    """Skeletons of whole prompts."""

    sort = KeptWords.Sort.TEMPLATE

    @extend_schema(request=TemplateInput, responses={201: KeptWordsSerializer})
    def create(self, request: Request) -> Response:
        """Keep a template."""
        return self.keep(TemplateInput)

    @extend_schema(request=TemplateWords, responses={201: KeptWordsSerializer})
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: UUID) -> Response:
        """Write the next version."""
        return self.change(TemplateWords)

    @extend_schema(request=StartInput, responses={201: PromptSerializer(many=True)})
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: UUID) -> Response:
        """Write a prompt from the newest version for each of these shots, all or none."""
        newest = self.get_object().versions.select_related("kept").order_by("-version").first()
        made = start_prompts(actor=self.actor, template=newest, **self.given(StartInput))
        return Response(PromptSerializer(made, many=True).data, status=201)


class SheetViewSet(KeptWordsViewSet):
    """Characters, styles, places and products: words that prompts call as {{sheet:name}}, with the files that show them."""

    sort = KeptWords.Sort.SHEET

    @extend_schema(request=SheetInput, responses={201: KeptWordsSerializer})
    def create(self, request: Request) -> Response:
        """Keep a sheet."""
        return self.keep(SheetInput)

    @extend_schema(request=SheetWords, responses={201: KeptWordsSerializer})
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: UUID) -> Response:
        """Write the next version."""
        return self.change(SheetWords)
