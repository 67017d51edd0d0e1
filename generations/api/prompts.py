"""Prompts: written as they are or composed, compared, looked through; and the names that clients watch."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations import catalog
from generations.actions import composing, names, prompts
from generations.api import composing as forms
from generations.api import filters, serializers
from generations.models import KnownName, Prompt
from sorahub.accounts.api.filtering import Filters, YesNo
from sorahub.accounts.api.views import ReadOnly
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import InvalidInput


class PromptViewSet(ReadOnly):
    """Words, version by version."""

    queryset = Prompt.objects.prefetch_related("uses__version__kept")
    serializer_class = serializers.PromptSerializer
    filterset_class = filters.PromptFilter

    @extend_schema(request=forms.NextPrompt, responses={201: serializers.PromptSerializer})
    def create(self, request: Request) -> Response:
        """Write the next version of a shot's words."""
        given = self.given(forms.NextPrompt)
        about = {"actor": self.actor, "shot": given["shot"], "parent": given["parent"]}
        if "text" in given:
            return self.created(prompts.write_prompt(**about, text=given["text"], negative=given["negative"]))
        draft = forms.draft_of(given, given["source"])
        return self.created(composing.compose_prompt(**about, draft=draft, template=given["template"]))

    @extend_schema(request=forms.RenderInput, responses=forms.PromptRenderingSerializer)
    @action(detail=False, methods=["post"])
    def render(self, request: Request) -> Response:
        """Say what a draft becomes, how it fits models, and what to think about; nothing is written."""
        self.actor.demand(Permission.WRITE_PROMPT)
        given = self.given(forms.RenderInput)
        rows = {row.name: row for row in catalog.rows()}
        if unknown := [name for name in given["models"] if name not in rows]:
            message = f"The catalogue has no {', '.join(unknown)}."
            raise InvalidInput(message, fields={"models": message})
        answer = forms.rendered(self.actor, given, [rows[name] for name in given["models"]])
        return Response(forms.PromptRenderingSerializer(answer).data)

    @extend_schema(parameters=[forms.AgainstInput], responses=forms.PromptDifferenceSerializer)
    @action(detail=True, methods=["get"])
    def difference(self, request: Request, pk: UUID) -> Response:
        """Say what differs, word by word, from an earlier version."""
        earlier = self.asked(forms.AgainstInput)["against"]
        return Response(forms.PromptDifferenceSerializer(forms.difference(earlier, self.get_object())).data)


class NameFilter(Filters):
    """By whose they are."""

    client = django_filters.UUIDFilter(field_name="client_id")
    sort = django_filters.ChoiceFilter(choices=KnownName.Sort.choices)
    archived = YesNo(field_name="archived_at", lookup_expr="isnull", exclude=True)


class NameViewSet(ReadOnly):
    """People, brands and works that prompts for a client are looked through for."""

    queryset = KnownName.objects.all()
    serializer_class = forms.KnownNameSerializer
    filterset_class: Any = NameFilter

    @extend_schema(request=forms.NameInput, responses={201: forms.KnownNameSerializer})
    def create(self, request: Request) -> Response:
        """Watch a name, or say that it is free to use."""
        return self.created(names.add_name(actor=self.actor, **self.given(forms.NameInput)))

    @extend_schema(request=forms.NameChange, responses=forms.KnownNameSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: UUID) -> Response:
        """Say something else of a name."""
        given = self.given(forms.NameChange)
        return self.shown(names.change_name(actor=self.actor, name=self.get_object(), **given))

    @extend_schema(request=None, responses=forms.KnownNameSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: UUID) -> Response:
        """Stop looking for it."""
        return self.shown(names.archive_name(actor=self.actor, name=self.get_object()))
