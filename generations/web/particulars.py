"""What the page of a generation says of it: what was asked beside what was used, what it cost, where it comes from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from generations import catalog
from generations.actions import sources
from generations.models import Character, Clip, Generation, SpendEntry, State
from generations.models.generation import TERMINAL
from generations.pipeline.comparing import differing
from generations.pipeline.remote import capability_of
from generations.web.launch_fields import SOUND
from generations.web.offers import mode_words
from generations.web.showing import cards_by_id
from sorahub.accounts.models import User
from sorahub.lib.amounts import money_words

DERIVED_SHOWN = 12
MICRO = 1_000_000
VERBS = {"remix": "Remix", "edit": "Change", "extend": "Extend"}
NOT_SAID = ""
Book = SpendEntry.Kind


@dataclass(frozen=True)
class Compared:
    """One thing that was asked, and what the provider says of it ("" when it says nothing)."""

    what: str
    asked: str
    used: str
    differs: bool = False


@dataclass(frozen=True)
class Onward:
    """A way to go on from a take."""

    label: str
    use: str
    value: str


class SettleForm(forms.Form):
    """What it cost in all, by the provider's bill."""

    total = forms.DecimalField(
        label="What it cost in all",
        min_value=0,
        max_digits=15,
        decimal_places=6,
        help_text="0 when nothing is charged.",
    )
    reason = forms.CharField(
        max_length=200, label="Where the figure comes from", help_text="Such as: bill of November, line 12."
    )

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action."""
        return {"total_micro": int(self.cleaned_data["total"] * MICRO), "reason": self.cleaned_data["reason"]}


Names = Mapping[tuple[UUID, str], str]


def names_in(made: Sequence[Generation]) -> Names:
    """The names of the characters that these were asked with, by account and provider's id. One query; none where there are none."""
    ids = {each for one in made for each in one.params.get("characters", ())}
    if not ids:
        return {}
    rows = Character.objects.filter(project__in={one.project_id for one in made}, remote_id__in=ids)
    return {(account, remote): name for account, remote, name in rows.values_list("account_id", "remote_id", "name")}


def compared(found: Generation, names: Names | None = None) -> list[Compared]:
    """Return what was asked, and beside it what the provider says that it used. ``names``: those of many, looked up at once."""
    row, params, actual = capability_of(found), found.params, found.actual
    other = differing(found)
    return [
        Compared("Model", row.title if row else found.model, str(actual.get("model") or NOT_SAID), "model" in other),
        Compared("Length", _seconds(params.get("seconds")), _seconds(actual.get("seconds")), "seconds" in other),
        Compared("Picture", _size(params.get("size")), _made_size(actual), "size" in other),
        *_extras(found, row),
        *_characters(found, names_in([found]) if names is None else names),
    ]


def _characters(found: Generation, names: Names) -> Iterator[Compared]:
    asked = found.params.get("characters", ())
    if asked:
        told = [names.get((found.account_id, each), "one that is no longer here") for each in asked]
        yield Compared("Characters", ", ".join(told), NOT_SAID)


def _extras(found: Generation, row: catalog.Capability | None) -> Iterator[Compared]:
    params, actual = found.params, found.actual
    if audio := params.get("audio"):
        yield Compared("Sound", SOUND.get(audio, audio), NOT_SAID)
    if (row and row.seed) or "seed" in params:
        seed = actual.get("seed")
        left = f"left open; the hub drew {found.drawn_seed}" if found.drawn_seed else "chosen by the provider"
        asked, sent = str(params.get("seed", left)), params.get("seed", found.drawn_seed)
        yield Compared(
            "Seed",
            asked,
            NOT_SAID if seed is None else str(seed),
            None not in (seed, sent) and seed != sent,
        )
    if actual.get("fps"):
        planned = f"{row.fps[0] / row.fps[1]:g}" if row else NOT_SAID
        yield Compared("Frames per second", planned, f"{actual['fps']:g}")
    for name, label, divisor in (("tokens", "Tokens", 1), ("units_milli", "Units", 1000)):
        if actual.get(name) is not None:
            yield Compared(label, NOT_SAID, f"{actual[name] / divisor:g}")


def technical(found: Generation) -> list[tuple[str, Any]]:
    """Return what support asks for."""
    row = capability_of(found)
    return [
        ("Provider account", found.account.name),
        ("Made", mode_words(row) if row else found.mode.replace("_", " ")),
        ("Catalogue entry", found.capability_version),
        ("Provider’s id", found.remote_id),
        ("Provider’s last word", found.raw_state),
        ("Sent", found.submitted_at),
        ("Ended", found.finished_at),
    ]


def costs(found: Generation, user: User) -> dict[str, Any]:
    """Return estimate, reservation, settlement and corrections, and how the figures came about."""
    entries = list(
        SpendEntry.objects.visible_to(user)
        .filter(generation=found)
        .select_related("actor__person")
        .order_by("at", "id")
    )
    closed = {entry.kind for entry in entries} & {Book.SETTLED, Book.RELEASED, Book.CORRECTED}
    estimate = money_words(found.estimate_micro, found.currency)
    settled = money_words(found.settled_micro, found.settled_currency or found.currency)
    return {
        "estimate": estimate if found.estimate_micro else "no price known",
        "settled": settled or ("nothing is charged" if closed else ""),
        "aside": "" if closed or not entries else estimate,
        "entries": [(entry, _signed(entry)) for entry in entries],
        "doubtful": found.state in TERMINAL and not closed,
        "can_settle": found.state in TERMINAL,
        "settle_currency": found.settled_currency or found.currency,
    }


def sent_shots(found: Generation) -> str:
    """Return the one text in which several shots were sent, where the model has a form of its own for them; else ""."""
    row, shots = capability_of(found), found.params.get("shots", ())
    if row is None or row.multi_shot is None or not shots:
        return ""
    asked = tuple(catalog.ShotAsk(each["prompt"], each["seconds"]) for each in shots)
    return catalog.spelled(row.multi_shot, asked)


def onward(found: Generation) -> tuple[list[Onward], str]:
    """Return the ways to go on from this take, and why there are none although its model knows some ("" otherwise)."""
    if found.state != State.SUCCEEDED:
        return [], ""
    now = timezone.now()
    rows = [
        row
        for row in catalog.rows()
        if (row.route, row.model) == (found.account.route, found.model) and row.uses_source
    ]
    if rows and not sources.is_reachable(found, now):
        return (
            [],
            "The provider no longer keeps this take: it can be watched and used here, but not remixed, changed or extended there.",
        )
    if not found.account.enabled:
        return [], ""
    values = [
        (row, "|".join((str(found.account_id), row.model, row.mode))) for row in rows if row.launchable(now.date())
    ]
    return [Onward(VERBS[row.uses_source], str(row.uses_source), value) for row, value in values], ""


def lineage(found: Generation, user: User) -> dict[str, Any]:
    """Return what this one started from and what was made from it, each with its clip's card where there is one."""
    seen = Generation.objects.visible_to(user).for_list()
    derived = list(seen.filter(source=found)[:DERIVED_SHOWN])
    source = seen.filter(pk=found.source_id).first() if found.source_id else None
    relatives = [*derived, *([source] if source else [])]
    cards = cards_by_id(Clip.objects.visible_to(user), [each.clip_id for each in relatives])
    return {
        "came_from": (source, cards.get(source.clip_id) if source.clip_id else None) if source else None,
        "derived": [(each, cards.get(each.clip_id) if each.clip_id else None, _use(each)) for each in derived],
        "own_use": _use(found),
    }


def _use(found: Generation) -> str:
    return {"remix": "remixed", "edit": "changed", "extend": "extended"}.get(found.mode, found.mode.replace("_", " "))


def _seconds(given: Any) -> str:
    if given is None:
        return NOT_SAID
    return f"{given} s" if given else "as the model likes"


def _size(given: Any) -> str:
    return str(given or NOT_SAID).replace("x", " × ")


def _made_size(actual: dict[str, Any]) -> str:
    if actual.get("width") and actual.get("height"):
        return f"{actual['width']} × {actual['height']}"
    return ", ".join(str(actual[name]) for name in ("resolution", "ratio") if actual.get(name))


def _signed(entry: SpendEntry) -> str:
    words = money_words(abs(entry.amount_micro), entry.currency)
    return f"−{words}" if entry.amount_micro < 0 else words
