"""Notes on frames: idempotent by id, on frames that exist, in the right circle of readers."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from generations.models import Clip, Membership, Pulse
from generations.models.clip import ClipGrant
from reviews.actions.annotate import (
    delete_annotation,
    reopen_annotation,
    resolve_annotation,
    write_annotation,
)
from reviews.actions.rewording import edit_annotation
from reviews.models import Annotation, Shape
from sorahub.accounts.models import User
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def note(actor: User, clip: Clip, **changes: Any) -> Annotation:
    values: dict[str, Any] = {"id": uuid4(), "frame_in": 3, "frame_out": 7, "body": "Horizon tilts", **changes}
    return write_annotation(actor=actor, clip=clip, **values)


def pen(identity: UUID) -> dict[str, Any]:
    return {
        "id": str(identity),
        "kind": "pen",
        "schema": 1,
        "points": [[0.1, 0.2, 0.5]],
        "stroke": 0.01,
        "colour": "red",
    }


@pytest.fixture
def guest(agency: Agency, clip: Clip) -> User:
    Membership.objects.create(project=agency.aurora, user=agency.dora)
    ClipGrant.objects.create(clip=clip, user=agency.dora, granted_by=agency.alice)
    return agency.dora


def test_a_note_names_its_bytes_and_is_not_ledgered(agency: Agency, clip: Clip) -> None:
    written = note(agency.bob, clip, shapes=[pen(uuid4())])
    assert (written.clip_sha256, written.frame_in, written.frame_out) == (clip.sha256, 3, 7)
    assert [(shape.kind, shape.author) for shape in written.shapes.all()] == [("pen", agency.bob)]
    assert Pulse.objects.get(project=clip.project).version == 1
    assert not Event.objects.exists()


def test_saving_twice_writes_once(agency: Agency, clip: Clip) -> None:
    identity, drawn = uuid4(), [pen(uuid4())]
    first = note(agency.bob, clip, id=identity, shapes=drawn)
    again = note(agency.bob, clip, id=identity, shapes=drawn, body="Changed on the way")
    assert (again.pk, again.body) == (first.pk, "Horizon tilts")
    assert (Annotation.objects.count(), Shape.objects.count()) == (1, 1)


def test_an_id_belongs_to_its_author(agency: Agency, clip: Clip) -> None:
    first = note(agency.bob, clip)
    with pytest.raises(Conflict):
        note(agency.alice, clip, id=first.pk)
    other = world.add_clip(agency.aurora, agency.alice, grey=50)
    with pytest.raises(Conflict):
        note(agency.bob, other, id=first.pk)
    assert Annotation.objects.get().author == agency.bob


def test_a_shape_that_belongs_to_another_note_leaves_nothing_behind(agency: Agency, clip: Clip) -> None:
    drawn = pen(uuid4())
    note(agency.bob, clip, shapes=[drawn])
    with pytest.raises(Conflict):
        note(agency.alice, clip, shapes=[drawn])
    assert (Annotation.objects.count(), Shape.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"frame_in": -1},
        {"frame_in": 8},
        {"frame_out": world.FRAMES},
        {"body": " "},
        {"category": "weather"},
        {"visibility": "public"},
        {"shapes": [{"kind": "pen"}]},
    ],
)
def test_what_is_no_note_is_refused(agency: Agency, clip: Clip, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        note(agency.bob, clip, **changes)
    assert not Annotation.objects.exists()


def test_a_drawing_needs_no_words_and_the_last_frame_counts(agency: Agency, clip: Clip) -> None:
    last = world.FRAMES - 1
    assert note(agency.bob, clip, frame_in=last, frame_out=last, body="", shapes=[pen(uuid4())]).body == ""


def test_a_guests_note_is_for_agency_and_client(agency: Agency, clip: Clip, guest: User) -> None:
    assert note(guest, clip, visibility="internal").visibility == "client"


def test_who_does_not_see_the_clip_writes_nothing(agency: Agency, clip: Clip) -> None:
    for stranger in (agency.carol, agency.dora):
        with pytest.raises(NotFound):
            note(stranger, clip)
    with pytest.raises(Forbidden):
        note(agency.ada, clip)
    assert not Annotation.objects.exists()


def test_a_reply_hangs_under_the_first_note_and_never_widens_its_circle(
    agency: Agency, clip: Clip, guest: User
) -> None:
    root = note(agency.lena, clip, visibility="legal")
    reply = note(agency.lena, clip, parent=root, visibility="client")
    assert (reply.parent, reply.visibility) == (root, "legal")
    open_thread = note(agency.bob, clip, visibility="client")
    inside = note(agency.alice, clip, parent=open_thread, visibility="internal")
    deeper = note(agency.bob, clip, parent=inside, visibility="client")
    assert (deeper.parent, deeper.visibility) == (open_thread, "client")
    with pytest.raises(NotFound):
        note(guest, clip, parent=inside)


def test_only_its_author_edits_and_deletes(agency: Agency, clip: Clip) -> None:
    written = note(agency.bob, clip)
    with pytest.raises(Forbidden):
        edit_annotation(actor=agency.alice, annotation=written, body="Mine")
    with pytest.raises(Forbidden):
        delete_annotation(actor=agency.alice, annotation=written)
    assert edit_annotation(actor=agency.bob, annotation=written, body="Horizon tilts left").edited_at is not None
    assert delete_annotation(actor=agency.bob, annotation=written).deleted_at is not None
    with pytest.raises(Conflict):
        edit_annotation(actor=agency.bob, annotation=written, body="Back")
    assert Annotation.objects.get().body == "Horizon tilts left"


def test_a_thread_is_resolved_once_and_taken_up_again(agency: Agency, clip: Clip) -> None:
    written = note(agency.bob, clip)
    first = resolve_annotation(actor=agency.alice, annotation=written)
    assert resolve_annotation(actor=agency.bob, annotation=first).resolved_by == agency.alice
    assert reopen_annotation(actor=agency.bob, annotation=written).resolved_by is None


def test_guests_resolve_their_own(agency: Agency, clip: Clip, guest: User) -> None:
    theirs, ours = note(guest, clip), note(agency.bob, clip, visibility="client")
    assert resolve_annotation(actor=guest, annotation=theirs).resolved_by == guest
    with pytest.raises(Forbidden):
        resolve_annotation(actor=guest, annotation=ours)
    hidden = note(agency.bob, clip)
    with pytest.raises(NotFound):
        resolve_annotation(actor=guest, annotation=hidden)
