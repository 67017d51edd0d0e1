"""Write prompts: each change of words is the next version."""

from generations.actions import checks
from generations.actions.composing import write_version
from generations.models import Prompt, Shot
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission


def write_prompt(*, actor: User, shot: Shot, text: str, negative: str = "", parent: Prompt | None = None) -> Prompt:
    """Write the next version of the words for a shot, as they are; ``parent`` is the version it came from.

    Braces mean nothing here: words with variables and kept words are ``composing.compose_prompt``'s. Raises Forbidden,
    NotFound, InvalidInput (no words, or a parent of another shot), Conflict for an archived project.
    """
    actor.demand(Permission.WRITE_PROMPT)
    checks.require_seen(actor, Shot.objects.all(), shot)
    wording = checks.words(text, "text", "Write what should be seen.")
    return write_version(actor, shot, parent, text=wording, negative=negative.strip())
