"""Nobody changes a row past the actions, superusers included: every page of the admin refuses, and nothing has changed."""

from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.test import RequestFactory
from django.urls import reverse

from generations.models import Prompt
from reviews.models import Decision, SignOff, TermsVersion
from sorahub.accounts.admin.scoped import ScopedAdmin
from sorahub.ledger.models import Event
from tests.admin.conftest import Worlds, logged_in

pytestmark = pytest.mark.django_db
EVIDENCE = (Decision, SignOff, TermsVersion, Event, Prompt)


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every value of every row of every registered model."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in admin.site._registry
        if model._meta.label != "accounts.User"
    }


def address(model: type[Model], what: str, *args: object) -> str:
    """The address of one of a model's pages."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


def test_a_superuser_reads_every_kind_of_row_and_changes_none(worlds: Worlds) -> None:
    ada = logged_in(worlds.agency.ada)
    before, read = everything(), set()
    for model, pages in admin.site._registry.items():
        row = pages.get_queryset(_request(worlds)).first()
        if row is None:
            continue
        read.add(model)
        change, delete = address(model, "change", row.pk), address(model, "delete", row.pk)
        assert ada.get(change).status_code == 200, model
        assert ada.post(change, {**_values(row), "_save": "Save"}).status_code == 403, model
        assert ada.post(delete, {"post": "yes"}).status_code == 403, model
        assert ada.get(address(model, "history", row.pk)).status_code == 404
    assert set(EVIDENCE) <= read
    assert len(read) >= 25
    assert everything() == before


def test_evidence_cannot_be_added_by_a_superuser(worlds: Worlds) -> None:
    ada, before = logged_in(worlds.agency.ada), everything()
    for model in EVIDENCE:
        assert ada.post(address(model, "add"), {"text": "x"}).status_code == 403, model
        shown = ada.get(address(model, "changelist")).content.decode()
        assert "delete_selected" not in shown
        ticked = {"action": "delete_selected", "_selected_action": [str(model._default_manager.all()[0].pk)]}
        ada.post(address(model, "changelist"), ticked)
    assert everything() == before


def test_djangos_own_ways_of_writing_are_closed(worlds: Worlds) -> None:
    request, pages = _request(worlds), admin.site._registry[Prompt]
    assert isinstance(pages, ScopedAdmin)
    row = worlds.agency.prompt
    with pytest.raises(PermissionDenied):
        pages.save_model(request, row, pages.get_form(request)(), True)
    with pytest.raises(PermissionDenied):
        pages.delete_model(request, row)
    assert Prompt.objects.get(pk=row.pk).text == "A lighthouse at dawn"


def _request(worlds: Worlds) -> Any:
    request = RequestFactory().get("/admin/")
    request.user = worlds.agency.ada
    return request


def _values(row: Model) -> dict[str, str]:
    return {field.name: "changed" for field in row._meta.concrete_fields}
