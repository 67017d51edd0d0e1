"""What the certificate says. Page one: verdict, bytes, scope, signature, terms, ledger, how to check; then approvals and making."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from generations.models import Generation
from reviews.actions import telling
from reviews.evidence.gather import Evidence
from reviews.models import WORLD, Alteration, Finding, GoverningMember, LicenceRecordVersion, Release, Use
from reviews.rules import statement
from sorahub.lib.canonical import Json

LONGEST = 1200
NOTHING = "None recorded"


def page(evidence: Evidence, verifier_sha256: str) -> dict[str, Json]:
    """Return the certificate's words as sections of labelled facts."""
    clip = evidence.clip
    revoked = evidence.revocation is not None
    return {
        "title": "Certificate of clearance",
        "author": _signed(evidence)["signer"]["name"],
        "overline": f"{clip.project.client.name} · {clip.project.name} · {clip}",
        "tone": "revoked" if revoked else "approved",
        "verdict": "REVOKED: must no longer be used" if revoked else "Approved for commercial use within scope",
        "summary": list(_summary(evidence)),
        "footer": f"Evidence bundle {evidence.bundle.pk}",
        "sections": [
            _section("Which file", _bytes(evidence)),
            _section("For which use", _scope(evidence)),
            _section("By whom, and when", _signature(evidence)),
            _section("Under which terms", _terms(evidence)),
            _section("In the ledger", _ledger(evidence)),
            _section("How to check this", _checking(evidence, verifier_sha256)),
            _section("Who approved before", _approvals(evidence)),
            _section("How it was made", _making(evidence)),
            _section("Licensing notes", _notes(evidence)),
            *_checklist(evidence),
        ],
    }


def instant(at: datetime) -> str:
    """Write an instant in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def shortened(text: str) -> str:
    """Return a text whole, or its beginning with a word that there is more; line ends are \\n."""
    lines = text.replace("\r\n", "\n")
    return lines if len(lines) <= LONGEST else f"{lines[:LONGEST]} … (in full in the bundle)"


def _section(title: str, rows: Iterator[Json]) -> Json:
    return {"title": title, "rows": list(rows)}


def _row(label: str, *lines: str, mono: bool = False) -> Json:
    return {"label": label, "lines": [shortened(line) for line in lines] or [NOTHING], "mono": mono}


def _signed(evidence: Evidence) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(evidence.sign_off.payload)
    return payload


def _summary(evidence: Evidence) -> Iterator[str]:
    sign_off, revocation = evidence.sign_off, evidence.revocation
    signer = _signed(evidence)["signer"]
    yield f"{signer['name']} ({signer['role']}) signed on {instant(sign_off.signed_at)}: “{sign_off.statement}”"
    if sign_off.reason:
        yield f"Reason given: {shortened(sign_off.reason)}"
    if evidence.overrides:
        yield f"It rests on {len(evidence.overrides)} exception(s) that two people approved: see “Who approved before”."
    if revocation:
        name = revocation.signer.person.name
        yield f"{name} revoked it on {instant(revocation.signed_at)}: {shortened(revocation.reason)}"


def _bytes(evidence: Evidence) -> Iterator[Json]:
    clip = evidence.clip
    rate = f"{clip.rate_num}/{clip.rate_den}" if clip.rate_den != 1 else str(clip.rate_num)
    yield _row("Fingerprint, SHA-256", clip.sha256, mono=True)
    yield _row("Size", f"{clip.size:,} bytes")
    yield _row(
        "Picture", f"{clip.frame_count} frames at {rate} per second, {clip.width} × {clip.height}, {clip.video_codec}"
    )
    yield _row("Project", f"{clip.project.name} for {clip.project.client.name}; {clip}")


def _scope(evidence: Evidence) -> Iterator[Json]:
    version = evidence.version
    yield _row("Uses", ", ".join(str(Use(use).label) for use in version.uses))
    if version.schema > 1:
        yield _row("Purposes", statement.purposes(version))
        yield _row("Product", *[words.removeprefix("for ") for words in statement.product(version)])
        yield _row("Alterations", Alteration(version.alterations).label)
    yield _row("Territories", "Worldwide" if WORLD in version.territories else ", ".join(version.territories))
    yield _row("Term", statement.term(version))
    yield _row("Exclusive", "Yes" if version.exclusive else "No")
    yield _row("Restrictions", version.restrictions or NOTHING)
    yield _row("Disclosure of AI", version.disclosure or NOTHING)
    findings = {
        "Output is ours": version.ownership,
        "Commercial use": version.commercial_use,
        "Indemnity": version.indemnity,
    }
    yield _row("Findings", "; ".join(f"{name}: {Finding(value).label}" for name, value in findings.items()))
    yield _row("Recognisable", *_recognisable(version))
    yield _row("Releases", *[_release(link.release) for link in version.releases.select_related("release")])
    if version.authorship:
        yield _row("Human authorship", version.authorship)
    if plans := telling.plans_of(version):
        yield _row("Disclosure by market", *[_plan(one) for one in plans])
    yield _row("Record", f"Version {version.version}, SHA-256:", version.sha256, mono=True)


def _plan(one: telling.Plan) -> str:
    return f"{one.title}: {'does not apply, because ' if one.exempt else ''}{one.words}"


def _checklist(evidence: Evidence) -> Iterator[Json]:
    """The questions of the record's checklist with their answers, where it has one."""
    checklist = evidence.version.checklist
    if checklist is not None:
        title = f"Checklist: {checklist.title}, version {checklist.version}"
        yield _section(title, (_answer(one) for one in telling.answers_of(evidence.version)))


def _answer(one: telling.Answer) -> Json:
    quotes = [f"“{clause.quote}” ({clause.terms_version})" for clause in one.clauses]
    return _row(one.question, ": ".join(filter(None, [one.label, one.words])), *quotes)


def _recognisable(version: LicenceRecordVersion) -> Iterator[str]:
    """Each with what is known of it; the first schema has a sentence instead of rows."""
    if version.none_depicted:
        yield "Nobody and nothing, as declared"
    if version.depicted:
        yield version.depicted
    for row in version.depictions.select_related("release"):
        real = {Finding.YES: "real", Finding.NO: "invented", Finding.UNKNOWN: "not known whether real"}[
            Finding(row.real)
        ]
        rests = f"; {row.release}" if row.release else ""
        yield f"{row.get_kind_display()}: {row.name}, {real}{rests}{f'. {row.words}' if row.words else ''}"


def _release(release: Release) -> str:
    until = f"until {release.valid_until.isoformat()}" if release.valid_until else "without end"
    withdrawn = f"; withdrawn {instant(release.withdrawn_at)}" if release.withdrawn_at else ""
    term = f"{release.get_kind_display()}: {release.subject}, from {release.valid_from.isoformat()} {until}"
    return "; ".join([term, *_consented(release)]) + withdrawn


def _consented(release: Release) -> Iterator[str]:
    """To which uses, where, to AI or not; older releases say it in their scope alone."""
    if release.uses:
        yield ", ".join(str(Use(use).label) for use in release.uses)
    if release.territories:
        yield "worldwide" if WORLD in release.territories else ", ".join(release.territories)
    if release.ai_use != Finding.UNKNOWN:
        yield f"AI: {Finding(release.ai_use).label.lower()}"
    if release.document_sha256:
        yield f"document SHA-256 {release.document_sha256}"


def _terms(evidence: Evidence) -> Iterator[Json]:
    governing = evidence.governing
    yield _row("Governing set", f"{governing.name} (route {governing.route})")
    yield _row("Which versions bind", f"{governing.get_rule_display()}; as of {governing.as_of.isoformat()}")
    yield _row("SHA-256 of the set", governing.sha256, mono=True)
    for member in evidence.members:
        yield _row(
            f"{member.precedence} (prevails)" if member.precedence == 1 else str(member.precedence), *_term(member)
        )


def _term(member: GoverningMember) -> Iterator[str]:
    terms = member.terms_version
    dates = {
        "published": terms.published_on, "in force from": terms.effective_from, "accepted": terms.accepted_at,
        "captured": terms.captured_at,
    }  # fmt: skip
    yield f"{terms.source.publisher}: {terms.source.title}, {terms.label}"
    yield "; ".join(f"{name} {at:%Y-%m-%d}" if at else f"{name} unknown" for name, at in dates.items())
    yield f"SHA-256 {terms.raw_sha256}"
    if (terms.origin or {}).get("attribution"):
        yield str(terms.origin["attribution"])


def _signature(evidence: Evidence) -> Iterator[Json]:
    sign_off, payload = evidence.sign_off, _signed(evidence)
    signer, proof = payload["signer"], payload["authentication"]
    yield _row("Signed by", f"{signer['name']}, {signer['role']}, {signer['email']}")
    yield _row("Signed at", instant(sign_off.signed_at))
    yield _row("Presence proven", f"{proof['method']}, {instant(datetime.fromisoformat(proof['at']))}")
    yield _row(
        "Signature", f"Ed25519, key {sign_off.key_id}", sign_off.signature[:64], sign_off.signature[64:], mono=True
    )


def _approvals(evidence: Evidence) -> Iterator[Json]:
    for decision in evidence.decisions:
        by = f"{decision.get_verdict_display()} by {decision.user.person.name}, {instant(decision.decided_at)}"
        yield _row(decision.stage.name, by, *([decision.reason] if decision.reason else []))
    for override in evidence.overrides:
        people = [person.person.name for person in (override.requested_by, override.approved_by) if person]
        until = f"until {instant(override.expires_at)}"
        yield _row("Exception", f"{override.block} set aside by {' and '.join(people)} {until}", override.reason)
    if not evidence.decisions and not evidence.overrides:
        yield _row("Decisions")


def _making(evidence: Evidence) -> Iterator[Json]:
    yield _row("On record", evidence.clip.get_completeness_display())
    for generation in evidence.generations:
        yield from _generated(generation)
    for upload in evidence.uploads:
        yield _row("Uploaded by", f"{upload.created_by.person.name}, {instant(upload.created_at)}")
        yield _row("Declared", f"{upload.declared_model} through {upload.declared_route}")
        yield _row("Declared prompt", upload.declared_prompt or NOTHING)
    found = evidence.provenance.c2pa_state if evidence.provenance else "not_checked"
    yield _row("Content Credentials", found.replace("_", " "))


def _generated(generation: Generation) -> Iterator[Json]:
    account = generation.account
    contract = ", ".join(part for part in (account.contracting_party, account.plan, account.region) if part)
    yield _row("Model", f"{generation.model} through {account.route}", *([f"Contract: {contract}"] if contract else []))
    yield _row("Prompt", generation.prompt.text)
    yield _row("Prompt by", f"{generation.prompt.created_by.person.name}, version {generation.prompt.version}")
    yield _row("Parameters", json.dumps(generation.params, ensure_ascii=False, sort_keys=True))
    yield _row("Launched", f"{generation.created_by.person.name}, {instant(generation.created_at)}")
    yield _row("Provider's id", generation.remote_id or NOTHING)


def _notes(evidence: Evidence) -> Iterator[Json]:
    for note in evidence.notes:
        cited = [each.clause for each in note.citations.all()]
        quotes = [f"“{clause.quote}” ({clause.terms_version})" for clause in cited]
        yield _row(note.author.person.name, f"{instant(note.created_at)}: {shortened(note.body)}", *quotes)
    if not evidence.notes:
        yield _row("Notes")


def _ledger(evidence: Evidence) -> Iterator[Json]:
    checkpoint = evidence.checkpoint
    places = [str(each.event.seq) for each in evidence.proofs if each.event.subject_id == evidence.sign_off.pk]
    told = f"the sign-off's sequence number is {', '.join(places)}; {len(evidence.proofs)} events about this clip are proven in here"
    yield _row("Checkpoint", f"{checkpoint.size} events of the client's chain at {instant(checkpoint.at)}; {told}")
    yield _row("Merkle root", checkpoint.root, mono=True)


def _checking(evidence: Evidence, verifier_sha256: str) -> Iterator[Json]:
    yield _row("Run in the bundle", "python3 verify.py", mono=True)
    yield _row("SHA-256 of verify.py", verifier_sha256, mono=True)
    for key in evidence.keys:
        yield _row(f"Public {key.purpose} key", key.raw.hex(), mono=True)
    yield _row("Who issued it", "Ask the agency for its public record key by another way, and pass it with --key.")
    yield _row("This page", "is a view. The signed record is data/record.json, attached to this file.")
