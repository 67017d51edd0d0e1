"""What a prompt's sheets bring to a launch: their references in the places of the chosen model, and their characters."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch

from generations.catalog import Capability
from generations.models import Character, Prompt, PromptUse, ProviderAccount, Reference, SheetPart

Placed = Sequence[tuple[Reference, str]]


@dataclass(frozen=True)
class Suggestions:
    """References with the roles in which the model takes them, and characters that the account knows.

    ``left``: which characters cannot come along, and why, in words.
    """

    references: tuple[tuple[Reference, str], ...] = ()
    characters: tuple[Character, ...] = ()
    left: tuple[str, ...] = ()


class Sheets:
    """What the sheets of some prompts of one project hold; three statements for any number of prompts."""

    def __init__(self, prompts: Sequence[Prompt]) -> None:
        parts = SheetPart.objects.select_related("reference", "character").order_by("position")
        uses = PromptUse.objects.filter(prompt__in=[each.pk for each in prompts]).select_related("version__kept")
        self.parts: dict[UUID, list[tuple[str, SheetPart]]] = {}
        for use in uses.order_by("position").prefetch_related(Prefetch("version__parts", parts)):
            sheet = [(use.version.kept.title, part) for part in use.version.parts.all()]
            self.parts.setdefault(use.prompt_id, []).extend(sheet)
        wanted = {part.reference.sha256 for each in self.parts.values() for _, part in each if part.reference}
        at_hand = Reference.objects.at_hand().filter(project=prompts[0].shot.project_id, sha256__in=wanted)
        self.own = {each.sha256: each for each in at_hand} if wanted else {}

    def bring(self, prompt: Prompt, row: Capability, account: ProviderAccount, given: Placed = ()) -> Suggestions:
        """Return what goes along with a prompt besides the files already ``given``, as far as this model takes it, in the
        sheets' order.
        """
        parts = self.parts.get(prompt.pk, [])
        files = [(part.reference, part.role) for _, part in parts if part.reference]
        own = [(self.own[each.sha256], role) for each, role in files if each.sha256 in self.own]
        characters, left = self._characters(prompt, row, account)
        return Suggestions(_placed(row, own, given), characters, left)

    def _characters(
        self, prompt: Prompt, row: Capability, account: ProviderAccount
    ) -> tuple[tuple[Character, ...], tuple[str, ...]]:
        found = {part.character: title for title, part in self.parts.get(prompt.pk, []) if part.character}
        against = {each: list(_against(each, title, prompt, row, account)) for each, title in found.items()}
        able = [each for each, reasons in against.items() if not reasons]
        left = [reasons[0] for reasons in against.values() if reasons]
        left += [
            f"{each} cannot go along to {row.title}, which takes at most {row.characters}."
            for each in able[row.characters :]
        ]
        return tuple(able[: row.characters]), tuple(dict.fromkeys(left))


def suggestions(prompt: Prompt, row: Capability, account: ProviderAccount) -> Suggestions:
    """Return what the sheets that a prompt used would have given along, as far as this model takes it, in the sheets' order."""
    return Sheets([prompt]).bring(prompt, row, account)


def _against(
    character: Character, title: str, prompt: Prompt, row: Capability, account: ProviderAccount
) -> Iterator[str]:
    """Why a character cannot come along. One of another project is not named: who works here may not see it."""
    if character.project_id != prompt.shot.project_id:
        yield f"A character of {title} cannot come along: it belongs to another project. Make one here to use it."
    if not row.characters:
        yield f"{character} cannot go along to {row.title}, which takes no characters."
    if character.account_id != account.pk:
        yield f"{character} cannot go along to {row.title}: it was made at another account."
    if character.state != Character.State.READY:
        yield f"{character} cannot come along: it is not ready."


def _placed(row: Capability, files: Placed, given: Placed) -> tuple[tuple[Reference, str], ...]:
    """Each file once, in the place that it is meant for, or else the first that takes its kind and has room."""
    taken = Counter((reference.kind, role) for reference, role in given)
    before = {reference for reference, _ in given}
    placed: dict[Reference, str] = {}
    for reference, role in files:
        fitting = [slot for slot in row.slots if slot.kind == reference.kind]
        ranked = sorted(fitting, key=lambda slot: slot.role != role)
        free = (slot for slot in ranked if taken[slot.kind, slot.role] < slot.at_most)
        if reference not in placed and reference not in before and (slot := next(free, None)):
            placed[reference] = slot.role
            taken[slot.kind, slot.role] += 1
    most = row.max_references
    return tuple(placed.items())[: max(most - len(before), 0) if most is not None else len(placed)]
