"""What a clip was asked for with: what was sent, written, kept words, what the provider says."""

from dataclasses import dataclass

from generations.catalog import roles
from generations.models import Clip, Generation, GenerationReference, Prompt, Reference
from generations.web.particulars import Compared, compared, sent_shots
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind


@dataclass(frozen=True)
class Asked:
    """A clip's order. ``sent_shots``: the one text of several shots, where the model has a form of its own for them.

    ``given``: the references that this person may see, in the order in which they were sent, each with its place in words.
    """

    generation: Generation
    prompt: Prompt
    sent_shots: str
    compared: list[Compared]
    given: list[tuple[GenerationReference, str]]


def asked_for(clip: Clip, user: User) -> Asked | None:
    """Return what the newest generation of a clip was asked with; None for uploads, and for guests, who are told elsewhere."""
    if user.kind == Kind.GUEST:
        return None
    rows = Generation.objects.visible_to(user).filter(clip=clip).for_list().select_related("capability_record")
    found = rows.prefetch_related("prompt__uses__version__kept").order_by("-id").first()
    if found is None:
        return None
    given = found.given.filter(reference__in=Reference.objects.visible_to(user)).select_related("reference")
    places = [(each, roles.title(each.reference.kind, each.role)) for each in given]
    return Asked(found, found.prompt, sent_shots(found), compared(found), places)
