"""Marks are saved one by one under ids made by the client, and belong to who drew them."""

from uuid import UUID, uuid4

import pytest

from generations.models import Clip
from reviews.actions.annotate import delete_annotation
from reviews.actions.marks import add_shapes, change_shape, remove_shape, restore_shape
from reviews.models import Annotation, Shape
from reviews.rules.shapes import MOST_SHAPES
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.people import Agency
from tests.reviews.notes import invited, note, shape

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def drawn(agency: Agency, clip: Clip) -> Annotation:
    """Bob's note, for agency and client."""
    return note(agency.bob, clip, visibility="client")


def test_marks_lie_over_each_other_in_the_order_they_came(agency: Agency, drawn: Annotation) -> None:
    before = drawn.touched_at
    first = add_shapes(actor=agency.bob, annotation=drawn, shapes=[shape("pen"), shape("box")])
    second = add_shapes(actor=agency.alice, annotation=drawn, shapes=[shape("text", text="Logo")])
    assert [(one.kind, one.z, one.author) for one in [*first, *second]] == [
        ("pen", 0, agency.bob), ("box", 1, agency.bob), ("text", 2, agency.alice),
    ]  # fmt: skip
    drawn.refresh_from_db()
    assert drawn.touched_at > before


def test_sent_twice_is_saved_once(agency: Agency, drawn: Annotation) -> None:
    sent = [shape(), shape()]
    first = add_shapes(actor=agency.bob, annotation=drawn, shapes=sent)
    change_shape(actor=agency.bob, shape=first[0], colour="blue")
    remove_shape(actor=agency.bob, shape=first[1])
    again = add_shapes(actor=agency.bob, annotation=drawn, shapes=[*sent, shape()])
    assert [one.pk for one in again[:2]] == [one.pk for one in first]
    assert (again[0].colour, again[1].deleted_at is None, again[2].z) == ("blue", False, 2)
    assert Shape.objects.count() == 3


def test_an_id_belongs_to_who_drew_it_on_that_note(agency: Agency, clip: Clip, drawn: Annotation) -> None:
    mine, fresh = shape(), shape()
    add_shapes(actor=agency.bob, annotation=drawn, shapes=[mine])
    with pytest.raises(Conflict):
        add_shapes(actor=agency.alice, annotation=drawn, shapes=[fresh, mine])
    with pytest.raises(Conflict):
        add_shapes(actor=agency.bob, annotation=note(agency.bob, clip), shapes=[fresh, mine])
    assert [str(pk) for pk in Shape.objects.values_list("pk", flat=True)] == [mine["id"]]


def test_a_mark_is_moved_reworded_taken_away_and_brought_back(agency: Agency, drawn: Annotation) -> None:
    [text] = add_shapes(actor=agency.bob, annotation=drawn, shapes=[shape("text", text="Logo")])
    moved = change_shape(actor=agency.bob, shape=text, points=[[0.25, 0.75]], text="Logo here", stroke=0.05)
    assert (moved.points, moved.text, str(moved.stroke), moved.colour) == (
        [[0.25, 0.75]],
        "Logo here",
        "0.05000",
        "red",
    )
    assert moved.moved_at is not None
    assert remove_shape(actor=agency.bob, shape=moved).deleted_at is not None
    with pytest.raises(Conflict):
        change_shape(actor=agency.bob, shape=moved, colour="blue")
    back = restore_shape(actor=agency.bob, shape=moved)
    assert (back.deleted_at, back.points) == (None, [[0.25, 0.75]])


def test_what_is_no_mark_is_refused(agency: Agency, drawn: Annotation) -> None:
    [box] = add_shapes(actor=agency.bob, annotation=drawn, shapes=[shape("box")])
    for wrong in ({"kind": "spiral"}, {"schema": 2}, {"stroke": 0}):
        with pytest.raises(InvalidInput):
            add_shapes(actor=agency.bob, annotation=drawn, shapes=[shape(), shape(**wrong)])
    for change in ({}, {"kind": "pen"}, {"points": [[2, 2], [0, 0]]}, {"text": "no words on a box"}, {"stroke": None}):
        with pytest.raises(InvalidInput):
            change_shape(actor=agency.bob, shape=box, **change)
    box.refresh_from_db()
    assert (Shape.objects.count(), box.kind, box.points, box.moved_at) == (1, "box", [[0, 0], [1, 1]], None)


def test_only_who_drew_a_mark_changes_it(agency: Agency, drawn: Annotation) -> None:
    [mark] = add_shapes(actor=agency.bob, annotation=drawn, shapes=[shape()])
    for attempt in (
        lambda: change_shape(actor=agency.alice, shape=mark, colour="blue"),
        lambda: remove_shape(actor=agency.alice, shape=mark),
        lambda: restore_shape(actor=agency.alice, shape=mark),
        lambda: remove_shape(actor=agency.ada, shape=mark),
        lambda: add_shapes(actor=agency.ada, annotation=drawn, shapes=[shape()]),
    ):
        with pytest.raises(Forbidden):
            attempt()
    mark.refresh_from_db()
    assert (mark.colour, mark.deleted_at, Shape.objects.count()) == ("red", None, 1)


def test_guests_draw_on_what_they_read(agency: Agency, clip: Clip, drawn: Annotation) -> None:
    hidden = note(agency.bob, clip, shapes=[shape()])
    guest = invited(agency, clip)
    add_shapes(actor=guest, annotation=drawn, shapes=[shape()])
    with pytest.raises(NotFound):
        add_shapes(actor=guest, annotation=hidden, shapes=[shape()])
    with pytest.raises(NotFound):
        remove_shape(actor=guest, shape=hidden.shapes.get())
    with pytest.raises(NotFound):
        add_shapes(actor=agency.carol, annotation=drawn, shapes=[shape()])
    assert (drawn.shapes.get().author, hidden.shapes.count()) == (guest, 1)
    assert [one.author for one in Shape.objects.visible_to(guest)] == [guest]


def test_a_deleted_note_is_drawn_on_no_more(agency: Agency, drawn: Annotation) -> None:
    [mark] = add_shapes(actor=agency.bob, annotation=drawn, shapes=[shape()])
    delete_annotation(actor=agency.bob, annotation=drawn)
    with pytest.raises(Conflict):
        add_shapes(actor=agency.bob, annotation=drawn, shapes=[shape()])
    with pytest.raises(Conflict):
        remove_shape(actor=agency.bob, shape=Shape.objects.get(pk=mark.pk))
    assert Shape.objects.get().deleted_at is None


def test_a_note_holds_so_many_marks(agency: Agency, drawn: Annotation) -> None:
    def sent(first: int, many: int) -> list[dict[str, object]]:
        return [shape(id=str(UUID(int=first + number))) for number in range(many)]

    add_shapes(actor=agency.bob, annotation=drawn, shapes=sent(1, MOST_SHAPES))
    with pytest.raises(InvalidInput):
        add_shapes(actor=agency.alice, annotation=drawn, shapes=[shape(id=str(uuid4()))])
    gone = remove_shape(actor=agency.bob, shape=Shape.objects.get(pk=UUID(int=1)))
    add_shapes(actor=agency.alice, annotation=drawn, shapes=[shape()])
    with pytest.raises(InvalidInput):
        restore_shape(actor=agency.bob, shape=gone)
    assert Shape.objects.filter(deleted_at=None).count() == MOST_SHAPES
