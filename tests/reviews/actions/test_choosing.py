"""Shortlist, reject, select: who may, what a second mark does, what is refused and then changes nothing, two people at once."""

import json

import pytest
from django.utils import timezone

from generations.actions.projects import archive_project
from generations.models import Clip, Pulse, Shot
from reviews.actions.choosing import clear_pick, reject, select_take, shortlist
from reviews.models import Pick
from sorahub.accounts.models import User
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from tests.people import Agency
from tests.reviews import world
from tests.reviews.actions.test_races import at_once


def pulse(agency: Agency) -> int:
    return sum(Pulse.objects.filter(project=agency.aurora).values_list("version", flat=True))


def picks() -> list[tuple[str, str]]:
    return list(Pick.objects.values_list("mark", "by__email"))


def refused(act: object, error: type[DomainError], **arguments: object) -> str:
    """Prove that the action is refused and that nothing changed; return the code."""
    before = (picks(), list(Shot.objects.values_list("pk", "selected_clip")), Event.objects.count())
    versions = list(Pulse.objects.values_list("project", "version"))
    with pytest.raises(error) as told:
        act(**arguments)  # type: ignore[operator]
    assert (picks(), list(Shot.objects.values_list("pk", "selected_clip")), Event.objects.count()) == before
    assert list(Pulse.objects.values_list("project", "version")) == versions
    return told.value.code


def test_a_take_is_shortlisted_then_rejected_then_neither(agency: Agency, clip: Clip) -> None:
    assert shortlist(actor=agency.bob, clip=clip).mark == "shortlisted"
    assert picks() == [("shortlisted", "bob@example.com")]
    reject(actor=agency.alice, clip=clip)
    assert picks() == [("rejected", "alice@example.com")]
    clear_pick(actor=agency.bob, clip=clip)
    assert picks() == []
    assert Event.objects.count() == 0


def test_each_change_is_told_to_open_pages_and_what_is_said_already_is_not(agency: Agency, clip: Clip) -> None:
    shortlist(actor=agency.bob, clip=clip)
    assert pulse(agency) == 1
    shortlist(actor=agency.alice, clip=clip)
    assert (pulse(agency), picks()) == (1, [("shortlisted", "bob@example.com")])
    clear_pick(actor=agency.bob, clip=clip)
    clear_pick(actor=agency.bob, clip=clip)
    assert pulse(agency) == 2


@pytest.mark.parametrize("name", ["lena", "ada", "dora", "carol"])
def test_choosing_is_for_producers_and_reviewers(agency: Agency, clip: Clip, name: str) -> None:
    person: User = getattr(agency, name)
    for act in (shortlist, reject, clear_pick):
        refused(act, Forbidden, actor=person, clip=clip)
    refused(select_take, Forbidden, actor=person, shot=agency.shot, clip=clip)


def test_what_one_may_not_see_cannot_be_chosen(agency: Agency, clip: Clip) -> None:
    hidden = world.add_clip(agency.borealis, agency.ada, grey=40)
    shot = Shot.objects.create(project=agency.borealis, code="S1", created_by=agency.ada)
    for act in (shortlist, reject, clear_pick):
        refused(act, NotFound, actor=agency.bob, clip=hidden)
    refused(select_take, NotFound, actor=agency.bob, shot=shot, clip=None)
    refused(select_take, NotFound, actor=agency.bob, shot=agency.shot, clip=hidden)


@pytest.mark.parametrize(
    ("field", "code"), [("quarantined_at", "clip-quarantined"), ("withdrawn_at", "clip-withdrawn")]
)
def test_a_quarantined_or_withdrawn_clip_is_not_chosen(agency: Agency, clip: Clip, field: str, code: str) -> None:
    setattr(clip, field, timezone.now())
    clip.save()
    for act in (shortlist, reject, clear_pick):
        assert refused(act, Conflict, actor=agency.bob, clip=clip) == code
    assert refused(select_take, Conflict, actor=agency.bob, shot=agency.shot, clip=clip) == code


def test_nothing_is_chosen_in_an_archived_project(agency: Agency, clip: Clip) -> None:
    archive_project(actor=agency.alice, project=agency.aurora)
    fresh, shot = Clip.objects.get(pk=clip.pk), Shot.objects.get(pk=agency.shot.pk)
    for act in (shortlist, reject, clear_pick):
        assert refused(act, Conflict, actor=agency.bob, clip=fresh) == "project-archived"
    assert refused(select_take, Conflict, actor=agency.bob, shot=shot, clip=fresh) == "project-archived"


def test_the_selected_take_is_ledgered_with_the_one_before_and_only_when_it_changes(agency: Agency, clip: Clip) -> None:
    second = world.add_clip(agency.aurora, agency.alice, grey=40, shot=agency.shot)
    for chosen in (clip, clip, second, None, None):
        assert select_take(actor=agency.bob, shot=agency.shot, clip=chosen).selected_clip == chosen
    events = list(Event.objects.filter(kind="take.selected").order_by("seq"))
    assert [(one.actor, one.subject_id) for one in events] == [(agency.bob.pk, agency.shot.pk)] * 3
    told = [json.loads(one.body) for one in events]
    assert [one["clip_sha256"] for one in told] == [clip.sha256, second.sha256, None]
    assert [one["before"] for one in told] == [None, str(clip.pk), str(second.pk)]
    assert pulse(agency) == 3


def test_another_shots_clip_is_not_its_take(agency: Agency, clip: Clip) -> None:
    other = Shot.objects.create(project=agency.aurora, code="SC020", created_by=agency.alice)
    refused(select_take, InvalidInput, actor=agency.bob, shot=other, clip=clip)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_marks_at_once_leave_one_mark(agency: Agency, clip: Clip) -> None:
    acts = [shortlist, reject, shortlist, reject]
    people = [agency.bob, agency.alice] * 2
    results = at_once(
        *[lambda act=act, who=who: act(actor=who, clip=clip) for act, who in zip(acts, people, strict=True)]
    )
    assert results == ["done"] * 4
    assert Pick.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_selections_at_once_are_ledgered_in_the_order_in_which_they_held(agency: Agency, clip: Clip) -> None:
    second = world.add_clip(agency.aurora, agency.alice, grey=40, shot=agency.shot)
    results = at_once(
        lambda: select_take(actor=agency.bob, shot=agency.shot, clip=clip),
        lambda: select_take(actor=agency.alice, shot=agency.shot, clip=second),
    )
    assert results == ["done", "done"]
    events = Event.objects.filter(kind="take.selected").order_by("seq")
    first, last = (json.loads(one.body) for one in events)
    assert last["before"] == first["clip"]
    assert str(Shot.objects.get(pk=agency.shot.pk).selected_clip_id) == last["clip"]
