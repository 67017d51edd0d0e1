"""Reads C2PA Content Credentials without ever asking the network. Child process only; with ``sealing`` the one that knows c2pa."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import c2pa

ISO_TYPES = {"mp4": "video/mp4", "mov": "video/quicktime"}
_ANCHOR_USES = "1.3.6.1.5.5.7.3.4\n1.3.6.1.5.5.7.3.36\n1.3.6.1.4.1.62558.2.1\n"
_REMOTE = "Remote"
_STATES = {"Trusted": "present_trusted", "Valid": "present_valid", "Invalid": "present_invalid"}


@dataclass(frozen=True, slots=True)
class Trust:
    """PEM texts: the public list's roots and the operator's own. Empty: nothing is trusted."""

    anchors: str = ""
    own_anchors: str = ""

    def describe(self) -> dict[str, str | None]:
        return {"anchors_sha256": _sha256(self.anchors), "own_anchors_sha256": _sha256(self.own_anchors)}


def read_credentials(path: Path, container: str, trust: Trust) -> dict[str, Any]:
    """state, validation_state, failures (each with the manifest that it concerns), remote_url and the whole
    report.
    """
    if container not in ISO_TYPES:
        return {"state": "unsupported", "reason": "c2pa_cannot_read_this_container"}
    with c2pa.Context.from_dict(settings_for(trust)) as context, path.open("rb") as file:
        try:
            reader = c2pa.Reader.try_create(ISO_TYPES[container], file, context=context)
        except c2pa.C2paError as error:
            return _unread(str(error))
        if reader is None:
            return {"state": "absent"}
        with reader:
            return _report(reader)


def _unread(complaint: str) -> dict[str, Any]:
    """A manifest kept elsewhere was not looked at, so nothing is known; one that cannot be read proves nothing."""
    if complaint.startswith(_REMOTE):
        url = complaint.rsplit(" ", 1)[-1]
        return {"state": "not_checked", "reason": "remote_manifest", "remote_url": url[:2000]}
    return {"state": "present_invalid", "reason": "unreadable", "detail": complaint[:500]}


def _report(reader: c2pa.Reader) -> dict[str, Any]:
    store = json.loads(reader.json())
    state = str(reader.get_validation_state())
    manifests = store.get("manifests", {})
    active = manifests.get(store.get("active_manifest"), {})
    return {
        "state": _STATES.get(state, "present_invalid"),
        "validation_state": state,
        "failures": list(_failures(store)),
        "trusted_by": _trusted_by(store.get("validation_results") or {}),
        "claim_generator": active.get("claim_generator_info") or active.get("claim_generator"),
        "signature": active.get("signature_info"),
        "embedded": reader.is_embedded(),
        "remote_url": reader.get_remote_url(),
        "report": store,
    }


def _trusted_by(results: Mapping[str, Any]) -> str:
    """Which set of roots vouches for the active manifest's signer: public, own, or empty for none."""
    for success in (results.get("activeManifest") or {}).get("success") or []:
        if success.get("code") == "signingCredential.trusted":
            return "own" if "user_anchors" in str(success.get("explanation")) else "public"
    return ""


def _failures(store: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Failures of the file itself and of every ingredient below it: a tampered parent leaves the top state
    untouched.
    """
    yield from _coded("active", (store.get("validation_results") or {}).get("activeManifest"))
    for delta in (store.get("validation_results") or {}).get("ingredientDeltas") or []:
        where = str(delta.get("ingredientAssertionURI", "ingredient"))
        yield from _coded(where, delta.get("validationDeltas"))
    for label, manifest in store.get("manifests", {}).items():
        for ingredient in manifest.get("ingredients") or []:
            where = f"{label}/{ingredient.get('title') or ingredient.get('label') or 'ingredient'}"
            results = ingredient.get("validation_results") or {}
            yield from _coded(where, results.get("activeManifest"))
            for delta in results.get("ingredientDeltas") or []:
                yield from _coded(where, delta.get("validationDeltas"))


def _coded(where: str, results: Mapping[str, Any] | None) -> Iterator[dict[str, str]]:
    for failure in (results or {}).get("failure") or []:
        code, said = str(failure.get("code")), str(failure.get("explanation", ""))
        yield {"where": where, "code": code, "explanation": said[:500]}


def settings_for(trust: Trust) -> dict[str, Any]:
    """How c2pa is to work: by these roots, for these uses of a certificate, without the network."""
    anchors = {"trust_anchors": trust.anchors, "user_anchors": trust.own_anchors}
    return {
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
        "core": {"allowed_network_hosts": []},
        "trust": {**{name: text for name, text in anchors.items() if text}, "trust_config": _ANCHOR_USES},
    }


def _sha256(text: str) -> str | None:
    return hashlib.sha256(text.encode()).hexdigest() if text else None
