"""Which module speaks which dialect."""

from generations.providers.ark import Ark
from generations.providers.base import AccountFacts, Adapter
from generations.providers.declared import PREFIX, DeclaredProvider
from generations.providers.declared_files import complete, declared
from generations.providers.kling import Kling
from generations.providers.openai_videos import OpenAIVideos
from sorahub.lib.errors import InvalidInput

_dialects: dict[str, type[OpenAIVideos] | type[Kling] | type[Ark]] = {
    "openai_videos": OpenAIVideos,
    "kling": Kling,
    "ark": Ark,
}


def dialects() -> list[str]:
    """Return the names an account may have as its dialect; a declared provider that is not complete is among them."""
    return [*sorted(_dialects), *(f"{PREFIX}{name}" for name in sorted(declared()))]


def batch_size(dialect: str) -> int:
    """Return how many tasks one question may be about in a dialect; 1 in one that nobody speaks."""
    speaks = DeclaredProvider if dialect.startswith(PREFIX) else _dialects.get(dialect)
    return speaks.batch_size if speaks else 1


def unusable(dialect: str) -> str:
    """Return why an account of this dialect cannot be used yet, in words; "" where nothing stands against it."""
    if not dialect.startswith(PREFIX):
        return ""
    try:
        complete(dialect.removeprefix(PREFIX))
    except InvalidInput as error:
        return error.message
    return ""


def adapter(facts: AccountFacts) -> Adapter:
    """Return the adapter for an account. Raises InvalidInput for a dialect nobody speaks, and for an incomplete
    declaration."""
    if facts.dialect.startswith(PREFIX):
        return DeclaredProvider(facts)
    try:
        return _dialects[facts.dialect](facts)
    except KeyError:
        raise InvalidInput(f"No adapter speaks {facts.dialect!r}; known: {', '.join(dialects())}.") from None
