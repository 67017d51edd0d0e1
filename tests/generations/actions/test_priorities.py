"""A waiting generation can be let go sooner or later; what was sent cannot."""

import pytest

from generations.actions.launches import launch_generation
from generations.actions.priorities import set_priority
from generations.models import Generation, State
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(agency: Agency) -> Generation:
    """A generation of alice's that has not been sent."""
    params = {"seconds": 4, "size": "1280x720"}
    return launch_generation(
        actor=agency.alice, prompt=agency.prompt, account=provider_account(), model="sora-2", params=params
    )


def test_a_waiting_one_gets_its_new_place_and_the_timeline_says_who_gave_it(
    agency: Agency, waiting: Generation
) -> None:
    assert set_priority(actor=agency.alice, generation=waiting, priority=7).priority == 7
    told = waiting.timeline.get(kind="person", words="Its priority is 7 now.")
    assert told.actor == agency.alice


def test_the_same_priority_again_tells_nothing(agency: Agency, waiting: Generation) -> None:
    before = waiting.timeline.count()
    set_priority(actor=agency.alice, generation=waiting, priority=0)
    assert waiting.timeline.count() == before


def test_one_that_was_sent_keeps_its_place(agency: Agency, waiting: Generation) -> None:
    Generation.objects.filter(pk=waiting.pk).update(state=State.SUBMITTING)
    with pytest.raises(Conflict):
        set_priority(actor=agency.alice, generation=waiting, priority=7)
    waiting.refresh_from_db()
    assert waiting.priority == 0


def test_it_is_for_those_who_launch_and_see_the_project_and_within_range(agency: Agency, waiting: Generation) -> None:
    for actor, priority, error in (
        (agency.bob, 1, Forbidden),
        (agency.carol, 1, Forbidden),
        (agency.alice, 101, InvalidInput),
        (agency.alice, -101, InvalidInput),
    ):
        with pytest.raises(error):
            set_priority(actor=actor, generation=waiting, priority=priority)
    agency.aurora.memberships.filter(user=agency.alice).delete()
    with pytest.raises(NotFound):
        set_priority(actor=agency.alice, generation=waiting, priority=1)
    waiting.refresh_from_db()
    assert waiting.priority == 0
