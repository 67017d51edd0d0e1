"""Signs Content Credentials (C2PA) onto a copy, with the source among its ingredients. Child process only.

Measured with c2pa-rs 0.91: signing a file onto itself empties it, and a Builder signs once. Hence a new file each time, and memory is
flat only with a hash tree over pieces of the file.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import c2pa

from generations.media.credentials import ISO_TYPES, Trust, settings_for
from generations.media.errors import MediaError

_FLAT_MEMORY = {
    "merkle_tree_chunk_size_in_kb": 1024,
    "merkle_tree_max_proofs": 0,
    "backing_store_memory_threshold_in_mb": 16,
}


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The worker's entry: ``path`` (marked copy), ``source`` (the original), ``target``, ``container``, ``manifest``, ``signer``."""
    target = Path(request["target"])
    if target.exists():
        raise MediaError("crashed", "There is a file where the signed one is to be written.")
    seal(
        Path(request["path"]),
        Path(request["source"]),
        target,
        kind=ISO_TYPES[request["container"]],
        manifest=request["manifest"],
        signer=request["signer"],
        trust=Trust(request["anchors"], request["own_anchors"]),
    )
    return {"size": target.stat().st_size, "c2pa-rs": c2pa.sdk_version()}


def seal(
    path: Path,
    source: Path,
    target: Path,
    *,
    kind: str,
    manifest: Mapping[str, Any],
    signer: Mapping[str, str],
    trust: Trust,
) -> None:
    """Write ``target``: ``path`` with the manifest, whose parent is ``source``. Raises MediaError with what the library said.

    ``trust`` is what the parent's own credentials are judged by, for good. ``signer`` has chain, key, algorithm, and tsa (an address,
    or empty). An authority of time that does not answer is retryable: nothing is ever signed without the stamp that was asked for.
    """
    tsa = signer["tsa"]
    how = settings_for(trust)
    how["core"] |= _FLAT_MEMORY
    how["verify"] |= {"verify_after_sign": False}  # another process reads what was written
    if tsa:
        how["core"]["allowed_network_hosts"] = [urlsplit(tsa).hostname]
    info = c2pa.C2paSignerInfo(
        signer["algorithm"].encode(), signer["chain"].encode(), signer["key"].encode(), tsa.encode() if tsa else None
    )
    try:
        with (
            c2pa.Context.from_dict(how) as context,
            c2pa.Builder(json.dumps(manifest), context) as builder,
            c2pa.Signer.from_info(info) as made,
        ):
            with source.open("rb") as file:
                builder.add_ingredient(json.dumps(_parent(manifest)), kind, file)
            builder.sign_file(str(path), str(target), made)
    except c2pa.C2paError as error:
        target.unlink(missing_ok=True)
        raise _refused(str(error), tsa) from None


def _parent(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The ingredient that the manifest's first action opens."""
    return {"title": str(manifest["title"]), "relationship": "parentOf", "label": "source"}


def _refused(said: str, tsa: str) -> MediaError:
    if tsa and any(word in said.lower() for word in ("timestamp", "time stamp", "time-stamp", "http", "network")):
        return MediaError(
            "time_authority", f"The time-stamping authority {tsa} did not answer as it should: {said[:300]}"
        )
    return MediaError("not_sealed", f"Content Credentials could not be signed: {said[:300]}")
