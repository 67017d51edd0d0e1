"""Turn what a face sends into what the catalogue judges: typed parameters, reference facts, capability, estimate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from PIL import Image

from generations import catalog
from generations.models import Project, Prompt, ProviderAccount, Reference
from sorahub.jobs.values import Json
from sorahub.lib import storage
from sorahub.lib.errors import InvalidInput

KNOWN = {"seconds", "size", "width", "height", "seed"}


@dataclass(frozen=True)
class Order:
    """One request, ready to be judged."""

    prompt: Prompt
    project: Project
    account: ProviderAccount
    capability: catalog.Capability
    asked: catalog.Params
    references: tuple[Reference, ...]

    @property
    def estimate(self) -> catalog.Money | None:
        """What it should cost; None where no price is known."""
        return catalog.estimate(self.capability, self.asked)


def order_of(
    prompt: Prompt,
    account: ProviderAccount,
    model: str,
    mode: str,
    params: Mapping[str, object],
    references: Sequence[Reference],
) -> Order:
    """Put an order together. Raises InvalidInput for malformed parameters, NotFound for what the catalogue lacks."""
    capability = catalog.capability(account.route, model, mode)
    if unknown := sorted(set(params) - KNOWN):
        raise InvalidInput(f"Unknown parameters: {', '.join(unknown)}.", fields=dict.fromkeys(unknown, "Unknown."))
    width, height = _size(params)
    asked = catalog.Params(
        prompt=prompt.text,
        seconds=_whole(params.get("seconds"), "seconds"),
        width=width,
        height=height,
        seed=None if params.get("seed") in (None, "") else _whole(params["seed"], "seed"),
        references=tuple(_facts(capability, reference) for reference in references),
    )
    return Order(prompt, prompt.shot.project, account, capability, asked, tuple(references))


def normalised(asked: catalog.Params) -> dict[str, Json]:
    """Return the parameters as they are stored with a generation."""
    seed: dict[str, Json] = {} if asked.seed is None else {"seed": asked.seed}
    return {"seconds": asked.seconds, "size": str(asked.size), **seed}


def _size(params: Mapping[str, object]) -> tuple[int, int]:
    if "size" not in params:
        return _whole(params.get("width"), "width"), _whole(params.get("height"), "height")
    width, _, height = str(params["size"]).partition("x")
    return _whole(width, "size"), _whole(height, "size")


def _whole(value: object, field: str) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdecimal() or len(text) > 10:
        message = f"Give {field} as a whole number." if field != "size" else "Give the size as 1280x720."
        raise InvalidInput(message, fields={field: message})
    return int(text)


def _facts(capability: catalog.Capability, reference: Reference) -> catalog.ReferenceFacts:
    """What the catalogue's rules need to know; a reference takes the first role its kind has in this mode."""
    roles = [slot.role for slot in capability.slots if slot.kind == reference.kind]
    with Image.open(storage.path_for(reference.storage_key, Path(settings.MEDIA_ROOT))) as image:
        width, height = image.size
    return catalog.ReferenceFacts(
        kind=reference.kind,
        role=roles[0] if roles else "input",
        media_type=reference.media_type,
        size_bytes=reference.size,
        width=width,
        height=height,
    )
