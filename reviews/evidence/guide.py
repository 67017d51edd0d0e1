"""VERIFY.md: how anybody checks a bundle, with our tool or without it."""

from reviews.evidence.gather import Evidence
from reviews.evidence.rows import instant

_TEXT = """# How to verify this evidence bundle

Bundle {bundle}, about the clip with SHA-256

    {clip}

## With Python 3.9 or later, offline

    python3 verify.py
    python3 verify.py --key HEX

On Windows write `py` instead of `python3`; on a Mac, `shasum -a 256` instead of `sha256sum` further down.

It prints one line per check, then PASS; or FAIL, the file, and what is wrong with it. HEX is the agency's public record key (64
hexadecimal digits). Obtain it another way than from this bundle: without it the signatures prove that the bundle is whole and
of one piece, not who made it. The SHA-256 of verify.py, to compare with one that you trust:

    {verifier}

## Without our tool

    sha256sum -c tagmanifest-sha256.txt
    sha256sum -c manifest-sha256.txt

The folder is a BagIt 1.0 bag (RFC 8493). `tagmanifest-sha256.txt.sig` is an Ed25519 signature (RFC 8032) over the bytes of
`tagmanifest-sha256.txt`. `data/signoff.json` holds the signed text (`payload`) and its signature; the text names the hashes of the
clip, of `data/record.json` and of `data/terms/governing-set.json`. `data/audit/` holds a checkpoint of the ledger and, for each event
about this clip, its entry and RFC 9162 inclusion path. A decision's `words` is the SHA-256 over `words_salt` (bytes) and `reason`.

## What is in here, all of it in `data/`

- `certificate.pdf`: the whole in words, for people. A view; the signed record decides.
- `clip/`: the clip, byte by byte. `clip.json`: what was counted and probed when it came in.
- `record.json`: the licence record. `signoff.json`: the signature. `approvals/`: what the people of each stage decided.
- `terms/`: the terms that governed, as captured, with their text. `licensing-notes.json`, `overrides.json`: findings, exceptions.
- `generation.json`: prompt, parameters, references, provider and contract, or the story that an uploader vouched for.
- `provenance/report.json`: Content Credentials and labels that the file itself carried.
{revoked}"""

_REVOKED = """
## Revoked

The sign-off in here was revoked on {at}. `data/revocation.json` holds the revocation, signed in the same way. What was done before
then was covered; nothing is from then on.
"""


def text(evidence: Evidence, verifier_sha256: str) -> str:
    """Return VERIFY.md for one bundle."""
    revocation = evidence.revocation
    return _TEXT.format(
        bundle=evidence.bundle.pk,
        clip=evidence.clip.sha256,
        verifier=verifier_sha256,
        revoked=_REVOKED.format(at=instant(revocation.signed_at)) if revocation else "",
    )
