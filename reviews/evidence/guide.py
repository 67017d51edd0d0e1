"""VERIFY.md: how anybody checks a bundle, with our tool or without it. Each command works as it stands, run in the bundle."""

from collections.abc import Iterator
from dataclasses import dataclass

from reviews.evidence.bag import RAW_SEAL, SEAL, TAGS
from reviews.models import Bundle

_TEXT = """# How to verify this evidence bundle

{title} {bundle}, about {about}

## With Python 3.9 or later, offline

    python3 verify.py
    python3 verify.py --key HEX

On Windows write `py` instead of `python3`; on a Mac, `shasum -a 256` instead of `sha256sum` further down. The zip itself can be
checked without unpacking it: `python3 verify.py --key HEX BUNDLE.zip`.

It prints one line per check, then PASS; or FAIL, the file, and what is wrong with it. HEX is the agency's public record key (64
hexadecimal digits). Obtain it another way than from this bundle: without it the signatures prove that the bundle is whole and
of one piece, not who made it. The SHA-256 of verify.py, to compare with one that you trust:

    {verifier}

If you kept an older checkpoint of the same ledger, such as the checkpoint.json of an earlier bundle, add `--checkpoint FILE`: it is
then proven that nothing under it was changed since. With the full and the redacted bundle of the same,
`python3 verify.py --match FULL REDACTED` shows that both tell of the same things.

## Without our tool

    sha256sum -c {tags}
    sha256sum -c manifest-sha256.txt

The folder is a BagIt 1.0 bag (RFC 8493): with the Library of Congress's tool (`pip install bagit`)

    bagit.py --validate .

`{seal}` is an Ed25519 signature (RFC 8032) over the bytes of `{tags}`; `{raw}` is the
same as 64 bytes. Compare the key, too: `keys/` holds it as PEM, `keys.json` says when each key was in use. OpenSSL 3:

{commands}

{item} holds the signed text (`payload`) and its signature; the text names the hashes of the clip, of `record.json` and of
`terms/governing-set.json`. `data/audit/checkpoint.json` is the state of the ledger, and `proofs.json` has, for each event about
the clip, its entry and RFC 9162 inclusion path. A decision's `words` is the SHA-256 over `words_salt` (bytes) and `reason`.

{stamps}
## What is in here, all of it in `{base}`

- `certificate.pdf`: the whole in words, for people; `summary.txt`: the same in ten lines. Views; the signed record decides.
- `clip/`: the clip, byte by byte. `clip.json`: what was counted and probed when it came in.
- `record.json`: the licence record. `signoff.json`: the signature. `approvals/`: what the people of each stage decided.
- `terms/`: the terms that governed, as captured, with their text. `licensing-notes.json`, `overrides.json`: findings, exceptions.
- `generation.json`: prompt, parameters, references, provider and contract, or the story that an uploader vouched for.
- `provenance/report.json`: Content Credentials and labels that the file itself carried.
{redacted}{revoked}"""

_REDACTED = """
## Redacted

This is the redacted bundle. `redactions.json` lists every file that is withheld, or shown in part (`shown`), with its size and a
commitment: the SHA-256 of a salt (bytes) and the whole file. The salts are in the full bundle alone, so that nothing can be guessed.
What was signed is here byte for byte, or its signature could not be checked: it names the signer with name, role, address and ids.
"""

_REVOKED = """
## Revoked

A sign-off in here was revoked: `revocation.json` beside it holds the revocation, signed in the same way, with its time. What was
done before then was covered; nothing is from then on.
"""

_STAMPED = """Time-stamps (RFC 3161) are in `approvals/` and `audit/`; `keys/authorities.pem` has the certificates that came with them. verify.py
reads what a token is over and its time; the authority's own signature OpenSSL checks. Who would be surer still takes the
authority's root certificate from the authority.

{commands}
"""

_UNSTAMPED = "No time-stamping authority's token (RFC 3161) is in here.\n"


@dataclass(frozen=True)
class Told:
    """What VERIFY.md tells of one bundle: of several sign-offs, the commands for the first.

    ``signed``: each signed text's path without its suffix, and the key that signed it; ``tokens``: each time-stamp and the file
    that it is over.
    """

    bundle: Bundle
    verifier_sha256: str
    base: str
    count: int
    sealed_by: str
    signed: list[tuple[str, str]]
    tokens: list[tuple[str, str]]
    revoked: bool


def text(told: Told) -> str:
    """Return VERIFY.md for one bundle."""
    redacted = told.bundle.variant == Bundle.Variant.REDACTED
    one = f"the clip with SHA-256\n\n    {told.bundle.clip.sha256}"
    several = f"{told.count} sign-offs: each has its files in `data/items/`, and what follows is said of the first"
    return _TEXT.format(
        title="Redacted bundle" if redacted else "Bundle",
        bundle=told.bundle.pk,
        about=one if told.count == 1 else several,
        verifier=told.verifier_sha256,
        tags=TAGS,
        seal=SEAL,
        raw=RAW_SEAL,
        commands="\n".join(_signatures(told)),
        item=f"`{told.base}/signoff.json`",
        base=told.base,
        stamps=_STAMPED.format(commands="\n".join(_stamps(told))) if told.tokens else _UNSTAMPED,
        redacted=_REDACTED if redacted else "",
        revoked=_REVOKED if told.revoked else "",
    )


def _signatures(told: Told) -> Iterator[str]:
    yield _signature(told.sealed_by, TAGS, RAW_SEAL)
    for path, key in told.signed:
        yield _signature(key, f"{path}.txt", f"{path}.sig")


def _signature(key: str, data: str, signature: str) -> str:
    return f"    openssl pkeyutl -verify -pubin -inkey keys/{key}.pem -rawin -in {data} -sigfile {signature}"


def _stamps(told: Told) -> Iterator[str]:
    for token, data in told.tokens:
        yield f"    openssl ts -verify -data {data} -in {token} -token_in -CAfile keys/authorities.pem -partial_chain"
