"""The animatic as a file: every boundary frame by frame, the same length as the timeline, sound without gaps; stopped, killed, taken,
let go.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import numpy as np
import opentimelineio as otio
import pytest
from django.conf import settings as hub
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from generations import media
from generations.actions.shots import select_take, trim_shot
from generations.models import Shot
from generations.sandbox.strip import read_strip
from reviews.actions import animatics
from reviews.actions.story import story_of
from reviews.interchange import filming
from reviews.models import Animatic
from reviews.rules.cutting import Used, source_frame
from sorahub.jobs import runner
from sorahub.jobs.models import Job
from sorahub.ledger.models import Event
from sorahub.lib import storage
from sorahub.lib.errors import Conflict, Forbidden
from sorahub.lib.timecode import Rate
from tests.e2e.footage import make_clip
from tests.generations.factories import uploaded_clip
from tests.generations.media.clips import make_clip as make_heard
from tests.people import Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.django_db
FILM, NTSC, PAL = Rate(24), Rate(24000, 1001), Rate(25)


def asked(browser: Browser, agency: Agency, **fields: str) -> Animatic:
    """Ask for a video through the page, and work until the queue is empty."""
    said = {"size": "640x360", "slates": "corner", "sound": "on", **fields}
    assert browser.post(reverse("reviews:animatic-request", args=[agency.aurora.pk]), said).status_code == 302
    runner.drain()
    return Animatic.objects.latest("created_at")


def shown(path: Path) -> list[int | None]:
    """The number in the strip of every frame of a file; None on cards."""
    with av.open(str(path)) as film:
        return [read_strip(frame.to_image()) for frame in film.decode(video=0)]  # type: ignore[no-untyped-call]


def heard(path: Path) -> list[int]:
    """How loud each frame of sound is, at most: 1024 samples each."""
    with av.open(str(path)) as film:
        return [int(np.abs(frame.to_ndarray()).max() * 1000) for frame in film.decode(audio=0)]


def left(row: Animatic) -> list[str]:
    """What lies on the disk of an animatic."""
    return sorted(each.name for each in animatics.folder().glob(f"*{row.pk}*"))


@pytest.mark.long
@pytest.mark.core
def test_every_boundary_is_where_the_rule_puts_it(agency: Agency, tmp_path: Path) -> None:
    alice = logged_in(agency.alice)
    codes = ["SC010-SH020", "SC010-SH030", "SC010-SH040"]
    more = [
        Shot(project=agency.aurora, code=code, position=n, created_by=agency.alice) for n, code in enumerate(codes, 1)
    ]
    shots = [agency.shot, *Shot.objects.bulk_create(more)]
    made = [
        make_clip(tmp_path / "a.mp4", frames=40, rate=FILM.fraction),
        make_clip(tmp_path / "b.mp4", frames=60, rate=PAL.fraction),
        None,
        make_clip(tmp_path / "d.mp4", frames=30, rate=NTSC.fraction),
    ]
    clips = [
        uploaded_clip(agency.alice, agency.aurora, file, shot=shot) if file else None
        for file, shot in zip(made, shots, strict=True)
    ]
    for shot, clip in zip(shots, clips, strict=True):
        if clip is not None:
            select_take(actor=agency.alice, shot=shot, clip=clip)
    trim_shot(actor=agency.alice, shot=shots[0], source_in=7, source_out=31)
    trim_shot(actor=agency.alice, shot=shots[1], source_in=3, source_out=None)
    for shot, length in ((shots[0], 20), (shots[2], 13), (shots[3], 45)):
        Shot.objects.filter(pk=shot.pk).update(intended_frames=length)
    story = story_of(agency.aurora, agency.alice)
    whole = Used(3, 57, PAL)
    expected: list[int | None] = [source_frame(k, Used(7, 25, FILM), FILM) for k in range(20)]
    expected += [source_frame(k, whole, FILM) for k in range(55)]
    expected += [None] * 13
    expected += [source_frame(k, Used(0, 30, NTSC), FILM) for k in range(45)]

    film = asked(alice, agency)
    assert (film.state, film.frames, film.frames_done, film.error_message) == ("ready", 133, 133, "")
    path = Path(hub.MEDIA_ROOT) / film.storage_key
    assert shown(path) == expected
    assert expected[:2] == [7, 8]
    assert expected[-17:] == [28, *[29] * 16]

    text = alice.get(reverse("reviews:timeline", args=[agency.aurora.pk])).content.decode()
    timeline = otio.adapters.read_from_string(text, "otio_json")
    with av.open(str(path)) as opened:
        stream = opened.streams.video[0]
        counted = sum(1 for _ in opened.decode(stream))
        assert (float(stream.average_rate or 0), stream.start_time) == (24.0, 0)
        assert (stream.width, stream.height) == (640, 360)
    assert timeline.duration().to_frames() == counted == story.frames == 133
    assert [each.duration().to_frames() for each in timeline.tracks[0]] == [20, 55, 13, 30, 15]

    answer = alice.get(reverse("reviews:animatic-download", args=[film.pk]))
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    assert len(data) == film.bytes
    event = json.loads(Event.objects.get(kind="animatic.downloaded").body)
    assert event == {"sha256": film.sha256, "size": film.bytes, "clips": [clip.sha256 for clip in clips if clip]}
    again = asked(alice, agency)
    assert again.pk != film.pk
    assert again.sha256 == film.sha256  # the same story, the same day: the same bytes
    slated = asked(alice, agency, slates="both")
    numbers = shown(Path(hub.MEDIA_ROOT) / slated.storage_key)
    assert [*numbers[24:44], *numbers[68:123], *numbers[147:160], *numbers[184:229]] == expected
    assert {*numbers[:24], *numbers[44:68], *numbers[123:147], *numbers[160:184]} == {None}


@pytest.mark.long
@pytest.mark.core
def test_sound_goes_on_through_silent_shots(agency: Agency, tmp_path: Path) -> None:
    other = Shot.objects.create(
        project=agency.aurora, code="SC010-SH020", position=1, intended_frames=24, created_by=agency.alice
    )
    last = Shot.objects.create(
        project=agency.aurora, code="SC010-SH030", position=2, intended_frames=36, created_by=agency.alice
    )
    loud = uploaded_clip(
        agency.alice, agency.aurora, make_heard(tmp_path / "loud.mp4", frames=24, size=(192, 108)), shot=agency.shot
    )
    quiet = uploaded_clip(
        agency.alice, agency.aurora, make_clip(tmp_path / "quiet.mp4", frames=24, rate=FILM.fraction), shot=other
    )
    again = uploaded_clip(
        agency.alice, agency.aurora, make_heard(tmp_path / "more.mp4", frames=25, size=(192, 108)), shot=last
    )
    for shot, clip in ((agency.shot, loud), (other, quiet), (last, again)):
        select_take(actor=agency.alice, shot=shot, clip=clip)
    film = asked(logged_in(agency.alice), agency)
    assert film.state == "ready", film.error_message
    path = Path(hub.MEDIA_ROOT) / film.storage_key
    levels = heard(path)
    assert len(levels) * 1024 - 84 * 2000 < 2048
    per_second = 48_000 / 1024
    first, silent, third, held = (
        levels[int(a * per_second) : int(b * per_second)] for a, b in ((0.1, 0.9), (1.1, 1.9), (2.1, 2.9), (3.2, 3.45))
    )
    assert min(first) > 10 < min(third)
    assert max(silent) < 3 > max(held)
    mute = asked(logged_in(agency.alice), agency, sound="")
    with av.open(str(Path(hub.MEDIA_ROOT) / mute.storage_key)) as opened:
        assert not opened.streams.audio


@pytest.mark.long
@pytest.mark.core
def test_it_is_stopped_continued_refused_and_let_go(
    agency: Agency, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = logged_in(agency.alice)
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    select_take(actor=agency.alice, shot=agency.shot, clip=clip)
    Shot.objects.create(
        project=agency.aurora, code="SC010-SH020", position=1, intended_frames=12, created_by=agency.alice
    )
    said: dict[str, Any] = {"actor": agency.alice, "project": agency.aurora, "size": "640x360"}

    stopped = animatics.request_animatic(**said)
    assert animatics.request_animatic(**said).pk == stopped.pk
    alice.post(reverse("reviews:animatic-cancel", args=[stopped.pk]))
    runner.drain()
    stopped.refresh_from_db()
    assert (stopped.state, left(stopped)) == ("cancelled", [])
    with pytest.raises(Conflict):
        animatics.cancel_animatic(actor=agency.alice, animatic=stopped)
    with pytest.raises(Conflict):
        animatics.grant_animatic(actor=agency.alice, animatic=stopped)

    # What is made after some minutes is handed to another job, and no piece is made twice.
    pieces: list[str] = []
    for name in ("take_piece", "card_piece"):
        whole = getattr(media, name)

        def counting(*given: Any, whole: Any = whole, name: str = name, **more: Any) -> Any:
            pieces.append(name)
            return whole(*given, **more)

        monkeypatch.setattr(media, name, counting)
    monkeypatch.setattr(filming, "AT_A_STRETCH", -1.0)
    handed = animatics.request_animatic(**said)
    for _ in range(2):
        runner.drain(limit=1)
    monkeypatch.setattr(filming, "AT_A_STRETCH", 240.0)
    runner.drain()
    handed.refresh_from_db()
    assert (handed.state, sorted(pieces)) == ("ready", ["card_piece", "take_piece"])
    assert Job.objects.filter(kind=animatics.KIND, state="succeeded", payload__animatic=str(handed.pk)).count() == 3
    assert left(handed) == [f"{handed.pk}.mp4"]

    refused = animatics.request_animatic(**said)
    clip.quarantined_at = timezone.now()
    clip.save(update_fields=["quarantined_at"])
    runner.drain()
    refused.refresh_from_db()
    assert (refused.state, refused.error_code) == ("failed", "take-not-playable")
    assert (
        "Choose another take" in alice.get(reverse("reviews:animatic-live", args=[agency.aurora.pk])).content.decode()
    )

    with pytest.raises(Forbidden):
        animatics.grant_animatic(actor=agency.dora, animatic=handed)
    assert logged_in(agency.carol).get(reverse("reviews:animatic-download", args=[handed.pk])).status_code == 404
    assert not Event.objects.filter(kind="animatic.downloaded").exists()
    settings.ANIMATIC_DAYS = 14
    Animatic.objects.filter(pk=handed.pk).update(made_at=timezone.now() - timedelta(days=15))
    (animatics.folder() / f".making-{refused.pk}").mkdir()
    assert animatics.discard_old() == {"expired": 1}
    handed.refresh_from_db()
    assert (handed.state, left(handed), left(refused)) == ("expired", [], [])
    assert storage.path_for(clip.storage_key, Path(hub.MEDIA_ROOT)).is_file()
