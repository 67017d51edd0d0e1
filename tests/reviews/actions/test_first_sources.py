"""The library begins with pointers, which belong to the agency once they are there."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from reviews import migrating
from reviews.actions.first_sources import add_first_sources, entries
from reviews.actions.terms import add_source, edit_source
from reviews.models import TermsSource, TermsVersion
from sorahub.ledger.models import Event
from tests.people import Agency

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_the_library_begins_with_pointers_and_no_text(agency: Agency) -> None:
    added = add_first_sources()
    assert len(added) == len(entries()) == TermsSource.objects.count()
    publishers = {"OpenAI", "Kling", "Volcengine", "BytePlus", "Doubao", "Google", "Runway", "Replicate", "fal", "Vofy"}
    assert set(TermsSource.objects.values_list("publisher", flat=True)) == publishers
    assert all(each.look_for and each.party and each.kind != "other" for each in added)
    assert not TermsVersion.objects.exists()
    assert set(Event.objects.filter(kind="terms.source_added").values_list("actor", flat=True)) == {None}


def test_what_people_changed_or_had_before_is_left_alone(agency: Agency) -> None:
    own = add_source(actor=agency.lena, publisher="Vofy", title="Terms of Service", look_for="Ours")
    add_first_sources()
    renamed = TermsSource.objects.get(publisher="fal")
    edit_source(actor=agency.lena, source=renamed, publisher="fal.ai", look_for="What our counsel asked")
    before, events = list(TermsSource.objects.values().order_by("id")), Event.objects.count()
    assert add_first_sources() == []
    assert list(TermsSource.objects.values().order_by("id")) == before
    assert Event.objects.count() == events
    own.refresh_from_db()
    assert own.look_for == "Ours"


def test_an_installation_gets_them_by_itself(agency: Agency, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    migrating.after(using="default", apps=apps)
    assert not TermsSource.objects.exists()
    settings.TERMS_FIRST_SOURCES = True
    migrating.after(using="other", apps=apps)
    assert not TermsSource.objects.exists()
    migrating.after(using="default", apps=apps)
    assert TermsSource.objects.count() == len(entries())
    migrating.after(using="default")  # as after a flush, when Django tells of no apps
    assert TermsSource.objects.count() == len(entries())
    call_command("terms_sources")
    assert capsys.readouterr().out == f"0 added, {len(entries())} were there.\n"
