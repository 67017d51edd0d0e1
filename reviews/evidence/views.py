"""What a redacted bundle shows of the files that it does not show in full: no prompts, notes, costs or accounts, and of persons
only the signer, as what was signed names them.

Each is the whole with members left out, never with others put in: verify.py --match holds it to that.
"""

import json
from typing import Any

from reviews.evidence.gather import Evidence, Proof
from reviews.models import GoverningSet, LicenceRecordVersion
from sorahub.lib import canonical
from sorahub.lib.canonical import Json

_CLIP = ("sha256", "size", "origin", "completeness", "container", "video_codec", "pixel_format", "width", "height", "rate_num",
         "rate_den", "frame_count", "variable_rate", "audio_codec", "id", "client", "project", "shot", "ingested_at")  # fmt: skip
_DECISION = ("id", "clip_id", "clip_sha256", "verdict", "stage_id", "stage", "words", "decided_at")
_GENERATION = ("model", "mode", "capability_version", "submitted_at", "provider_created_at", "finished_at")
_UPLOAD = ("declared_model", "declared_route", "declared_made_on", "uploaded_at")
_OVERRIDE = ("id", "block", "requested_at", "approved_at", "expires_at")
_OF_PERSONS = {"depicted", "answers", "authorship", "drafted_by"}
_KINDS = ("decision.", "signoff.", "evidence.")


def clip(whole: Json) -> Json:
    """clip.json without the name that its file had."""
    return _only(whole, _CLIP)


def decision(whole: Json) -> Json:
    """A decision without who made it and why; the role stays."""
    by: Any = whole["by"] if isinstance(whole, dict) else {}
    return {**_only(whole, _DECISION), "by": {"role": by["role"]}}


def story(whole: Any) -> Json:
    """generation.json: by which model, through whom and when; no prompt, parameters, references, accounts or job ids."""
    generations = [
        {**_only(each, _GENERATION), "account": _only(each["account"], ("route", "contracting_party"))}
        for each in whole["generations"]
    ]
    uploads = [_only(each, _UPLOAD) for each in whole["uploads"]]
    return {**_only(whole, ("origin", "completeness")), "generations": generations, "uploads": uploads}


def provenance(whole: Json) -> Json:
    """Whether the file carried Content Credentials, and when that was looked at."""
    return _only(whole, ("c2pa_state", "looked_at"))


def overrides(whole: Any) -> Json:
    """Which block was set aside and for how long."""
    return [_only(each, _OVERRIDE) for each in whole]


def record(version: LicenceRecordVersion) -> bytes:
    """The record; one that names people or holds the reviewers' answers without those."""
    said = json.loads(version.canonical)
    if not any(said.get(name) for name in ("depictions", "releases", "depicted", "answers", "authorship")):
        return version.canonical.encode()
    shown = {name: value for name, value in said.items() if name not in _OF_PERSONS}
    for name, hidden in (("depictions", ("name", "words")), ("releases", ("subject", "scope"))):
        if name in said:
            shown[name] = [{key: value for key, value in row.items() if key not in hidden} for row in said[name]]
    return canonical.dumps(shown)


def governing_set(governing: GoverningSet) -> bytes:
    """The governing set without the id of the provider account and its plan."""
    said = json.loads(governing.canonical)
    if not said.get("contract"):
        return governing.canonical.encode()
    return canonical.dumps({**said, "contract": _only(said["contract"], ("contracting_party",))})


def proofs(found: list[Proof]) -> list[Proof]:
    """The entries of decisions, signatures and the handing over of evidence."""
    return [proof for proof in found if proof.event.kind.startswith(_KINDS)]


def summary(evidence: Evidence) -> bytes:
    """summary.txt: who signed what, for which use, under which terms, until when; the same in both kinds of bundle."""
    signed, version, clip = json.loads(evidence.sign_off.payload), evidence.version, evidence.clip
    places = ", ".join(version.territories)
    terms = [
        f"  {row.terms_version.source.publisher}: {row.terms_version.source.title}, {row.terms_version.label}"
        for row in evidence.members
    ]
    lines = [
        f"Signed by     {signed['signer']['name']}, {signed['signer']['role']}, {signed['signed_at']}",
        f"Statement     {evidence.sign_off.statement}",
        f"Clip          SHA-256 {clip.sha256}, {clip.size} bytes, {clip.frame_count} frames",
        f"Uses          {', '.join(version.uses)} in {places}; purposes: {', '.join(version.purposes) or 'any'}",
        f"Restrictions  {version.restrictions or 'none'}",
        f"From, until   {version.starts_at.isoformat()}, {version.ends_at.isoformat() if version.ends_at else 'without end'}",
        f"Terms         {evidence.governing.route}, {evidence.governing.get_rule_display()}",
        *terms,
    ]
    revoked = evidence.revocation
    lines += [f"REVOKED       {revoked.signed_at.isoformat()}"] if revoked else []
    return ("\n".join([*lines, "", "A view: record.json and signoff.json decide.", ""])).encode(
        "utf-8", "backslashreplace"
    )


def _only(whole: Any, names: tuple[str, ...]) -> dict[str, Json]:
    return {name: whole[name] for name in names if name in whole}
