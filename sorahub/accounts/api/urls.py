"""Addresses."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from sorahub.accounts.api import resources, schema

router = SimpleRouter(use_regex_path=False)
router.register("people", resources.PersonViewSet, "person")
router.register("clients", resources.ClientViewSet, "client")
router.register("tokens", resources.TokenViewSet, "token")
router.register("ledger-events", resources.EventViewSet, "ledger-event")
router.register("ledger-checkpoints", resources.CheckpointViewSet, "ledger-checkpoint")

urlpatterns = [path("me/", resources.MeView.as_view(), name="me"), *router.urls]

__all__ = ["schema", "urlpatterns"]  # the schema module registers how one logs in
