"""Keep what a person set for themselves: so far the keys of the player. Their own row, no ledger event."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from sorahub.accounts.models import User
from sorahub.lib.errors import InvalidInput

MOST_ACTIONS = 100
MOST_KEYS = 4
_ACTION = re.compile(r"[A-Za-z][A-Za-z0-9]{0,39}")
_KEY = re.compile(r"(?:(?:Ctrl|Alt|Shift)\+){0,3}(?:\S{1,20}| )")


def keep_preferences(*, actor: User, wishes: Mapping[str, Any]) -> User:
    """Keep these preferences and leave all others as they are. Raises InvalidInput for an unknown name or a wrong value."""
    checked = {name: _checked(name, value) for name, value in wishes.items()}
    with transaction.atomic():
        row = User.objects.select_for_update(of=("self",)).get(pk=actor.pk)
        User.objects.filter(pk=row.pk).update(preferences={**row.preferences, **checked})
    actor.refresh_from_db(fields=["preferences"])
    return actor


def _checked(name: str, value: Any) -> Any:
    check = _CHECKS.get(name)
    if check is None or not check(value):
        raise InvalidInput(
            f"“{name}” cannot be kept like this.", code="bad-preference", fields={name: "Not understood."}
        )
    return value


def _is_key_table(value: Any) -> bool:
    """Whether this maps the player's actions to the keys that a person gave them; an empty list takes the key away."""
    if not isinstance(value, dict) or len(value) > MOST_ACTIONS:
        return False
    return all(_ACTION.fullmatch(action) and _is_key_list(keys) for action, keys in value.items())


def _is_key_list(value: Any) -> bool:
    if not isinstance(value, list) or len(value) > MOST_KEYS:
        return False
    return all(isinstance(key, str) and _KEY.fullmatch(key) for key in value)


_CHECKS: dict[str, Callable[[Any], bool]] = {"keys": _is_key_table}
