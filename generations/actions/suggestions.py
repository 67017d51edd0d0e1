"""What a prompt's sheets bring to a launch: their references in the places of the chosen model, and their characters."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from generations.catalog import Capability
from generations.models import Character, Prompt, ProviderAccount, Reference, SheetPart


@dataclass(frozen=True)
class Suggestions:
    """References with the roles in which the model takes them, and characters that the account knows."""

    references: tuple[tuple[Reference, str], ...] = ()
    characters: tuple[Character, ...] = ()


def suggestions(prompt: Prompt, row: Capability, account: ProviderAccount) -> Suggestions:
    """Return what the sheets that a prompt used would have given along, as far as this model takes it, in the sheets' order."""
    parts = list(
        SheetPart.objects.filter(version__uses__prompt=prompt)
        .select_related("reference", "character")
        .order_by("version__uses__position", "position")
    )
    if not parts:
        return Suggestions()
    wanted = [part.reference.sha256 for part in parts if part.reference]
    at_hand = Reference.objects.at_hand().filter(project=prompt.shot.project_id, sha256__in=wanted)
    own = {each.sha256: each for each in at_hand}
    files = [
        (own[part.reference.sha256], part.role) for part in parts if part.reference and part.reference.sha256 in own
    ]
    found = [part.character for part in parts if part.character]
    ready = [
        each
        for each in found
        if (each.account_id, each.project_id, each.state) == (account.pk, prompt.shot.project_id, Character.State.READY)
    ]
    return Suggestions(_placed(row, files), tuple(dict.fromkeys(ready))[: row.characters])


def _placed(row: Capability, files: Sequence[tuple[Reference, str]]) -> tuple[tuple[Reference, str], ...]:
    """Each file once, in the place that it is meant for, or else the first that takes its kind and has room."""
    taken: Counter[tuple[str, str]] = Counter()
    placed: dict[Reference, str] = {}
    for reference, role in files:
        fitting = [slot for slot in row.slots if slot.kind == reference.kind]
        ranked = sorted(fitting, key=lambda slot: slot.role != role)
        free = (slot for slot in ranked if taken[slot.kind, slot.role] < slot.at_most)
        if reference not in placed and (slot := next(free, None)):
            placed[reference] = slot.role
            taken[slot.kind, slot.role] += 1
    most = row.max_references
    return tuple(placed.items())[: most if most is not None else len(placed)]
