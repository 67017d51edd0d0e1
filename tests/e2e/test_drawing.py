"""Drawing on a frame in a real Chromium: every tool by pointer, by clicks and by keys; what is drawn is kept mark by mark."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from reviews.models import Annotation, Shape
from tests.e2e.rooms import Room, within
from tests.people import Agency

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
Enter = Callable[..., Room]


def kinds(room: Room) -> list[str]:
    return [shape["kind"] for shape in room.drawn()]


def test_each_tool_draws_its_mark_and_each_step_can_be_undone(enter_room: Enter, agency: Agency) -> None:
    room = enter_room(agency.bob)
    for number, tool in enumerate(["Pen", "Arrow", "Line", "Box", "Ellipse", "Highlight"]):
        room.tool(tool)
        room.drag((0.25 + 0.1 * number, 0.2), (0.3 + 0.1 * number, 0.5))
    room.tool("Text")
    room.click(0.3, 0.7)
    room.page.get_by_label("Words of the mark").fill("Softer here")
    room.page.keyboard.press("Enter")
    every = ["pen", "arrow", "line", "box", "ellipse", "highlight", "text"]
    assert kinds(room) == every
    pen, words = room.drawn()[0], room.drawn()[-1]
    assert pen["points"][0] == pytest.approx([0.25, 0.2], abs=0.003)
    assert pen["points"][-1] == pytest.approx([0.3, 0.5], abs=0.003)
    assert (words["text"], words["points"][0]) == ("Softer here", pytest.approx([0.3, 0.7], abs=0.003))
    for left in range(6, -1, -1):
        room.page.keyboard.press("Control+z")
        assert kinds(room) == every[:left]
    for _ in every:
        room.page.keyboard.press("Control+Shift+z")
    assert kinds(room) == every


def test_a_mark_is_selected_moved_resized_recoloured_and_deleted(enter_room: Enter, agency: Agency) -> None:
    room = enter_room(agency.bob)
    room.tool("Box")
    room.drag((0.4, 0.3), (0.6, 0.5))
    room.tool("Select")
    room.drag((0.5, 0.3), (0.6, 0.4))
    assert room.drawn()[0]["points"] == [pytest.approx([0.5, 0.4], abs=0.004), pytest.approx([0.7, 0.6], abs=0.004)]
    room.drag((0.7, 0.6), (0.8, 0.8))
    assert room.drawn()[0]["points"] == [pytest.approx([0.5, 0.4], abs=0.004), pytest.approx([0.8, 0.8], abs=0.004)]
    room.page.get_by_role("radio", name="Blue").check(force=True)
    room.page.get_by_label("Line width").select_option(label="Thick")
    assert (room.drawn()[0]["colour"], room.drawn()[0]["stroke"]) == ("#4fb3ff", 0.016)
    room.layer.focus()
    room.page.keyboard.press("ArrowRight")
    room.page.keyboard.press("Shift+ArrowDown")
    at = room.drawn()[0]["points"][0]
    assert at == pytest.approx([0.5 + 0.005 * 9 / 16, 0.425], abs=0.005)
    room.page.keyboard.press("Delete")
    assert room.drawn() == []
    room.page.keyboard.press("Control+z")
    assert kinds(room) == ["box"]


def test_marks_are_set_by_two_clicks_and_by_keys_without_a_drag(enter_room: Enter, agency: Agency) -> None:
    room = enter_room(agency.bob)
    room.tool("Arrow")
    room.click(0.3, 0.3)
    room.click(0.5, 0.6)
    room.tool("Box")
    room.layer.focus()
    for key in ["Enter", *["Shift+ArrowRight"] * 4, *["Shift+ArrowDown"] * 4, "Enter"]:
        room.page.keyboard.press(key)
    assert kinds(room) == ["arrow", "box"]
    (left, top), (right, bottom) = room.drawn()[1]["points"]
    assert (right - left, bottom - top) == (pytest.approx(0.05625, abs=1e-4), pytest.approx(0.1))
    room.page.keyboard.press("Tab")
    expect(room.page.locator("frame-player [data-part=live]")).to_contain_text("Arrow 1 of 2, red")
    room.page.keyboard.press("Delete")
    assert kinds(room) == ["box"]
    room.tool("Eraser")
    room.drag((0.45, 0.45), (0.6, 0.55))
    assert room.drawn() == []
    room.page.keyboard.press("Escape")
    assert room.layer.evaluate("layer => layer.active") is False


def test_a_pen_keeps_its_pressure_and_the_hand_beside_it_draws_nothing(enter_room: Enter, agency: Agency) -> None:
    room = enter_room(agency.bob)
    room.tool("Pen")
    room.layer.evaluate(
        """layer => {
            const box = layer.svg.getBoundingClientRect();
            const tell = (name, type, id, x, y, pressure) => layer.svg.dispatchEvent(new PointerEvent(name, {
                pointerType: type, pointerId: id, pressure, button: 0, buttons: 1, bubbles: true, cancelable: true, isPrimary: true,
                clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
            layer.svg.setPointerCapture = () => {};
            tell("pointerdown", "touch", 7, 0.9, 0.9, 0.5);
            tell("pointerdown", "pen", 2, 0.2, 0.2, 0.25);
            for (let step = 1; step <= 10; step += 1) {
                tell("pointermove", "pen", 2, 0.2 + step * 0.03, 0.2, 0.25 + step * 0.05);
                tell("pointermove", "touch", 7, 0.9 - step * 0.03, 0.9, 0.5);
            }
            tell("pointerup", "pen", 2, 0.5, 0.2, 0);
            tell("pointerup", "touch", 7, 0.6, 0.9, 0);
            tell("pointerdown", "touch", 8, 0.1, 0.9, 0.5);
            tell("pointerup", "touch", 8, 0.1, 0.9, 0.5);
        }"""
    )
    (mark,) = room.drawn()
    assert [point[2] for point in mark["points"]] == pytest.approx([0.25 + 0.05 * step for step in range(11)])


def test_a_drawing_that_was_not_sent_is_back_after_a_reload(enter_room: Enter, agency: Agency) -> None:
    room = enter_room(agency.bob)
    room.seek(33)
    room.tool("Ellipse")
    room.drag((0.3, 0.3), (0.5, 0.6))
    before = room.drawn()
    room.reload()
    expect(room.page.get_by_text("Your unsent drawing is back.")).to_be_visible()
    assert room.page.evaluate("document.querySelector('annotation-layer').drawn") == before
    room.write("A halo.")
    expect(room.page.get_by_text("Sent, on frame 34.")).to_be_visible()
    saved = Annotation.objects.get()
    assert (saved.frame_in, saved.frame_out, saved.body) == (33, 33, "A halo.")
    assert [str(shape.pk) for shape in Shape.objects.all()] == [before[0]["id"]]


def test_what_is_drawn_without_a_network_arrives_once_when_it_is_back(enter_room: Enter, agency: Agency) -> None:
    room = enter_room(agency.bob)
    room.page.context.set_offline(True)
    room.tool("Arrow")
    room.drag((0.3, 0.3), (0.6, 0.6))
    room.write("On the train.")
    expect(room.page.get_by_text("1 unsent")).to_be_visible()
    expect(room.layer.locator("[data-kind=arrow]")).to_have_count(1)
    assert Annotation.objects.count() == 0
    room.page.context.set_offline(False)
    expect(room.note("On the train.")).to_be_visible()
    expect(room.page.get_by_text("1 unsent")).to_be_hidden()
    assert (Annotation.objects.count(), Shape.objects.count()) == (1, 1)


def test_marks_of_a_note_that_exists_are_saved_one_by_one_also_without_a_network(
    enter_room: Enter, agency: Agency
) -> None:
    room = enter_room(agency.bob)
    room.tool("Box")
    room.drag((0.3, 0.3), (0.5, 0.5))
    room.write("The jacket.")
    room.note("The jacket.").get_by_role("button", name="Change the drawing").click()
    room.page.wait_for_function("() => document.querySelector('annotation-layer').active")
    room.tool("Line")
    room.drag((0.6, 0.3), (0.8, 0.3))
    expect_marks({"box", "line"})
    room.page.context.set_offline(True)
    room.tool("Select")
    room.drag((0.4, 0.3), (0.5, 0.4))
    room.tool("Eraser")
    room.click(0.7, 0.3)
    room.page.keyboard.press("Escape")
    expect(room.page.get_by_text("2 unsent")).to_be_visible()
    expect_marks({"box", "line"})
    room.page.context.set_offline(False)
    expect(room.page.get_by_text("2 unsent")).to_be_hidden()
    expect_marks({"box"})
    assert Shape.objects.get(kind="box").points[0] == pytest.approx([0.4, 0.4], abs=0.005)
    assert Annotation.objects.count() == 1


def test_two_who_draw_at_once_keep_what_each_drew(enter_room: Enter, agency: Agency) -> None:
    bob, alice = enter_room(agency.bob), enter_room(agency.alice)
    bob.tool("Box")
    bob.drag((0.3, 0.3), (0.5, 0.5))
    bob.write("Bob's box.")
    expect(bob.note("Bob's box.")).to_be_visible()
    bob.note("Bob's box.").get_by_role("button", name="Change the drawing").click()
    bob.page.wait_for_function("() => document.querySelector('annotation-layer').active")
    alice.tool("Ellipse")
    alice.drag((0.6, 0.3), (0.8, 0.5))
    news(alice)
    expect(alice.note("Bob's box.")).to_be_visible()
    assert kinds(alice) == ["ellipse"]
    bob.tool("Arrow")
    bob.drag((0.2, 0.8), (0.4, 0.7))
    alice.write("Alice's ellipse.")
    news(bob)
    expect(bob.note("Alice's ellipse.")).to_be_visible()
    assert kinds(bob) == ["box", "arrow"]
    bob.page.keyboard.press("Escape")
    news(alice)
    for room in (bob, alice):
        expect(room.layer.locator("[data-shape]")).to_have_count(3)
    expect_marks({"box", "arrow", "ellipse"})


GEOMETRY = """() => {
    const video = document.querySelector("frame-player video");
    const [box, aspect] = [video.getBoundingClientRect(), video.videoWidth / video.videoHeight];
    const wide = box.width / box.height > aspect;
    const [width, height] = wide ? [box.height * aspect, box.height] : [box.width, box.width / aspect];
    const [left, top] = [box.left + (box.width - width) / 2, box.top + (box.height - height) / 2];
    const mark = document.querySelector("annotation-layer [data-kind=box] [data-ink]");
    const outline = mark.getBBox();
    const seen = mark.getScreenCTM();
    const corner = (x, y) => { const at = new DOMPoint(x, y).matrixTransform(seen); return [at.x, at.y]; };
    return {
        picture: [left, top, width, height],
        mark: [...corner(outline.x, outline.y), ...corner(outline.x + outline.width, outline.y + outline.height)],
    };
}"""


def test_a_mark_lies_on_the_same_place_of_the_picture_at_every_size(enter_room: Enter, agency: Agency) -> None:
    room = enter_room(agency.bob)
    room.tool("Box")
    room.drag((0.3, 0.2), (0.7, 0.6))
    points = room.drawn()[0]["points"]
    room.write("Here.")
    expect(room.note("Here.")).to_be_visible()
    assert off(room, points) <= 1
    room.page.locator("frame-player").evaluate("player => player.viewport?.zoom(2.5, { x: 60, y: 40 })")
    assert off(room, points) <= 1
    room.page.locator("frame-player").evaluate("player => player.viewport?.zoom(0.4, { x: 0, y: 0 })")
    room.page.set_viewport_size({"width": 390, "height": 844})
    assert off(room, points) <= 1
    room.page.set_viewport_size({"width": 1000, "height": 500})
    room.page.evaluate("document.documentElement.style.zoom = 2")
    assert off(room, points) <= 1
    room.page.evaluate("document.documentElement.style.zoom = 1")
    room.page.locator("frame-player").evaluate("player => player.requestFullscreen()")
    room.page.wait_for_function("() => document.fullscreenElement !== null")
    assert off(room, points) <= 1


def test_the_still_carries_the_marks_of_its_frame(enter_room: Enter, agency: Agency) -> None:
    room = enter_room(agency.bob)
    room.tool("Highlight")
    room.drag((0.3, 0.3), (0.6, 0.6))
    room.write("Here.")
    expect(room.note("Here.")).to_be_visible()
    inked = """frame => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
        const context = canvas.getContext("2d");
        const player = document.querySelector("frame-player");
        player.dispatchEvent(new CustomEvent("stillcompose", { detail: { context, width: 640, height: 360, frame } }));
        return [[0.45, 0.45], [0.8, 0.8]].map(([x, y]) => context.getImageData(x * 640, y * 360, 1, 1).data[3]);
    }"""
    assert room.page.evaluate(inked, 0) == [pytest.approx(0.35 * 255, abs=2), 0]
    assert room.page.evaluate(inked, 1) == [0, 0]


def off(room: Room, points: list[list[float]]) -> float:
    """By how many pixels a corner of the mark misses its place in the picture."""
    room.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    told = room.page.evaluate(GEOMETRY)
    left, top, width, height = told["picture"]
    wanted = [
        left + points[0][0] * width,
        top + points[0][1] * height,
        left + points[1][0] * width,
        top + points[1][1] * height,
    ]
    return float(max(abs(one - other) for one, other in zip(wanted, told["mark"], strict=True)))


def news(room: Room) -> None:
    """Tell the page, as the event stream does, that something changed."""
    room.page.evaluate("document.body.dispatchEvent(new CustomEvent('changed', { bubbles: true }))")


def expect_marks(kinds_of: set[str]) -> None:
    """Wait until exactly these marks stand in the database."""
    within(lambda: set(Shape.objects.filter(deleted_at=None).values_list("kind", flat=True)) == kinds_of)
