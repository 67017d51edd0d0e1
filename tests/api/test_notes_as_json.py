"""The notes that the database writes as JSON are, for everybody and field for field, those that the serializer writes."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.utils import timezone
from rest_framework.renderers import JSONRenderer

from generations.models import Clip, Membership
from reviews.actions.annotate import delete_annotation, resolve_annotation
from reviews.actions.carry import carry_annotation
from reviews.actions.marks import remove_shape
from reviews.actions.rewording import edit_annotation
from reviews.api.serializers import AnnotationSerializer
from reviews.models import Annotation, Attachment, Review, Shape
from reviews.models.review import ReviewItem
from sorahub.accounts.models import User
from tests.api.conftest import Program, post
from tests.people import Agency
from tests.reviews import world
from tests.reviews.notes import attached, invited, note, shape

pytestmark = [pytest.mark.django_db, pytest.mark.core]
HARD = 'Ä "quoted" \\ back, a line\nbreak, a tab\t, 🎬 and \u2028 % %s {braces} </script>'
PEOPLE = ("alice", "bob", "lena", "ada", "dora", "carol")


@pytest.fixture
def talk(agency: Agency) -> list[Clip]:
    """Two takes and a clip of another project, with notes of every kind by everybody."""
    takes = [world.add_clip(agency.aurora, agency.alice, grey=grey, shot=agency.shot) for grey in (40, 60)]
    elsewhere = world.add_clip(agency.borealis, agency.ada, grey=80)
    guest = invited(agency, takes[0])
    root = note(
        agency.bob, takes[0], HARD, shapes=[shape("pen"), shape("text", text=HARD[:40]), shape("box", stroke=0.5)]
    )
    for visibility in ("internal", "client", "legal"):
        note(agency.lena, takes[0], f"For {visibility}", visibility=visibility, category="rights", parent=None)
    note(agency.bob, takes[0], "Mine for legal", visibility="legal")
    note(
        agency.alice, takes[0], "Yes", parent=root, shapes=[shape("pen", points=[[0.1, 1, 1e-06], [0, 0.333333, 0.5]])]
    )
    note(guest, takes[0], "From outside", shapes=[shape("arrow")])
    edit_annotation(actor=agency.bob, annotation=root, body=f"{HARD}!")
    resolve_annotation(actor=agency.alice, annotation=root)
    attached(agency.bob, root)
    attached(agency.bob, root, content=b"Another")
    gone = attached(agency.bob, root, content=b"Gone")
    Attachment.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    remove_shape(actor=agency.bob, shape=root.shapes.get(kind="box"))
    carry_annotation(actor=agency.bob, annotation=root, clip=takes[1])
    delete_annotation(actor=agency.alice, annotation=note(agency.alice, takes[0], "Never said"))
    Annotation.objects.filter(body="Yes").update(created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    Annotation.objects.create(
        clip=elsewhere, clip_sha256=elsewhere.sha256, frame_in=0, frame_out=0, body="Theirs", author=agency.ada
    )
    return [*takes, elsewhere]


def by_serializer(person: User, **narrowed: Any) -> list[Any]:
    rows = Annotation.objects.standing().for_thread().visible_to(person).filter(**narrowed).order_by("-id")
    written: list[Any] = json.loads(JSONRenderer().render(AnnotationSerializer(rows, many=True).data))
    return written


@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_is_listed_what_the_serializer_would_list(
    name: str, agency: Agency, talk: list[Clip], program: Program
) -> None:
    person = getattr(agency, name)
    client = program(person)
    for clip in talk:
        assert client.get("/api/v1/annotations/", {"clip": str(clip.pk)}).json()["results"] == by_serializer(
            person, clip=clip
        )
    assert client.get("/api/v1/annotations/").json()["results"] == by_serializer(person)
    legal = client.get("/api/v1/annotations/", {"clip": str(talk[0].pk), "visibility": "legal"}).json()["results"]
    assert legal == by_serializer(person, clip=talk[0], visibility="legal")


def test_who_reads_what(agency: Agency, talk: list[Clip], program: Program) -> None:
    seen = {
        name: {
            one["visibility"] + " " + one["author_name"]
            for one in program(getattr(agency, name))
            .get("/api/v1/annotations/", {"clip": str(talk[0].pk)})
            .json()["results"]
        }
        for name in PEOPLE
    }
    everybody = {"internal Bob", "internal Lena", "client Lena", "internal Alice", "client Dora"}
    assert seen["alice"] == everybody
    assert seen["bob"] == {*everybody, "legal Bob"}
    assert seen["lena"] == {*everybody, "legal Bob", "legal Lena"}
    assert seen["ada"] == everybody
    assert seen["dora"] == {"client Lena", "client Dora"}
    assert seen["carol"] == set()


def test_a_guest_reads_what_a_review_shows_them(agency: Agency, talk: list[Clip], program: Program) -> None:
    review = Review.objects.create(
        project=agency.aurora,
        stage=world.staged(agency)["Client"],
        title="Cut 1",
        created_by=agency.alice,
        shows_internal=True,
    )
    ReviewItem.objects.create(review=review, clip=talk[0], position=1)
    review.participants.create(user=agency.dora)
    listed = program(agency.dora).get("/api/v1/annotations/", {"clip": str(talk[0].pk)}).json()["results"]
    assert listed == by_serializer(agency.dora, clip=talk[0])
    assert {"internal", "client"} == {one["visibility"] for one in listed}


def test_who_leaves_a_project_reads_nothing_from_that_moment(
    agency: Agency, talk: list[Clip], program: Program
) -> None:
    bob, asked = program(agency.bob), {"clip": str(talk[0].pk)}
    assert len(bob.get("/api/v1/annotations/", asked).json()["results"]) == 6
    Membership.objects.filter(user=agency.bob).delete()
    assert bob.get("/api/v1/annotations/", asked).json()["results"] == []
    sent = {"clip": str(talk[0].pk), "frame_in": 0, "frame_out": 0, "body": "Still here?"}
    assert (post(bob, "annotations/", sent).status_code, Annotation.objects.filter(body="Still here?").count()) == (
        400,
        0,
    )


def test_pages_are_followed_forth_and_back(agency: Agency, talk: list[Clip], program: Program) -> None:
    alice, everything = program(agency.alice), by_serializer(agency.alice, clip=talk[0])
    first = alice.get("/api/v1/annotations/", {"clip": str(talk[0].pk), "page_size": "4"}).json()
    assert (first["results"], first["previous"]) == (everything[:4], None)
    second = alice.get(first["next"]).json()
    assert (second["results"], second["next"]) == (everything[4:], None)
    assert alice.get(second["previous"]).json()["results"] == everything[:4]


def test_the_newest_fifty_of_a_clip_lead_on_to_the_others(agency: Agency, talk: list[Clip], program: Program) -> None:
    more = [
        Annotation(
            clip=talk[1], clip_sha256=talk[1].sha256, frame_in=0, frame_out=0, body=str(number), author=agency.bob
        )
        for number in range(60)
    ]
    Annotation.objects.bulk_create(more)
    everything = by_serializer(agency.alice, clip=talk[1])
    first = program(agency.alice).get("/api/v1/annotations/", {"clip": str(talk[1].pk)}).json()
    assert (len(everything), first["results"]) == (61, everything[:50])
    assert program(agency.alice).get(first["next"]).json()["results"] == everything[50:]


def test_what_is_no_clip_is_answered_as_ever(agency: Agency, talk: list[Clip], program: Program) -> None:
    alice = program(agency.alice)
    assert alice.get("/api/v1/annotations/", {"clip": str(uuid4())}).json() == {
        "next": None,
        "previous": None,
        "results": [],
    }
    refused = alice.get("/api/v1/annotations/", {"clip": "the first"})
    assert (refused.status_code, set(refused.json()["errors"])) == (400, {"clip"})


def test_a_written_note_is_answered_as_it_is_listed(agency: Agency, talk: list[Clip], program: Program) -> None:
    bob = program(agency.bob)
    sent = {
        "id": str(uuid4()), "clip": str(talk[1].pk), "frame_in": 1, "frame_out": 2, "body": HARD,
        "shapes": [shape("pen", points=[[0, 1, 0.25], ["0.5", 0.5, 1]])],
    }  # fmt: skip
    answers = [post(bob, "annotations/", sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    [once_more] = by_serializer(agency.bob, pk=sent["id"])
    assert answers[0].json() == answers[1].json() == once_more
    assert once_more in bob.get("/api/v1/annotations/", {"clip": str(talk[1].pk)}).json()["results"]
    assert once_more["shapes"][0]["points"] == [[0, 1, 0.25], [0.5, 0.5, 1]]


@pytest.mark.parametrize("wrong", [["left"], [["a", 0]], [[0.5, float("1e999")]], [[2, 0]], {"x": 1}, "0,1"])
def test_points_that_are_none_are_refused(wrong: Any, agency: Agency, talk: list[Clip], program: Program) -> None:
    sent = {"clip": str(talk[1].pk), "frame_in": 1, "frame_out": 2, "shapes": [shape("pen", points=wrong)]}
    before = Shape.objects.count()
    body = json.dumps(sent).replace("Infinity", "1e999")
    answer = program(agency.bob).post("/api/v1/annotations/", body, content_type="application/json")
    assert (answer.status_code, Shape.objects.count()) == (400, before)


def test_times_are_shown_in_the_zone_of_who_has_logged_in(agency: Agency, talk: list[Clip]) -> None:
    User.objects.filter(pk=agency.alice.pk).update(time_zone="Asia/Kolkata")
    browser = Browser()
    browser.force_login(agency.alice, backend="django.contrib.auth.backends.ModelBackend")
    listed = browser.get("/api/v1/annotations/", {"clip": str(talk[0].pk)}).json()["results"]
    with timezone.override("Asia/Kolkata"):
        assert listed == by_serializer(agency.alice, clip=talk[0])
    assert all(one["created_at"].endswith("+05:30") for one in listed)
