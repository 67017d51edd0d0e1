"""Consents for whom a reference depicts: told in the library and at launch, kept with what stood before."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.utils import timezone

from generations.actions import launches, library_cautions, reference_library, references
from generations.models import Reference
from reviews.actions import reference_releases, releases
from reviews.models import ReferenceRelease, Release
from sorahub.ledger.models import Event
from sorahub.lib.errors import Forbidden, InvalidInput
from tests.generations.factories import png
from tests.people import Agency, project, provider_account

pytestmark = [pytest.mark.django_db, pytest.mark.core]
SETTLED = {"licence": "own_work", "ai_use": "yes"}


@pytest.fixture
def cup(agency: Agency) -> Reference:
    """A picture that shows Mia Torres, whose other rights are settled."""
    return references.add_reference(
        actor=agency.alice, project=agency.aurora, file=SimpleUploadedFile("mia.png", png(1280, 720)), original_name="mia.png",
        source="Own", rights="Own", depicted="Mia Torres", licence="own_work", ai_use="yes",
    )  # fmt: skip


def release(agency: Agency, **more: object) -> Release:
    """Mia's consent."""
    said = {
        "kind": "model", "subject": "Mia Torres", "scope": "Spring campaign", "uses": ["social_media"], "territories": ["WORLD"],
        "valid_from": dt.date(2026, 1, 1), "ai_use": "yes", **more,
    }  # fmt: skip
    return releases.add_release(actor=agency.lena, project=agency.aurora, **said)  # type: ignore[arg-type]


def told(row: Reference) -> list[str]:
    row.refresh_from_db()
    return library_cautions.cautions([row]).get(row.pk, [])


def test_a_missing_an_ended_and_a_withdrawn_release_are_told_and_a_good_one_is_not(
    agency: Agency, cup: Reference
) -> None:
    assert told(cup) == ["no release of Mia Torres is linked"]
    yesterday = timezone.now().date() - dt.timedelta(days=1)
    steps: list[tuple[dict[str, Any], list[str]]] = [
        ({"valid_until": yesterday}, ["the release of Mia Torres has ended"]),
        ({"valid_until": yesterday + dt.timedelta(days=30)}, ["the release of Mia Torres ends within 90 days"]),
        ({"ai_use": "no"}, ["the release of Mia Torres does not permit pictures or voices made by AI"]),
        ({}, []),
    ]
    for more, words in steps:
        good = release(agency, **more)
        reference_releases.link_release(actor=agency.lena, reference=cup, name="Mia Torres", release=good)
        assert told(cup) == words
    releases.withdraw_release(actor=agency.lena, release=good)
    assert told(cup) == ["the release of Mia Torres was withdrawn"]
    reference_releases.link_release(actor=agency.lena, reference=cup, name="Mia Torres", release=None)
    assert told(cup) == ["no release of Mia Torres is linked"]
    assert ReferenceRelease.objects.count() == 5
    events = Event.objects.filter(kind="reference.release_linked")
    assert events.count() == 5
    assert not any("Mia" in each.body for each in events)
    reference_library.describe_reference(actor=agency.alice, reference=cup, depicted="")
    assert told(cup) == ["who can be seen or heard is not said, so that no release stands for them"]
    reference_library.describe_reference(actor=agency.alice, reference=cup, depicts="no")
    assert told(cup) == []


def test_only_a_release_of_the_same_project_stands_for_somebody_who_is_named(agency: Agency, cup: Reference) -> None:
    mia = release(agency)
    second = project(agency.north, "AURA", agency.alice, agency.alice, agency.lena)
    twin = reference_library.reuse_reference(actor=agency.alice, reference=cup, project=second).reference
    for actor, row, name, error in (
        (agency.lena, twin, "Mia Torres", InvalidInput),
        (agency.lena, cup, "Otto", InvalidInput),
        (agency.ada, cup, "Mia Torres", Forbidden),
    ):
        with pytest.raises(error):
            reference_releases.link_release(actor=actor, reference=row, name=name, release=mia)
    assert not ReferenceRelease.objects.exists()
    assert told(twin) == ["no release of Mia Torres is linked"]


def test_launching_tells_of_missing_consents_and_refuses_what_may_not_go_to_a_model(
    agency: Agency, cup: Reference
) -> None:
    account = provider_account()
    ask = {
        "actor": agency.alice, "prompt": agency.prompt, "account": account, "model": "sora-2", "mode": "image_to_video",
        "params": {"seconds": 4, "size": "1280x720"}, "references": [cup],
    }  # fmt: skip
    found = launches.preview(**ask)  # type: ignore[arg-type]
    assert "mia.png: no release of Mia Torres is linked." in found.warnings
    assert found.refusals == []
    reference_library.describe_reference(actor=agency.alice, reference=cup, ai_use="no")
    reference_library.archive_reference(actor=agency.alice, reference=cup)
    cup.refresh_from_db()
    codes = [each.code for each in launches.preview(**ask).refusals]  # type: ignore[arg-type]
    assert codes == ["reference-archived", "reference-ai-use"]


def test_the_page_lets_a_release_stand(agency: Agency, cup: Reference) -> None:
    mia, browser = release(agency), Browser()
    browser.force_login(agency.lena)
    address = f"/references/{cup.pk}/releases/"
    assert "No release" in browser.get(address).content.decode()
    browser.post(address, {"name": "Mia Torres", "release": str(mia.pk)})
    assert ReferenceRelease.objects.get().release == mia
    page = browser.get(address).content.decode()
    assert "No release" not in page
    assert "Valid" in page
