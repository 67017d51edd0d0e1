"""The room's notes over HTTP: what changed since, marks, files, copies; and what guests never get."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generations.models import Clip, Rendition
from reviews.actions.annotate import delete_annotation
from reviews.actions.marks import add_shapes
from reviews.models import Annotation, Attachment, Mention, Notice, Shape
from reviews.rules.cursor import Cursor, read
from reviews.web import threads
from sorahub.accounts.models import User
from tests.people import Agency
from tests.reviews import world
from tests.reviews.notes import attached, invited, mention, note, shape
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.django_db


def post(user: User, name: str, pk: object, **said: Any) -> Any:
    """POST JSON to one of the room's addresses."""
    return logged_in(user).post(reverse(f"reviews:{name}", args=[pk]), said, content_type="application/json")


def since(browser: Client, clip: Clip, cursor: str) -> dict[str, Any]:
    """Ask what changed."""
    answer = browser.get(reverse("reviews:clip-threads", args=[clip.pk]), {"since": cursor})
    assert answer.status_code == 200
    said: dict[str, Any] = answer.json()
    return said


def ids(said: dict[str, Any]) -> list[str]:
    """The threads in an answer."""
    return [one["id"] for one in said["notes"]]


def test_a_page_gets_what_changed_since_and_each_change_once(agency: Agency, clip: Clip) -> None:
    first, second = note(agency.bob, clip, frame_in=1), note(agency.bob, clip)
    alice = logged_in(agency.alice)
    whole = since(alice, clip, "")
    assert (ids(whole), whole["gone"]) == ([str(first.pk), str(second.pk)], [])
    told = since(alice, clip, whole["cursor"])  # half a minute is asked twice: once more, then never again
    assert since(alice, clip, told["cursor"])["notes"] == []
    for name, pk, said in (
        ("shapes", first.pk, {"shapes": [shape()]}),
        ("annotation-edit", first.pk, {"body": "Darker"}),
        ("annotation-resolve", first.pk, {}),
        ("annotations", clip.pk, {"id": str(uuid4()), "frame_in": 0, "frame_out": 0, "body": "Yes", "parent": str(first.pk)}),
    ):  # fmt: skip
        assert post(agency.bob, name, pk, **said).status_code in {200, 201}
        told = since(alice, clip, told["cursor"])
        assert (ids(told), told["gone"]) == ([str(first.pk)], []), name
        assert since(alice, clip, told["cursor"])["notes"] == []
    assert post(agency.bob, "annotation-delete", second.pk).json()["html"] == ""
    told = since(alice, clip, told["cursor"])
    assert (told["notes"], told["gone"]) == ([], [str(second.pk)])


def test_a_change_that_is_committed_late_is_not_missed(agency: Agency, clip: Clip) -> None:
    browser = logged_in(agency.alice)
    cursor = since(browser, clip, "")["cursor"]
    late = note(agency.bob, clip)
    asked = read(cursor)
    assert asked is not None
    Annotation.objects.filter(pk=late.pk).update(touched_at=asked.at - timedelta(seconds=20))
    assert ids(since(browser, clip, cursor)) == [str(late.pk)]


def test_a_deleted_first_note_keeps_its_place_while_a_reply_stands(agency: Agency, clip: Clip) -> None:
    root = note(agency.bob, clip, "Take this back", shapes=[shape()])
    attached(agency.bob, root)
    reply = note(agency.alice, clip, "Why?", parent=root)
    html = post(agency.bob, "annotation-delete", root.pk).json()["html"]
    assert "This note was deleted." in html
    assert "Why?" in html
    for gone in ("Take this back", "brief.txt", "data-edit-url", "arrow"):
        assert gone not in html
    browser = logged_in(agency.alice)
    cursor = since(browser, clip, "")["cursor"]
    delete_annotation(actor=agency.alice, annotation=reply)
    assert since(browser, clip, cursor)["gone"] == [str(root.pk)]


def test_guests_learn_nothing_of_what_is_not_for_them(agency: Agency, clip: Clip) -> None:
    guest = invited(agency, clip)
    Rendition.objects.create(
        clip=clip, kind="guest_proxy", storage_key="none", sha256="0" * 64, size=1, media_type="video/mp4"
    )
    browser = logged_in(guest)
    shown = note(agency.bob, clip, "Shown", visibility="client")
    cursor = since(browser, clip, since(browser, clip, "")["cursor"])["cursor"]
    inside = note(agency.bob, clip, f"Between us {mention(agency.alice)}", parent=shown, visibility="internal")
    hidden = note(agency.lena, clip, "Privileged", visibility="legal", shapes=[shape()])
    file = attached(agency.bob, inside)
    assert since(browser, clip, cursor)["notes"] == []
    delete_annotation(actor=agency.lena, annotation=hidden)
    told = since(browser, clip, cursor)
    assert (told["notes"], told["gone"]) == ([], [])
    pages = [browser.get(reverse(f"reviews:{name}", args=[clip.pk])).text for name in ("clip", "clip-threads")]
    for page in pages:
        assert "Shown" in page
        for secret in ("Between us", "Privileged", str(inside.pk), str(hidden.pk), "brief.txt"):
            assert secret not in page
    for name, pk in (
        ("annotation-edit", inside.pk), ("annotation-resolve", hidden.pk), ("shapes", inside.pk), ("shape", hidden.shapes.get().pk),
        ("annotation-carry", inside.pk), ("attachments", inside.pk), ("attachment-delete", file.pk), ("shape-restore", hidden.shapes.get().pk),
    ):  # fmt: skip
        assert post(guest, name, pk).status_code == 404, name
    for address in (
        reverse("reviews:annotation-history", args=[inside.pk]),
        reverse("reviews:attachment", args=[file.pk, file.name]),
    ):
        assert browser.get(address).status_code == 404
    assert browser.get(reverse("reviews:notices-count")).text.strip() == ""
    assert (Shape.objects.filter(deleted_at=None).count(), Attachment.objects.standing().count()) == (1, 1)


def test_marks_are_saved_moved_and_taken_back_one_by_one(agency: Agency, clip: Clip) -> None:
    root = note(agency.alice, clip)
    sent = shape("text", text="Logo", points=[[0.5, 0.25]])
    [kept] = post(agency.bob, "shapes", root.pk, shapes=[sent]).json()["shapes"]
    assert kept == {**sent, "note": str(root.pk), "mine": True, "deleted": False}
    moved = post(agency.bob, "shape", sent["id"], points=[[0, 1]]).json()
    assert (moved["shape"]["points"], moved["shape"]["text"]) == ([[0, 1]], "Logo")
    assert read(moved["cursor"]) is not None
    refused = post(agency.alice, "shape", sent["id"], points=[[1, 1]])
    assert (refused.status_code, refused.json()["code"]) == (403, "not-yours")
    wrong = post(agency.bob, "shape", sent["id"], text="")
    assert (wrong.status_code, "1 to 300 characters" in wrong.json()["detail"]) == (400, True)
    assert post(agency.bob, "shape-delete", sent["id"]).json()["shape"]["deleted"] is True
    assert post(agency.bob, "shape-restore", sent["id"]).json()["shape"]["deleted"] is False
    assert Shape.objects.get().points == [[0, 1]]


def test_the_drawings_of_replies_come_with_their_thread(agency: Agency, clip: Clip) -> None:
    root = note(agency.alice, clip, shapes=[shape("box")])
    note(agency.bob, clip, parent=root, shapes=[shape("ellipse")])
    add_shapes(actor=agency.bob, annotation=root, shapes=[shape("pen")])
    [shown] = threads.notes_of(clip, agency.bob)
    assert [(one["kind"], one["mine"]) for one in shown.shapes] == [("box", False), ("pen", True), ("ellipse", True)]


def test_what_a_note_said_before_is_read_behind_edited(agency: Agency, clip: Clip) -> None:
    root = note(agency.bob, clip, "Horizon *tilts*")
    html = post(agency.bob, "annotation-edit", root.pk, body="Horizon tilts left", category="picture", frame_in=4).json()[
        "html"
    ]  # fmt: skip
    address = reverse("reviews:annotation-history", args=[root.pk])
    assert f'hx-get="{address}"' in html
    assert 'data-category="picture"' in html
    assert ">Picture<" in html
    former = logged_in(agency.alice).get(address).text
    assert "Horizon <em>tilts</em>" in former
    assert "frame 4 to 8 · General" in former
    assert logged_in(agency.carol).get(address).status_code == 404
    wrong = post(agency.bob, "annotation-edit", root.pk, frame_in="4")
    assert (wrong.status_code, wrong.json()["detail"]) == (400, "Frames are whole numbers from 0.")


def test_only_authors_get_the_source_and_the_buttons(agency: Agency, clip: Clip) -> None:
    note(agency.bob, clip, f'A "quoted" <b> {mention(agency.alice)}')
    page = reverse("reviews:clip-threads", args=[clip.pk])
    own, others = logged_in(agency.bob).get(page).text, logged_in(agency.alice).get(page).text
    source = f'data-source="A &quot;quoted&quot; &lt;b&gt; @[Alice](person:{agency.alice.pk})"'
    assert source in own
    for mine in (source, "data-edit-url", "data-delete-url", "person:"):
        assert mine not in others
    assert '<span class="mention">@Alice</span>' in others


def test_names_and_words_never_become_markup(agency: Agency, clip: Clip) -> None:
    evil = '"><script>alert(1)</script>'
    agency.bob.person.name = evil
    agency.bob.person.save()
    root = note(agency.alice, clip, f"{evil} [x](javascript:alert(1)) {mention(agency.bob)}")
    note(agency.bob, clip, evil, parent=root, shapes=[shape("text", text="</script><script>alert(2)</script>")])
    attached(agency.alice, root, "<img src=x onerror=alert(1)>.txt")
    for browser in (logged_in(agency.alice), logged_in(agency.bob)):
        for address in (
            reverse("reviews:clip", args=[clip.pk]), reverse("reviews:clip-threads", args=[clip.pk]), reverse("reviews:notices"),
        ):  # fmt: skip
            page = browser.get(address).text
            for bad in ("<script>alert", "<img src=x", 'href="javascript', "</script><script>"):
                assert bad not in page
    assert Notice.objects.count() == 2


def test_files_come_as_files_and_pictures_as_pictures(agency: Agency, clip: Clip) -> None:
    root = note(agency.bob, clip)
    browser = logged_in(agency.bob)
    address = reverse("reviews:attachments", args=[root.pk])
    file = SimpleUploadedFile("Größe & mehr.html", b"<script>alert(1)</script>", content_type="text/html")
    answer = browser.post(address, {"id": str(uuid4()), "file": file})
    assert (answer.status_code, "Größe &amp; mehr.html.txt" in answer.json()["html"]) == (200, True)
    row = Attachment.objects.get()
    sent = browser.get(reverse("reviews:attachment", args=[row.pk, row.name]))
    assert b"".join(sent) == b"<script>alert(1)</script>"
    assert sent.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert sent.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe")
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert sent.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    program = SimpleUploadedFile("a.exe", b"MZ\0")
    words = SimpleUploadedFile("a.txt", b"a")
    for wrong in ({"id": str(uuid4())}, {"id": "7", "file": words}, {"id": str(uuid4()), "file": program}):
        assert browser.post(address, wrong).status_code == 400
    taken = browser.post(reverse("reviews:attachment-delete", args=[row.pk]))
    assert "mehr.html" not in taken.json()["html"]
    assert browser.get(reverse("reviews:attachment", args=[row.pk, row.name])).status_code == 404
    assert Attachment.objects.count() == 1


def test_a_copy_says_where_it_comes_from(agency: Agency, clip: Clip) -> None:
    take_two = world.add_clip(agency.aurora, agency.alice, grey=50, shot=agency.shot)
    root = note(agency.bob, clip, visibility="client", shapes=[shape()])
    answer = post(agency.alice, "annotation-carry", root.pk, clip=str(take_two.pk)).json()
    assert (answer["clip"], answer["words"]) == (str(take_two.pk), "")
    assert "From take 1, by Bob" in answer["html"]
    assert f"/clips/{clip.pk}/?frame=3&amp;note={root.pk}" in answer["html"]
    guest = invited(agency, take_two)
    seen = logged_in(guest).get(reverse("reviews:clip-threads", args=[take_two.pk])).text
    assert "From an earlier take" in seen
    for secret in (str(clip.pk), str(root.pk), "by Bob"):
        assert secret not in seen
    said = post(agency.alice, "clip-carry", clip.pk, to=str(take_two.pk)).json()
    assert (said["carried"], said["new"]) == (1, 0)
    assert post(agency.alice, "clip-carry", clip.pk, to="7").status_code == 400
    assert post(guest, "clip-carry", clip.pk, to=str(take_two.pk)).status_code == 404
    assert Annotation.objects.filter(clip=take_two).count() == 1


def test_people_to_mention_are_offered_by_name(agency: Agency, clip: Clip) -> None:
    guest = invited(agency, clip)
    address = reverse("reviews:clip-people", args=[clip.pk])
    assert logged_in(agency.bob).get(address, {"q": "AL"}).json() == [
        {"id": str(agency.alice.pk), "name": "Alice", "kind": "Producer"}
    ]
    names = [one["name"] for one in logged_in(agency.bob).get(address).json()]
    assert names == ["Alice", "Bob", "Dora", "Lena"]
    inside = logged_in(agency.bob).get(address, {"visibility": "internal"}).json()
    assert "Dora" not in [one["name"] for one in inside]
    assert [one["name"] for one in logged_in(guest).get(address).json()] == ["Dora"]
    assert logged_in(agency.carol).get(address).status_code == 404


def test_a_page_begins_with_few_threads_and_the_rest_follows(
    agency: Agency, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "FIRST", 3)
    monkeypatch.setattr(threads, "MORE", 4)
    written = [note(agency.bob, clip, f"Note {number}", frame_in=number % 2) for number in range(9)]
    order = [str(one.pk) for one in sorted(written, key=lambda one: (one.frame_in, one.created_at))]
    browser = logged_in(agency.bob)
    found: list[str] = []
    address, page = reverse("reviews:clip", args=[clip.pk]), ""
    for _ in range(3):
        page = browser.get(address).text
        found += [part[:36] for part in page.split('data-note="')[1:]]
        address = page.split('data-more hx-get="')[1].split('"')[0] if "data-more" in page else ""
    assert (found, address) == (order, "")
    assert browser.get(reverse("reviews:clip", args=[clip.pk]), {"notes": "all"}).text.count('data-note="') == 9
    assert browser.get(reverse("reviews:clip-threads", args=[clip.pk]), {"after": str(uuid4())}).text.strip() == ""


def test_many_notes_cost_as_many_queries_as_few(agency: Agency, clip: Clip) -> None:
    def counted() -> int:
        with CaptureQueriesContext(connection) as asked:
            threads.notes_of(clip, agency.bob)
        return len(asked)

    root = note(agency.bob, clip, shapes=[shape()])
    note(agency.alice, clip, parent=root)
    few = counted()
    rows = [
        Annotation(id=UUID(int=n + 1), clip=clip, clip_sha256="0", frame_in=1, frame_out=1, body="x", author=agency.bob)
        for n in range(200)
    ]
    Annotation.objects.bulk_create(rows)
    assert (few, counted()) == (4, 4)
    with CaptureQueriesContext(connection) as asked:
        threads.changes_of(clip, agency.bob, Cursor(rows[-1].touched_at + timedelta(hours=1)), rows[-1].touched_at)
    assert len(asked) == 1


def test_posting_a_note_is_few_statements(agency: Agency, clip: Clip) -> None:
    note(agency.bob, clip)
    browser = logged_in(agency.bob)
    said = {"id": str(uuid4()), "frame_in": 3, "frame_out": 5, "body": "Slower", "shapes": [shape(), shape()]}
    with CaptureQueriesContext(connection) as asked:
        answer = browser.post(
            reverse("reviews:annotations", args=[clip.pk]), json.dumps(said), content_type="application/json"
        )
    statements = [one["sql"] for one in asked if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert (answer.status_code, len(statements)) == (201, {"postgresql": 9, "sqlite": 11}[connection.vendor])
    assert not Mention.objects.exists()
