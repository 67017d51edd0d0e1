"""What is asked of a row, and what it answers: refusals and money."""

from dataclasses import dataclass

from generations.catalog.parts import Size


@dataclass(frozen=True)
class ReferenceFacts:
    """What the rules need to know of a reference file; None where it has no such thing."""

    kind: str
    role: str
    media_type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    fps: float | None = None


@dataclass(frozen=True)
class ShotAsk:
    """One shot of a multi-shot request."""

    prompt: str
    seconds: int


@dataclass(frozen=True)
class SourceFacts:
    """What the rules need to know of the generation that a remix, edit or extension starts from.

    ``same_account``: it was made by the account that is to be asked. ``reachable``: the provider still has it.
    """

    model: str
    seconds: int
    extensions: int
    same_account: bool
    reachable: bool


@dataclass(frozen=True)
class Params:
    """What a generation asks for. ``seconds`` is 0 for "as the model likes"; ``audio`` "" is the row's default."""

    prompt: str
    seconds: int
    width: int
    height: int
    seed: int | None = None
    negative: str = ""
    audio: str = ""
    shots: tuple[ShotAsk, ...] = ()
    references: tuple[ReferenceFacts, ...] = ()
    characters: tuple[str, ...] = ()
    source: SourceFacts | None = None

    @property
    def size(self) -> Size:
        """The picture's size."""
        return Size(self.width, self.height)

    @property
    def words(self) -> str:
        """All words that are asked for: the text, and those of shots that are asked apart."""
        return "\n".join((self.prompt, *(shot.prompt for shot in self.shots)))


@dataclass(frozen=True)
class Refusal:
    """Why a request cannot be launched: a stable code, the field to mend, and words for the person."""

    code: str
    field: str
    message: str


@dataclass(frozen=True)
class Money:
    """Millionths of ``currency``; ``basis`` says in words how it was reckoned."""

    micro: int
    currency: str
    basis: str
