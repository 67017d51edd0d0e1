"""What a clip was asked for with: what was sent, written, kept words, what the provider says; or what somebody declares it to be."""

import json
from dataclasses import dataclass

from django.urls import reverse

from generations.catalog import roles
from generations.interchange.columns import FIELDS
from generations.models import Clip, Generation, GenerationReference, ImportRow, Prompt, Reference
from generations.web.particulars import Compared, compared, sent_shots
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission

BESIDES = ("seed", "remote_id", "notes", "tags")
"""What a row says that the clip itself has no place for."""
RAW = {"manifest": "The manifest’s row, as it came", "metadata": "The provider’s metadata, as it came"}
LONGEST_RAW = 20_000


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


@dataclass(frozen=True)
class Declared:
    """What somebody vouches for of a clip that came from outside. ``row``: the row of an import that brought it, if one did.

    ``facts`` is what that row says besides, ``raw`` what it was read from, as titles and text. ``write_url``: where a prompt is begun
    with the declared words, for whoever may write one; else "".
    """

    row: ImportRow | None
    facts: list[tuple[str, str]]
    raw: list[tuple[str, str]]
    write_url: str


def declared_for(clip: Clip, user: User) -> Declared | None:
    """Return the declared story of a clip that came from outside; None for others, and for guests. Expects ``declared_by`` joined."""
    if user.kind == Kind.GUEST or clip.origin != Clip.Origin.UPLOAD:
        return None
    rows = ImportRow.objects.visible_to(user).filter(clip=clip, state=ImportRow.State.IMPORTED)
    row = rows.select_related("run").order_by("id").first()
    facts = [(FIELDS[name], _said(row.facts[name])) for name in BESIDES if row.facts.get(name)] if row else []
    raw = [(title, _pretty(row.raw[name])) for name, title in RAW.items() if row.raw.get(name)] if row else []
    return Declared(row, facts, raw, _write_url(clip, user))


def _write_url(clip: Clip, user: User) -> str:
    if (
        not clip.declared_prompt
        or clip.shot_id is None
        or clip.project.archived_at
        or not user.may(Permission.WRITE_PROMPT)
    ):
        return ""
    return f"{reverse('generations:prompt-new', args=[clip.shot_id])}?words_of={clip.pk}"


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _pretty(value: object) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return (
        text
        if len(text) <= LONGEST_RAW
        else f"{text[:LONGEST_RAW]}\n… {len(text) - LONGEST_RAW:,} characters more are kept."
    )


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
