"""Derive: poster, sprite, waveform and provenance first, proxies after. All of it can be made again; the clip waits for none."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from generations import media
from generations.models import Clip, ProvenanceReport, Pulse, Rendition
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.lib import content_signing, storage

KINDS = {
    "poster": Rendition.Kind.POSTER,
    "sprite": Rendition.Kind.SPRITE,
    "waveform": Rendition.Kind.WAVEFORM,
    "review_proxy": Rendition.Kind.PROXY,
    "guest_proxy": Rendition.Kind.GUEST_PROXY,
}
PROXY_SECONDS = 2400.0


def derive(job: Job) -> Json:
    """Job "clip.derive": the small extras and the provenance report at once, then a review proxy where players need one."""
    clip = Clip.objects.select_related("project").get(pk=job.payload["clip"])
    with ThreadPoolExecutor(1) as beside:
        findings = beside.submit(judged, _original(clip))
        made = _derive(clip, extras=True)
    report(clip, findings.result())
    job.renew(PROXY_SECONDS)
    if not clip.scrub_safe:
        made += _derive(clip, proxy=True)
    return [*made]


def guest_proxy(job: Job) -> Json:
    """Job "clip.guest_proxy": the proxy with a mark that guests watch in place of the original."""
    clip = Clip.objects.select_related("project").get(pk=job.payload["clip"])
    if clip.renditions.filter(kind=Rendition.Kind.GUEST_PROXY).exists():
        return []
    job.renew(PROXY_SECONDS)
    return [*_derive(clip, watermark=review_mark(clip))]


def judged(path: Path, *, flat: bool = False) -> dict[str, Any]:
    """What a file says about its own origin, judged by today's roots, which are named in the answer's trust; ``flat``: we signed it."""
    roots = content_signing.anchors()
    found = media.provenance(path, anchors=roots.public, own_anchors=roots.own, flat=flat)
    return {**found, "trust": roots.describe()}


def report(clip: Clip, found: dict[str, Any]) -> None:
    """Keep what the file says about its own origin, once and for all."""
    if ProvenanceReport.objects.filter(clip=clip).exists():
        return
    with transaction.atomic():
        ProvenanceReport.objects.get_or_create(
            clip=clip,
            defaults={
                "c2pa_state": found["state"],
                "c2pa": found["credentials"] or {},
                "aigc": found["aigc"] or {},
                "xmp": found["xmp"] or "",
                "tools": {
                    **found["tools"],
                    "trust": found["trust"],
                    "source_types": found["digital_source_types"],
                    "xmp": found["xmp_fields"],
                },
            },
        )
        Pulse.objects.bump(clip.project)


def _original(clip: Clip) -> Path:
    return storage.path_for(clip.storage_key, Path(settings.MEDIA_ROOT))


def review_mark(clip: Clip) -> str:
    """Return what is written across every picture that is for looking at only."""
    return f"For review only · {clip.project.name}"


def _derive(clip: Clip, *, extras: bool = False, proxy: bool = False, watermark: str | None = None) -> list[str]:
    """Derive into the clip's folder, then write its rows; return the kinds."""
    folder = Path(settings.MEDIA_ROOT) / "renditions" / str(clip.pk)
    probe = media.Probe.from_json(clip.probe)
    derived = media.derive(_original(clip), folder, probe, extras=extras, proxy=proxy, watermark=watermark)
    files = [file for file in derived.files if file.kind in KINDS]
    with transaction.atomic():
        for file in files:
            _keep(clip, file, _layout(derived, file))
        Pulse.objects.bump(clip.project)
    return [file.kind for file in files]


def _keep(clip: Clip, file: media.DerivedFile, layout: dict[str, Json]) -> None:
    values = {
        "storage_key": f"renditions/{clip.pk}/{file.path.name}",
        "sha256": file.sha256,
        "size": file.size,
        "media_type": file.content_type,
        "layout": layout,
    }
    Rendition.objects.update_or_create(clip=clip, kind=KINDS[file.kind], defaults=values)


def _layout(derived: media.Derived, file: media.DerivedFile) -> dict[str, Json]:
    """A sprite's tiles; a picture's size; a waveform's scale."""
    size: dict[str, Json] = {"width": file.width, "height": file.height} if file.width else {}
    if file.kind == "sprite" and (layout := derived.file("sprite_layout")):
        return {**size, **json.loads(layout.path.read_text(encoding="utf-8"))}
    if file.kind == "waveform":
        told = json.loads(file.path.read_text(encoding="utf-8"))
        return {"schema": told["schema"], "per_second": told["per_second"]}
    return size
