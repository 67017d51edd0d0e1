"""From our rows to the request: everything that was asked, in the provider's words, and nothing that was not."""

from pathlib import Path

import pytest
from django.conf import settings

from generations.models import GenerationReference, ProviderAccount, Reference
from generations.pipeline.doors import callback_url
from generations.pipeline.remote import adapter_for, request_for
from generations.providers.base import ShotPart
from sorahub.lib import storage
from tests.generations.pipeline.rows import launched, running
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


def account_of(route: str, dialect: str) -> ProviderAccount:
    account = provider_account(route=route)
    account.dialect = dialect
    account.save()
    return account


def reference(agency: Agency, kind: str, media_type: str, content: bytes = b"bytes of it") -> Reference:
    received = storage.receive([content], max_bytes=1000, into=Path(settings.MEDIA_ROOT) / "incoming")
    return Reference.objects.create(
        project=agency.aurora,
        kind=kind,
        sha256=received.sha256,
        size=received.size,
        media_type=media_type,
        storage_key=storage.commit(received, Path(settings.MEDIA_ROOT), suffix=".bin"),
        original_name=f"{kind}.bin",
        source="Client",
        rights="Own",
        created_by=agency.alice,
    )


def test_an_order_is_told_in_the_providers_words(agency: Agency) -> None:
    shots = [{"prompt": "A door", "seconds": 2}, {"prompt": "A street", "seconds": 3}]
    params = {"seconds": 5, "size": "1280x720", "audio": "on", "shots": shots, "negative": "rain"}
    generation = launched(agency, account_of("sandbox-kling", "kling"), model="kling-3.0", params=params)
    request = request_for(generation)
    assert (request.model, request.ratio, request.resolution, request.seconds) == ("kling-3.0", "16:9", "720p", 5)
    assert (request.audio, request.negative) == ("on", "rain")
    assert request.shots == (ShotPart("A door", 2), ShotPart("A street", 3))
    assert (request.client_id, request.callback_url) == (str(generation.pk), callback_url(generation))


def test_the_sound_that_the_price_was_reckoned_with_is_asked_for(agency: Agency) -> None:
    params = {"seconds": 5, "size": "1280x720"}
    kling = launched(agency, account_of("sandbox-kling", "kling"), model="kling-3.0", params=params)
    assert request_for(kling).audio == "on"
    assert request_for(launched(agency)).audio == ""


def test_a_remix_names_the_task_it_starts_from(agency: Agency) -> None:
    account = account_of("sandbox", "openai_videos")
    source = running(agency, account, remote_id="video_source")
    remix = launched(agency, account, mode="remix", source=source)
    assert request_for(remix).source_remote_id == "video_source"


def test_files_go_by_bytes_or_by_address_as_the_wire_takes_them(agency: Agency) -> None:
    generation = launched(
        agency,
        account_of("sandbox-ark", "ark"),
        model="seedance-2.0",
        mode="reference_to_video",
        params={"seconds": 4, "size": "1280x720"},
    )
    for place, (kind, media_type) in enumerate((("image", "image/png"), ("video", "video/mp4"))):
        row = reference(agency, kind, media_type, kind.encode())
        GenerationReference.objects.create(generation=generation, reference=row, role="reference", position=place)
    image, video = request_for(generation).references
    assert (image.content, image.url, image.role) == (b"image", "", "reference")
    assert video.content == b""
    assert video.url.startswith(f"{settings.PUBLIC_URL}/given/")


def test_an_account_is_told_where_files_may_lie(agency: Agency) -> None:
    account = account_of("kling", "kling")
    account.region = "singapore"
    facts = adapter_for(account).facts  # type: ignore[attr-defined]  # every adapter keeps the facts it was made of
    assert (facts.region, facts.dialect) == ("singapore", "kling")
    assert facts.webhook_secrets == account.webhook_secrets
