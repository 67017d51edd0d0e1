"""Editing keeps what a note said; carrying makes one linked copy for each clip."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from generations.models import Clip, Pulse
from reviews.actions.annotate import delete_annotation, resolve_annotation
from reviews.actions.carry import carry_annotation, carry_open
from reviews.actions.rewording import edit_annotation
from reviews.models import Annotation, Shape, Wording
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.people import Agency
from tests.reviews import world
from tests.reviews.notes import attached, invited, note, shape

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def take_two(agency: Agency, clip: Clip) -> Clip:
    """The next take of the shot, of eight frames only."""
    made = world.add_clip(agency.aurora, agency.alice, grey=50, shot=agency.shot)
    Clip.objects.filter(pk=made.pk).update(frame_count=8)
    made.refresh_from_db()
    return made


def test_what_a_note_said_is_kept_in_order(agency: Agency, clip: Clip) -> None:
    written = note(agency.bob, clip)
    before = written.touched_at
    edit_annotation(actor=agency.bob, annotation=written, body="Horizon tilts left")
    changed = edit_annotation(actor=agency.bob, annotation=written, category="picture", frame_in=4, frame_out=4)
    assert (changed.body, changed.category, changed.frame_in, changed.frame_out) == (
        "Horizon tilts left", "picture", 4, 4,
    )  # fmt: skip
    assert changed.edited_at is not None
    assert changed.touched_at > before
    kept = [(one.number, one.body, one.category, one.frame_in, one.frame_out) for one in Wording.objects.all()]
    assert kept == [(1, "Horizon tilts", "general", 3, 7), (2, "Horizon tilts left", "general", 3, 7)]
    assert Pulse.objects.get(project=clip.project).version == 3


def test_nothing_changes_for_nothing(agency: Agency, clip: Clip) -> None:
    written = note(agency.bob, clip)
    same = edit_annotation(actor=agency.bob, annotation=written, body=" Horizon tilts ", frame_in=3)
    assert (same.edited_at, Wording.objects.count(), Pulse.objects.get().version) == (None, 0, 1)


@pytest.mark.parametrize(
    "changes", [{"body": " "}, {"body": "x" * 20_001}, {"category": "weather"}, {"frame_in": 8}, {"frame_out": 12}]
)
def test_what_would_be_no_note_is_refused(agency: Agency, clip: Clip, changes: dict[str, Any]) -> None:
    written = note(agency.bob, clip)
    with pytest.raises(InvalidInput):
        edit_annotation(actor=agency.bob, annotation=written, **changes)
    written.refresh_from_db()
    assert (written.body, written.category, written.frame_in, written.edited_at) == (
        "Horizon tilts", "general", 3, None,
    )  # fmt: skip
    assert not Wording.objects.exists()


def test_a_drawing_may_lose_its_words(agency: Agency, clip: Clip) -> None:
    drawn = note(agency.bob, clip, shapes=[shape()])
    assert edit_annotation(actor=agency.bob, annotation=drawn, body="").body == ""


def test_guests_read_former_wordings_of_their_own_notes_only(agency: Agency, clip: Clip) -> None:
    guest = invited(agency, clip)
    for author in (guest, agency.bob):
        written = note(author, clip, visibility="client")
        edit_annotation(actor=author, annotation=written, body="Better words")
    assert [one.replaced_by for one in Wording.objects.visible_to(guest)] == [guest]
    assert Wording.objects.visible_to(agency.alice).count() == 2
    assert not Wording.objects.visible_to(agency.carol).exists()


def test_a_copy_is_linked_made_once_and_lands_within_the_other_take(agency: Agency, clip: Clip, take_two: Clip) -> None:
    drawn = [shape(), shape("text", text="Logo")]
    origin = note(agency.bob, clip, category="picture", visibility="client", frame_out=11, shapes=drawn)
    attached(agency.bob, origin)
    first = carry_annotation(actor=agency.alice, annotation=origin, clip=take_two)
    again = carry_annotation(actor=agency.bob, annotation=origin, clip=take_two)
    [copy] = first.notes
    assert (again.notes, first.new, again.new) == ([copy], 1, 0)
    assert (copy.carried_from, copy.clip_sha256, copy.author) == (origin, take_two.sha256, agency.alice)
    assert (copy.body, copy.category, copy.visibility) == ("Horizon tilts", "picture", "client")
    assert (copy.frame_in, copy.frame_out) == (3, 7)
    assert first.words == ["Frames 4 to 12 became frames 4 to 8: the other take has 8 frames only."]
    assert [(mark.kind, mark.text, mark.points) for mark in copy.shapes.all()] == [
        ("arrow", "", [[0, 0], [1, 1]]), ("text", "Logo", [[0.5, 0.5]]),
    ]  # fmt: skip
    assert {str(mark.pk) for mark in copy.shapes.all()}.isdisjoint(one["id"] for one in drawn)
    assert (origin.shapes.count(), Shape.objects.count(), copy.attachments.count()) == (2, 4, 0)


def test_a_copy_that_was_deleted_comes_back(agency: Agency, clip: Clip, take_two: Clip) -> None:
    origin = note(agency.bob, clip)
    [copy] = carry_annotation(actor=agency.bob, annotation=origin, clip=take_two).notes
    delete_annotation(actor=agency.bob, annotation=copy)
    back = carry_annotation(actor=agency.bob, annotation=origin, clip=take_two)
    assert (back.notes, back.new, back.notes[0].deleted_at) == ([copy], 1, None)


def test_all_open_notes_that_one_reads_are_carried_at_once(agency: Agency, clip: Clip, take_two: Clip) -> None:
    first = note(agency.bob, clip, shapes=[shape()])
    note(agency.bob, clip, parent=first, body="And slower")
    resolve_annotation(actor=agency.alice, annotation=note(agency.bob, clip, body="Done"))
    delete_annotation(actor=agency.bob, annotation=note(agency.bob, clip, body="Gone"))
    note(agency.lena, clip, body="Privileged", visibility="legal")
    carry_annotation(actor=agency.bob, annotation=note(agency.bob, clip, body="Second"), clip=take_two)
    carried = carry_open(actor=agency.alice, clip=clip, to=take_two)
    assert ([copy.body for copy in carried.notes], carried.new) == (["Horizon tilts", "Second"], 1)
    assert sorted(Annotation.objects.filter(clip=take_two).values_list("body", "resolved_at")) == [
        ("Horizon tilts", None), ("Second", None),
    ]  # fmt: skip
    assert carry_open(actor=agency.alice, clip=clip, to=take_two).new == 0


def test_one_remark_stands_once_on_a_take_by_whatever_way_it_comes(agency: Agency, clip: Clip, take_two: Clip) -> None:
    take_three = world.add_clip(agency.aurora, agency.alice, grey=60, shot=agency.shot)
    first = note(agency.bob, clip)
    second = carry_annotation(actor=agency.bob, annotation=first, clip=take_two).notes[0]
    back = carry_open(actor=agency.alice, clip=take_two, to=clip)
    assert (back.notes, back.new) == ([first], 0)
    third = carry_annotation(actor=agency.bob, annotation=second, clip=take_three).notes[0]
    assert carry_annotation(actor=agency.bob, annotation=first, clip=take_three).notes == [third]
    assert carry_open(actor=agency.bob, clip=take_three, to=clip).notes == [first]
    assert carry_annotation(actor=agency.bob, annotation=third, clip=take_two).notes == [second]
    assert Annotation.objects.count() == 3
    delete_annotation(actor=agency.bob, annotation=first)
    assert carry_open(actor=agency.bob, clip=take_three, to=clip).new == 1


def test_who_may_not_and_what_cannot_be_carried(agency: Agency, clip: Clip, take_two: Clip) -> None:
    hidden = note(agency.bob, clip)
    guest = invited(agency, clip)
    shown = note(agency.bob, clip, visibility="client")
    reply = note(agency.bob, clip, parent=shown)
    foreign = world.add_clip(agency.borealis, agency.ada, grey=30)
    for actor, what, to in ((guest, shown, take_two), (agency.carol, shown, take_two), (agency.bob, shown, foreign)):
        with pytest.raises(NotFound):
            carry_annotation(actor=actor, annotation=what, clip=to)
    invited(agency, take_two)
    with pytest.raises(NotFound):
        carry_annotation(actor=guest, annotation=hidden, clip=take_two)
    for what, to in ((reply, take_two), (shown, clip)):
        with pytest.raises(InvalidInput):
            carry_annotation(actor=agency.bob, annotation=what, clip=to)
    with pytest.raises(Forbidden):
        carry_annotation(actor=agency.ada, annotation=shown, clip=take_two)
    clip.project.archived_at = timezone.now()
    clip.project.save()
    with pytest.raises(Conflict):
        carry_open(actor=agency.bob, clip=clip, to=Clip.objects.get(pk=take_two.pk))
    assert not Annotation.objects.filter(clip=take_two).exists()


def test_a_guest_carries_what_a_guest_reads(agency: Agency, clip: Clip, take_two: Clip) -> None:
    guest = invited(agency, clip)
    invited(agency, take_two)
    note(agency.bob, clip, body="Between us")
    note(agency.bob, clip, body="Shown", visibility="client", id=uuid4())
    assert [copy.body for copy in carry_open(actor=guest, clip=clip, to=take_two).notes] == ["Shown"]
