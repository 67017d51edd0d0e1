"""A note that PostgreSQL writes in one statement is, column for column, the note that would be written row by row."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generations.models import Clip, Pulse
from generations.models.seen import seen_clip
from reviews.actions import at_once
from reviews.actions.annotate import write_annotation
from reviews.api import hot
from reviews.models import Annotation, Notice, Shape
from sorahub.lib.errors import Conflict
from tests.people import Agency
from tests.reviews.actions.test_races import at_once as together
from tests.reviews.notes import mention, note, shape

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
HARD = 'Ä "quoted" \\ back, a line\nbreak, a tab\t, 🎬 and \u2028 % %s %(name)s {braces} $1 </script>'
OURS = {"id", "annotation_id", "created_at", "touched_at"}


def columns(row: Any) -> dict[str, Any]:
    return {name: value for name, value in type(row).objects.filter(pk=row.pk).values()[0].items() if name not in OURS}


def drawn() -> list[dict[str, Any]]:
    kinds = [shape(kind) for kind in ("arrow", "line", "box", "ellipse", "highlight")]
    fine = shape("pen", points=[[0, 1, 0.25], [1e-06, 0.333333, 1.0], [0.1, 0.2]], stroke=0.00001, colour="#00ff7f")
    return [*kinds, fine, shape("text", text=HARD[:60], stroke=1)]


def test_both_ways_write_the_same(agency: Agency, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    values: dict[str, Any] = {"category": "sound", "visibility": "client", "frame_in": 0, "frame_out": 0}
    short = note(agency.bob, clip, HARD, shapes=drawn(), **values)
    assert "shown" in vars(short)
    monkeypatch.setattr(at_once, "possible", lambda: False)
    long = note(agency.bob, clip, HARD, shapes=drawn(), **values)
    assert "shown" not in vars(long)
    assert columns(short) == columns(long)
    marks = [list(map(columns, written.shapes.order_by("z"))) for written in (short, long)]
    assert marks[0] == marks[1]
    assert len(marks[0]) == 7
    assert Pulse.objects.get(project=clip.project).version == 2
    assert (short.created_at, short.touched_at) == Annotation.objects.values_list("created_at", "touched_at").get(
        pk=short.pk
    )


def test_it_is_answered_as_it_is_read(agency: Agency, clip: Clip) -> None:
    written = note(agency.bob, clip, HARD, shapes=drawn(), shown=hot.shown())
    assert json.loads(hot.one(written)) == json.loads(hot.one(Annotation.objects.get(pk=written.pk)))


def test_it_takes_one_statement_once_the_clip_was_found(agency: Agency, clip: Clip) -> None:
    found = seen_clip(agency.bob, clip.pk)
    assert found is not None
    with CaptureQueriesContext(connection) as asked:
        write_annotation(
            actor=agency.bob, clip=found, id=uuid4(), frame_in=0, frame_out=0, body="Tilts", shapes=drawn()
        )
    assert len(asked) == 1


def test_the_same_note_sent_at_once_is_written_and_counted_once(agency: Agency, clip: Clip) -> None:
    key, marks = uuid4(), drawn()
    assert together(*[lambda: note(agency.bob, clip, id=key, shapes=marks)] * 4) == ["done"] * 4
    assert (Annotation.objects.count(), Shape.objects.count(), Pulse.objects.get().version) == (1, 7, 1)


def test_the_first_notes_of_a_project_at_once_are_all_counted(agency: Agency, clip: Clip) -> None:
    assert together(*[lambda: note(agency.bob, clip)] * 4) == ["done"] * 4
    assert (Annotation.objects.count(), Pulse.objects.get().version) == (4, 4)


def test_a_mark_that_is_taken_leaves_nothing_behind(agency: Agency, clip: Clip) -> None:
    taken = shape()
    note(agency.bob, clip, shapes=[taken])
    key: UUID = uuid4()
    with pytest.raises(Conflict, match="The id of a shape is taken"):
        note(agency.bob, clip, id=key, shapes=[shape(), taken])
    assert (Annotation.objects.count(), Shape.objects.count(), Pulse.objects.get().version) == (1, 1, 1)


def test_who_is_named_or_answered_is_told_as_ever(agency: Agency, clip: Clip) -> None:
    root = note(agency.alice, clip)
    assert "shown" not in vars(note(agency.bob, clip, mention(agency.alice)))
    assert "shown" not in vars(note(agency.bob, clip, "Yes", parent=root))
    assert sorted(Notice.objects.values_list("kind", "user__email")) == sorted(
        [("mention", agency.alice.email), ("reply", agency.alice.email)]
    )
