"""What the workbench says about a draft while it is written: what is sent, how long it is for which models, what to think about."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from generations.actions import linting
from generations.actions.composing import Composition, Draft, compose
from generations.actions.linting import Finding, Fit
from generations.catalog import Capability
from generations.models import Generation, KeptVersion, KeptWords, Shot
from generations.web.offers import PLAIN, mode_words, offers
from sorahub.accounts.models import User
from sorahub.lib.errors import InvalidInput

MODELS_CHECKED = 3
MOST_MODELS = 12
KEPT_SHOWN = 300


@dataclass(frozen=True)
class Model:
    """A model that a draft may be checked for."""

    row: Capability
    chosen: bool

    @property
    def value(self) -> str:
        """The choice as the form sends it."""
        return self.row.name

    @property
    def label(self) -> str:
        """The choice in words."""
        return f"{self.row.title}, {mode_words(self.row)}"


@dataclass(frozen=True)
class Checked:
    """What is said about a draft. ``trouble``: why nothing can be said at all ("" as a rule)."""

    made: Composition | None
    fits: tuple[Fit, ...] = ()
    findings: tuple[Finding, ...] = ()
    trouble: str = ""

    @property
    def summary(self) -> str:
        """The whole in one line, for those who listen."""
        if self.made is None:
            return self.trouble
        problems, thoughts = len(self.made.problems), sum(each.level != "note" for each in self.findings)
        said = [
            f"{len(self.made.text):,} characters",
            f"fits {sum(each.sound for each in self.fits)} of {len(self.fits)} models" if self.fits else "",
            f"{problems} thing{'s' if problems > 1 else ''} to mend" if problems else "",
            f"{thoughts} thing{'s' if thoughts > 1 else ''} to think about" if thoughts else "",
        ]
        return " · ".join(each for each in said if each)


def models(user: User, shot: Shot, chosen: Collection[str], hints: Sequence[str] = ()) -> list[Model]:
    """Return the models that this person could launch, each once, and which are checked for.

    Without a choice: those that a template names, else the project's latest, else the first three from words alone.
    """
    rows = {offer.capability.name: offer.capability for offer in offers(user)}
    wanted = {name for name in chosen if name in rows} or _usual(rows, shot, hints)
    return [Model(row, row.name in wanted) for row in rows.values()]


def checked(user: User, shot: Shot, draft: Draft, rows: Sequence[Capability], template: KeptVersion | None) -> Checked:
    """Say everything about a draft; nothing is written. Raises NotFound."""
    try:
        made = compose(actor=user, project=shot.project, draft=draft, shot=shot, template=template)
    except InvalidInput as error:
        return Checked(None, trouble=error.message)
    fitting = tuple(linting.fit(made.text, made.shots, row) for row in rows[:MOST_MODELS])
    return Checked(made, fitting, tuple(linting.lint(shot.project, made.text, rows)))


def kept_words(user: User, shot: Shot) -> list[tuple[str, list[KeptWords]]]:
    """Return the snippets and sheets that prompts of this shot may call, by kind."""
    rows = KeptWords.objects.visible_to(user).within(shot.project).open().exclude(sort=KeptWords.Sort.TEMPLATE)
    groups: dict[str, list[KeptWords]] = {}
    for row in rows.order_by("sort", "kind", "name")[:KEPT_SHOWN]:
        groups.setdefault(f"{row.get_kind_display()}{', sheets' if row.sort == 'sheet' else ''}", []).append(row)
    return list(groups.items())


def shown(
    user: User, shot: Shot, draft: Draft, chosen: Collection[str], template: KeptVersion | None
) -> dict[str, Any]:
    """Return what the check's template takes."""
    choice = models(user, shot, chosen, template.hints if template else ())
    found = checked(user, shot, draft, [each.row for each in choice if each.chosen], template)
    sheets = [each for each in found.made.used if each.kept.sort == KeptWords.Sort.SHEET] if found.made else []
    parts = [(sheet, sheet.parts.select_related("reference", "character")) for sheet in sheets]
    variables = found.made.variables if found.made else ()
    used = {each.name for each in variables}
    unused = [(name, value) for name, value in draft.values.items() if value and name not in used]
    told = {"checked": found, "models": choice, "sheets": parts, "variables": variables, "shot": shot}
    return told | {"unused": unused}


def _usual(rows: dict[str, Capability], shot: Shot, hints: Sequence[str]) -> set[str]:
    hinted = [row.name for hint in hints for row in rows.values() if row.model == hint]
    latest = Generation.objects.filter(project=shot.project_id).order_by("-id").values_list("model", "mode").first()
    used = [row.name for row in rows.values() if (row.model, row.mode) == latest]
    plain = [row.name for row in rows.values() if row.mode == PLAIN]
    return set((hinted or [*used, *plain])[:MODELS_CHECKED])
