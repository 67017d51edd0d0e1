"""Notes that plainly are right take a shorter way in: whatever is sent is answered as the serializer alone would answer it."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from generations.models import Clip, Pulse
from reviews.api import plain
from reviews.models import Annotation, Shape
from tests.api.conftest import Program
from tests.people import Agency
from tests.reviews import world
from tests.reviews.notes import invited, note, shape

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.long]
BIG, HUGE = 10**30, 10**400
LEFT_OUT = object()
NOTES: list[dict[str, Any]] = [
    {},
    {"extra": "unknown"},
    {"id": LEFT_OUT},
    {"id": "an id"},
    {"id": 5},
    {"id": None},
    {"id": "{9e107d9d-372b-4e1f-8f3c-1f3a2b4c5d6e}"},
    {"id": "urn:uuid:9e107d9d-372b-4e1f-8f3c-1f3a2b4c5d6e"},
    {"id": ["9e107d9d-372b-4e1f-8f3c-1f3a2b4c5d6e"]},
    {"clip": LEFT_OUT},
    {"clip": None},
    {"clip": 7},
    {"clip": "the first"},
    {"clip": str(uuid4())},
    {"clip": ["the first"], "frame_in": -1},
    {"frame_in": LEFT_OUT},
    {"frame_in": None},
    {"frame_in": True},
    {"frame_in": "3"},
    {"frame_in": 3.0},
    {"frame_in": 3.5},
    {"frame_in": -1},
    {"frame_in": BIG},
    {"frame_in": 9},
    {"frame_out": 12},
    {"frame_out": -1, "body": 5},
    {"body": LEFT_OUT},
    {"body": None},
    {"body": 5},
    {"body": True},
    {"body": ["Left"]},
    {"body": "  Left,\n right \t"},
    {"body": "A zero \0"},
    {"body": "Half a \ud83c"},
    {"body": "A bell \x07 and 🎬"},
    {"body": "x" * 20_001},
    {"body": " ", "shapes": []},
    {"category": None},
    {"category": ""},
    {"category": "weather"},
    {"category": ["sound"]},
    {"category": "sound"},
    {"visibility": "public"},
    {"visibility": "client"},
    {"visibility": False},
    {"parent": None},
    {"parent": ""},
    {"parent": str(uuid4())},
    {"shapes": LEFT_OUT},
    {"shapes": None},
    {"shapes": {}},
    {"shapes": "pen"},
    {"shapes": [1]},
    {"shapes": [[]]},
    {"shapes": [shape("pen"), shape("pen", id="9e107d9d")]},
    {"shapes": [shape("text", text="Logo"), shape("highlight", colour="#00ff7f")]},
    {"shapes": [shape("pen", id="9e107d9d-372b-4e1f-8f3c-1f3a2b4c5d6e")] * 2},
]
MARKS: list[dict[str, Any]] = [
    {"id": LEFT_OUT},
    {"id": None},
    {"id": 3},
    {"kind": LEFT_OUT},
    {"kind": "spiral"},
    {"kind": ""},
    {"kind": " pen "},
    {"kind": 1},
    {"kind": "p\0en"},
    {"schema": LEFT_OUT},
    {"schema": 2},
    {"schema": "1"},
    {"schema": True},
    {"schema": 1.0},
    {"schema": None},
    {"points": LEFT_OUT},
    {"points": []},
    {"points": [[]]},
    {"points": [[0.5, 0.5, 0.5, 0.5]]},
    {"points": [[0.5, 2]]},
    {"points": [[0.5, True]]},
    {"points": [["0.25", 1]]},
    {"points": [[1e-06, 0.3333333333]]},
    {"points": [[0.5, BIG]]},
    {"points": [[0.5, HUGE]]},
    {"points": [[0.5, float("inf")]]},
    {"points": {"x": 1}},
    {"stroke": LEFT_OUT},
    {"stroke": "0.1"},
    {"stroke": 0},
    {"stroke": 1},
    {"stroke": 5},
    {"stroke": HUGE},
    {"stroke": True},
    {"stroke": 0.0000001},
    {"stroke": 0.123456789},
    {"stroke": float("inf")},
    {"stroke": None},
    {"colour": LEFT_OUT},
    {"colour": ""},
    {"colour": " blue "},
    {"colour": "#12345"},
    {"colour": 7},
    {"text": "on a pen"},
    {"text": 5},
    {"text": None},
    {"text": " "},
]
OURS = {"id", "created_at", "touched_at", "annotation", "request_id"}


@pytest.fixture
def clip(agency: Agency) -> Clip:
    """A clip of Aurora's."""
    return world.add_clip(agency.aurora, agency.alice, shot=agency.shot)


def sent(clip: Clip, changes: dict[str, Any]) -> dict[str, Any]:
    good = {
        "id": str(uuid4()),
        "clip": str(clip.pk),
        "frame_in": 3,
        "frame_out": 7,
        "body": "Tilts",
        "shapes": [shape("pen")],
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not LEFT_OUT}


def answers(client: APIClient, body: object) -> list[Any]:
    """Post this; the status, and everything of the answer that is the same the next time."""
    text = json.dumps(body).replace("Infinity", "1e999")
    answer = client.post("/api/v1/annotations/", text, content_type="application/json")
    return [answer.status_code, _without_ours(answer.json())]


def _without_ours(found: Any) -> Any:
    if isinstance(found, list):
        return [_without_ours(one) for one in found]
    if isinstance(found, dict):
        return {name: _without_ours(value) for name, value in found.items() if name not in OURS}
    return found


@pytest.fixture
def both_ways(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> Callable[[APIClient, object], list[Any]]:
    """Send something the short way and, as if it had never been sent, the long way alone; gives the one answer of both."""

    def ask(client: APIClient, body: object) -> list[Any]:
        before = set(Annotation.objects.values_list("pk", flat=True))
        short = answers(client, body)
        Shape.objects.exclude(annotation__in=before).delete()
        Annotation.objects.exclude(pk__in=before).delete()
        with monkeypatch.context() as patched:
            patched.setattr(plain, "note", lambda *_: None)
            patched.setattr(plain, "points", lambda *_: None)
            long = answers(client, body)
        assert short == long
        return long

    return ask


@pytest.mark.parametrize("changes", NOTES, ids=[f"{number} {' '.join(each)}" for number, each in enumerate(NOTES)])
def test_a_note_is_answered_as_the_serializer_would(
    changes: dict[str, Any], agency: Agency, clip: Clip, program: Program, both_ways: Any
) -> None:
    both_ways(program(agency.bob), sent(clip, changes))


@pytest.mark.parametrize("changes", MARKS, ids=[f"{number} {' '.join(each)}" for number, each in enumerate(MARKS)])
def test_a_mark_is_answered_as_the_serializer_would(
    changes: dict[str, Any], agency: Agency, clip: Clip, program: Program, both_ways: Any
) -> None:
    mark = {name: value for name, value in {**shape("pen"), **changes}.items() if value is not LEFT_OUT}
    both_ways(program(agency.bob), sent(clip, {"shapes": [mark]}))


@pytest.mark.parametrize("body", [[], "note", None, 5, {}, {"shapes": []}])
def test_what_is_no_note_at_all_is_answered_as_ever(
    body: object, agency: Agency, clip: Clip, program: Program, both_ways: Any
) -> None:
    assert both_ways(program(agency.bob), body)[0] == 400


def test_most_notes_take_the_short_way(agency: Agency, clip: Clip) -> None:
    read = plain.note(sent(clip, {"body": " Tilts "}), agency.bob)
    assert read is not None
    assert (read["clip"], read["body"], read["category"], read["visibility"]) == (clip, "Tilts", "general", "internal")
    assert [type(mark["id"]) for mark in read["shapes"]] == [UUID]


def test_who_may_not_is_refused_either_way_and_nothing_is_written(
    agency: Agency, clip: Clip, program: Program, both_ways: Any
) -> None:
    elsewhere = world.add_clip(agency.borealis, agency.ada, grey=80)
    assert both_ways(program(agency.carol), sent(clip, {}))[0] == 400
    assert both_ways(program(agency.bob), sent(elsewhere, {}))[1]["errors"].keys() == {"clip"}
    assert both_ways(program(agency.ada), sent(clip, {}))[0] == 403
    assert both_ways(program(agency.bob, scope="read"), sent(clip, {}))[0] == 403
    assert both_ways(APIClient(), sent(clip, {}))[0] == 401
    assert not Annotation.objects.exists()
    assert not Pulse.objects.exists()


def test_a_guests_note_is_for_the_client_either_way(
    agency: Agency, clip: Clip, program: Program, both_ways: Any
) -> None:
    status, written = both_ways(program(invited(agency, clip)), sent(clip, {"visibility": "internal"}))
    assert (status, written["visibility"]) == (201, "client")
    other = world.add_clip(agency.aurora, agency.alice, grey=50)
    assert both_ways(program(agency.dora), sent(other, {}))[0] == 400


def test_an_id_that_is_taken_is_refused_either_way(
    agency: Agency, clip: Clip, program: Program, both_ways: Any
) -> None:
    theirs = note(agency.alice, clip, shapes=[drawn := shape("pen")])
    before = Pulse.objects.get().version
    status, refused = both_ways(program(agency.bob), sent(clip, {"id": str(theirs.pk)}))
    assert (status, refused["code"], refused["detail"]) == (
        409,
        "id-taken",
        "This id belongs to another note: make a new one.",
    )
    status, refused = both_ways(program(agency.bob), sent(clip, {"shapes": [drawn]}))
    assert (status, refused["detail"]) == (409, "The id of a shape is taken: make a new one.")
    assert both_ways(program(agency.alice), sent(clip, {"id": str(theirs.pk)}))[0] == 201
    assert (Annotation.objects.count(), Shape.objects.count(), Pulse.objects.get().version) == (1, 1, before)
