"""What a person's scripts keep for them: the keys of the player, and nothing else."""

import json
import re
from typing import Any

import pytest
from django.test import Client as Browser

from sorahub.accounts.actions.preferences import keep_preferences
from sorahub.accounts.models import User
from sorahub.lib.errors import InvalidInput
from tests.people import Agency

pytestmark = pytest.mark.django_db

KEYS = {"toggle": [" "], "back10": ["Shift+ArrowLeft", "h"], "mute": []}
PATH = "/account/preferences/"


def post(user: User, value: Any) -> Any:
    browser = Browser()
    browser.force_login(user)
    return browser.post(PATH, value if isinstance(value, str) else json.dumps(value), content_type="application/json")


def test_keys_are_kept_and_come_with_every_page(agency: Agency) -> None:
    User.objects.filter(pk=agency.dora.pk).update(preferences={"mail": "daily"})
    assert post(agency.dora, {"keys": KEYS}).status_code == 204
    agency.dora.refresh_from_db()
    assert agency.dora.preferences == {"mail": "daily", "keys": KEYS}
    browser = Browser()
    browser.force_login(agency.dora)
    page = browser.get("/").content.decode()
    block = re.search(r'<script id="own-keys" type="application/json">(.*?)</script>', page)
    assert block is not None
    assert json.loads(block[1]) == KEYS
    assert f'data-preferences-url="{PATH}"' in page
    browser.force_login(agency.bob)
    assert "own-keys" not in browser.get("/").content.decode()


WRONG: list[Any] = [
    "no json", "[1]", {"kind": "administrator"}, {"keys": []}, {"keys": {"toggle": "k"}}, {"keys": {"toggle": [1]}},
    {"keys": {"a b": ["k"]}}, {"keys": {"toggle": ["k"] * 5}}, {"keys": {"toggle": ["</script> <b>"]}},
    {"keys": {f"a{n}": ["k"] for n in range(101)}}, {"keys": {"toggle": ["x" * 21]}}, "{" * 20_001,
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda value: str(value)[:30])
def test_what_is_no_table_of_keys_is_refused_and_changes_nothing(agency: Agency, wrong: Any) -> None:
    keep_preferences(actor=agency.bob, wishes={"keys": KEYS})
    answer = post(agency.bob, wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-preference")
    agency.bob.refresh_from_db()
    assert agency.bob.preferences == {"keys": KEYS}


def test_an_unknown_preference_beside_a_good_one_keeps_neither(agency: Agency) -> None:
    with pytest.raises(InvalidInput):
        keep_preferences(actor=agency.bob, wishes={"keys": KEYS, "is_staff": True})
    agency.bob.refresh_from_db()
    assert agency.bob.preferences == {}
