"""Put the evidence into its files, after the layout in docs/reference/evidence-bundle.md, and sign the whole.

One sign-off after another is read, written and let go: a bundle of a thousand costs the memory of one.
"""

from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from generations.models import Clip
from reviews.actions import verification
from reviews.actions.deliver import file_name
from reviews.evidence import contents, gather, guide, openssl, verify, views
from reviews.evidence.bag import Bag
from reviews.evidence.gather import Evidence
from reviews.evidence.issuing import Issued, sealed
from reviews.evidence.shelf import Shelf
from reviews.models import Bundle, SignOff, TermsVersion
from reviews.rules.reasons import reason
from sorahub.ledger import timestamps
from sorahub.ledger.models import Checkpoint, TimeStamp
from sorahub.lib import signing, storage
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Refused

SUFFIXES = {"text/html": ".html", "text/markdown": ".md", "text/plain": ".txt", "application/pdf": ".pdf"}


def fill(bag: Bag, bundle: Bundle, checkpoint: Checkpoint) -> list[Issued]:
    """Write the whole bundle as of the checkpoint, and return what was issued in it.

    Raises Refused (quarantined) when the stored bytes are not the clip's any more, SignOff.DoesNotExist when the person who
    asked may not see a sign-off any more.
    """
    chosen = gather.chosen(bundle)
    bases = {pk: "data" if len(chosen) == 1 else f"data/items/{pk}" for pk in chosen}
    found = _Found(sha256(_verifier()).hexdigest())
    for pk, base in bases.items():
        evidence = gather.gather(bundle, pk, checkpoint)
        _put_item(bag, base, evidence, found)
    _put_checkpoint(bag, bundle, checkpoint, found)
    _put_keys(bag, found)
    bag.put("verify.py", _verifier())
    bag.put("VERIFY.md", guide.text(_told(bundle, bases[chosen[0]], len(chosen), found)).encode())
    bag.seal(_info(bundle, len(chosen)), partial(signing.sign, "record"))
    return found.issued


@dataclass
class _Found:
    """What is known of the bundle only once all of it is written."""

    verifier_sha256: str
    revoked: bool = False
    signed: list[tuple[str, str]] = field(default_factory=list)
    tokens: list[tuple[str, str]] = field(default_factory=list)
    certificates: set[bytes] = field(default_factory=set)
    issued: list[Issued] = field(default_factory=list)


def _told(bundle: Bundle, base: str, count: int, found: _Found) -> guide.Told:
    """Of several sign-offs, what is said of the first."""
    return guide.Told(
        bundle=bundle,
        verifier_sha256=found.verifier_sha256,
        base=base,
        count=count,
        sealed_by=signing.public_keys("record")[-1].key_id,
        signed=[row for row in found.signed if row[0].startswith(f"{base}/")],
        tokens=[row for row in found.tokens if row[0].startswith((f"{base}/", "data/audit/"))],
        revoked=found.revoked,
    )


def _verifier() -> bytes:
    return Path(verify.__file__).read_bytes()


def _put_item(bag: Bag, base: str, evidence: Evidence, found: _Found) -> None:
    redacted = evidence.bundle.variant == Bundle.Variant.REDACTED
    shelf = Shelf(bag, base, sign_off=str(evidence.sign_off.pk), redacted=redacted)
    _put_clip(shelf, evidence.clip)
    _put_record(shelf, evidence)
    _put_signed(shelf, evidence, found)
    _put_terms(shelf, evidence)
    _put_story(shelf, evidence)
    proofs = [contents.encoded(contents.proofs(each)) for each in (evidence.proofs, views.proofs(evidence.proofs))]
    shelf.confine("audit/proofs.json", *proofs)
    if not redacted:
        data, issued = sealed(evidence, found.verifier_sha256)
        shelf.keep("certificate.pdf", data)
        found.issued.append(issued)
    shelf.close(not_made=("certificate.pdf",))


def _put_clip(shelf: Shelf, clip: Clip) -> None:
    """Copy the original, not link it: what befalls the bundle must not befall the original."""
    with storage.open_original(clip.storage_key, settings.MEDIA_ROOT) as file:
        digest = shelf.copy(f"clip/{file_name(clip)}", file, clip.size)
    if digest != clip.sha256:
        verification.quarantine(clip)
        found = reason("quarantined")
        raise Refused(found.message, code=found.code, reasons=[found.as_dict()])


def _put_record(shelf: Shelf, evidence: Evidence) -> None:
    version = evidence.version
    shelf.confine("record.json", version.canonical.encode(), views.record(version), stated=True)
    shelf.keep("summary.txt", views.summary(evidence))
    if version.checklist:
        shelf.confine("checklist.json", version.checklist.canonical.encode())
    if version.disclosures:
        shelf.keep("disclosures.json", contents.encoded(contents.disclosures(version)))
    for row in evidence.decisions:
        whole = contents.decision(row, evidence.proofs)
        shelf.confine(f"approvals/{row.pk}.json", contents.encoded(whole), contents.encoded(views.decision(whole)))


def _put_signed(shelf: Shelf, evidence: Evidence, found: _Found) -> None:
    """Each signature with its text as signed, byte for byte in every kind of bundle: nothing less can be verified."""
    rows = {"signoff": evidence.sign_off, "revocation": evidence.revocation}
    rows |= {f"history/{row.pk}": row for row in evidence.others}
    found.revoked |= evidence.revocation is not None
    for name, row in rows.items():
        if row is not None:
            _put_signature(shelf, name, row, evidence.stamps.get(row.pk), found)


def _put_signature(shelf: Shelf, name: str, row: SignOff, stamp: TimeStamp | None, found: _Found) -> None:
    shelf.keep(f"{name}.json", contents.encoded(contents.signed(row)))
    raw = f"signed/{name.rpartition('/')[2]}"
    shelf.keep(f"{raw}.txt", row.payload.encode())
    shelf.keep(f"{raw}.sig", bytes.fromhex(row.signature))
    found.signed.append((f"{shelf.base}/{raw}", row.key_id))
    if stamp:
        token = f"approvals/{row.pk}.tsr"
        shelf.keep(token, bytes(stamp.token))
        found.tokens.append((f"{shelf.base}/{token}", f"{shelf.base}/{raw}.txt"))
        found.certificates |= openssl.certificates(stamp)


def _put_terms(shelf: Shelf, evidence: Evidence) -> None:
    """Each raw and extracted text once in the whole bundle, under its own hash; one at a time in memory."""
    governing, bag = evidence.governing, shelf.bag
    shelf.confine("terms/governing-set.json", governing.canonical.encode(), views.governing_set(governing), stated=True)
    written = {Path(path).name.partition(".")[0] for path in bag.hashes if path.startswith("data/terms/")}
    for member in evidence.members:
        if {member.terms_version.raw_sha256, member.terms_version.text_sha256} <= written:
            continue
        terms = TermsVersion.objects.get(pk=member.terms_version_id)
        files = {terms.raw_sha256: (SUFFIXES.get(terms.media_type, ""), bytes(terms.raw))}
        files.setdefault(terms.text_sha256, (".txt", terms.text.encode()))
        for digest in files.keys() - written:
            suffix, data = files[digest]
            bag.put(f"data/terms/{digest}{suffix}", data)
        written |= files.keys()
    credits = contents.credits(evidence.members)
    if credits:
        shelf.keep("terms-credits.json", contents.encoded(credits))


def _put_story(shelf: Shelf, evidence: Evidence) -> None:
    wholes = {
        "clip.json": (contents.clip(evidence.clip), views.clip),
        "generation.json": (contents.story(evidence), views.story),
        "provenance/report.json": (contents.provenance(evidence.provenance), views.provenance),
        "overrides.json": ([contents.override(row) for row in evidence.overrides], views.overrides),
    }
    for path, (whole, view) in wholes.items():
        shelf.confine(path, contents.encoded(whole), contents.encoded(view(whole)))
    shelf.confine("licensing-notes.json", contents.encoded([contents.note(note) for note in evidence.notes]))


def _put_checkpoint(bag: Bag, bundle: Bundle, checkpoint: Checkpoint, found: _Found) -> None:
    """The state of the ledger, the proofs that it grew from those of earlier bundles, and its token."""
    bag.put("data/audit/checkpoint.json", contents.encoded({"note": checkpoint.note}))
    bag.put("data/audit/checkpoint.txt", checkpoint.note.encode())
    earlier = gather.consistency(bundle, checkpoint)
    if earlier:
        rows: Json = [{"size": size, "path": [node.hex() for node in path]} for size, path in earlier]
        bag.put("data/audit/consistency.json", contents.encoded({"from": rows}))
    stamp = gather.stamp_of(checkpoint.note)
    if stamp:
        bag.put("data/audit/checkpoint.tsr", bytes(stamp.token))
        found.tokens.append(("data/audit/checkpoint.tsr", "data/audit/checkpoint.txt"))
        found.certificates |= openssl.certificates(stamp)


def _put_keys(bag: Bag, found: _Found) -> None:
    """Every key that the hub ever signed with, with its time; rotated ones verify what they signed then."""
    keys = signing.public_keys()
    bag.put("keys.json", contents.encoded(contents.keys(keys)))
    for key in keys:
        bag.put(f"keys/{key.key_id}.pem", openssl.pem(key.raw))
    if found.certificates:
        roots = openssl.pems(timestamps.configured_roots())
        bag.put("keys/authorities.pem", b"".join(sorted(found.certificates | roots)))


def _info(bundle: Bundle, count: int) -> dict[str, str]:
    about = (
        f"the clip with SHA-256 {bundle.clip.sha256}" if count == 1 else f"{count} clips of {bundle.clip.project.code}"
    )
    return {
        "External-Identifier": str(bundle.pk),
        "Bagging-Date": f"{bundle.created_at:%Y-%m-%d}",
        "Bag-Software-Agent": "SoraHub",
        "External-Description": f"{bundle.get_variant_display()} evidence for {about}",
    }
