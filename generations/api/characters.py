"""Characters: subjects that a provider has learnt, to be named in prompts."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions.characters import make_character, settle_character
from generations.models import Character, Project, ProviderAccount, Reference
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.filtering import Filters
from sorahub.accounts.api.views import ReadOnly


class CharacterSerializer(serializers.ModelSerializer[Character]):
    """A subject made at one account from one reference video."""

    class Meta:
        model = Character
        fields = [
            "id", "project", "account", "reference", "name", "state", "error_code", "error_message", "created_by",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class CharacterInput(serializers.Serializer[Any]):
    """A new character: a short video reference of the project, and the name by which prompts will call it."""

    project = VisibleRelatedField(queryset=Project.objects.all())
    account = VisibleRelatedField(queryset=ProviderAccount.objects.all())
    reference = VisibleRelatedField(queryset=Reference.objects.all())
    name = serializers.CharField(max_length=80)


class CharacterOutcome(serializers.Serializer[Any]):
    """What became of a character whose answer is missing: its id at the provider; empty: there is none."""

    remote_id = serializers.CharField(max_length=300, default="", allow_blank=True)


class CharacterFilter(Filters):
    """By where it belongs and how it stands."""

    project = filters.UUIDFilter(field_name="project_id")
    account = filters.UUIDFilter(field_name="account_id")
    state = filters.ChoiceFilter(choices=Character.State.choices)


class CharacterViewSet(ReadOnly):
    """Subjects that providers have learnt."""

    queryset = Character.objects.all()
    serializer_class = CharacterSerializer
    filterset_class: Any = CharacterFilter

    @extend_schema(request=CharacterInput, responses={202: CharacterSerializer})
    def create(self, request: Request) -> Response:
        """Ask a provider to learn a subject; ``state`` tells when it is ready. The same name again is refused."""
        return self.shown(make_character(actor=self.actor, **self.given(CharacterInput)), 202)

    @extend_schema(request=CharacterOutcome, responses=CharacterSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: UUID) -> Response:
        """Say what became of one whose answer is missing."""
        given = self.given(CharacterOutcome)
        return self.shown(settle_character(actor=self.actor, character=self.get_object(), **given))
