"""What signed checkpoints claim about a chain, stored ones and copies kept elsewhere, and which of them are not fit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sorahub.ledger import notes as texts
from sorahub.ledger.models import Chain, Checkpoint
from sorahub.lib import signing
from sorahub.lib.errors import InvalidInput
from sorahub.lib.signing import PublicKey


@dataclass(frozen=True)
class Claim:
    """A checkpoint's claim; ``problem`` is a code when it cannot be relied upon, with ``message`` saying why."""

    row: str
    size: int
    root: bytes = b""
    head: bytes = b""
    problem: str = ""
    message: str = ""


def claims(chain: Chain, notes: Sequence[str]) -> tuple[list[Claim], list[Claim]]:
    """Return the fit claims in the order of size, and the unfit ones, of the stored checkpoints and of the copies."""
    keys = signing.public_keys("ledger")
    stored = [_stored(row, keys) for row in chain.checkpoints.order_by("size", "at").iterator(chunk_size=2000)]
    copies = [
        _copy(number, note, chain, keys) for number, note in enumerate(notes, 1) if chains_of([note]) == [chain.key]
    ]
    everything = sorted([*stored, *copies], key=lambda claim: claim.size)
    return [claim for claim in everything if not claim.problem], [claim for claim in everything if claim.problem]


def chains_of(notes: Iterable[str]) -> list[str]:
    """Return the key of the chain that each copy speaks of; InvalidInput for one that is no checkpoint."""
    return [texts.parse(note)[0].chain for note in notes]


def _stored(row: Checkpoint, keys: list[PublicKey]) -> Claim:
    try:
        statement, key, signature = texts.parse(row.note)
    except InvalidInput as error:
        return Claim(str(row.pk), row.size, problem="bad-note", message=error.message)
    signed = (statement.size, statement.root.hex(), statement.head.hex(), statement.at, signature.hex())
    told = (row.size, row.root, row.head, row.at, row.signature)
    if signed != told or texts.put_together(statement, key, signature) != row.note:
        return Claim(
            str(row.pk), row.size, problem="bad-note", message="the checkpoint's columns are not what was signed"
        )
    return judged(str(row.pk), row.note, [key for key in keys if key.key_id == row.key_id])


def _copy(number: int, note: str, chain: Chain, keys: list[PublicKey]) -> Claim:
    claim = judged(f"note {number}", note, keys)
    if claim.size > chain.size and not claim.problem:
        message = f"a checkpoint was signed over {claim.size} events, the chain has {chain.size}"
        return Claim(claim.row, claim.size, problem="checkpoint-beyond-head", message=message)
    return claim


def judged(row: str, note: str, keys: Iterable[PublicKey]) -> Claim:
    """Judge one note's signature: a claim, with its problem when no fitting key made it. Raises InvalidInput for what is no note."""
    statement, key_hash, signature = texts.parse(note)
    data = statement.text().encode()
    fitting = (key for key in keys if texts.key_hash(key.raw) == key_hash and key.valid_at(statement.at))
    if any(signing.verify(key.raw, data, signature) for key in fitting):
        return Claim(row, statement.size, statement.root, statement.head)
    message = "the checkpoint's signature was not made by the ledger's key of that time"
    return Claim(row, statement.size, problem="bad-signature", message=message)
