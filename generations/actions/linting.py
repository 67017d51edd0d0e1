"""Look a prompt through before money is spent: how long it is for each model, what providers' rules and clients' names say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from generations import catalog
from generations.actions.composing import DraftShot
from generations.announcements import releases_asked
from generations.catalog import Capability, Length, Level
from generations.models import KnownName, Project
from generations.rules import names
from generations.rules.names import ReleaseFacts, Watched


@dataclass(frozen=True)
class Finding:
    """One thing to think about. ``level``: "block" (cannot be launched), "warn", or "note" (good to know).

    ``models``: titles of those it is about, empty for all. ``source`` and ``as_of`` (ISO) say where a provider's rule is from.
    """

    level: str
    code: str
    message: str
    mend: str = ""
    found: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    source: str = ""
    as_of: str = ""


@dataclass(frozen=True)
class Fit:
    """How a prompt fits one model: its length in what the provider counts, and what becomes of its shots ("" without any)."""

    row: Capability
    length: Length
    shots: str
    problems: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing about length or shots stands against a launch."""
        return not self.problems


@dataclass(frozen=True)
class Register:
    """The names that a client watches, and what is known of releases for those of them that some texts hold, by name."""

    watched: Sequence[KnownName]
    held: Mapping[str, Sequence[ReleaseFacts]]


def register_of(project: Project, texts: Iterable[str]) -> Register:
    """Read what these texts are looked through for; one read for any number of them."""
    watched, several = list(KnownName.objects.open().filter(client=project.client_id)), list(texts)
    asked = [
        each.name for each in watched if each.needs_release and any(names.holds(text, each.name) for text in several)
    ]
    return Register(watched, releases_of(project.client_id, asked))


def fit(text: str, shots: Sequence[DraftShot], row: Capability) -> Fit:
    """Return how a text, with its shots written into it, fits a row, as ``orders.order_of`` would send it."""
    limits, problems, told, seconds = row.multi_shot, [], "", sum(each.seconds for each in shots)
    sent = text
    if shots and limits:
        asked = tuple(catalog.ShotAsk(each.prompt, each.seconds) for each in shots)
        problems += catalog.shot_problems(row, asked, seconds)
        told = "each shot is sent by itself"
        if limits.written:
            sent, told = (
                catalog.spelled(limits, asked),
                "its own form: only the shots are sent, not the words before them",
            )
    elif shots:
        told = "the shots are written into the text"
    if shots and row.seconds and seconds not in row.seconds:
        problems.append(f"The shots last {seconds} s together; {row.title} does not make clips of that length.")
    length = catalog.length_of(row, sent)
    if length.fits is False:
        problems.insert(0, f"{length.count - length.limit} {length.words} too long.")
    return Fit(row, length, told, tuple(dict.fromkeys(problems)))


def lint(project: Project, text: str, rows: Sequence[Capability] = ()) -> list[Finding]:
    """Return what to think about, blocks first; with ``rows`` only what concerns those models, else what concerns any."""
    return _linted(register_of(project, [text]), text, rows)


def warnings(register: Register, text: str, row: Capability) -> list[str]:
    """Return what a person should know about the words before a launch: the warnings of ``lint``, in one line each."""
    return [" ".join((each.message, each.mend)) for each in _linted(register, text, [row]) if each.level == "warn"]


def _linted(register: Register, text: str, rows: Sequence[Capability]) -> list[Finding]:
    found = [*_of_rules(text, rows or catalog.rows(), narrow=bool(rows)), *_of_names(register, text)]
    order = ["block", "warn", "note"]
    return sorted(found, key=lambda each: order.index(each.level))


def _of_rules(text: str, rows: Sequence[Capability], *, narrow: bool) -> Iterator[Finding]:
    for rule in catalog.rules_of_prompts():
        about = [row.title for row in rows if rule.applies(row)]
        if not about or not (said := rule.found(text)):
            continue
        everybody = not (rule.providers or rule.models)
        yield Finding(
            level="block" if rule.level is Level.BLOCK else "warn",
            code=rule.code,
            message=rule.message,
            mend=rule.mend,
            found=tuple(said),
            models=() if everybody else tuple(dict.fromkeys(about)) if narrow else tuple(rule.models or rule.providers),
            source=rule.source,
            as_of=rule.as_of.isoformat(),
        )


def _of_names(register: Register, text: str) -> Iterator[Finding]:
    today = timezone.now().date()
    facts = [
        Watched(row.name, row.sort, row.needs_release, row.note, tuple(register.held.get(row.name.casefold(), ())))
        for row in register.watched
        if names.holds(text, row.name)
    ]
    for each in names.watched_in(text, facts, today):
        yield Finding(
            "note" if each.code == "name-released" else "warn", each.code, each.message, each.mend, (each.name,)
        )
    ruled = [word for rule in catalog.rules_of_prompts() for word in rule.found(text)]
    for each in names.unknown_in(text, [*(row.name for row in register.watched), *ruled]):
        yield Finding("note", each.code, each.message, each.mend, (each.name,))


def releases_of(client: UUID, wanted: Sequence[str]) -> dict[str, list[ReleaseFacts]]:
    """What those who keep releases know of these names, by name without its letters' case."""
    if not wanted:
        return {}
    found: dict[str, list[ReleaseFacts]] = {}
    answers: list[tuple[Any, Any]] = releases_asked.send(KnownName, client=client, names=wanted)
    for _, answer in answers:
        for name, facts in answer:
            found.setdefault(name.casefold(), []).append(facts)
    return found
