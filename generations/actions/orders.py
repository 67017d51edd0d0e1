"""Turn what a face sends into what the catalogue judges: typed parameters, reference facts, capability, estimate."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from generations import catalog
from generations.actions import parameters, sources
from generations.catalog.roles import place_of
from generations.models import Character, Generation, Project, Prompt, ProviderAccount, Reference
from sorahub.jobs.values import Json
from sorahub.lib.errors import InvalidInput

NO_SLOT = "reference"
Given: TypeAlias = "Reference | tuple[Reference, str]"
"""A reference, perhaps with its role (a place's own, or one of the six of people); without one it takes the first place for
its kind that has room.
"""


@dataclass(frozen=True)
class Wish:
    """What is asked of which model, as a face sends it. ``source``: what a remix, edit or extension starts from."""

    model: str
    mode: str
    params: Mapping[str, object]
    references: Sequence[Given] = ()
    source: Generation | None = None
    characters: Sequence[Character] = ()


@dataclass(frozen=True)
class Order:
    """One request, ready to be judged. ``given`` are the references in their roles, in the order in which they were sent."""

    prompt: Prompt
    project: Project
    account: ProviderAccount
    capability: catalog.Capability
    asked: catalog.Params
    given: tuple[tuple[Reference, str], ...] = ()
    source: Generation | None = None
    characters: tuple[Character, ...] = field(default=())

    @property
    def estimate(self) -> catalog.Money | None:
        """What it should cost; None where no price is known."""
        return catalog.estimate(self.capability, self.asked)


def order_of(prompt: Prompt, account: ProviderAccount, wish: Wish) -> Order:
    """Put an order together. Raises InvalidInput for malformed parameters, NotFound for what the catalogue lacks.

    Length and size that are not given are the source's; a length that is not given is that of the shots together. What a
    prompt's version says should not appear is taken along where the model takes it; so are its shots, unless others (or none)
    are given. A model that takes no shots apart gets them in the text, where the prompt has them written.
    """
    row = catalog.capability(account.route, wish.model, wish.mode)
    said = parameters.read(wish.params)
    shots = _shots(said, prompt, row)
    given = in_roles(row, wish.references)
    width, height = _size(said, wish.source)
    asked = catalog.Params(
        prompt=prompt.text,
        seconds=_seconds(said, shots, wish.source, row),
        width=width,
        height=height,
        seed=said.seed,
        negative=_negative(said, prompt, row),
        audio=said.audio,
        shots=shots,
        references=tuple(facts_of(reference, role) for reference, role in given),
        characters=tuple(each.remote_id for each in wish.characters),
        source=sources.facts_of(wish.source, account) if wish.source else None,
    )
    project = prompt.shot.project
    return Order(prompt, project, account, row, asked, given, wish.source, tuple(wish.characters))


def wish_of(generation: Generation) -> Wish:
    """Return what was asked for a generation, so that it can be asked for again."""
    params = {"shots": [], **generation.params}
    named = params.pop("characters", [])
    known = Character.objects.filter(account=generation.account, project=generation.project, remote_id__in=named)
    by_id = {each.remote_id: each for each in known}
    given = generation.given.select_related("reference")
    return Wish(
        model=generation.model,
        mode=generation.mode,
        params=params,
        references=[(each.reference, each.role) for each in given],
        source=generation.source,
        characters=[by_id[name] for name in named if name in by_id],
    )


def normalised(asked: catalog.Params) -> dict[str, Json]:
    """Return the parameters as they are stored with a generation: what was not asked for is not there."""
    extras: dict[str, Json] = {
        "seed": asked.seed,
        "audio": asked.audio or None,
        "negative": asked.negative or None,
        "shots": [{"prompt": each.prompt, "seconds": each.seconds} for each in asked.shots] or None,
        "characters": [*asked.characters] or None,
    }
    said = {name: value for name, value in extras.items() if value is not None}
    return {"seconds": asked.seconds, "size": str(asked.size), **said}


def _shots(said: parameters.Parameters, prompt: Prompt, row: catalog.Capability) -> tuple[catalog.ShotAsk, ...]:
    if said.shots is not None:
        return said.shots
    if row.multi_shot is None or row.uses_source:
        return ()
    return tuple(catalog.ShotAsk(each["prompt"], each["seconds"]) for each in prompt.shots)


def _seconds(
    said: parameters.Parameters, shots: Sequence[catalog.ShotAsk], source: Generation | None, row: catalog.Capability
) -> int:
    if said.seconds is not None:
        return said.seconds
    if shots:
        return sum(each.seconds for each in shots)
    if source is not None and row.uses_source in sources.KEEPS_SHAPE:
        return sources.kept_seconds(source)
    if row.auto_seconds:
        return 0
    raise InvalidInput("Give seconds as a whole number.", fields={"seconds": "Give seconds as a whole number."})


def _size(said: parameters.Parameters, source: Generation | None) -> tuple[int, int]:
    if said.size is not None:
        return said.size
    if source is not None:
        return sources.size_of(source)
    raise InvalidInput("Give the size as 1280x720.", fields={"size": "Give the size as 1280x720."})


def _negative(said: parameters.Parameters, prompt: Prompt, row: catalog.Capability) -> str:
    if said.negative is not None:
        return said.negative
    return prompt.negative if row.negative else ""


def in_roles(row: catalog.Capability, references: Sequence[Given]) -> tuple[tuple[Reference, str], ...]:
    """Return references in the places that a model would give them. Raises InvalidInput for a role that is no word."""
    asked = [each if isinstance(each, tuple) else (each, "") for each in references]
    words = [parameters.word(role, "role") for _, role in asked]
    roles = [place_of(word, row_.kind, row.slots) if word else "" for (row_, _), word in zip(asked, words, strict=True)]
    taken = Counter((reference.kind, role) for (reference, _), role in zip(asked, roles, strict=True) if role)
    given = []
    for (reference, _), role in zip(asked, roles, strict=True):
        place = role or _free_role(row, reference.kind, taken)
        if not role:
            taken[reference.kind, place] += 1
        given.append((reference, place))
    return tuple(given)


def _free_role(row: catalog.Capability, kind: str, taken: Counter[tuple[str, str]]) -> str:
    slots = [slot for slot in row.slots if slot.kind == kind]
    free = [slot for slot in slots if taken[kind, slot.role] < slot.at_most]
    return next((slot.role for slot in (*free, *slots)), NO_SLOT)


def facts_of(reference: Reference, role: str) -> catalog.ReferenceFacts:
    """What the catalogue's rules need to know, from what was measured when the file came."""
    rate = reference.rate_num / reference.rate_den if reference.rate_num and reference.rate_den else None
    return catalog.ReferenceFacts(
        kind=reference.kind,
        role=role,
        media_type=reference.media_type,
        size_bytes=reference.size,
        width=reference.width,
        height=reference.height,
        seconds=None if reference.duration_ms is None else reference.duration_ms / 1000,
        fps=rate,
    )
