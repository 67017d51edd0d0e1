"""Provider accounts: secrets go in and never come out."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions import provider_accounts
from generations.api import making_inputs as inputs
from generations.api import serializers
from generations.models import ProviderAccount
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
