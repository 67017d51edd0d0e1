"""What a clip was asked for with: the words that were sent, what was written, what of it was kept words, and what the provider says."""

from dataclasses import dataclass

from generations.models import Clip, Generation, Prompt
from generations.web.particulars import Compared, compared, sent_shots
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind


@dataclass(frozen=True)
class Asked:
    """A clip's order. ``sent_shots``: the one text of several shots, where the model has a form of its own for them."""

    generation: Generation
    prompt: Prompt
    sent_shots: str
    compared: list[Compared]


def asked_for(clip: Clip, user: User) -> Asked | None:
    """Return what the newest generation of a clip was asked with; None for uploads, and for guests, who are told elsewhere."""
    if user.kind == Kind.GUEST:
        return None
    rows = Generation.objects.visible_to(user).filter(clip=clip).for_list().select_related("capability_record")
    found = rows.prefetch_related("prompt__uses__version__kept").order_by("-id").first()
    if found is None:
        return None
    return Asked(found, found.prompt, sent_shots(found), list(compared(found)))
