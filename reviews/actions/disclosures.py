"""Duties of disclosure, version by version: dated, sourced data that counsel makes, edits, and ends. No law is written in code."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from generations.actions import checks
from reviews.actions.versions import insert_next
from reviews.models import Depiction, DisclosureRule, Use
from reviews.rules import duties as rules
from reviews.rules import territories as places
from reviews.rules.typed import one_line, tidy
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib import canonical
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput

Status = DisclosureRule.Status
LONGEST_LABEL, LONGEST_SECONDS = 80, 3600


def make_rule(*, actor: User, key: str = "", **said: Any) -> DisclosureRule:
    """Write down a duty of disclosure; ``said`` is what ``rule_row`` takes.

    Raises Forbidden, InvalidInput, Conflict for a key that is taken.
    """
    actor.demand(Permission.CAPTURE_TERMS)
    name = key.strip() or _key_for(str(said.get("title", "")))
    return _keep(rule_row(key=name, version=1, **said), actor, "disclosure_rule.made")


def revise_rule(*, actor: User, rule: DisclosureRule, **said: Any) -> DisclosureRule:
    """Write the next version of a duty; ``said`` is what ``rule_row`` takes, the whole of it. A retired duty is in force again.

    Where the duty itself, its places, uses or depictions changed, records that met the older version are asked anew.
    Raises Forbidden, NotFound, InvalidInput, Conflict when somebody made a newer version meanwhile, or nothing changed.
    """
    actor.demand(Permission.CAPTURE_TERMS)
    checks.require_seen(actor, DisclosureRule.objects.all(), rule)
    row = rule_row(key=rule.key, version=rule.version + 1, **said)
    if not rules.differences(rule, row):
        raise Conflict("Nothing was changed.", code="unchanged")
    return _keep(row, actor, "disclosure_rule.revised")


def retire_rule(*, actor: User, rule: DisclosureRule) -> DisclosureRule:
    """End a duty: from now on no record is asked for it. Its versions stay readable.

    Raises Forbidden, NotFound, Conflict when it is retired, or when somebody made a newer version meanwhile.
    """
    actor.demand(Permission.CAPTURE_TERMS)
    checks.require_seen(actor, DisclosureRule.objects.all(), rule)
    if rule.status == Status.RETIRED:
        raise Conflict("This duty is retired already.", code="retired")
    said = {name: getattr(rule, name) for name in rules.FIELDS if name != "status"}
    row = rule_row(key=rule.key, version=rule.version + 1, retired=True, **said)
    return _keep(row, actor, "disclosure_rule.retired")


def seed_rule(actor: User | None, *, key: str, **said: Any) -> DisclosureRule | None:
    """Write down a duty that comes with the hub; None when there is one with this key, whatever became of it."""
    if DisclosureRule.objects.filter(key=key).exists():
        return None
    return _keep(rule_row(key=key, version=1, **said), actor, "disclosure_rule.made", by_hand=False)


def rule_row(
    *,
    key: str,
    version: int,
    title: str,
    territories: Sequence[str],
    duty: str,
    source: str,
    sourced_on: date,
    uses: Sequence[str] = (),
    depicts: Sequence[str] = (),
    applies_from: date | None = None,
    applies_until: date | None = None,
    label: str = "",
    label_start: int = 0,
    label_seconds: int = 0,
    label_position: str = DisclosureRule.Position.TOP_LEFT,
    status: str = Status.REPORTED,
    address: str = "",
    retired: bool = False,
) -> DisclosureRule:
    """Return an unsaved version of a duty. Both days are inside; no uses or depictions mean any; seconds are whole.

    Raises InvalidInput.
    """
    row = DisclosureRule(
        key=key,
        version=version,
        title=one_line(title),
        territories=places.normalised(territories),
        duty=tidy(duty),
        uses=[each for each in Use.values if each in set(uses)],
        depicts=[each for each in Depiction.Kind.values if each in set(depicts)],
        applies_from=applies_from,
        applies_until=applies_until,
        label=one_line(label),
        label_start=label_start,
        label_seconds=label_seconds,
        label_position=label_position,
        status=Status.RETIRED if retired else status,
        source=one_line(source),
        address=address.strip(),
        sourced_on=sourced_on,
    )
    _check(row, uses, depicts)
    return row


def _check(row: DisclosureRule, uses: Sequence[str], depicts: Sequence[str]) -> None:
    problems = {
        name: words
        for name, words in (
            ("title", "Give the duty a title."),
            ("duty", "Say what must be done, so that a producer understands it."),
            ("source", "Say where it stands: the law, article or guidance."),
        )
        if not getattr(row, name)
    }
    if wrong := places.problem(row.territories):
        problems["territories"] = wrong
    if not set(uses) <= set(Use.values):
        problems["uses"] = f"Only: {', '.join(Use.values)}; none for any use."
    if not set(depicts) <= set(Depiction.Kind.values):
        problems["depicts"] = f"Only: {', '.join(Depiction.Kind.values)}; none for any clip."
    if row.version == 1 and row.status not in {Status.CONFIRMED, Status.REPORTED}:
        problems["status"] = f"One of: {Status.CONFIRMED}, {Status.REPORTED}."
    problems |= _about_days(row) | _about_label(row)
    if problems:
        raise InvalidInput(" ".join(problems.values()), fields=problems)


def _about_days(row: DisclosureRule) -> dict[str, str]:
    found: dict[str, str] = {}
    if row.applies_from and row.applies_until and row.applies_until < row.applies_from:
        found["applies_until"] = "The last day comes before the first."
    if row.sourced_on > timezone.localdate():
        found["sourced_on"] = "Nobody read the source in the future."
    return found


def _about_label(row: DisclosureRule) -> dict[str, str]:
    found: dict[str, str] = {}
    if len(row.label) > LONGEST_LABEL:
        found["label"] = f"At most {LONGEST_LABEL} characters: it has to be read while the picture moves."
    if row.label_position not in DisclosureRule.Position.values:
        found["label_position"] = f"One of: {', '.join(DisclosureRule.Position.values)}."
    for name in ("label_start", "label_seconds"):
        if not 0 <= getattr(row, name) <= LONGEST_SECONDS:
            found[name] = f"Whole seconds, from 0 to {LONGEST_SECONDS}."
    return found


def _keep(row: DisclosureRule, actor: User | None, kind: str, *, by_hand: bool = True) -> DisclosureRule:
    row.made_by = actor if by_hand else None
    with transaction.atomic():
        insert_next(row)
        content = canonical.dumps(rules.as_json(row))
        body: dict[str, Json] = {"key": row.key, "version": row.version, "sha256": sha256(content).hexdigest()}
        record.append(kind=kind, actor=actor.pk if actor else None, client=None, subject=row, body=body)
    return row


def _key_for(title: str) -> str:
    """A free key made of the title; two people who take the same one at once get a Conflict."""
    key = slugify(title)[:54].strip("-") or "duty"
    taken = set(DisclosureRule.objects.filter(key__startswith=key).values_list("key", flat=True))
    return key if key not in taken else next(f"{key}-{n}" for n in range(2, 10_000) if f"{key}-{n}" not in taken)
