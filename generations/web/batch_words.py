"""A batch's axes and cells in words: which prompt, which model, which seed."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from generations import catalog
from generations.models import Prompt, ProviderAccount, Reference
from generations.rules.matrix import LEAVE_OUT, Change, Matrix, Place
from generations.web.launch_fields import SOUND
from generations.web.offers import MODES
from sorahub.accounts.models import User
from sorahub.lib.canonical import Json
from sorahub.lib.errors import NotFound

AXES = {
    "prompt": "Prompt",
    "model": "Model",
    "size": "Picture",
    "seconds": "Length",
    "references": "References",
    "seed": "Seed",
}
OTHERS = {"common": "For all", "fit": "What a model cannot do"}
COMMON = {
    "shots": "split into shots",
    "source": "from a take",
    "characters": "characters",
    "sheets": "what each prompt’s sheets bring",
}
FITS = {LEAVE_OUT: "is left out", "nearest": "becomes the nearest it can"}
WORDS_SHOWN = 60


class Wording:
    """The names behind the ids of one or more definitions; three statements for any number of cells."""

    def __init__(self, user: User, *matrices: Matrix) -> None:
        self.prompts = _by_id(Prompt.objects.visible_to(user).select_related("shot"), _ids(matrices, "prompt"))
        models = [cast("dict[str, str]", each) for one in matrices for each in one.axes["model"] if each]
        self.accounts: Mapping[str, ProviderAccount] = _by_id(
            ProviderAccount.objects.visible_to(user), {each["account"] for each in models}
        )
        sets = [cast("list[dict[str, str]]", each or []) for one in matrices for each in one.axes["references"]]
        self.references = _by_id(
            Reference.objects.visible_to(user), {each["reference"] for one in sets for each in one}
        )

    def of(self, axis: str, value: Json, number: int = 0) -> str:
        """Return a value in words; ``number`` is its place on the axis, from 0."""
        teller = getattr(self, f"_{axis}", None)
        return str(teller(value, number)) if teller else str(value)

    def axis(self, matrix: Matrix, axis: str) -> list[str]:
        """Return all values of an axis in words."""
        return [self.of(axis, value, number) for number, value in enumerate(matrix.axes[axis])]

    def cell(self, matrix: Matrix, place: Place, *, without: Sequence[str] = ()) -> list[str]:
        """Return what tells a cell from the others, in words, without the axes that are told elsewhere."""
        return [
            self.of(axis, matrix.value(place, axis), place.get(axis, 0))
            for axis in matrix.varying
            if axis not in without and axis in place
        ]

    def change(self, change: Change) -> tuple[str, list[str], list[str]]:
        """Return a difference between two definitions: of what, what came, what went."""
        label = AXES.get(change.axis) or OTHERS[change.axis]
        return (
            label,
            [self.of(change.axis, each) for each in change.come],
            [self.of(change.axis, each) for each in change.gone],
        )

    def _prompt(self, value: Json, _: int) -> str:
        prompt = self.prompts.get(str(value))
        return f"{prompt.shot.code} v{prompt.version}" if prompt else "a prompt"

    def _model(self, value: Json, _: int) -> str:
        said = cast("dict[str, str]", value)
        account = self.accounts.get(said["account"])
        several = len({each.route for each in self.accounts.values()}) < len(self.accounts)
        name = title_of(account, said["model"], said["mode"])
        return f"{name} · {account}" if several and account else name

    def _size(self, value: Json, _: int) -> str:
        return str(value).replace("x", " × ") if value else "its own size"

    def _seconds(self, value: Json, _: int) -> str:
        return f"{value} s" if value else "its own length"

    def _references(self, value: Json, _: int) -> str:
        names = [self._reference(each) for each in cast("list[dict[str, str]]", value or [])]
        return ", ".join(names) or "no references"

    def _seed(self, value: Json, number: int) -> str:
        return f"take {number + 1}" if value is None else f"seed {value}"

    def _common(self, value: Json, _: int) -> str:
        ((name, said),) = cast("dict[str, Json]", value).items()
        plain = SOUND.get(str(said)) if name == "audio" else None
        return plain or COMMON.get(name) or f"not: {said}"

    def _fit(self, value: Json, _: int) -> str:
        return FITS.get(str(value), str(value))

    def _reference(self, said: Mapping[str, str]) -> str:
        name = str(self.references.get(said["reference"]) or "a reference")
        return f"{name} ({said['role'].replace('_', ' ')})" if said["role"] else name


def title_of(account: ProviderAccount | None, model: str, mode: str) -> str:
    """Return a model's name for people; how it makes its clips is told where it is not from words alone."""
    try:
        title = catalog.capability(account.route, model, mode).title if account else model
    except NotFound:
        title = model
    short = title.removesuffix(" (embedded service)")
    return short if mode == "text_to_video" else f"{short}, {MODES.get(mode, mode.replace('_', ' '))}"


def _ids(matrices: Sequence[Matrix], axis: str) -> set[str]:
    return {str(each) for one in matrices for each in one.axes[axis] if each}


def _by_id(rows: Any, ids: set[str]) -> dict[str, Any]:
    return {str(row.pk): row for row in rows.filter(pk__in=ids)} if ids else {}
