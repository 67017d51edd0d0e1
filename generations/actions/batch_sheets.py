"""What each prompt's sheets bring to the cells of a batch: files in the places of the cell's model, characters of its account."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from generations.actions.orders import Wish, in_roles
from generations.actions.suggestions import Sheets
from generations.catalog import Capability
from generations.models import Character, Prompt, ProviderAccount


@dataclass(frozen=True)
class Brought:
    """A cell's wish with what came to it: named in ``things``. ``left``: what could not come along, in words."""

    wish: Wish
    things: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class Bringing:
    """What the sheets of a batch's prompts hold, read once; nothing is brought where that is not asked for."""

    def __init__(self, prompts: Sequence[Prompt], *, asked: bool) -> None:
        self.sheets = Sheets(prompts) if asked else None

    def along(self, prompt: Prompt, row: Capability, account: ProviderAccount, wish: Wish) -> Brought:
        """Put what the prompt's sheets bring behind what was chosen, which keeps its places. Raises InvalidInput for an odd role."""
        if self.sheets is None:
            return Brought(wish)
        chosen = in_roles(row, wish.references)
        found = self.sheets.bring(prompt, row, account, chosen)
        others = [each for each in found.characters if each not in wish.characters]
        named = [each for each in others if each.name.lower() in prompt.text.lower()]
        going = named[: max(row.characters - len(wish.characters), 0)]
        left = [*found.left, *(_unsaid(each, prompt, named) for each in others if each not in going)]
        references = [*chosen, *found.references] if found.references else wish.references
        full = replace(wish, references=references, characters=[*wish.characters, *going])
        things = [*(str(each) for each, _ in found.references), *(f"{each} (character)" for each in going)]
        return Brought(full, tuple(things), tuple(left))


def _unsaid(character: Character, prompt: Prompt, named: Sequence[Character]) -> str:
    if character in named:
        return f"{character} cannot come along: no more characters fit."
    return f"{character} does not come along: {prompt.shot.code} v{prompt.version} does not name it."
