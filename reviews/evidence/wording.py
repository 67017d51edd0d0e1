"""What the certificate says on its first page: who, what, under which terms, for what use, until when, and where to check it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from reviews.actions import telling
from reviews.actions.certified import Standing
from reviews.evidence import wording_in_full
from reviews.evidence.gather import Evidence
from reviews.evidence.rows import NOTHING, both, instant, listed, row, shortened
from reviews.models import WORLD, Alteration, GoverningMember, Use
from reviews.rules import statement
from reviews.rules.certified import State
from reviews.rules.countries import name_of
from sorahub.accounts.models import AgencyProfile
from sorahub.lib.canonical import Json
from sorahub.lib.pdf_identity import Identity
from sorahub.lib.timecode import Rate

__all__ = ["Issue", "instant", "page", "verify_url"]

BELOW = "in full below"
MOST_TERMS = 3
TONES = {
    State.VALID: "good", State.NOT_YET: "care", State.EXPIRED: "care", State.PENDING: "care", State.SUPERSEDED: "care",
    State.SUSPENDED: "bad", State.REVOKED: "bad", State.BROKEN: "bad",
}  # fmt: skip


@dataclass(frozen=True)
class Issue:
    """What belongs to this issue of the certificate: how things stand, when, sealed with what, and the hash of its verify.py."""

    standing: Standing
    at: datetime
    seal: Identity | None
    verifier_sha256: str


def page(evidence: Evidence, issue: Issue) -> dict[str, Json]:
    """Return the certificate's words: the first page's five answers, and the sections of the others."""
    number = issue.standing.number
    return {
        "title": "Certificate of clearance",
        "author": str(AgencyProfile.objects.current()),
        "overline": str(AgencyProfile.objects.current()),
        "number": number,
        "verify": verify_url(number),
        "state": _state(evidence, issue),
        "questions": [
            {"title": "Who", "asks": "cleared it, for whom", "rows": list(_who(evidence))},
            {"title": "What", "asks": "exactly which file", "rows": list(_what(evidence))},
            {"title": "For what use", "asks": "and for nothing else", "rows": list(_use(evidence))},
            {"title": "Until when", "asks": "the term", "rows": list(_term(evidence))},
            {"title": "Under which terms", "asks": "that govern it", "rows": list(_terms(evidence))},
        ],
        "checks": list(_checks(issue)),
        "sections": wording_in_full.sections(evidence, issue.verifier_sha256),
        "footer": f"{number} · issued {instant(issue.at)}",
    }


def verify_url(number: str) -> str:
    """Return the public address at which a number is checked."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/verify/{number}"


def signed(evidence: Evidence) -> dict[str, Any]:
    """Return what was signed, as data."""
    payload: dict[str, Any] = json.loads(evidence.sign_off.payload)
    return payload


def _state(evidence: Evidence, issue: Issue) -> Json:
    """The state at issue in words; whatever is not valid is shown big."""
    standing = issue.standing
    label = "Approved for commercial use within scope" if standing.state == State.VALID else standing.label
    since = f" since {instant(standing.since)}" if standing.since and standing.state != State.VALID else ""
    words = [standing.words]
    if evidence.revocation and standing.state == State.REVOKED:
        by = evidence.revocation.signer.person.name
        words.append(f"Revoked by {by}: {shortened(evidence.revocation.reason, 200, BELOW)}")
    if standing.superseded_by:
        words.append(f"The newer certificate is {standing.superseded_by}.")
    if evidence.overrides:
        words.append(
            f"It rests on {len(evidence.overrides)} exception(s) that two people approved: see “Who approved before”."
        )
    return {
        "tone": TONES[standing.state],
        "big": standing.state != State.VALID,
        "label": f"{label}{since}",
        "words": words,
        "as_of": f"This is how it stood when this page was issued, {instant(issue.at)}. How it stands now: see “Check it now”.",
    }


def _who(evidence: Evidence) -> Iterator[Json]:
    said = signed(evidence)
    signer, proof, clip = said["signer"], said.get("authentication") or {}, evidence.clip
    agency = AgencyProfile.objects.current()
    yield row("Agency", f"{agency}{f', {agency.contact}' if agency.contact else ''}")
    yield row("Signed by", shortened(f"{signer['name']} ({signer['role']}), {signer['email']}", 200, BELOW))
    proven = f"; presence proven by {str(proof['method']).replace('_', ' ')}" if proof.get("method") else ""
    yield row("Signed on", f"{instant(evidence.sign_off.signed_at)}{proven}")
    yield row("For", shortened(f"{clip.project.client.name}, project {clip.project.name}", 120, BELOW))


def _what(evidence: Evidence) -> Iterator[Json]:
    clip = evidence.clip
    rate = Rate(clip.rate_num, clip.rate_den)
    yield row("File", shortened(clip.original_name or str(clip), 80, BELOW))
    seconds = float(clip.frame_count / rate.fraction)
    length = f"{seconds:,.2f} s: {clip.frame_count} frames at {rate.num if rate.den == 1 else f'{rate.num}/{rate.den}'} per second"
    yield row("Length", length)
    yield row("Picture, size", f"{clip.width} × {clip.height}, {clip.video_codec}; {clip.size:,} bytes")
    yield row("SHA-256", clip.sha256[:32], clip.sha256[32:], mono=True)


def _use(evidence: Evidence) -> Iterator[Json]:
    version = evidence.version
    yield row("Uses", ", ".join(str(Use(use).label) for use in version.uses))
    if version.schema > 1:
        product = [words.removeprefix("for ") for words in statement.product(version)]
        yield row("Purposes", shortened("; ".join([statement.purposes(version), *product]), 200, BELOW))
    yield row("Territories", territories(version.territories))
    how = ["Exclusive" if version.exclusive else "Not exclusive"]
    if version.schema > 1:
        how.append(f"alterations: {str(Alteration(version.alterations).label).lower()}")
    yield row("Manner", "; ".join(how))
    yield row("Restrictions", shortened(version.restrictions.strip() or NOTHING, 150, BELOW))
    plans = [f"{one.title}: {'does not apply' if one.exempt else one.words}" for one in telling.plans_of(version)]
    duties = " · ".join(filter(None, [version.disclosure.strip(), *plans])) or NOTHING
    yield row("Disclosure of AI", shortened(duties, 150, BELOW))


def territories(codes: list[str]) -> str:
    """Write where: names with their codes while they are few, then codes alone."""
    if WORLD in codes:
        return "Worldwide"
    if len(codes) <= 8:
        return ", ".join(f"{name_of(code)} ({code})" for code in codes)
    return listed(codes, 30, BELOW)


def _term(evidence: Evidence) -> Iterator[Json]:
    version = evidence.version
    yield row("From", both(version.starts_at, version.time_zone))
    until = "without end"
    if version.ends_at is not None:
        until = f"up to, but not including, {both(version.ends_at, version.time_zone)}"
    yield row("Until", until)


def _terms(evidence: Evidence) -> Iterator[Json]:
    governing = evidence.governing
    for member in evidence.members[:MOST_TERMS]:
        label = f"{member.precedence}{' (prevails)' if member.precedence == 1 else ''}"
        yield row(label, *_text(member), digest=member.terms_version.raw_sha256)
    if len(evidence.members) > MOST_TERMS:
        yield row("And", f"{len(evidence.members) - MOST_TERMS} more ({BELOW})")
    bind = f"{governing.get_rule_display()}; as of {governing.as_of.isoformat()}"
    words = shortened(f"{governing.name} (route {governing.route})", 120, BELOW)
    yield row("As a set", f"{words}. {bind}", digest=governing.sha256)


def _text(member: GoverningMember) -> Iterator[str]:
    terms = member.terms_version
    yield shortened(f"{terms.source.publisher}: {terms.source.title}, {terms.label}", 80, BELOW)
    dates = {
        "in force from": terms.effective_from, "published": terms.published_on, "accepted": terms.accepted_at,
        "captured": terms.captured_at,
    }  # fmt: skip
    said = "; ".join(f"{name} {at:%Y-%m-%d}" for name, at in dates.items() if at)
    yield said


def _checks(issue: Issue) -> Iterator[Json]:
    yield row("Number", issue.standing.number, verify_url(issue.standing.number), mono=True)
    yield row("Seal", _seal(issue.seal))
    yield row(
        "verify.py",
        "checks all of it offline, out of the evidence bundle. Its own SHA-256:",
        digest=issue.verifier_sha256,
    )


def _seal(identity: Identity | None) -> str:
    if identity is None:
        return "NOT SEALED: this PDF carries no electronic seal. Check its number, or the evidence bundle's signature."
    if identity.test:
        return "TEST CERTIFICATE: this PDF is sealed with a certificate made for trying things out. It proves nothing about who issued it."
    return (
        f"Sealed (PAdES) by {identity.subject}; issued by {identity.issuer}, valid until {identity.valid_to:%Y-%m-%d}."
    )
