"""People, clients, tokens, the own account and the ledger."""

from typing import Any, cast
from uuid import UUID

from django.db import models
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sorahub.accounts.actions import clients, people, tokens
from sorahub.accounts.api import serializers
from sorahub.accounts.api.filtering import Filters, YesNo
from sorahub.accounts.api.views import ReadOnly
from sorahub.accounts.ledger_scope import checkpoints_visible_to, events_visible_to
from sorahub.accounts.models import ApiToken, Client, User
from sorahub.accounts.roles import Kind, Permission
from sorahub.ledger import checkpoints, record
from sorahub.ledger.models import Checkpoint, Event
from sorahub.lib.errors import Conflict, NotFound


class NotByToken(BasePermission):
    """A token cannot make tokens: whoever finds one cannot make its life longer."""

    message = "Tokens are made by a person who has logged in, on the page of their account."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Allow everything but a request that a token made."""
        return not isinstance(request.auth, ApiToken)


class MeView(APIView):
    """The account that asks."""

    @extend_schema(responses=serializers.MeSerializer, operation_id="me")
    def get(self, request: Request) -> Response:
        """Who am I, and what may I do?"""
        return Response(serializers.MeSerializer(cast("User", request.user)).data)


class PersonFilter(Filters):
    """How the list of people is narrowed."""

    kind = filters.ChoiceFilter(choices=Kind.choices)
    is_active = YesNo()


class PersonViewSet(ReadOnly):
    """The accounts that one works with."""

    queryset = User.objects.get_queryset().select_related("person")
    serializer_class = serializers.PersonSerializer
    filterset_class = PersonFilter

    @extend_schema(request=serializers.PersonInput, responses={201: serializers.PersonSerializer})
    def create(self, request: Request) -> Response:
        """Add an account, and the person behind it."""
        return self.created(people.add_person(actor=self.actor, **self.given(serializers.PersonInput)))

    @extend_schema(request=None, responses=serializers.PersonSerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: UUID) -> Response:
        """Close an account; what it did stays."""
        return self.shown(people.deactivate(actor=self.actor, user=self.get_object()))


class ClientViewSet(ReadOnly):
    """The agency's customers."""

    queryset = Client.objects.all()
    serializer_class = serializers.ClientSerializer

    @extend_schema(request=serializers.ClientInput, responses={201: serializers.ClientSerializer})
    def create(self, request: Request) -> Response:
        """Add a customer."""
        return self.created(clients.add_client(actor=self.actor, **self.given(serializers.ClientInput)))


class TokenViewSet(ReadOnly):
    """One's own tokens."""

    queryset = ApiToken.objects.all()
    serializer_class = serializers.TokenSerializer

    def get_permissions(self) -> list[Any]:
        """As everywhere; making a token also needs a session."""
        more = [NotByToken()] if self.action == "create" else []
        return [*super().get_permissions(), *more]

    @extend_schema(request=serializers.TokenInput, responses={201: serializers.IssuedTokenSerializer})
    def create(self, request: Request) -> Response:
        """Make a token; the answer holds its secret, once. Only for a session."""
        token, secret = tokens.issue_token(actor=self.actor, **self.given(serializers.TokenInput))
        return Response({**serializers.TokenSerializer(token).data, "secret": secret}, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """End a token now."""
        tokens.revoke_token(actor=self.actor, token=self.get_object())
        return Response(status=204)


class EventFilter(Filters):
    """How the ledger is narrowed."""

    chain = filters.CharFilter(field_name="chain__key", help_text="A client's id, or hub.")
    kind = filters.CharFilter(help_text="Such as decision.made.")
    actor = filters.UUIDFilter()
    subject_id = filters.UUIDFilter()


class EventViewSet(ReadOnly):
    """The ledger: what was done, by whom, when, as a hash chain. For those who may read it."""

    queryset = Event.objects.all()
    serializer_class = serializers.EventSerializer
    filterset_class = EventFilter

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the events of the chains that the person may read. Raises Forbidden."""
        if getattr(self, "swagger_fake_view", False):
            return Event.objects.none()
        self.actor.demand(Permission.SEE_LEDGER)
        return events_visible_to(self.actor)

    @extend_schema(responses=serializers.InclusionSerializer)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def proof(self, request: Request, pk: UUID) -> Response:
        """Prove that the event is part of what the chain's newest checkpoint states; 409 until one covers it (within the hour)."""
        event = self.get_object()
        newest = event.chain.checkpoints.filter(size__gt=event.seq).order_by("size", "at").last()
        if newest is None:
            raise Conflict("No checkpoint covers this event yet: one is made each hour.", code="not-covered")
        told = {
            "entry": record.text_of(event),
            "leaf_index": event.seq,
            "leaf_hash": event.leaf_hash,
            "path": [node.hex() for node in checkpoints.inclusion(event, newest)],
            "checkpoint": newest,
        }
        return Response(serializers.InclusionSerializer(told).data)


class CheckpointFilter(Filters):
    """How the checkpoints are narrowed."""

    chain = filters.CharFilter(field_name="chain__key", help_text="A client's id, or hub.")


class CheckpointViewSet(ReadOnly):
    """Signed statements of what the ledger's chains hold. For those who may read it."""

    queryset = Checkpoint.objects.all()
    serializer_class = serializers.CheckpointSerializer
    filterset_class = CheckpointFilter

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the checkpoints of the chains that the person may read. Raises Forbidden."""
        if getattr(self, "swagger_fake_view", False):
            return Checkpoint.objects.none()
        self.actor.demand(Permission.SEE_LEDGER)
        return checkpoints_visible_to(self.actor)

    @extend_schema(parameters=[serializers.ConsistencyInput], responses=serializers.ConsistencySerializer)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def consistency(self, request: Request, pk: UUID) -> Response:
        """Prove that this checkpoint only adds to an older one of the same chain."""
        newer = self.get_object()
        older = self.get_queryset().filter(pk=self.asked(serializers.ConsistencyInput)["older"]).first()
        if older is None:
            raise NotFound("There is no such checkpoint.")
        path = [node.hex() for node in checkpoints.consistency(older, newer)]
        return Response(serializers.ConsistencySerializer({"older": older, "newer": newer, "path": path}).data)
