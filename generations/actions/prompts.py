"""Write prompts: each change of words is the next version."""

from django.db import transaction
from django.db.models import Max

from generations.actions import checks
from generations.models import Prompt, Pulse, Shot
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import InvalidInput


def write_prompt(*, actor: User, shot: Shot, text: str, negative: str = "", parent: Prompt | None = None) -> Prompt:
    """Write the next version of the words for a shot; ``parent`` is the version it came from.

    Raises Forbidden, NotFound, InvalidInput (no words, or a parent of another shot), Conflict for an archived project.
    """
    actor.demand(Permission.WRITE_PROMPT)
    checks.require_seen(actor, Shot.objects.all(), shot)
    checks.require_open(shot.project)
    if parent is not None and parent.shot_id != shot.pk:
        raise InvalidInput("The earlier version belongs to another shot.", fields={"parent": "Of another shot."})
    wording = checks.words(text, "text", "Write what should be seen.")
    with transaction.atomic():
        Shot.objects.select_for_update().get(pk=shot.pk)
        last = Prompt.objects.filter(shot=shot).aggregate(last=Max("version"))["last"] or 0
        prompt = Prompt(
            shot=shot, version=last + 1, parent=parent, text=wording, negative=negative.strip(), created_by=actor
        )
        checks.insert(prompt)
        Pulse.objects.bump(shot.project)
    return prompt
