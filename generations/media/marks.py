"""Everything that a file says about its own origin: Content Credentials, AIGC label, XMP. Child process
only.
"""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import av
import c2pa

from generations.media.aigc import digital_source_types, find_aigc, find_xmp
from generations.media.boxes import outline
from generations.media.containers import ffmpeg_errors, open_video
from generations.media.credentials import ISO_TYPES, Trust, read_credentials
from generations.media.xmp import fields


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The worker's entry: path, name, trust and size cap in, the findings out."""
    path, trust = Path(request["path"]), Trust(request["anchors"], request["own_anchors"])
    container = outline(path, request["name"]).container
    tags = _tags(path)
    xmp = find_xmp(path) if container in ISO_TYPES else None
    if path.stat().st_size > request["largest_checked"]:
        credentials: dict[str, Any] = {"state": "not_checked", "reason": "larger_than_checked"}
    else:
        credentials = read_credentials(path, container, trust)
    return {
        "state": credentials["state"],
        "credentials": credentials,
        "aigc": find_aigc(path, tags, xmp) if container in ISO_TYPES else None,
        "xmp": xmp,
        "xmp_fields": fields(xmp),
        "digital_source_types": digital_source_types(xmp, str(credentials.get("report"))),
        "trust": trust.describe(),
        "tools": {"c2pa-python": version("c2pa-python"), "c2pa-rs": c2pa.sdk_version(), "PyAV": av.__version__},
    }


def _tags(path: Path) -> dict[str, str]:
    with ffmpeg_errors(), open_video(path) as container:
        return dict(container.metadata)
