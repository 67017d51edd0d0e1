"""A clip of varying frame rate on its whole way in: what the review room plays has its very frames, equally long."""

from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from generations.actions.uploads import receive_upload
from generations.media import probe
from generations.models import Upload
from generations.pipeline.ingest import ensure_guest_proxy
from generations.web.showing import playing
from sorahub.jobs.models import Job
from sorahub.jobs.runner import run_one
from tests.generations.media.clips import greys, make_clip
from tests.people import Agency

pytestmark = [pytest.mark.django_db, pytest.mark.core]

TIMES = [0, 1, 2, 3, 5, 6, 9, 10, 11, 14, 15, 16]


def work() -> None:
    """Do every job that is due, as the workers would."""
    while job := Job.objects.claimable(timezone.now()).first():
        assert run_one(job.pk) == "succeeded"


def test_frame_n_of_what_is_played_is_frame_n_of_the_clip(agency: Agency, tmp_path: Path) -> None:
    source = make_clip(tmp_path / "phone.mp4", frames=12, times=TIMES, b_frames=2)
    upload = receive_upload(
        actor=agency.alice, project=agency.aurora, shot=None, file=source, original_name="phone.mp4",
        declared_model="sora-2", declared_route="Phone", declaration=True,
    )  # fmt: skip
    work()
    clip = Upload.objects.get(pk=upload.pk).clip
    assert clip is not None
    assert (clip.variable_rate, clip.frame_count, clip.scrub_safe) == (True, 12, False)
    ensure_guest_proxy(clip)
    work()
    for user, kind in ((agency.alice, "proxy"), (agency.dora, "guest_proxy")):
        shown = playing(clip, user)
        assert shown is not None
        assert str(shown["src"]).endswith(f"/renditions/{kind}")
        assert (shown["first_num"], shown["frame_count"]) == (0, 12)
        path = Path(settings.MEDIA_ROOT) / clip.renditions.get(kind=kind).storage_key
        made = probe(path)
        assert (made.frames, float(made.first_frame_time), made.scrub_safe) == (12, 0.0, True)
        assert abs(made.rate.fraction - clip.rate_num / clip.rate_den) * 12 < clip.rate_num / clip.rate_den / 4
        if kind == "proxy":
            assert greys(path) == pytest.approx([40 + 5 * n for n in range(12)], abs=2)
