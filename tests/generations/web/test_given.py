"""Where providers fetch references: exactly the one file, for exactly the one generation, while it is under way."""

import datetime as dt

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.utils import timezone

from generations.actions.references import add_reference
from generations.models import Generation, GenerationReference, State
from generations.pipeline import doors
from tests.generations.factories import png
from tests.generations.pipeline.rows import running
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def given(agency: Agency) -> GenerationReference:
    """A picture given along with a generation that is under way."""
    picture = add_reference(
        actor=agency.alice,
        project=agency.aurora,
        file=SimpleUploadedFile("frame.png", png()),
        original_name="frame.png",
        source="Client",
        rights="Own",
    )
    return GenerationReference.objects.create(generation=running(agency), reference=picture, role="reference")


def path_of(given: GenerationReference) -> str:
    return doors.given_url(given, given.generation.account).removeprefix(settings.PUBLIC_URL)


def test_the_provider_gets_the_bytes_and_parts_of_them(given: GenerationReference) -> None:
    answer = Browser().get(path_of(given))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert b"".join(answer) == png()
    part = Browser().get(path_of(given), headers={"range": "bytes=0-7"})
    assert (part.status_code, b"".join(part)) == (206, png()[:8])
    assert Browser().head(path_of(given)).status_code == 200


def test_anything_that_is_not_exactly_right_is_not_there(agency: Agency, given: GenerationReference) -> None:
    path, other = path_of(given), running(agency)
    stranger = path.replace(given.generation.pk.hex, other.pk.hex)
    wrong = [path[:-1], f"{path}x", stranger, path.replace(str(given.reference_id), str(other.pk)), path + ".x"]
    assert [Browser().get(each).status_code for each in wrong] == [404] * 5
    assert Browser().post(path).status_code == 405


def test_it_closes_when_the_generation_ends_and_after_two_days(
    given: GenerationReference, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = path_of(given)
    later = timezone.now().timestamp() + dt.timedelta(hours=48, minutes=1).total_seconds()
    with monkeypatch.context() as clock:
        clock.setattr("django.core.signing.time.time", lambda: later)
        assert Browser().get(path).status_code == 404
    assert b"".join(Browser().get(path)) == png()
    Generation.objects.update(state=State.FAILED)
    assert Browser().get(path).status_code == 404


def test_a_provider_out_of_reach_is_given_no_address(given: GenerationReference) -> None:
    away = provider_account("https://api.example.com/v1")
    assert doors.given_url(given, away) == ""
    given.generation.account = away
    assert doors.callback_url(given.generation) == ""
