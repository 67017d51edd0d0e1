"""Bytes for players and pictures: originals, renditions, references, with ranges, each behind its row's own door."""

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from generations.actions.watching import original_of
from generations.models import Clip, Reference, Rendition
from generations.web.thumbnails import webvtt
from sorahub.accounts.web.forms import person
from sorahub.lib import storage
from sorahub.lib.ranges import ranged_response
from sorahub.lib.timecode import Rate

STILL_SECONDS = 300
STILLS = {Rendition.Kind.POSTER, Rendition.Kind.SPRITE, Rendition.Kind.WAVEFORM}


@login_required
@require_safe
def original(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Stream a clip's own bytes to the project's own people; for guests they do not exist."""
    clip = get_object_or_404(Clip.objects.visible_to(person(request)), pk=pk)
    path, media_type = original_of(actor=person(request), clip=clip)
    return _send(request, path, media_type=media_type, etag=clip.sha256)


@login_required
@require_safe
def rendition(request: HttpRequest, pk: UUID, kind: str) -> HttpResponseBase:
    """Stream a derived file; guests get poster, sprite, waveform and the watermarked proxy."""
    rows = Rendition.objects.visible_to(person(request))
    row = get_object_or_404(rows, clip_id=pk, kind=kind)
    path = Path(settings.MEDIA_ROOT) / row.storage_key
    max_age = STILL_SECONDS if row.kind in STILLS else 0
    return _send(request, path, media_type=row.media_type, etag=row.sha256, max_age=max_age)


@login_required
@require_safe
def thumbnails(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Tell as WebVTT which tile of the sprite shows which stretch; for whoever may see the sprite."""
    rows = Rendition.objects.visible_to(person(request)).select_related("clip")
    row = get_object_or_404(rows, clip_id=pk, kind=Rendition.Kind.SPRITE)
    if not row.layout.get("tiles"):
        raise Http404
    rate = Rate(row.clip.rate_num, row.clip.rate_den)
    # Relative to this answer's own address, wherever the hub is mounted.
    text = webvtt(row.layout, sprite=f"renditions/{row.kind}", frames=row.clip.frame_count, rate=rate)
    answer = HttpResponse(text, content_type="text/vtt; charset=utf-8")
    answer["Cache-Control"] = f"private, max-age={STILL_SECONDS}"
    return answer


@login_required
@require_safe
def reference(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Stream a reference."""
    row = get_object_or_404(Reference.objects.visible_to(person(request)), pk=pk)
    path = storage.path_for(row.storage_key, Path(settings.MEDIA_ROOT))
    return _send(request, path, media_type=row.media_type, etag=row.sha256, max_age=STILL_SECONDS)


@login_required
@require_safe
def reference_preview(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Send a reference's small picture; while it is not drawn there is none."""
    row = get_object_or_404(Reference.objects.visible_to(person(request)).exclude(preview_key=""), pk=pk)
    path = Path(settings.MEDIA_ROOT) / row.preview_key
    return _send(request, path, media_type="image/webp", etag=f"{row.sha256}-preview", max_age=STILL_SECONDS)


def _send(request: HttpRequest, path: Path, *, media_type: str, etag: str, max_age: int = 0) -> HttpResponseBase:
    prefix = settings.MEDIA_ACCEL_PREFIX
    return ranged_response(request, path, content_type=media_type, etag=etag, accel_prefix=prefix, max_age=max_age)
