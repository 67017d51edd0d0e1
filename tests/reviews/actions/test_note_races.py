"""Two writers at once on one note: neither undoes the other, nothing is doubled, limits hold. Real threads on PostgreSQL."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from generations.models import Clip
from reviews.actions.annotate import delete_annotation
from reviews.actions.attach import MOST, attach_file
from reviews.actions.carry import carry_annotation, carry_open
from reviews.actions.marks import add_shapes, change_shape
from reviews.actions.rewording import edit_annotation
from reviews.models import Annotation, Attachment, Notice, Shape, Wording
from reviews.rules.shapes import MOST_SHAPES
from sorahub.jobs.models import Job
from tests.people import Agency
from tests.reviews import world
from tests.reviews.actions.test_races import at_once
from tests.reviews.notes import attached, mention, note, shape

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def fresh(row: Annotation) -> Annotation:
    """The note as another process would load it."""
    return Annotation.objects.select_related("clip__project").get(pk=row.pk)


def test_two_who_draw_at_once_keep_all_their_marks(agency: Agency, clip: Clip) -> None:
    root = note(agency.bob, clip)

    def drawing(who: Any) -> Any:
        def draw() -> None:
            for _ in range(15):
                [mark] = add_shapes(actor=who, annotation=fresh(root), shapes=[shape("pen")])
                change_shape(actor=who, shape=mark, points=[[0.5, 0.5, 1]])

        return draw

    assert at_once(drawing(agency.alice), drawing(agency.bob)) == ["done", "done"]
    drawn = list(Shape.objects.order_by("z"))
    assert [one.points for one in drawn] == [[[0.5, 0.5, 1]]] * 30
    assert [one.z for one in drawn] == list(range(30))
    assert sorted(one.author.get_full_name() for one in drawn) == ["Alice"] * 15 + ["Bob"] * 15


def test_the_same_marks_sent_twice_at_once_are_saved_once(agency: Agency, clip: Clip) -> None:
    root, sent = note(agency.bob, clip), [shape(), shape()]
    again = [lambda: add_shapes(actor=agency.bob, annotation=fresh(root), shapes=sent)] * 4
    assert at_once(*again) == ["done"] * 4
    assert Shape.objects.count() == 2


def test_the_same_note_sent_twice_at_once_is_one_and_tells_once(agency: Agency, clip: Clip) -> None:
    key, drawn = uuid4(), [shape()]
    sending = [lambda: note(agency.bob, clip, mention(agency.alice), id=key, shapes=drawn)] * 4
    assert at_once(*sending) == ["done"] * 4
    counts = (Annotation.objects.count(), Shape.objects.count(), Notice.objects.count(), Job.objects.count())
    assert counts == (1, 1, 1, 1)


def test_a_full_note_takes_one_mark_and_one_file_more_not_two(agency: Agency, clip: Clip) -> None:
    root = note(agency.bob, clip, shapes=[shape() for _ in range(MOST_SHAPES - 1)])
    results = at_once(
        *[lambda who=who: add_shapes(actor=who, annotation=fresh(root), shapes=[shape()]) for who in (agency.alice, agency.bob)]
    )  # fmt: skip
    assert sorted(results) == ["done", "too-many-shapes"]
    for number in range(MOST - 1):
        attached(agency.bob, root, content=str(number).encode())
    results = at_once(
        *[
            lambda words=words: attach_file(
                actor=agency.bob, annotation=fresh(root), id=uuid4(), file=SimpleUploadedFile("a", words), original_name="a.txt"
            )
            for words in (b"one", b"two")
        ]
    )  # fmt: skip
    assert sorted(results) == ["done", "too-many"]
    assert (Shape.objects.count(), Attachment.objects.count()) == (MOST_SHAPES, MOST)


def test_two_edits_at_once_are_both_in_the_history(agency: Agency, clip: Clip) -> None:
    root = note(agency.bob, clip, "First")
    words = ["From the desk", "From the train"]
    results = at_once(
        *[lambda said=said: edit_annotation(actor=agency.bob, annotation=fresh(root), body=said) for said in words]
    )
    assert results == ["done", "done"]
    kept = list(Wording.objects.order_by("number").values_list("number", "body"))
    assert kept[0] == (1, "First")
    assert sorted([kept[1][1], fresh(root).body]) == words


def test_a_note_is_carried_once_however_many_carry_it(agency: Agency, clip: Clip) -> None:
    take_two = world.add_clip(agency.aurora, agency.alice, grey=50, shot=agency.shot)
    root = note(agency.bob, clip, shapes=[shape(), shape()])
    results = at_once(
        lambda: carry_annotation(actor=agency.alice, annotation=fresh(root), clip=take_two),
        lambda: carry_open(actor=agency.bob, clip=clip, to=take_two),
        lambda: carry_annotation(actor=agency.lena, annotation=fresh(root), clip=take_two),
    )
    assert results == ["done"] * 3
    [copy] = Annotation.objects.filter(clip=take_two)
    assert (copy.shapes.count(), Shape.objects.count()) == (2, 4)


def test_drawing_and_deleting_at_once_leave_no_half(agency: Agency, clip: Clip) -> None:
    root = note(agency.bob, clip)

    def draw() -> None:
        add_shapes(actor=agency.alice, annotation=fresh(root), shapes=[shape()])

    def delete() -> None:
        delete_annotation(actor=agency.bob, annotation=fresh(root))

    drawn, deleted = at_once(draw, delete)
    assert (drawn in {"done", "stale-note"}, deleted) == (True, "done")
    assert root.shapes.count() == (1 if drawn == "done" else 0)
