"""Notes come in: planned and shown first, written all or nothing, never doubled, nobody's name faked, nothing wider than allowed."""

from uuid import uuid5

import pytest

from generations.models import Clip, Membership
from generations.models.clip import ClipGrant
from reviews.actions.annotate import delete_annotation, write_annotation
from reviews.actions.export_notes import export_notes
from reviews.actions.import_notes import Plan, import_notes, plan_import
from reviews.interchange.gathering import Filters
from reviews.models import Annotation, Mention, Notice, Shape
from sorahub.accounts.models import User
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from sorahub.lib.ids import uuid7
from tests.people import Agency
from tests.reviews import world

BOX = {"kind": "box", "points": [[0.1, 0.1], [0.9, 0.5]], "stroke": 0.01, "colour": "#ff5a4f"}
FRAMEIO = (
    b"Frame,Duration,Commenter,Comment,Completed,Reply\n"
    b"3,2,Carol *Smith*,Too dark,true,\n"
    b"3,0,Dan,I agree,,yes\n"
    b"40,0,Dan,Outside,,\n"
)


@pytest.fixture
def other(agency: Agency) -> Clip:
    """The next take."""
    return world.add_clip(agency.aurora, agency.alice, grey=140, shot=agency.shot)


def exported(actor: User, clip: Clip, kind: str) -> bytes:
    """Return what this person may take away."""
    return export_notes(actor=actor, of=clip, format=kind, filters=Filters()).data


def talked(agency: Agency, clip: Clip) -> tuple[Annotation, Annotation]:
    """Alice writes and draws, bob replies."""
    note = write_annotation(
        actor=agency.alice, clip=clip, id=uuid7(), frame_in=2, frame_out=11, body="**Darker** & <b>", category="picture",
        visibility="client", shapes=[{**BOX, "id": str(uuid7())}],
    )  # fmt: skip
    reply = write_annotation(
        actor=agency.bob, clip=clip, id=uuid7(), frame_in=2, frame_out=2, body="=1+1", visibility="client", parent=note
    )
    return note, reply


@pytest.mark.parametrize("kind", ["otio", "csv"])
def test_our_own_file_doubles_nothing_where_it_came_from(agency: Agency, clip: Clip, kind: str) -> None:
    talked(agency, clip)
    before = list(Annotation.objects.order_by("pk").values())
    for actor in (agency.alice, agency.bob):
        plan = import_notes(actor=actor, clip=clip, data=exported(actor, clip, kind))
        assert (len(plan.new), plan.known, list(plan.problems)) == (0, 2, [])
    assert list(Annotation.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("kind", ["edl", "fcp7xml", "fcpxml"])
def test_markers_without_ids_double_nothing_either(agency: Agency, clip: Clip, kind: str) -> None:
    talked(agency, clip)
    write_annotation(actor=agency.bob, clip=clip, id=uuid7(), frame_in=2, frame_out=2, body="Also\nhere")
    plan = import_notes(actor=agency.bob, clip=clip, data=exported(agency.bob, clip, kind))
    assert (len(plan.new), plan.known, list(plan.problems)) == (0, 1 if kind == "edl" else 2, [])
    assert clip.annotations.count() == 3


@pytest.mark.parametrize("kind", ["otio", "csv"])
def test_our_own_file_comes_whole_onto_the_next_take_and_only_once(
    agency: Agency, clip: Clip, other: Clip, kind: str
) -> None:
    note, _reply = talked(agency, clip)
    data = exported(agency.alice, clip, kind)
    plan = plan_import(actor=agency.alice, clip=other, data=data)
    assert len(plan.new) == 2
    assert plan.guesses[-1] == "The file was made of another clip; its frames are taken as they are."
    assert not other.annotations.exists()
    import_notes(actor=agency.alice, clip=other, data=data)
    assert len(import_notes(actor=agency.alice, clip=other, data=data).new) == 0
    first, answer = other.annotations.order_by("created_at")
    assert (first.frame_in, first.frame_out, first.body, first.category) == (2, 11, "**Darker** & <b>", "picture")
    assert (first.visibility, first.author, first.source) == ("client", agency.alice, kind)
    assert (answer.parent, answer.body, answer.author) == (first, "Bob: =1+1", agency.alice)
    assert first.shapes.count() == (1 if kind == "otio" else 0)
    assert first.pk == uuid5(other.pk, str(note.pk))
    assert Shape.objects.filter(annotation=note).count() == 1


def test_frame_ios_comments_are_the_importers_with_their_authors_in_words(agency: Agency, clip: Clip) -> None:
    plan = import_notes(actor=agency.bob, clip=clip, data=FRAMEIO)
    assert [(problem.row, problem.words) for problem in plan.problems] == [
        (3, "Frame 40 is outside the clip, whose frames run from 0 to 11.")
    ]
    first, answer = clip.annotations.order_by("created_at")
    assert (first.author, first.body, first.source) == (
        agency.bob,
        r"Carol \*Smith\*: Too dark",
        "frameio: Carol *Smith*",
    )
    assert (first.frame_in, first.frame_out, first.visibility, first.resolved_by) == (3, 4, "internal", agency.bob)
    assert (answer.parent, answer.resolved_at) == (first, None)
    assert import_notes(actor=agency.bob, clip=clip, data=FRAMEIO).known == 2
    assert import_notes(actor=agency.alice, clip=clip, data=FRAMEIO).known == 2
    assert clip.annotations.count() == 2


def test_the_same_words_twice_on_a_frame_are_two_notes(agency: Agency, clip: Clip) -> None:
    data = b"Frame,Comment\n1,Again\n1,Again\n"
    assert len(import_notes(actor=agency.alice, clip=clip, data=data).new) == 2
    assert import_notes(actor=agency.alice, clip=clip, data=data).known == 2


def test_a_guests_notes_are_for_agency_and_client_whatever_the_file_says(agency: Agency, clip: Clip) -> None:
    Membership.objects.create(project=clip.project, user=agency.dora)
    ClipGrant.objects.create(clip=clip, user=agency.dora, granted_by=agency.alice)
    note, _ = talked(agency, clip)
    hidden = write_annotation(actor=agency.alice, clip=clip, id=uuid7(), frame_in=0, frame_out=0, body="Ours")
    sheet = exported(agency.alice, clip, "csv")
    plan = import_notes(actor=agency.dora, clip=clip, data=sheet)
    assert [(each.fate, each.visibility) for each in plan.notes] == [
        ("new", "client"),
        ("known", "client"),
        ("known", "client"),
    ]
    [made] = plan.new
    assert made.id not in {note.pk, hidden.pk}  # nothing tells her that this id exists
    assert import_notes(actor=agency.dora, clip=clip, data=sheet).known == 3


def test_a_reply_is_never_read_by_more_people_than_its_thread(agency: Agency, clip: Clip) -> None:
    note = write_annotation(actor=agency.alice, clip=clip, id=uuid7(), frame_in=0, frame_out=0, body="Ours")
    head = "Note id,Reply to,Frame in,Frame out,Words,Visibility\n"
    data = f"{head},{note.pk},0,0,Answer,client\n,{uuid7()},0,0,Alone,client\n".encode()
    import_notes(actor=agency.bob, clip=clip, data=data)
    assert [(each.body, each.parent, each.visibility) for each in clip.annotations.filter(author=agency.bob).order_by("created_at")] == [
        ("Answer", note, "internal"),
        ("Alone", None, "client"),
    ]  # fmt: skip


def test_a_mention_in_a_file_tells_nobody(agency: Agency, clip: Clip) -> None:
    data = f"Frame,Comment\n1,Look @[Bob](person:{agency.bob.pk})\n".encode()
    import_notes(actor=agency.alice, clip=clip, data=data)
    assert clip.annotations.get().body == "Look @Bob"
    assert not Mention.objects.exists()
    assert not Notice.objects.exists()


def test_what_was_deleted_stays_deleted(agency: Agency, clip: Clip) -> None:
    data = b"Frame,Comment\n1,Again\n"
    import_notes(actor=agency.alice, clip=clip, data=data)
    delete_annotation(actor=agency.alice, annotation=clip.annotations.get())
    assert import_notes(actor=agency.alice, clip=clip, data=data).known == 1
    assert not clip.annotations.standing().exists()


@pytest.mark.parametrize("bad", ["points", "stroke", "schema"])
def test_a_drawing_that_is_none_keeps_its_note_out(agency: Agency, clip: Clip, other: Clip, bad: str) -> None:
    talked(agency, clip)
    data = exported(agency.alice, clip, "otio").decode()
    data = data.replace(f'"{bad}":', f'"{bad}":77,"was":')
    plan: Plan = import_notes(actor=agency.alice, clip=other, data=data.encode())
    assert plan.problems
    assert not Shape.objects.filter(annotation__clip=other).exists()


@pytest.mark.parametrize(
    ("who", "error"), [("ada", Forbidden), ("carol", NotFound), ("dora", NotFound), ("lena", None)]
)
def test_who_may_not_write_here_brings_nothing_in(
    agency: Agency, clip: Clip, who: str, error: type[Exception] | None
) -> None:
    actor: User = getattr(agency, who)
    if error is None:
        assert import_notes(actor=actor, clip=clip, data=FRAMEIO).new
        return
    with pytest.raises(error):
        import_notes(actor=actor, clip=clip, data=FRAMEIO)
    assert not Annotation.objects.exists()


def test_an_archived_project_takes_nothing_in(agency: Agency, clip: Clip) -> None:
    clip.project.archived_at = clip.created_at
    clip.project.save()
    with pytest.raises(Conflict):
        import_notes(actor=agency.alice, clip=clip, data=FRAMEIO)
    assert not Annotation.objects.exists()


@pytest.mark.parametrize("visibility", ["client", "legal", "everybody"])
def test_who_reads_them_can_be_chosen(agency: Agency, clip: Clip, visibility: str) -> None:
    if visibility == "everybody":
        with pytest.raises(InvalidInput):
            import_notes(actor=agency.alice, clip=clip, data=FRAMEIO, visibility=visibility)
        assert not Annotation.objects.exists()
        return
    import_notes(actor=agency.alice, clip=clip, data=FRAMEIO, visibility=visibility)
    assert set(clip.annotations.values_list("visibility", flat=True)) == {visibility}


def test_thousands_of_rows_are_a_few_statements(
    agency: Agency, clip: Clip, django_assert_max_num_queries: object
) -> None:
    data = b"Frame,Comment\n" + b"".join(b"%d,Note %d\n" % (n % 12, n) for n in range(2000))
    with django_assert_max_num_queries(70):  # type: ignore[operator]
        assert len(import_notes(actor=agency.alice, clip=clip, data=data).new) == 2000
    assert clip.annotations.count() == 2000
