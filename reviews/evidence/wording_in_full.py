"""What the certificate says after its first page: all of what was signed, approved, made, found and recorded, in words."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from generations.models import Generation, ProvenanceReport
from reviews.actions import telling
from reviews.evidence.gather import Evidence
from reviews.evidence.rows import NOTHING, both, instant, row, section, shortened
from reviews.models import WORLD, Alteration, Clause, Finding, GoverningMember, LicenceRecordVersion, Release, Use
from reviews.rules import statement
from sorahub.lib.canonical import Json

MOST_CLAUSES = 60


def sections(evidence: Evidence, verifier_sha256: str) -> list[Json]:
    """Return the sections in their order. The checklist's is there only where the record has one."""
    return [
        section("What was signed", _signature(evidence)),
        section("Scope and findings", _scope(evidence)),
        section("Under which terms, in full", _terms(evidence)),
        section("Clauses that were marked", _clauses(evidence)),
        section("Releases and what can be recognised", _releases(evidence)),
        section("Who approved before", _approvals(evidence)),
        section("How it was made", _making(evidence)),
        section("What the file itself carried", _provenance(evidence.provenance)),
        section("Licensing notes", _notes(evidence)),
        *_checklist(evidence),
        section("In the ledger", _ledger(evidence)),
        section("How to check this without us", _checking(evidence, verifier_sha256)),
    ]


def _scope(evidence: Evidence) -> Iterator[Json]:
    version = evidence.version
    yield row("Uses", ", ".join(str(Use(use).label) for use in version.uses))
    if version.schema > 1:
        yield row("Purposes", statement.purposes(version))
        yield row("Product", *[words.removeprefix("for ") for words in statement.product(version)])
        yield row("Alterations", Alteration(version.alterations).label)
    yield row("Territories", "Worldwide" if WORLD in version.territories else ", ".join(version.territories))
    yield row("Term", statement.term(version))
    yield row("Exclusive", "Yes" if version.exclusive else "No")
    yield row("Restrictions", version.restrictions or NOTHING)
    yield row("Disclosure of AI", version.disclosure or NOTHING)
    findings = {
        "Output is ours": version.ownership,
        "Commercial use": version.commercial_use,
        "Indemnity": version.indemnity,
    }
    yield row("Findings", "; ".join(f"{name}: {Finding(value).label}" for name, value in findings.items()))
    if version.authorship:
        yield row("Human authorship", version.authorship)
    if plans := telling.plans_of(version):
        yield row("Disclosure by market", *[_plan(one) for one in plans])
    drafted = f"Version {version.version}, drafted by {version.drafted_by.person.name} on {instant(version.drafted_at)}; SHA-256:"
    yield row("Record", drafted, version.sha256)


def _releases(evidence: Evidence) -> Iterator[Json]:
    version = evidence.version
    yield row("Recognisable", *_recognisable(version))
    yield row("Releases", *[_release(link.release) for link in version.releases.select_related("release")])


def _plan(one: telling.Plan) -> str:
    return f"{one.title}: {'does not apply, because ' if one.exempt else ''}{one.words}"


def _checklist(evidence: Evidence) -> Iterator[Json]:
    """The questions of the record's checklist with their answers, where it has one."""
    checklist = evidence.version.checklist
    if checklist is not None:
        title = f"Checklist: {checklist.title}, version {checklist.version}"
        yield section(title, (_answer(one) for one in telling.answers_of(evidence.version)))


def _answer(one: telling.Answer) -> Json:
    quotes = [f"“{clause.quote}” ({clause.terms_version})" for clause in one.clauses]
    return row(one.question, ": ".join(filter(None, [one.label, one.words])), *quotes)


def _recognisable(version: LicenceRecordVersion) -> Iterator[str]:
    """Each with what is known of it; the first schema has a sentence instead of rows."""
    if version.none_depicted:
        yield "Nobody and nothing, as declared"
    if version.depicted:
        yield version.depicted
    known = {Finding.YES: "real", Finding.NO: "invented", Finding.UNKNOWN: "not known whether real"}
    for one in version.depictions.select_related("release"):
        rests = f"; {one.release}" if one.release else ""
        words = f". {one.words}" if one.words else ""
        yield f"{one.get_kind_display()}: {one.name}, {known[Finding(one.real)]}{rests}{words}"


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
    yield row("Governing set", f"{governing.name} (route {governing.route})")
    yield row("Which versions bind", f"{governing.get_rule_display()}; as of {governing.as_of.isoformat()}")
    yield row("SHA-256 of the set", governing.sha256, mono=True)
    for member in evidence.members:
        yield row(
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


def _clauses(evidence: Evidence) -> Iterator[Json]:
    """The passages that somebody marked in the texts that govern, in the texts' order of precedence."""
    order = {member.terms_version_id: member.precedence for member in evidence.members}
    rows = Clause.objects.filter(terms_version__in=order).select_related("terms_version__source")
    found = sorted(rows, key=lambda each: (order[each.terms_version_id], each.start, each.pk))
    for clause in found[:MOST_CLAUSES]:
        about = f"{clause.terms_version}, characters {clause.start} to {clause.end}"
        yield row(str(clause.get_topic_display()), f"“{clause.quote}”", about)
    if len(found) > MOST_CLAUSES:
        yield row("And", f"{len(found) - MOST_CLAUSES} more, in the hub")
    if not found:
        yield row("Clauses")


def _signature(evidence: Evidence) -> Iterator[Json]:
    sign_off = evidence.sign_off
    said: dict[str, Any] = json.loads(sign_off.payload)
    signer, proof = said["signer"], said.get("authentication") or {}
    yield row("Statement", f"“{sign_off.statement}”")
    yield row("Meaning", str(sign_off.get_meaning_display()))
    yield row("Reason given", sign_off.reason or NOTHING)
    yield row("Signed by", f"{signer['name']}, {signer['role']}, {signer['email']}")
    yield row("Signed at", both(sign_off.signed_at, evidence.version.time_zone))
    if proof:
        yield row("Presence proven", f"{proof['method']}, {instant(datetime.fromisoformat(proof['at']))}")
    yield row("SHA-256 of the signed text", sign_off.payload_sha256, mono=True)
    yield row(
        "Signature", f"Ed25519, key {sign_off.key_id}", sign_off.signature[:64], sign_off.signature[64:], mono=True
    )
    if evidence.revocation:
        revoked = evidence.revocation
        yield row("Revoked", f"{revoked.signer.person.name}, {instant(revoked.signed_at)}", revoked.reason)


def _approvals(evidence: Evidence) -> Iterator[Json]:
    for decision in evidence.decisions:
        by = f"{decision.get_verdict_display()} by {decision.user.person.name}, {instant(decision.decided_at)}"
        yield row(decision.stage.name, by, *([decision.reason] if decision.reason else []))
    for override in evidence.overrides:
        people = [person.person.name for person in (override.requested_by, override.approved_by) if person]
        until = f"until {instant(override.expires_at)}"
        yield row("Exception", f"{override.block} set aside by {' and '.join(people)} {until}", override.reason)
    if not evidence.decisions and not evidence.overrides:
        yield row("Decisions")


def _making(evidence: Evidence) -> Iterator[Json]:
    yield row("On record", evidence.clip.get_completeness_display())
    for generation in evidence.generations:
        yield from _generated(generation)
    for upload in evidence.uploads:
        yield row("Uploaded by", f"{upload.created_by.person.name}, {instant(upload.created_at)}")
        yield row("Declared", f"{upload.declared_model} through {upload.declared_route}")
        yield row("Declared prompt", upload.declared_prompt or NOTHING)
    if not evidence.generations and not evidence.uploads:
        yield row("Story")


def _provenance(report: ProvenanceReport | None) -> Iterator[Json]:
    """What was in the file when it came here; unknown is not the same as absent."""
    found = report.c2pa_state if report else "not_checked"
    yield row("Content Credentials", found.replace("_", " "))
    if report is None:
        return
    yield row("Looked at", instant(report.created_at))
    if report.aigc:
        yield row("AIGC label", json.dumps(report.aigc, ensure_ascii=False, sort_keys=True))
    if report.xmp:
        yield row("XMP", shortened(report.xmp, 400))
    if report.tools:
        yield row("Looked at with", json.dumps(report.tools, ensure_ascii=False, sort_keys=True))


def _generated(generation: Generation) -> Iterator[Json]:
    account = generation.account
    contract = ", ".join(part for part in (account.contracting_party, account.plan, account.region) if part)
    yield row("Model", f"{generation.model} through {account.route}", *([f"Contract: {contract}"] if contract else []))
    yield row("Prompt", generation.prompt.text)
    yield row("Prompt by", f"{generation.prompt.created_by.person.name}, version {generation.prompt.version}")
    yield row("Parameters", json.dumps(generation.params, ensure_ascii=False, sort_keys=True))
    for reference in generation.references.all():
        told = [
            reference.original_name or reference.kind,
            reference.source or "source not told",
            reference.rights or "rights not told",
        ]
        yield row("Made from", "; ".join(told), f"SHA-256 {reference.sha256}")
    yield row("Launched", f"{generation.created_by.person.name}, {instant(generation.created_at)}")
    yield row("Provider's id", generation.remote_id or NOTHING)


def _notes(evidence: Evidence) -> Iterator[Json]:
    for note in evidence.notes:
        cited = [each.clause for each in note.citations.all()]
        quotes = [f"“{clause.quote}” ({clause.terms_version})" for clause in cited]
        yield row(note.author.person.name, f"{instant(note.created_at)}: {shortened(note.body)}", *quotes)
    if not evidence.notes:
        yield row("Notes")


def _ledger(evidence: Evidence) -> Iterator[Json]:
    checkpoint = evidence.checkpoint
    places = [str(each.event.seq) for each in evidence.proofs if each.event.subject_id == evidence.sign_off.pk]
    told = f"the sign-off's sequence number is {', '.join(places)}; {len(evidence.proofs)} events about this clip are proven in here"
    yield row("Checkpoint", f"{checkpoint.size} events of the client's chain at {instant(checkpoint.at)}; {told}")
    yield row("Merkle root", checkpoint.root, mono=True)


def _checking(evidence: Evidence, verifier_sha256: str) -> Iterator[Json]:
    yield row("Run in the bundle", "python3 verify.py", mono=True)
    yield row("SHA-256 of verify.py", verifier_sha256, mono=True)
    for key in evidence.keys:
        yield row(f"Public {key.purpose} key", key.raw.hex(), mono=True)
    yield row("Who issued it", "Ask the agency for its public record key by another way, and pass it with --key.")
    yield row("These pages", "are a view. What was signed is attached to this file: record.json and signoff.json.")
