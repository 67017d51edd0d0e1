"""Alarms and the timeline: one open alarm for each thing, however often and by however many it is raised."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from generations.models import Alarm, Generation, Pulse, TimelineEntry
from generations.pipeline.alarms import Trouble, clear_alarm, hold, raise_alarm
from generations.pipeline.story import tell
from tests.generations.pipeline.rows import launched
from tests.people import Agency, found_agency, provider_account

UNKNOWN = Alarm.Kind.UNKNOWN_WORD


@pytest.fixture
def generation(agency: Agency) -> Generation:
    return launched(agency)


def pulse(generation: Generation) -> int:
    return sum(Pulse.objects.filter(project=generation.project_id).values_list("version", flat=True))


def raise_word(generation: Generation, message: str = "It says 'marinating'.") -> Alarm:
    return raise_alarm(UNKNOWN, "a:marinating", message=message, mend="Wait.", generation=generation)


@pytest.mark.django_db
def test_an_alarm_is_open_once_and_counts(generation: Generation) -> None:
    before = pulse(generation)
    first = raise_word(generation)
    again = raise_word(generation, "It still says 'marinating'.")
    assert (again.pk, again.times, again.message) == (first.pk, 2, "It still says 'marinating'.")
    assert (first.project, first.account) == (generation.project, generation.account)
    assert again.seen_at > first.seen_at
    assert pulse(generation) == before + 1


@pytest.mark.django_db
def test_what_is_cleared_opens_anew(generation: Generation) -> None:
    first = raise_word(generation)
    assert clear_alarm(UNKNOWN, "a:marinating")
    assert not clear_alarm(UNKNOWN, "a:marinating")
    assert raise_word(generation).pk != first.pk
    assert Alarm.objects.count() == 2
    assert Alarm.objects.open().count() == 1


@pytest.mark.django_db
def test_a_look_over_all_leaves_open_exactly_what_it_found(generation: Generation) -> None:
    raise_word(generation)
    raise_alarm(Alarm.Kind.KEY, "a", message="Refused.", mend="Enter it anew.", account=generation.account)
    hold(UNKNOWN, [Trouble("a:stewing", "It says 'stewing'.", "Wait.", generation.account_id)])
    hold(UNKNOWN, [Trouble("a:stewing", "Twice 'stewing'.", "Wait.", generation.account_id)])
    found = Alarm.objects.open().values_list("kind", "key", "message", "times")
    assert set(found) == {("key", "a", "Refused.", 1), ("unknown_word", "a:stewing", "Twice 'stewing'.", 1)}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_open_one_alarm() -> None:
    account = provider_account()
    found_agency()

    def raise_it(_: int) -> None:
        raise_alarm(Alarm.Kind.KEY, "a", message="Refused.", mend="Enter it anew.", account=account)
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(raise_it, range(8)))
    assert list(Alarm.objects.values_list("times", "account")) == [(8, account.pk)]


@pytest.mark.django_db
def test_a_story_is_told_in_order(agency: Agency, generation: Generation) -> None:
    tell(generation, TimelineEntry.Kind.CALL, "Sent to the provider.", status=200, request_id=None)
    tell(generation, TimelineEntry.Kind.PERSON, "Alice asked to stop it.", actor=agency.alice)
    told = [(entry.kind, entry.words, entry.facts, entry.actor) for entry in generation.timeline.all()[:2]]
    assert ("call", "Sent to the provider.", {"status": 200}, None) in told
    assert generation.timeline.filter(actor=agency.alice, kind="person").exists()
