"""What the files of a bundle say, as values; names and words as they stand at the moment of writing."""

import json
from datetime import date, datetime

from generations.models import Clip, Generation, PlanPeriod, ProvenanceReport, Reference, Upload
from reviews.actions import telling
from reviews.evidence.gather import Evidence, Proof
from reviews.models import (
    Citation,
    Decision,
    GoverningMember,
    LicenceRecordVersion,
    LicensingNote,
    Override,
    SignOff,
)
from reviews.rules import duties
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import PrivateText
from sorahub.lib.canonical import Json
from sorahub.lib.signing import PublicKey


def encoded(value: Json) -> bytes:
    """Return readable JSON with its members in order; a lone surrogate is kept as its escape."""
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return text.encode("utf-8", "backslashreplace")


def moment(at: date | datetime | None) -> str | None:
    """Write a date or an instant in ISO 8601; None stays None."""
    return at.isoformat() if at else None


def person(user: User) -> dict[str, Json]:
    """Say who: name, what for, and the two ids that the ledger uses."""
    label = str(Kind(user.kind).label)
    return {"name": user.person.name, "role": label, "account": str(user.pk), "person": str(user.person_id)}


def signed(sign_off: SignOff) -> dict[str, Json]:
    """The signature and the exact text that it covers."""
    return {
        "payload": sign_off.payload,
        "payload_sha256": sign_off.payload_sha256,
        "signature": sign_off.signature,
        "key_id": sign_off.key_id,
        "algorithm": "Ed25519",
    }


def disclosures(version: LicenceRecordVersion) -> Json:
    """disclosures.json: what the record says to each duty of disclosure, with the duty as it was worded then."""
    return [
        {"title": one.title, "exempt": one.exempt, "words": one.words, "duty": duties.as_json(one.rule) if one.rule else None}
        for one in telling.plans_of(version)
    ]  # fmt: skip


def keys(found: list[PublicKey]) -> Json:
    """keys.json: the public keys that signed anything in here."""
    return {
        "keys": [
            {
                "key_id": key.key_id,
                "purpose": key.purpose,
                "algorithm": "Ed25519",
                "public_key": key.raw.hex(),
                "valid_from": moment(key.valid_from),
                "valid_to": moment(key.valid_to),
            }
            for key in found
        ]
    }


def decision(row: Decision, proofs: list[Proof]) -> dict[str, Json]:
    """One decision, with what its ledger entry says of it, and the salt under which the entry holds the reason's hash."""
    words = _words(row, proofs)
    return {
        "id": str(row.pk),
        "clip_id": str(row.clip_id),
        "clip_sha256": row.clip_sha256,
        "verdict": str(row.verdict),
        "stage_id": str(row.stage_id),
        "stage": row.stage.name,
        "person": str(row.person_id),
        "by": person(row.user),
        "reason": row.reason,
        "words": words,
        "words_salt": _salt(words),
        "decided_at": moment(row.decided_at),
    }


def note(row: LicensingNote) -> Json:
    """A licensing note with the passages that it cites."""
    return {
        "id": str(row.pk),
        "clip_sha256": row.clip_sha256,
        "body": row.body,
        "by": person(row.author),
        "written_at": moment(row.created_at),
        "cites": [_citation(each) for each in row.citations.all()],
    }


def override(row: Override) -> Json:
    """A block that two persons set aside for a time."""
    return {
        "id": str(row.pk),
        "block": row.block,
        "reason": row.reason,
        "requested_by": person(row.requested_by),
        "requested_at": moment(row.requested_at),
        "approved_by": person(row.approved_by) if row.approved_by else None,
        "approved_at": moment(row.approved_at),
        "expires_at": moment(row.expires_at),
    }


def credits(members: list[GoverningMember]) -> list[Json]:
    """Whom texts are owed to that came from archives, as the archives' licences ask: by the hash of the text's bytes."""
    found = ((member.terms_version, member.terms_version.origin or {}) for member in members)
    names = ("archive", "service", "terms_type", "part", "commit", "fetched_at", "licence", "attribution")
    return [
        {"raw_sha256": terms.raw_sha256, **{name: origin[name] for name in names if origin.get(name)}}
        for terms, origin in found
        if origin.get("attribution")
    ]


def clip(row: Clip) -> Json:
    """The clip's facts as counted and probed at ingest."""
    names = ("sha256", "size", "origin", "completeness", "original_name", "take", "container", "video_codec", "pixel_format",
             "width", "height", "rate_num", "rate_den", "frame_count", "variable_rate", "audio_codec")  # fmt: skip
    facts: dict[str, Json] = {name: getattr(row, name) for name in names}
    return {
        **facts,
        "id": str(row.pk),
        "client": row.project.client.name,
        "project": row.project.name,
        "shot": row.shot.code if row.shot else None,
        "ingested_at": moment(row.created_at),
    }


def story(evidence: Evidence) -> Json:
    """How the clip was made: every generation that gave these bytes, or the story that its uploader vouched for."""
    return {
        "origin": str(evidence.clip.origin),
        "completeness": str(evidence.clip.completeness),
        "generations": [generation(row, evidence.plans.get(row.pk)) for row in evidence.generations],
        "uploads": [upload(row) for row in evidence.uploads],
    }


def generation(row: Generation, plan: PlanPeriod | None = None) -> Json:
    """What was asked of which provider, under which contract and plan, and what it said it did."""
    return {
        "id": str(row.pk),
        "prompt": {
            "id": str(row.prompt_id),
            "version": row.prompt.version,
            "text": row.prompt.text,
            "negative": row.prompt.negative,
            "by": person(row.prompt.created_by),
            "written_at": moment(row.prompt.created_at),
        },
        "model": row.model,
        "mode": row.mode,
        "params": row.params,
        "references": [_reference(each) for each in row.references.all()],
        "capability_version": row.capability_version,
        "account": {
            "id": str(row.account_id),
            "name": row.account.name,
            "route": row.account.route,
            "contracting_party": row.account.contracting_party,
            "plan": row.account.plan,
            "region": row.account.region,
            "plan_at_generation": _plan(plan) if plan else None,
        },
        "remote_id": row.remote_id,
        "actual": row.actual,
        "response_sha256": row.response_sha256,
        "launched_by": person(row.created_by),
        "launched_at": moment(row.created_at),
        "submitted_at": moment(row.submitted_at),
        "provider_created_at": moment(row.provider_created_at),
        "finished_at": moment(row.finished_at),
    }


def _plan(row: PlanPeriod) -> Json:
    """The plan that the account was on that day, and the hash of the receipt that shows it."""
    return {
        "plan": row.plan,
        "contracting_party": row.contracting_party,
        "starts_on": moment(row.starts_on),
        "order_number": row.order_number,
        "receipt_sha256": row.receipt_sha256 or None,
        "declared_at": moment(row.declared_at),
    }


def upload(row: Upload) -> Json:
    """Who brought the file, and the story that they vouched for."""
    return {
        "id": str(row.pk),
        "original_name": row.original_name,
        "declared_model": row.declared_model,
        "declared_route": row.declared_route,
        "declared_prompt": row.declared_prompt,
        "declared_made_on": moment(row.declared_made_on),
        "vouched_for": row.declaration,
        "by": person(row.created_by),
        "uploaded_at": moment(row.created_at),
    }


def provenance(row: ProvenanceReport | None) -> Json:
    """What the file itself carried at ingest."""
    if row is None:
        return {"c2pa_state": "not_checked"}
    return {
        "c2pa_state": row.c2pa_state,
        "c2pa": row.c2pa,
        "aigc": row.aigc,
        "xmp": row.xmp,
        "tools": row.tools,
        "looked_at": moment(row.created_at),
    }


def proofs(found: list[Proof]) -> Json:
    """proofs.json: the ledger's entries and their inclusion paths."""
    return {
        "entries": [
            {"seq": proof.event.seq, "entry": proof.text, "path": [node.hex() for node in proof.path]}
            for proof in found
        ]
    }


def _words(row: Decision, proofs: list[Proof]) -> str:
    """The salted hash of the reason, as the ledger's entry of this decision has it."""
    bodies = (json.loads(proof.event.body) for proof in proofs if proof.event.subject_id == row.pk)
    return next((str(body.get("words", "")) for body in bodies), "")


def _citation(row: Citation) -> Json:
    clause = row.clause
    return {
        "terms": str(clause.terms_version),
        "text_sha256": clause.terms_version.text_sha256,
        "topic": str(clause.topic),
        "start": clause.start,
        "end": clause.end,
        "quote": clause.quote,
    }


def _reference(row: Reference) -> Json:
    return {
        "id": str(row.pk),
        "kind": str(row.kind),
        "sha256": row.sha256,
        "size": row.size,
        "original_name": row.original_name,
        "source": row.source,
        "rights": row.rights,
    }


def _salt(concealed: str) -> str | None:
    row = PrivateText.objects.filter(digest=concealed.removeprefix("sha256:")).first() if concealed else None
    return row.salt if row else None
