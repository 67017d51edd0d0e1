"""What a batch would be before it is launched: every cell with what speaks against it, what all of it costs and how long it takes."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Model, QuerySet

from generations import catalog
from generations.actions import batch_limits, library_cautions, linting, objections
from generations.actions.batch_limits import Held
from generations.actions.batch_sheets import Bringing
from generations.actions.batch_times import Expected, expected
from generations.actions.orders import Given, Order, Wish, order_of
from generations.catalog import Refusal
from generations.models import Character, Generation, Project, Prompt, ProviderAccount, Reference
from generations.rules.matrix import FITS, LEAVE_OUT, NEAREST, Matrix
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib import canonical
from sorahub.lib.canonical import Json
from sorahub.lib.errors import InvalidInput, NotFound, Refused

M = TypeVar("M", bound=Model)
MOST_SEED = 2**31 - 1
COMMON = frozenset({"audio", "negative", "shots"})
TOO_MANY, NOTHING = "too-many-cells", "nothing-to-launch"


@dataclass(frozen=True)
class Making:
    """A model in one of its modes, by one account."""

    account: ProviderAccount
    model: str
    mode: str = "text_to_video"


@dataclass(frozen=True)
class BatchAsk:
    """What a batch is to try: a cell for every choice of one value of each.

    ``seeds``: None leaves the seed open, so that several None are several takes of the same. ``seconds``: whole, 0 for as
    long as the model likes, None where nothing is said, as for ``sizes`` ("1280x720"). ``references``: sets of references,
    perhaps with roles; an empty set is none. ``params``: audio, negative, shots, the same for all. ``fit``: what becomes of
    a cell that its model cannot do (see rules/matrix.py). ``sheets``: each cell also gets what its prompt's sheets bring.
    """

    prompts: Sequence[Prompt]
    makings: Sequence[Making]
    seeds: Sequence[int | None] = (None,)
    sizes: Sequence[str | None] = (None,)
    seconds: Sequence[int | None] = (None,)
    references: Sequence[Sequence[Given]] = ((),)
    params: Mapping[str, object] = field(default_factory=dict)
    source: Generation | None = None
    characters: Sequence[Character] = ()
    fit: str = LEAVE_OUT
    priority: int = 0
    sheets: bool = False


@dataclass(frozen=True)
class PlannedCell:
    """A cell: ready to be launched, or left out for its ``refusals``. ``changes``: what is otherwise than was wished, in words.

    ``brought``: what its prompt's sheets brought; ``behind``: what of theirs could not come along, in words.
    """

    place: dict[str, int]
    order: Order | None
    refusals: tuple[Refusal, ...] = ()
    changes: tuple[str, ...] = ()
    brought: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()


@dataclass(frozen=True)
class Total:
    """What all cells together should cost in one currency, in micro-units, and how many cells that is."""

    currency: str
    micro: int
    cells: int


@dataclass(frozen=True)
class BatchPlan:
    """``refusals``: what speaks against the batch as a whole; ``held``: how it stands against each budget."""

    project: Project
    matrix: Matrix
    cells: Sequence[PlannedCell]
    refusals: Sequence[Refusal]
    warnings: Sequence[str]
    held: Sequence[Held]
    expected: Expected

    @cached_property
    def going(self) -> list[tuple[dict[str, int], Order]]:
        """The cells that would be launched."""
        return [(cell.place, cell.order) for cell in self.cells if cell.order and not cell.refusals]

    @cached_property
    def left_out(self) -> list[PlannedCell]:
        """The cells that their models cannot do."""
        return [cell for cell in self.cells if cell.refusals]

    @property
    def changed(self) -> list[PlannedCell]:
        """The cells that are launched otherwise than was wished."""
        return [cell for cell in self.cells if cell.changes and not cell.refusals]

    @property
    def brought(self) -> dict[int, list[str]]:
        """What sheets bring to the cells that would be launched, by the prompt's place on its axis."""
        found: dict[int, dict[str, None]] = {}
        for cell in self.cells:
            if cell.brought and not cell.refusals:
                found.setdefault(cell.place["prompt"], {}).update(dict.fromkeys(cell.brought))
        return {place: list(names) for place, names in found.items()}

    @property
    def totals(self) -> list[Total]:
        """The estimates added up, by currency."""
        return totals([order for _, order in self.going])

    @property
    def unpriced(self) -> int:
        """How many cells have no known price."""
        return sum(order.estimate is None for _, order in self.going)

    @property
    def digest(self) -> str:
        """A short word for what would be launched, what left out, and what it costs: who confirms names it, so that nothing changes
        unseen. Which seeds are drawn is left to the hub.
        """
        axes: dict[str, Json] = {name: list(values) for name, values in self.matrix.axes.items() if name != "seed"}
        told = [canonical.dumps({"axes": axes, "common": dict(self.matrix.common)}).decode()]
        told += [f"{cell.place} {[each.message for each in cell.refusals]} {cell.changes}" for cell in self.cells]
        told.append(f"{self.totals} {self.unpriced}")
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def plan_batch(*, actor: User, ask: BatchAsk) -> BatchPlan:
    """Say what launching this would do, cost and be refused for; nothing is written.

    Raises Forbidden, NotFound (what the person may not see), InvalidInput (an axis without a value), Refused for prompts of
    several projects and for more cells than a batch may have.
    """
    project = project_of(actor, ask)
    matrix = matrix_of(ask)
    if matrix.count > settings.BATCH_MOST_CELLS:
        words = (
            f"That is {matrix.count} generations; a batch has at most {settings.BATCH_MOST_CELLS}. Take something away."
        )
        raise Refused(words, code=TOO_MANY)
    bringing = Bringing(ask.prompts, asked=ask.sheets)
    cells = [_planned(ask, place, bringing) for place in matrix.places()]
    if rows := [cell.order for cell in cells if cell.order]:
        objections.require_own(actor, rows)
    going = [cell.order for cell in cells if cell.order and not cell.refusals]
    held = batch_limits.held(project, going)
    against = [Refusal(NOTHING, "model", "No cell is left that could be launched.")] if not going else []
    return BatchPlan(
        project=project,
        matrix=matrix,
        cells=cells,
        refusals=[*against, *batch_limits.refusals(held)],
        warnings=[*_warnings(going), *_left_behind(cells), *batch_limits.warnings(held)],
        held=held,
        expected=expected([(order.account, order.capability) for order in going]),
    )


def project_of(actor: User, ask: BatchAsk) -> Project:
    """Return the one project of all prompts. Raises Forbidden, NotFound, InvalidInput, Refused (several-projects, no-prompts)."""
    actor.demand(Permission.GENERATE)
    if not ask.prompts:
        raise Refused(
            "Choose at least one prompt.", code="no-prompts", fields={"prompts": "Choose at least one prompt."}
        )
    if not ask.makings:
        raise InvalidInput("Choose at least one model.", fields={"models": "Choose at least one model."})
    _require_all(Prompt.objects.visible_to(actor), {each.pk for each in ask.prompts}, "prompt")
    _require_all(
        ProviderAccount.objects.visible_to(actor), {each.account.pk for each in ask.makings}, "provider account"
    )
    project = ask.prompts[0].shot.project
    if any(prompt.shot.project_id != project.pk for prompt in ask.prompts):
        raise Refused("A batch belongs to one project; these prompts belong to several.", code="several-projects")
    return project


def too_many(prompts: int) -> str:
    """Return why so many prompts make no batch, in words."""
    most = settings.BATCH_MOST_CELLS
    return f"A batch has at most {most} generations, so at most {most} prompts; {prompts} are chosen. Nothing was launched."


def _require_all(rows: "QuerySet[Any]", wanted: set[UUID], what: str) -> None:
    if rows.filter(pk__in=wanted).count() != len(wanted):
        raise NotFound(f"There is no such {what}.")


def drawn_seeds(count: int, key: str | None) -> list[int]:
    """Return so many different seeds: by chance, or always the same ones for one idempotency key."""
    if not 1 <= count <= settings.BATCH_MOST_CELLS:
        message = f"Ask for 1 to {settings.BATCH_MOST_CELLS} seeds."
        raise InvalidInput(message, fields={"seed_count": message})
    drawn: list[int] = []
    number = 0
    while len(drawn) < count:
        bits = hashlib.sha256(f"{key}#{number}".encode()).digest() if key else secrets.token_bytes(8)
        seed = 1 + int.from_bytes(bits[:8], "big") % MOST_SEED
        if seed not in drawn:
            drawn.append(seed)
        number += 1
    return drawn


def matrix_of(ask: BatchAsk) -> Matrix:
    """Return the definition in ids and numbers, as it is kept. Raises InvalidInput for an axis without a value."""
    axes: dict[str, Sequence[Json]] = {
        "prompt": _once([str(prompt.pk) for prompt in ask.prompts]),
        "model": _once([{"account": str(each.account.pk), "model": each.model, "mode": each.mode} for each in ask.makings]),
        "size": _once(ask.sizes),
        "seconds": _once(ask.seconds),
        "references": _once([[_given(each) for each in one] for one in ask.references]),
        "seed": _seeds(ask.seeds),
    }  # fmt: skip
    names = {"prompt": "prompt", "model": "model", "references": "set of references, perhaps an empty one"}
    for axis, values in axes.items():
        if not values:
            message = f"Choose at least one {names.get(axis, axis)}."
            raise InvalidInput(message, fields={axis: message})
    if ask.fit not in FITS:
        message = f"Choose one of: {', '.join(FITS)}."
        raise InvalidInput(message, fields={"fit": message})
    if unknown := sorted(set(ask.params) - COMMON):
        raise InvalidInput(f"Unknown parameters: {', '.join(unknown)}.", fields=dict.fromkeys(unknown, "Unknown."))
    extras: dict[str, object] = {
        **ask.params,
        "source": str(ask.source.pk) if ask.source else None,
        "characters": [str(each.pk) for each in ask.characters],
        "sheets": True if ask.sheets else None,
    }
    common = {name: value for name, value in extras.items() if value not in (None, "", [], ())}
    return Matrix(axes, common, ask.fit)  # type: ignore[arg-type]  # JSON came in, or ids made here


def stored_ask(actor: User, matrix: Matrix) -> BatchAsk:
    """Return what a kept definition asks for, so that it can be asked for again or changed. Raises NotFound for parts that the
    person does not see.
    """
    common = dict(matrix.common)
    source, characters = common.pop("source", None), common.pop("characters", None) or []
    sheets = bool(common.pop("sheets", False))
    prompts = _rows(Prompt.objects.visible_to(actor).select_related("shot__project"), matrix.axes["prompt"])
    models = cast("list[dict[str, str]]", matrix.axes["model"])
    accounts = _rows(ProviderAccount.objects.visible_to(actor), {each["account"] for each in models})
    sets = cast("list[list[dict[str, str]]]", matrix.axes["references"])
    references = _rows(Reference.objects.visible_to(actor), {each["reference"] for one in sets for each in one})
    known = _rows(Character.objects.visible_to(actor), cast("list[str]", characters))
    sources = Generation.objects.visible_to(actor).select_related("account", "source")
    return BatchAsk(
        prompts=[prompts[str(each)] for each in matrix.axes["prompt"]],
        makings=[Making(accounts[each["account"]], each["model"], each["mode"]) for each in models],
        seeds=cast("list[int | None]", list(matrix.axes["seed"])),
        sizes=cast("list[str | None]", list(matrix.axes["size"])),
        seconds=cast("list[int | None]", list(matrix.axes["seconds"])),
        references=[[(references[each["reference"]], each["role"]) for each in one] for one in sets],
        params=common,
        source=_rows(sources, [source])[str(source)] if source else None,
        characters=[known[str(each)] for each in cast("list[str]", characters)],
        fit=matrix.fit,
        sheets=sheets,
    )


def _rows(rows: "QuerySet[M]", wanted: Iterable[Json]) -> dict[str, M]:
    """The rows by id as text. Raises NotFound unless all are there."""
    ids = {str(each) for each in wanted}
    found = {str(row.pk): row for row in rows.filter(pk__in=ids)} if ids else {}
    if len(found) != len(ids):
        raise NotFound("A part of this batch does not exist any more, or you may not see it.")
    return found


def totals(orders: Sequence[Order]) -> list[Total]:
    """Return the estimates added up, by currency; what has no price is left out."""
    priced = [estimate for order in orders if (estimate := order.estimate)]
    micro: Counter[str] = Counter()
    for each in priced:
        micro[each.currency] += each.micro
    cells = Counter(each.currency for each in priced)
    return [Total(currency, amount, cells[currency]) for currency, amount in sorted(micro.items())]


def _planned(ask: BatchAsk, place: dict[str, int], bringing: Bringing) -> PlannedCell:
    """Judge a cell. What the catalogue does not know at all speaks against its cell alone."""
    prompt, making = ask.prompts[place["prompt"]], ask.makings[place["model"]]
    try:
        wished, changes = _wished(ask, place)
        references = ask.references[place["references"]]
        wish = Wish(making.model, making.mode, wished, references, ask.source, ask.characters)
        row = catalog.capability(making.account.route, making.model, making.mode)
        brought = bringing.along(prompt, row, making.account, wish)
        order = order_of(prompt, making.account, brought.wish)
    except NotFound as error:
        return PlannedCell(place, None, (Refusal(error.code, "model", error.message),))
    except InvalidInput as error:
        fields = error.fields or {"params": error.message}
        return PlannedCell(place, None, tuple(Refusal(error.code, name, words) for name, words in fields.items()))
    against = tuple(objections.apart_from_money(order))
    return PlannedCell(place, order, against, changes, brought.things, brought.left)


def _wished(ask: BatchAsk, place: dict[str, int]) -> tuple[dict[str, object], tuple[str, ...]]:
    """A cell's parameters, and what is otherwise than the axes say."""
    size, seconds, seed = ask.sizes[place["size"]], ask.seconds[place["seconds"]], ask.seeds[place["seed"]]
    said: dict[str, object] = {**ask.params, "size": size, "seconds": "auto" if seconds == 0 else seconds, "seed": seed}
    if ask.fit != NEAREST:
        return {name: value for name, value in said.items() if value is not None}, ()
    making = ask.makings[place["model"]]
    row = catalog.capability(making.account.route, making.model, making.mode)
    wished = catalog.Wished(seconds, _size(size), seed, str(ask.params.get("audio") or ""))
    found = catalog.fitted(row, wished)
    can = found.wished
    said |= {"size": str(can.size) if can.size else None, "seed": can.seed, "audio": can.audio or None}
    said["seconds"] = "auto" if can.seconds == 0 else can.seconds
    return {name: value for name, value in said.items() if value is not None}, found.changes


def _size(text: str | None) -> catalog.Size | None:
    """A size that is well formed; any other is left to be named as malformed."""
    width, _, height = (text or "").partition("x")
    return catalog.Size(int(width), int(height)) if width.isdecimal() and height.isdecimal() else None


def _left_behind(cells: Sequence[PlannedCell]) -> list[str]:
    """What of the sheets cannot come along, each once."""
    return list(dict.fromkeys(words for cell in cells if not cell.refusals for words in cell.behind))


def _warnings(orders: Sequence[Order]) -> list[str]:
    """Every notice of every order, each once: what is about models, about words and about files is asked once for each of them."""
    if not orders:
        return []
    models = {(order.account.pk, order.capability.name): order for order in orders}
    words = {
        (order.account.pk, order.capability.name, order.prompt.pk, order.asked.seconds, order.asked.shots): order
        for order in orders
    }
    register = linting.register_of(orders[0].project, {order.asked.words for order in words.values()})
    files = {row.pk: row for order in orders for row, _ in order.given}
    said = [each for order in models.values() for each in objections.of_model(order)]
    said += [each for order in words.values() for each in objections.of_words(order, register)]
    return list(dict.fromkeys([*said, *library_cautions.in_lines(list(files.values()))]))


def _given(each: Given) -> Json:
    reference, role = each if isinstance(each, tuple) else (each, "")
    return {"reference": str(reference.pk), "role": role}


def _once(values: Sequence[object]) -> list[Json]:
    """The values, each once, in their order. Raises InvalidInput for one that is given twice: cells would be equal."""
    kept: list[Json] = []
    for each in values:
        if each in kept:
            raise InvalidInput("The same value is given twice; give each once.", code="given-twice")
        kept.append(each)  # type: ignore[arg-type]  # JSON by the caller
    return kept


def _seeds(seeds: Sequence[int | None]) -> list[Json]:
    """Seeds, each once; those left open as often as they are given."""
    _once([seed for seed in seeds if seed is not None])
    return list(seeds)
