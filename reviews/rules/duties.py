"""Duties of disclosure as data: which versions are in force, what a record must say to each, and what an edit changed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from reviews.models import Depiction, DisclosureRule, Finding, Use
from reviews.rules import disclosing, versions
from reviews.rules.checklists import Difference
from reviews.rules.clearance_facts import Asked, DepictionFacts, DutyFacts
from sorahub.lib.canonical import Json

FIELDS = (
    "title", "territories", "duty", "uses", "depicts", "applies_from", "applies_until", "label", "label_start", "label_seconds",
    "label_position", "status", "source", "address", "sourced_on",
)  # fmt: skip
LABELS = {
    "title": "Title", "territories": "Territories", "duty": "What must be done", "uses": "Uses", "depicts": "Shows",
    "applies_from": "In force from", "applies_until": "In force until",
    "label": "Label in the picture", "label_start": "Label from second", "label_seconds": "Label for seconds",
    "label_position": "Label’s place", "status": "Status", "source": "Source",
    "address": "Address", "sourced_on": "Source read on",
}  # fmt: skip
_ASKS = ("duty", "territories", "uses", "depicts")
_EVERYTHING = tuple(DepictionFacts(kind=kind, name="", real=Finding.YES) for kind in Depiction.Kind.values)
Entry = Mapping[str, Any]  # rule, version, plan, exempt, reason: as a record version keeps it


def in_force(rules: Iterable[DisclosureRule]) -> list[DisclosureRule]:
    """Return the newest version of each duty; those that are retired are left out."""
    return [rule for rule in versions.newest(rules) if rule.status != DisclosureRule.Status.RETIRED]


def facts(rules: Collection[DisclosureRule], entries: Iterable[Entry]) -> tuple[DutyFacts, ...]:
    """Return the duties in force as clearance looks at them. ``rules`` are all versions, ``entries`` what the record says to them."""
    told: dict[str, list[Entry]] = {}
    for entry in entries:
        told.setdefault(str(entry.get("rule", "")), []).append(entry)
    by_version = {(rule.key, rule.version): rule for rule in rules}
    return tuple(
        as_facts(rule, met=any(meets(each, rule, by_version) for each in told.get(rule.key, ())))
        for rule in in_force(rules)
    )


def as_facts(rule: DisclosureRule, *, met: bool = False) -> DutyFacts:
    """Return one duty as clearance looks at it."""
    return DutyFacts(
        title=rule.title,
        territories=frozenset(rule.territories),
        uses=frozenset(rule.uses),
        depicts=frozenset(rule.depicts),
        applies_from=rule.applies_from,
        applies_until=rule.applies_until,
        met=met,
    )


def meets(entry: Entry, rule: DisclosureRule, by_version: Mapping[tuple[str, int], DisclosureRule]) -> bool:
    """Say whether what a record says meets this version of the duty: a plan, or a reason why it does not apply.

    What was said to an older version counts as long as the duty asks for the same in the same places, uses and pictures.
    """
    answered = by_version.get((rule.key, int(entry.get("version") or 0)))
    if answered is None or any(_value(answered, name) != _value(rule, name) for name in _ASKS):
        return False
    return bool(str(entry.get("reason" if entry.get("exempt") else "plan") or "").strip())


def called_for(
    rules: Iterable[DisclosureRule], asked: Asked, depictions: Sequence[DepictionFacts] | None = None
) -> list[DisclosureRule]:
    """Return the duties in force (``in_force``) that what is asked calls for; without depictions whatever a clip may show."""
    seen = _EVERYTHING if depictions is None else depictions
    return [rule for rule in rules if disclosing.applies(as_facts(rule), seen, asked)]


def differences(old: DisclosureRule, new: DisclosureRule) -> list[Difference]:
    """Return what the newer version changed, field by field, in words."""
    return [
        Difference("changed", LABELS[name], in_words(old, name), in_words(new, name))
        for name in FIELDS
        if _value(old, name) != _value(new, name)
    ]


def asks_anew(old: DisclosureRule, new: DisclosureRule) -> bool:
    """Say whether records that met the older version are asked again by the newer one."""
    return any(_value(old, name) != _value(new, name) for name in _ASKS)


def in_words(rule: DisclosureRule, name: str) -> str:
    """Write out one field."""
    value = getattr(rule, name)
    if name == "uses":
        return ", ".join(str(Use(each).label) for each in value) or "any use"
    if name == "depicts":
        return ", ".join(str(Depiction.Kind(each).label) for each in value) or "any clip made by AI"
    if name == "territories":
        return ", ".join(value)
    if name == "status":
        return str(DisclosureRule.Status(value).label)
    if name == "label_position":
        return str(DisclosureRule.Position(value).label)
    if name in {"label_start", "label_seconds"}:
        return str(value) if value or name == "label_start" else "to the end"
    return str(value) if value else "not given"


def as_json(rule: DisclosureRule) -> Json:
    """Return everything that a version says, for its hash."""
    return {"key": rule.key, "version": rule.version, **dict(_written(rule))}


def _written(rule: DisclosureRule) -> Iterator[tuple[str, Json]]:
    for name in FIELDS:
        value = getattr(rule, name)
        yield name, value if isinstance(value, list) else str(value) if value else None


def _value(rule: DisclosureRule, name: str) -> object:
    value = getattr(rule, name)
    return frozenset(value) if isinstance(value, list) else value
