"""What takes were made from, side by side: their words, what was asked beside what the provider says, their files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from generations.models import Clip, Generation, GenerationReference
from generations.pipeline.remote import capability_of
from generations.web import particulars, showing
from generations.web.offers import mode_words
from reviews.web import telling
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib import word_differences as differences
from sorahub.lib.timecode import Rate
from sorahub.lib.word_differences import Piece

NOTHING = "–"
# Which switch of a review tells guests of a line; "" tells always, and what is not here goes with the prompts.
_NEEDS = {
    "Model": "provider", "Through": "provider", "Cost": "costs", "Tokens": "costs", "Units": "costs",
    "References": "nobody", "Catalogue entry": "nobody", "Launched by": "nobody", "Vouched for by": "nobody",
    "Frames in the file": "", "Frames per second in the file": "", "Picture in the file": "",
    "Sound in the file": "",
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One take's answer: what was asked, and what the provider says it used where it says something else."""

    text: str = NOTHING
    used: str = ""


@dataclass(frozen=True)
class Line:
    """One thing, and each take's answer."""

    label: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Whether the takes differ in it."""
        return len(set(self.cells)) > 1


@dataclass(frozen=True)
class Words:
    """One take's prompt as it differs from the first take's."""

    letter: str
    source: str
    pieces: list[Piece]
    same: bool


@dataclass(frozen=True)
class Made:
    """The whole comparison; ``prompts`` is empty for who is not told them, ``negatives`` also where no take has words for
    what should not appear.
    """

    prompts: list[Words]
    negatives: list[Words]
    differing: list[Line]
    equal: list[Line]


def made_from(clips: Sequence[Clip], user: User) -> Made | None:
    """Return what these clips were made from, as far as this person is told it of all of them; None where nothing is.

    Expects ``declared_by__person`` joined.
    """
    told, guest = telling.told_about(clips, user), user.kind == Kind.GUEST
    if not told - {"internal"}:
        return None
    origins = _generations(clips, user)
    pairs = [(clip, origins.get(clip.pk)) for clip in clips]
    names = particulars.names_in([*origins.values()])
    takes = [dict(_facts(clip, origin, names)) for clip, origin in pairs]
    lines = _lines([_for_guests(take, pair, told) for take, pair in zip(takes, pairs, strict=True)] if guest else takes)
    prompts = [_words(clip, origin) for clip, origin in pairs] if "prompts" in told else []
    negatives = [_words(clip, origin, negative=True) for clip, origin in pairs] if "prompts" in told else []
    return Made(
        prompts=_marked(prompts),
        negatives=_marked(negatives) if any(text for _, text in negatives) else [],
        differing=[line for line in lines if line.differs],
        equal=[line for line in lines if not line.differs],
    )


def _generations(clips: Sequence[Clip], user: User) -> dict[UUID, Generation]:
    """The newest generation that each clip came from; four queries. Guests see no generations: they are told of some."""
    seen = Generation.objects.all() if user.kind == Kind.GUEST else Generation.objects.visible_to(user)
    rows = seen.filter(clip__in=clips).for_list().prefetch_related("spend", "given__reference")
    return {row.clip_id: row for row in rows.order_by("id") if row.clip_id}


def _for_guests(take: dict[str, Cell], pair: tuple[Clip, Generation | None], told: frozenset[str]) -> dict[str, Cell]:
    """What guests are told of a take: never who of the agency made it, and the service without the account's own name."""
    kept = {label: cell for label, cell in take.items() if _NEEDS.get(label, "prompts") in {*told, ""}}
    origin = pair[1]
    return {**kept, "Through": Cell(origin.account.route)} if origin and "Through" in kept else kept


def _lines(takes: Sequence[dict[str, Cell]]) -> list[Line]:
    labels = dict.fromkeys(label for take in takes for label in take)
    return [Line(label, tuple(take.get(label, Cell()) for take in takes)) for label in labels]


def _facts(clip: Clip, origin: Generation | None, names: particulars.Names) -> Iterator[tuple[str, Cell]]:
    if origin is not None:
        yield from _asked(origin, names)
    else:
        yield from _declared(clip)
    yield "Frames in the file", Cell(str(clip.frame_count))
    yield "Frames per second in the file", Cell(Rate(clip.rate_num, clip.rate_den).label)
    yield "Picture in the file", Cell(f"{clip.width} × {clip.height}")
    yield "Sound in the file", Cell("yes" if clip.audio_codec else "no")


def _asked(origin: Generation, names: particulars.Names) -> Iterator[tuple[str, Cell]]:
    for one in particulars.compared(origin, names):
        said = one.used if one.used and one.used != one.asked else ""
        yield one.what, Cell(one.asked or NOTHING, said)
    if shots := origin.params.get("shots"):
        yield (
            "Shots",
            Cell("; ".join(f"{at}. {each['prompt']} ({each['seconds']} s)" for at, each in enumerate(shots, 1))),
        )
    row = capability_of(origin)
    yield "Made", Cell(mode_words(row) if row else origin.mode.replace("_", " "))
    yield "References", Cell(", ".join(_given(each) for each in origin.given.all()) or NOTHING)
    yield "Catalogue entry", Cell(origin.capability_version)
    yield "Through", Cell(origin.account.name)
    yield "Cost", Cell(showing.cost(origin))
    yield "Launched by", Cell(origin.created_by.get_full_name())


def _given(each: GenerationReference) -> str:
    return f"{each.reference} ({each.role.replace('_', ' ')})"


def _declared(clip: Clip) -> Iterator[tuple[str, Cell]]:
    yield "Model", Cell(clip.declared_model or NOTHING)
    yield "Through", Cell(clip.declared_route or NOTHING)
    yield "Made", Cell(f"uploaded; made on {clip.declared_made_on:%-d %b %Y}" if clip.declared_made_on else "uploaded")
    if clip.declared_by is not None:
        yield "Vouched for by", Cell(clip.declared_by.get_full_name())


def _words(clip: Clip, origin: Generation | None, *, negative: bool = False) -> tuple[str, str]:
    """Where the words come from, and the words: of what should not appear those that were sent, not the prompt's own."""
    if origin is None:
        return "Declared with the upload", "" if negative else clip.declared_prompt
    prompt = origin.prompt
    return f"{prompt.shot.code}, version {prompt.version}", str(
        origin.params.get("negative", "")
    ) if negative else prompt.text


def _marked(told: Sequence[tuple[str, str]]) -> list[Words]:
    if not told:
        return []
    first = told[0][1]
    marked = []
    for letter, (source, text) in zip("ABCD", told, strict=False):
        pieces = differences.between(first, text)
        marked.append(Words(letter, source, pieces, same=differences.same(pieces)))
    return marked
