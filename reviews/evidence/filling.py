"""Put the evidence into its files, after the layout in docs/reference/evidence-bundle.md, and sign the whole."""

from hashlib import sha256
from pathlib import Path

from django.conf import settings

from generations.models import Clip
from reviews.actions import verification
from reviews.actions.deliver import file_name
from reviews.evidence import contents, guide, verify
from reviews.evidence.bag import Bag
from reviews.evidence.certificate import certificate
from reviews.evidence.gather import Evidence
from reviews.models import TermsVersion
from reviews.rules.reasons import reason
from sorahub.lib import signing, storage
from sorahub.lib.errors import Refused

SUFFIXES = {"text/html": ".html", "text/markdown": ".md", "text/plain": ".txt", "application/pdf": ".pdf"}


def fill(root: Path, evidence: Evidence) -> None:
    """Write the whole bundle into a new folder. Raises Refused (quarantined) when the stored bytes are not the clip's any more."""
    bag = Bag(root)
    _put_clip(bag, evidence.clip)
    _put_record(bag, evidence)
    _put_terms(bag, evidence)
    _put_story(bag, evidence)
    _put_ledger(bag, evidence)
    verifier = Path(verify.__file__).read_bytes()
    digest = sha256(verifier).hexdigest()
    bag.put("data/certificate.pdf", certificate(evidence, verifier_sha256=digest))
    bag.put("verify.py", verifier)
    bag.put("VERIFY.md", guide.text(evidence, digest).encode())
    bag.put("keys.json", contents.encoded(contents.keys(evidence.keys)))
    bag.seal(_info(evidence), lambda data: signing.sign("record", data))


def _put_clip(bag: Bag, clip: Clip) -> None:
    """Copy the original, not link it: what befalls the bundle must not befall the original."""
    with storage.open_original(clip.storage_key, settings.MEDIA_ROOT) as file:
        digest = bag.copy(f"data/clip/{file_name(clip)}", file)
    if digest != clip.sha256:
        verification.quarantine(clip)
        found = reason("quarantined")
        raise Refused(found.message, code=found.code, reasons=[found.as_dict()])


def _put_record(bag: Bag, evidence: Evidence) -> None:
    bag.put("data/record.json", evidence.version.canonical.encode())
    bag.put("data/signoff.json", contents.encoded(contents.signed(evidence.sign_off)))
    if evidence.revocation:
        bag.put("data/revocation.json", contents.encoded(contents.signed(evidence.revocation)))
    if evidence.version.checklist:
        bag.put("data/checklist.json", evidence.version.checklist.canonical.encode())
    if evidence.version.disclosures:
        bag.put("data/disclosures.json", contents.encoded(contents.disclosures(evidence.version)))
    for decision in evidence.decisions:
        bag.put(f"data/approvals/{decision.pk}.json", contents.encoded(contents.decision(decision, evidence.proofs)))


def _put_terms(bag: Bag, evidence: Evidence) -> None:
    """Each raw and extracted text once, under its own hash; one at a time in memory."""
    bag.put("data/terms/governing-set.json", evidence.governing.canonical.encode())
    written: set[str] = set()
    for member in evidence.members:
        terms = TermsVersion.objects.get(pk=member.terms_version_id)
        files = {terms.raw_sha256: (SUFFIXES.get(terms.media_type, ""), bytes(terms.raw))}
        files.setdefault(terms.text_sha256, (".txt", terms.text.encode()))
        for digest in files.keys() - written:
            suffix, data = files[digest]
            bag.put(f"data/terms/{digest}{suffix}", data)
        written |= files.keys()
    credits = contents.credits(evidence.members)
    if credits:
        bag.put("data/terms-credits.json", contents.encoded(credits))


def _put_story(bag: Bag, evidence: Evidence) -> None:
    bag.put("data/clip.json", contents.encoded(contents.clip(evidence.clip)))
    bag.put("data/generation.json", contents.encoded(contents.story(evidence)))
    bag.put("data/provenance/report.json", contents.encoded(contents.provenance(evidence.provenance)))
    bag.put("data/licensing-notes.json", contents.encoded([contents.note(note) for note in evidence.notes]))
    bag.put("data/overrides.json", contents.encoded([contents.override(each) for each in evidence.overrides]))


def _put_ledger(bag: Bag, evidence: Evidence) -> None:
    bag.put("data/audit/checkpoint.json", contents.encoded({"note": evidence.checkpoint.note}))
    bag.put("data/audit/proofs.json", contents.encoded(contents.proofs(evidence.proofs)))


def _info(evidence: Evidence) -> dict[str, str]:
    return {
        "External-Identifier": str(evidence.bundle.pk),
        "Bagging-Date": f"{evidence.bundle.created_at:%Y-%m-%d}",
        "Bag-Software-Agent": "SoraHub",
        "External-Description": f"Evidence for the clip with SHA-256 {evidence.clip.sha256}",
    }
