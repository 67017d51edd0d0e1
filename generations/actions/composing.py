"""Compose prompts: a source with variables and kept words becomes the text that is sent, and remembers what it used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max

from generations.actions import checks
from generations.actions.reference_library import copy_into
from generations.models import KeptVersion, KeptWords, Project, Prompt, PromptUse, Pulse, Reference, SheetPart, Shot
from generations.rules import source
from generations.rules.source import Kept, Place, Problem, Rendered, Variable
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import Conflict, InvalidInput

MOST_SHOTS = 50
MOST_VALUES = 200
LONGEST_SOURCE = 40_000
BY_ITSELF = ("client", "project", "shot-code", "shot-title")
"""Variables that are filled in without a value being given."""


@dataclass(frozen=True)
class DraftShot:
    """One shot of several: its words (a source too) and its length in whole seconds."""

    prompt: str
    seconds: int


@dataclass(frozen=True)
class Draft:
    """What somebody writes: sources with places (see rules/source.py), and the values of their variables."""

    text: str
    negative: str = ""
    shots: Sequence[DraftShot] = ()
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Composition:
    """What a draft becomes. ``text`` is what is sent to a model that takes one text; ``shots`` to one that takes several.

    ``words`` is the text without its shots. ``used``: versions of kept words in the order of their first use. ``problems``: why it
    cannot be written yet.
    """

    text: str
    words: str
    negative: str
    shots: tuple[DraftShot, ...]
    used: tuple[KeptVersion, ...]
    variables: tuple[Variable, ...]
    problems: tuple[Problem, ...]

    @property
    def missing(self) -> list[str]:
        """The variables that have no value yet."""
        return [each.name for each in self.problems if each.code == "variable-missing"]

    @property
    def seconds(self) -> int:
        """How long the shots are together; 0 without shots."""
        return sum(each.seconds for each in self.shots)


def in_one_text(words: str, shots: Sequence[DraftShot]) -> str:
    """Return the text for a model that takes no shots apart: each on a line of its own, "Shot 2 (3 s): its words"."""
    lines = [f"Shot {number} ({each.seconds} s): {each.prompt}" for number, each in enumerate(shots, 1)]
    return "\n".join(part for part in (words, *lines) if part)


def compose(
    *,
    actor: User,
    project: Project,
    draft: Draft,
    shot: Shot | None = None,
    template: KeptVersion | None = None,
    shelf: "Shelf | None" = None,
) -> Composition:
    """Fill a draft in with what prompts of this project may use; nothing is written. Raises NotFound, InvalidInput.

    Where no value is given, the template's hold, and for ``BY_ITSELF`` those of the shot and its project. The template too is one
    that prompts of this project may use. ``shelf``: what was read for another shot of the same project already.
    """
    checks.require_seen(actor, Project.objects.all(), project)
    if template is not None:
        reach = KeptWords.objects.visible_to(actor).within(project).filter(sort=KeptWords.Sort.TEMPLATE)
        checks.require_seen(actor, KeptVersion.objects.filter(kept__in=reach), template)
    _require_form(draft)
    shelf = shelf or Shelf(project)
    usual = {**by_itself(project, shot), **(template.defaults if template else {})}
    text, negative = (source.render(each, draft.values, shelf.find, usual) for each in (draft.text, draft.negative))
    shots = [(each, source.render(each.prompt, draft.values, shelf.find, usual)) for each in draft.shots]
    parts = (text, negative, *(rendered for _, rendered in shots))
    filled = tuple(DraftShot(rendered.text, each.seconds) for each, rendered in shots)
    return Composition(
        text=in_one_text(text.text, filled),
        words=text.text,
        negative=negative.text,
        shots=filled,
        used=tuple(shelf.versions[key] for key in dict.fromkeys(key for part in parts for key in part.used)),
        variables=_variables(parts),
        problems=tuple(dict.fromkeys([*(each for part in parts for each in part.problems), *_of_shots(filled)])),
    )


def compose_prompt(
    *,
    actor: User,
    shot: Shot,
    draft: Draft,
    parent: Prompt | None = None,
    template: KeptVersion | None = None,
    shelf: "Shelf | None" = None,
) -> Prompt:
    """Write the next version of a shot's words from a draft: what is sent, what was written, and what it used.

    Raises as ``write_prompt``, and InvalidInput naming each variable without a value and each place that leads nowhere.
    """
    actor.demand(Permission.WRITE_PROMPT)
    checks.require_seen(actor, Shot.objects.all(), shot)
    made = compose(actor=actor, project=shot.project, draft=draft, shot=shot, template=template, shelf=shelf)
    require_whole(made)
    text = checks.words(made.text, "text", "Write what should be seen.")
    with transaction.atomic():
        prompt = write_version(
            actor,
            shot,
            parent,
            uses=[*made.used, *([template] if template else [])],
            text=text,
            negative=made.negative,
            source=as_written(draft, made, template),
            shots=[{"prompt": each.prompt, "seconds": each.seconds} for each in made.shots],
        )
        bring_files(actor, shot.project, made.used)
    return prompt


def start_prompts(
    *, actor: User, template: KeptVersion, shots: Sequence[Shot], values: Mapping[str, str] | None = None
) -> list[Prompt]:
    """Write a prompt from a template for each of these shots of one project, all or none; errors as ``compose_prompt``."""
    if not shots or len({shot.project_id for shot in shots}) > 1:
        message = "Choose shots of one project."
        raise InvalidInput(message, fields={"shots": message})
    if template.kept.archived_at is not None:
        raise Conflict(f"{template.kept} is archived.", code="archived")
    draft, shelf = draft_from(template, values or {}), Shelf(shots[0].project)
    with transaction.atomic():
        return [compose_prompt(actor=actor, shot=shot, draft=draft, template=template, shelf=shelf) for shot in shots]


def by_itself(project: Project, shot: Shot | None = None) -> dict[str, str]:
    """Return the variables that have a value without anybody giving one (BY_ITSELF)."""
    known = {"client": project.client.name, "project": project.name}
    if shot is not None:
        known |= {"shot-code": shot.code, "shot-title": shot.title}
    return {name: value for name, value in known.items() if value}


def draft_from(template: KeptVersion, values: Mapping[str, str]) -> Draft:
    """Return the draft that a template begins."""
    shots = [DraftShot(each["prompt"], each["seconds"]) for each in template.shots]
    return Draft(template.text, template.negative, shots, values)


def bring_files(actor: User, project: Project, used: Sequence[KeptVersion]) -> None:
    """Make the reference files of sheets the project's own, so that they can be given: the same bytes, source and rights.

    A client's sheet is for all of its projects; a file that the project has already stays as it is, an archived one away.
    """
    parts = SheetPart.objects.filter(version__in=used, reference__isnull=False, reference__archived_at=None)
    known = set(Reference.objects.filter(project=project).values_list("sha256", flat=True))
    for part in parts.select_related("reference"):
        if part.reference is not None and part.reference.sha256 not in known:
            copy_into(actor, part.reference, project)
            known.add(part.reference.sha256)


def require_whole(made: Composition) -> None:
    """Raise InvalidInput with every problem, each with its name, unless there is none."""
    if not made.problems:
        return
    message = " ".join(each.message for each in made.problems)
    code = "variables-missing" if made.missing and len(made.missing) == len(made.problems) else "source"
    reasons = [{"code": each.code, "name": each.name, "message": each.message} for each in made.problems]
    fields = {f"value-{each.name}": each.message for each in made.problems if each.code == "variable-missing"}
    if others := [each.message for each in made.problems if each.code != "variable-missing"]:
        fields["text"] = " ".join(others)
    raise InvalidInput(message, code=code, reasons=reasons, fields=fields)


def write_version(
    actor: User,
    shot: Shot,
    parent: Prompt | None,
    *,
    uses: Sequence[KeptVersion] = (),
    **columns: Any,
) -> Prompt:
    """Write the next version with these columns, its uses and the project's pulse, in one transaction.

    Raises InvalidInput for a parent of another shot, Conflict for an archived project.
    """
    checks.require_open(shot.project)
    if parent is not None and parent.shot_id != shot.pk:
        raise InvalidInput("The earlier version belongs to another shot.", fields={"parent": "Of another shot."})
    with transaction.atomic():
        Shot.objects.select_for_update().get(pk=shot.pk)
        last = Prompt.objects.filter(shot=shot).aggregate(last=Max("version"))["last"] or 0
        prompt = Prompt(shot=shot, version=last + 1, parent=parent, created_by=actor, **columns)
        checks.insert(prompt)
        PromptUse.objects.bulk_create(
            PromptUse(prompt=prompt, version=version, position=place) for place, version in enumerate(uses)
        )
        Pulse.objects.bump(shot.project)
    return prompt


def as_written(draft: Draft, made: Composition, template: KeptVersion | None = None) -> dict[str, Any]:
    """Return what is kept of a draft: empty where its text is its own, without shots.

    ``given``: the variables whose values somebody gave, or the template, which the next version need not name.
    """
    written = (draft.text, draft.negative)
    if all(map(source.is_plain, written)) and not draft.shots:
        return {}
    values = {each.name: each.value for each in made.variables}
    usual = template.defaults if template else {}
    given = [each.name for each in made.variables if each.given or usual.get(each.name) == each.value]
    shots = [{"prompt": each.prompt, "seconds": each.seconds} for each in draft.shots]
    return {"text": draft.text, "negative": draft.negative, "shots": shots, "values": values, "given": given}


def draft_of(prompt: Prompt) -> Draft:
    """Return the draft from which a prompt was written, so that the next version begins where it ended.

    Values that nobody gave are found anew. Of prompts that do not say which were given all are taken along.
    """
    kept = prompt.source
    if not kept:
        return Draft(source.escaped(prompt.text), source.escaped(prompt.negative))
    shots = [DraftShot(each["prompt"], each["seconds"]) for each in kept["shots"]]
    values = {name: value for name, value in kept["values"].items() if name in kept.get("given", kept["values"])}
    return Draft(kept["text"], kept["negative"], shots, values)


class Shelf:
    """The kept words that prompts of a project may use, read when they are called: the client's before the hub's."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.versions: dict[str, KeptVersion] = {}
        self._found: dict[tuple[str, str], KeptWords | None] = {}
        self._kept: dict[tuple[str, str, int | None], Kept | None] = {}

    def find(self, place: Place) -> Kept | None:
        """Return the version that a place calls, or None. Archived words are found by their exact version only."""
        key = (place.sort, place.name, place.version)
        if key not in self._kept:
            self._kept[key] = self._read(place)
        return self._kept[key]

    def _read(self, place: Place) -> Kept | None:
        kept = self._row(place.sort, place.name)
        if kept is None or (kept.archived_at is not None and place.version is None):
            return None
        rows = kept.versions.select_related("kept").order_by("-version")
        row = (rows.filter(version=place.version) if place.version else rows).first()
        if row is None:
            return None
        self.versions[str(row.pk)] = row
        return Kept(str(row.pk), row.text, row.defaults)

    def _row(self, sort: str, name: str) -> KeptWords | None:
        if (sort, name) not in self._found:
            rows = KeptWords.objects.within(self.project).filter(sort=sort, name=name)
            ranked = sorted(rows, key=lambda row: (row.archived_at is not None, row.client_id is None))
            self._found[sort, name] = next(iter(ranked), None)
        return self._found[sort, name]


def _variables(parts: Sequence[Rendered]) -> tuple[Variable, ...]:
    found: dict[str, Variable] = {}
    for each in (each for part in parts for each in part.variables):
        if each.name not in found or (each.value and not found[each.name].value):
            found[each.name] = each
    return tuple(found.values())


def _of_shots(shots: Sequence[DraftShot]) -> list[Problem]:
    return [
        Problem("shot-empty", f"shot-{number}", f"Shot {number} needs words and a length of at least 1 second.")
        for number, each in enumerate(shots, 1)
        if not each.prompt or each.seconds < 1
    ]


def _require_form(draft: Draft) -> None:
    """Refuse what is larger than anything that could be meant."""
    long = any(
        len(each) > LONGEST_SOURCE for each in (draft.text, draft.negative, *(one.prompt for one in draft.shots))
    )
    if long or len(draft.shots) > MOST_SHOTS:
        message = f"A prompt has at most {LONGEST_SOURCE:,} characters and {MOST_SHOTS} shots."
        raise InvalidInput(message, fields={"text": message})
    wrong = [name for name in draft.values if not source.NAME.fullmatch(name)]
    over = [name for name, value in draft.values.items() if len(value) > source.LONGEST_VALUE]
    if wrong or over or len(draft.values) > MOST_VALUES:
        message = f"Values belong to names in small letters, at most {source.LONGEST_VALUE} characters each."
        raise InvalidInput(message, fields={"values": message})
