"""Provider accounts: secrets go in and never come out."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions import account_control, plans, provider_accounts
from generations.api import making_inputs as inputs
from generations.api import serializers
from generations.models import PlanPeriod, ProviderAccount
from sorahub.accounts.api.views import ReadOnly


class ProviderAccountViewSet(ReadOnly):
    """Accounts with providers. Secrets go in and never come out."""

    queryset = ProviderAccount.objects.prefetch_related("limits")
    serializer_class = serializers.ProviderAccountSerializer

    @extend_schema(request=inputs.AccountInput, responses={201: serializers.ProviderAccountSerializer})
    def create(self, request: Request) -> Response:
        """Add an account."""
        return self.created(provider_accounts.add_account(actor=self.actor, **self.given(inputs.AccountInput)))

    @extend_schema(request=inputs.AccountChange, responses=serializers.ProviderAccountSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change an account."""
        fields = self.given(inputs.AccountChange, partial=True)
        return self.shown(provider_accounts.change_account(actor=self.actor, account=self.get_object(), **fields))

    @extend_schema(request=None, responses={202: serializers.ProviderAccountSerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: UUID) -> Response:
        """Ask for a test call; its result will stand on the account."""
        return self.shown(provider_accounts.request_test(actor=self.actor, account=self.get_object()), 202)

    @extend_schema(request=inputs.PauseInput, responses=serializers.ProviderAccountSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: UUID) -> Response:
        """Send nothing new there until it is resumed; launches are accepted and wait, what runs goes on."""
        given = self.given(inputs.PauseInput)
        return self.shown(account_control.pause_account(actor=self.actor, account=self.get_object(), **given))

    @extend_schema(request=None, responses=serializers.ProviderAccountSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: UUID) -> Response:
        """Send again what has waited."""
        return self.shown(account_control.resume_account(actor=self.actor, account=self.get_object()))

    @extend_schema(request=inputs.LimitInput, responses=serializers.ProviderAccountSerializer)
    @action(detail=True, methods=["put"])
    def limit(self, request: Request, pk: UUID) -> Response:
        """Limit one model there, where its provider gives it less than the account's own limits."""
        account_control.set_limit(actor=self.actor, account=self.get_object(), **self.given(inputs.LimitInput))
        return self.shown(self.get_object())

    @extend_schema(responses=serializers.PlanPeriodSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def plans(self, request: Request, pk: UUID) -> Response:
        """The plans that the account was on, newest first; of two that begin on one day the first counts."""
        rows = PlanPeriod.objects.visible_to(self.actor).filter(account=self.get_object())
        return Response(serializers.PlanPeriodSerializer(rows, many=True).data)

    @extend_schema(request=inputs.PlanInput, responses={201: serializers.PlanPeriodSerializer})
    @plans.mapping.post
    def declare_plan(self, request: Request, pk: UUID) -> Response:
        """Say which plan the account is on from a day; with its receipt as a file (multipart) if there is one."""
        given = self.given(inputs.PlanInput)
        file = given.pop("receipt", None)
        name = file.name if file else ""
        made = plans.declare_plan(actor=self.actor, account=self.get_object(), receipt=file, receipt_name=name, **given)
        return Response(serializers.PlanPeriodSerializer(made).data, 201)
