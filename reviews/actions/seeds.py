"""What a new installation begins with: a checklist of rights and reported duties of disclosure, as data that counsel edits."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reviews.actions.checklists import seed_checklist
from reviews.actions.disclosures import seed_rule
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission

SEEDS = Path(__file__).resolve().parent.parent / "seeds"


def seed_rights(*, actor: User | None = None) -> list[str]:
    """Write what is not there yet, each in a transaction of its own, and return the titles; run it as often as you like.

    A key that is there stays as it is, edited or retired: what counsel made of it is never undone. ``actor``: who asked for
    it, whom the ledger names; without one it was asked for on the server. Raises Forbidden, Conflict when somebody is at it.
    """
    if actor is not None:
        actor.demand(Permission.CAPTURE_TERMS)
    return [row.title for row in (*_checklists(actor), *_rules(actor)) if row is not None]


def _checklists(actor: User | None) -> Iterator[Any]:
    for each in _read("checklists.toml")["checklist"]:
        yield seed_checklist(actor, key=each["key"], title=each["title"], questions=each["question"])


def _rules(actor: User | None) -> Iterator[Any]:
    for each in _read("disclosures.toml")["rule"]:
        yield seed_rule(actor, **each)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((SEEDS / name).read_text("utf-8"))
