"""What programs do with notes: draw, edit, carry, read files, ask what is new."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from generations.models import Clip
from reviews.models import Annotation, Shape, Wording
from tests.api.conftest import Program, post
from tests.people import Agency
from tests.reviews import world
from tests.reviews.notes import attached, invited, mention, note, shape

pytestmark = pytest.mark.django_db


@pytest.fixture
def clip(agency: Agency) -> Clip:
    """A clip of Aurora's."""
    return world.add_clip(agency.aurora, agency.alice, shot=agency.shot)


def test_marks_are_drawn_changed_taken_away_and_brought_back(agency: Agency, clip: Clip, program: Program) -> None:
    bob = program(agency.bob)
    written = note(agency.alice, clip)
    sent = shape("text", text="Logo", points=[[0.5, 0.25]])
    answers = [post(bob, f"annotations/{written.pk}/shapes/", {"shapes": [sent]}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    [kept] = answers[1].json()
    assert (kept["text"], kept["points"], kept["author"]) == ("Logo", [[0.5, 0.25]], str(agency.bob.pk))
    address = f"/api/v1/shapes/{sent['id']}/"
    assert bob.patch(address, {"points": [[0, 1]]}).json()["points"] == [[0, 1]]
    assert program(agency.alice).patch(address, {"colour": "blue"}).status_code == 403
    assert bob.patch(address, {"stroke": 2}).status_code == 400
    assert bob.patch(address, {}).status_code == 400
    assert bob.delete(address).status_code == 204
    [listed] = bob.get("/api/v1/annotations/").json()["results"]
    assert listed["shapes"] == []
    assert post(bob, f"shapes/{sent['id']}/restore/", {}).json()["deleted_at"] is None
    refused = post(bob, f"annotations/{written.pk}/shapes/", {"shapes": [shape("spiral")]})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-shape")
    assert Shape.objects.count() == 1


def test_a_note_is_edited_in_part_and_its_former_words_are_kept(agency: Agency, clip: Clip, program: Program) -> None:
    written = note(agency.bob, clip)
    answer = program(agency.bob).patch(f"/api/v1/annotations/{written.pk}/", {"category": "sound", "frame_out": 3})
    assert (answer.json()["category"], answer.json()["frame_out"], answer.json()["body"]) == (
        "sound", 3, "Horizon tilts",
    )  # fmt: skip
    assert Wording.objects.get().category == "general"
    hidden = program(agency.bob).patch(f"/api/v1/annotations/{written.pk}/", {"body": mention(agency.carol)})
    assert (hidden.status_code, "cannot read this note" in hidden.text) == (400, True)


def test_a_note_is_carried_once(agency: Agency, clip: Clip, program: Program) -> None:
    take_two = world.add_clip(agency.aurora, agency.alice, grey=50, shot=agency.shot)
    written = note(agency.bob, clip, shapes=[shape()])
    to: dict[str, Any] = {"clip": str(take_two.pk)}
    first, again = (post(program(agency.bob), f"annotations/{written.pk}/carry/", to).json() for _ in range(2))
    assert (first["id"], first["carried_from"], len(first["shapes"])) == (again["id"], str(written.pk), 1)
    assert Annotation.objects.count() == 2


def test_programs_ask_what_is_new(agency: Agency, clip: Clip, program: Program) -> None:
    bob = program(agency.bob)
    old = note(agency.bob, clip)
    then = timezone.now()
    Annotation.objects.filter(pk=old.pk).update(touched_at=then - timedelta(hours=1))
    new = note(agency.bob, clip)

    def asked() -> set[str]:
        found = bob.get("/api/v1/annotations/", {"clip": str(clip.pk), "touched_since": then.isoformat()}).json()
        return {one["id"] for one in found["results"]}

    assert asked() == {str(new.pk)}
    post(bob, f"annotations/{old.pk}/resolve/", {})
    assert asked() == {str(new.pk), str(old.pk)}
    assert bob.get("/api/v1/annotations/", {"touched_since": "lately"}).status_code == 400


def test_files_are_listed_and_read_by_who_reads_their_note(agency: Agency, clip: Clip, program: Program) -> None:
    shown = attached(agency.bob, note(agency.bob, clip, visibility="client"))
    hidden = attached(agency.bob, note(agency.bob, clip), content=b"Between us")
    guest = program(invited(agency, clip))
    [listed] = guest.get("/api/v1/attachments/", {"clip": str(clip.pk)}).json()["results"]
    assert (listed["id"], listed["name"], listed["media_type"]) == (str(shown.pk), "brief.txt", "text/plain")
    sent: Any = guest.get(listed["url"])
    assert b"".join(sent.streaming_content) == b"The brief."
    assert sent.headers["Content-Disposition"] == 'attachment; filename="brief.txt"'
    assert guest.get(f"/api/v1/attachments/{hidden.pk}/file/").status_code == 404
    [one] = guest.get("/api/v1/annotations/").json()["results"]
    assert one["attachments"] == [str(shown.pk)]
    assert guest.get(f"/api/v1/shapes/{uuid4()}/").status_code in {404, 405}
