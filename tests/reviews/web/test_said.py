"""What an open page of takes is told of others' choices."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generations.models import Clip
from reviews.actions.choosing import clear_pick, reject, select_take, shortlist
from tests.people import Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.core


@pytest.fixture
def second(agency: Agency, clip: Clip) -> Clip:
    return world.add_clip(agency.aurora, agency.alice, grey=40, shot=agency.shot)


def address(agency: Agency) -> str:
    return f"/projects/{agency.aurora.pk}/takes/said/"


def test_marks_selection_and_counts_are_told_until_nothing_is_new(agency: Agency, clip: Clip, second: Clip) -> None:
    browser = logged_in(agency.bob)
    before = browser.get(address(agency)).json()
    assert (before["marks"], before["selected"]) == ({}, [])
    shortlist(actor=agency.alice, clip=clip)
    reject(actor=agency.alice, clip=second)
    select_take(actor=agency.alice, shot=agency.shot, clip=clip)
    now = browser.get(address(agency), {"since": before["version"]}).json()
    assert now["version"] > before["version"]
    assert now["marks"] == {str(clip.pk): "shortlisted", str(second.pk): "rejected"}
    assert now["selected"] == [str(clip.pk)]
    assert now["counts"] == {"all": 2, "shortlisted": 1, "rejected": 1, "undecided": 0, "selected": 1}
    assert browser.get(address(agency), {"since": now["version"]}).json() == {"version": now["version"]}
    clear_pick(actor=agency.bob, clip=second)
    last = browser.get(address(agency), {"since": now["version"], "show": "rejected", "q": "nothing like it"}).json()
    assert last["marks"] == {str(clip.pk): "shortlisted"}
    assert last["counts"] == dict.fromkeys(("all", "shortlisted", "rejected", "undecided", "selected"), 0)


def test_nothing_new_costs_three_questions_less_and_many_marks_none_more(
    agency: Agency, clip: Clip, second: Clip
) -> None:
    browser = logged_in(agency.bob)

    def cost(**query: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            browser.get(address(agency), query)
        return len(asked)

    shortlist(actor=agency.alice, clip=clip)
    one = cost()
    shortlist(actor=agency.alice, clip=second)
    assert cost() == one
    version = browser.get(address(agency)).json()["version"]
    assert cost(since=str(version)) == one - 3


def test_who_does_not_see_the_project_is_told_nothing(agency: Agency, clip: Clip) -> None:
    shortlist(actor=agency.alice, clip=clip)
    answers = {
        name: logged_in(getattr(agency, name)).get(address(agency)).status_code for name in ("bob", "dora", "carol")
    }
    assert answers == {"bob": 200, "dora": 404, "carol": 404}
