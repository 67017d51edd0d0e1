"""Writing and finding notes in a real Chromium: edit, delete and undo, people, files, filters in the address, links to a note."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from generations.models import Clip
from reviews.models import Annotation, Attachment, Mention
from sorahub.accounts.models import User
from tests.e2e.footage import make_clip
from tests.e2e.rooms import Room, collect_static, numbered_clip, rooms, within
from tests.people import Agency

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
Enter = Callable[..., Room]


def noted(clip: Clip, author: User, frame: int, body: str, category: str = "general") -> Annotation:
    return Annotation.objects.create(
        clip=clip, clip_sha256=clip.sha256, frame_in=frame, frame_out=frame, body=body, category=category, author=author
    )


def test_a_note_is_reworded_and_moved_and_a_deleted_one_comes_back(
    enter_room: Enter, agency: Agency, room_clip: Clip
) -> None:
    note = noted(room_clip, agency.bob, 15, "Too dark.")
    room = enter_room(agency.bob)
    room.note("Too dark.").get_by_role("button", name="Edit the note").click()
    room.page.get_by_label("The note's words").fill("Too dark, *left*.")
    room.note("Too dark.").get_by_label("to", exact=True).fill("20")
    room.page.keyboard.press("Enter")
    expect(room.note("Too dark, left.")).to_have_attribute("data-frame-out", "19")
    note.refresh_from_db()
    assert (note.body, note.frame_in, note.frame_out) == ("Too dark, *left*.", 15, 19)
    room.note("Too dark").get_by_role("button", name="Delete the note").click()
    expect(room.note("Too dark")).to_have_count(0)
    room.page.get_by_role("button", name="Undo", exact=True).last.click()
    expect(room.note("Too dark")).to_be_visible()
    note.refresh_from_db()
    assert note.deleted_at is None
    room.note("Too dark").get_by_role("button", name="Delete the note").click()
    room.page.mouse.move(5, 5)
    within(lambda: Annotation.objects.filter(pk=note.pk, deleted_at=None).count() == 0)
    expect(room.note("Too dark")).to_have_count(0)


def test_people_are_named_and_files_go_with_the_note(enter_room: Enter, agency: Agency, tmp_path: Path) -> None:
    good, bad = tmp_path / "list.txt", tmp_path / "tool.exe"
    good.write_text("Sleeve, collar.", encoding="utf-8")
    bad.write_bytes(b"MZ")
    room = enter_room(agency.bob)
    box = room.page.get_by_label("Your note")
    box.click()
    room.page.keyboard.type("Ask @al")
    expect(room.page.get_by_role("option", name="Alice")).to_have_attribute("aria-selected", "true")
    room.page.keyboard.press("Enter")
    expect(box).to_have_value(f"Ask @[Alice](person:{agency.alice.pk}) ")
    room.page.locator("[data-composer-part=files]").set_input_files([good, bad])
    expect(room.page.get_by_text("tool.exe is not attached")).to_be_visible()
    room.page.keyboard.press("Control+Enter")
    expect(room.note("Ask @Alice").get_by_role("link", name="list.txt")).to_be_visible()
    assert [mention.user for mention in Mention.objects.all()] == [agency.alice]
    assert [file.name for file in Attachment.objects.all()] == ["list.txt"]


def test_files_that_were_not_sent_outlast_a_reload_and_arrive_once(
    enter_room: Enter, agency: Agency, tmp_path: Path
) -> None:
    list_of, second = tmp_path / "list.txt", tmp_path / "second.txt"
    list_of.write_text("Sleeve, collar.", encoding="utf-8")
    second.write_text("Buttons.", encoding="utf-8")
    room = enter_room(agency.bob)
    files = room.page.locator("[data-composer-part=attached]")
    room.page.locator("[data-composer-part=files]").set_input_files([list_of, second])
    expect(files.get_by_role("listitem")).to_have_count(2)
    files.get_by_role("listitem").filter(has_text="second.txt").get_by_role("button", name="Remove").click()
    room.reload()
    expect(files.get_by_role("listitem")).to_have_count(1)
    expect(room.page.get_by_text("Your unsent files are back.")).to_be_visible()
    for address in ("**/annotations/", "**/attachments/"):
        room.page.route(
            address,
            lambda route: route.abort("connectionfailed") if route.request.method == "POST" else route.continue_(),
        )
    room.write("What is missing.")
    expect(room.page.get_by_text("1 unsent")).to_be_visible()
    expect(files).to_contain_text("Unsent")
    room.reload()
    expect(room.page.get_by_text("1 unsent")).to_be_visible()
    expect(files).to_contain_text("list.txtUnsent")
    room.page.unroute("**/annotations/")
    room.page.get_by_role("button", name="Send now").click()
    expect(files).to_contain_text("The connection broke.")
    room.reload()
    expect(files).to_contain_text("The connection broke.")
    assert Attachment.objects.count() == 0
    room.page.unroute("**/attachments/")
    files.get_by_role("button", name="Try again").click()
    expect(room.note("What is missing.").get_by_role("link", name="list.txt")).to_be_visible()
    expect(files.get_by_role("listitem")).to_have_count(0)
    room.reload()
    expect(room.note("What is missing.").get_by_role("link", name="list.txt")).to_be_visible()
    expect(files.get_by_role("listitem")).to_have_count(0)
    assert [file.name for file in Attachment.objects.all()] == ["list.txt"]
    assert Annotation.objects.count() == 1


def test_filters_stand_in_the_address_and_a_link_opens_its_note(
    enter_room: Enter, agency: Agency, room_clip: Clip
) -> None:
    noted(room_clip, agency.bob, 10, "The corner is dark.", "picture")
    named = noted(room_clip, agency.alice, 40, "The step is late.", "motion")
    noted(room_clip, agency.alice, 80, "A dark click.", "sound")
    room = enter_room(agency.bob, "?q=dark&sort=newest")
    visible = room.page.locator("[data-threads] > [data-note]:visible .note__body")
    assert [words.strip() for words in visible.all_inner_texts()] == ["A dark click.", "The corner is dark."]
    expect(room.page.get_by_text("2 of 3 notes")).to_be_visible()
    room.page.get_by_label("Kind of note shown").select_option("picture")
    expect(room.page.get_by_text("1 of 3 notes")).to_be_visible()
    assert "about=picture" in room.page.url
    room.page.goto(f"{room.path}?note={named.pk}")
    room.page.wait_for_function("() => document.querySelector('frame-player')?.presentedFrame === 40")
    expect(room.page.get_by_role("article", name="Note by Alice on frame 41")).to_be_focused()


def test_what_the_hub_refuses_is_shown_with_its_words_and_can_be_discarded(
    enter_room: Enter, agency: Agency, room_clip: Clip
) -> None:
    note = noted(room_clip, agency.bob, 0, "Gone soon.")
    room = enter_room(agency.bob)
    room.note("Gone soon.").get_by_role("button", name="Edit the note").click()
    Annotation.objects.filter(pk=note.pk).update(body="Gone.", deleted_at=note.created_at)
    room.page.get_by_label("The note's words").fill("Too late.")
    room.page.keyboard.press("Control+Enter")
    expect(room.page.get_by_text("1 unsent")).to_be_visible()
    expect(room.page.locator(".composer__refused")).not_to_be_empty()
    room.page.get_by_role("button", name="Discard").click()
    expect(room.page.get_by_text("1 unsent")).to_be_hidden()
    expect(room.note("Gone soon.")).to_have_count(0)
    note.refresh_from_db()
    assert note.body == "Gone."


def test_notes_and_the_box_count_as_the_player_counts(
    live_server: Any, browser: Browser, agency: Agency, tmp_path: Path
) -> None:
    collect_static()
    rate = Fraction(30000, 1001)
    clip = numbered_clip(agency, make_clip(tmp_path / "dropping.mp4", rate=rate), rate)
    noted(clip, agency.bob, 64, "Too dark.")
    with rooms(browser, live_server.url, clip) as enter:
        room = enter(agency.bob)
        frame = room.note("Too dark.").locator(".note__frame")
        chip = room.page.locator("[data-composer-part=frame]")
        room.seek(35)
        expect(frame).to_have_text("00:00:02:04")
        expect(chip).to_have_text("Frame 36 · 00:00:01:05")
        room.page.locator(".player__menu > summary").click()
        room.page.get_by_label("Drop-frame counting").check()
        expect(frame).to_have_text("00:00:02;04")
        expect(chip).to_have_text("Frame 36 · 00:00:01;05")
        room.reload()
        expect(frame).to_have_text("00:00:02;04")
        room.write("Still too dark.")
        expect(room.note("Still too dark.").locator(".note__frame")).to_have_text("00:00:00;00")
        room.page.get_by_role("button", name="Search and filter").click()
        room.page.get_by_label("Search in the notes").fill("02;04")
        expect(room.page.get_by_text("1 of 2 notes")).to_be_visible()


def test_mentions_of_somebody_with_my_name_are_not_mentions_of_me(
    enter_room: Enter, agency: Agency, room_clip: Clip
) -> None:
    for number, person in enumerate([agency.bob, agency.alice]):
        noted(room_clip, agency.dora, 10 * number, f"Look {number}, @[Bob](person:{person.pk})")
    thread = noted(room_clip, agency.dora, 30, "Who knows?")
    Annotation.objects.create(
        clip=room_clip, clip_sha256=room_clip.sha256, frame_in=30, frame_out=30, author=agency.dora, parent=thread,
        body=f"@[Robert](person:{agency.bob.pk}) does.",
    )  # fmt: skip
    room = enter_room(agency.bob, "?me=1")
    expect(room.page.get_by_text("2 of 3 notes")).to_be_visible()
    shown = room.page.locator("[data-threads] > [data-note]:visible").all()
    assert [note.get_attribute("data-frame-in") for note in shown] == ["0", "30"]
