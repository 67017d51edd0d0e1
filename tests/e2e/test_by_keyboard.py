"""A clip reviewed with a keyboard and nothing else in a real Chromium, and its notes as a screen reader finds them."""

from collections.abc import Callable

import pytest
from django.db import transaction
from playwright.sync_api import Locator, Page, expect

from generations.models import Clip, Membership
from reviews.actions.annotate import resolve_annotation, write_annotation
from reviews.actions.reviews import send_review
from reviews.actions.stages import lay_default_stages
from reviews.models import Annotation, Decision
from sorahub.lib.ids import uuid7
from tests.e2e.hub import settled
from tests.e2e.rooms import Room
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
Enter = Callable[..., Room]
MOST_TABS = 60


@pytest.fixture
def waiting(agency: Agency, room_clip: Clip) -> Clip:
    """A second clip, which waits for bob in a review behind the numbered one."""
    Membership.objects.get_or_create(project=agency.aurora, user=agency.dora)
    with transaction.atomic():
        creative = lay_default_stages(actor=agency.alice, project=agency.aurora)[0]
    second = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    send_review(
        actor=agency.alice, project=agency.aurora, stage=creative, title="Takes", clips=[room_clip, second],
        people=[agency.bob],
    )  # fmt: skip
    return second


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab (or Shift+Tab) until the wanted control has the focus; it must be seen to have it."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        if wanted.evaluate("node => node === document.activeElement"):
            assert wanted.evaluate("node => getComputedStyle(node).outlineStyle") != "none"
            return
    raise AssertionError(f"{MOST_TABS} times {key} did not reach {wanted}")


def take_tool(page: Page, name: str) -> None:
    """Go to the toolbar, which is one stop of Tab, along it by arrow keys, and back to the picture."""
    toolbar = page.get_by_role("toolbar", name="Drawing")
    tab_to(page, toolbar.locator("button[tabindex='0']"))
    for _ in range(MOST_TABS):
        if toolbar.get_by_role("button", name=name).evaluate("node => node === document.activeElement"):
            break
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    if not page.locator("annotation-layer").evaluate("node => node === document.activeElement"):
        tab_to(page, page.locator("annotation-layer"), "Shift+Tab")


def drawn(page: Page) -> list[str]:
    """The kinds of marks that lie on the picture."""
    return list(page.evaluate("document.querySelector('annotation-layer').drawing.shapes.map(one => one.kind)"))


def test_a_clip_is_reviewed_with_the_keyboard_alone(
    enter_room: Enter, agency: Agency, room_clip: Clip, waiting: Clip
) -> None:
    note = write_annotation(
        actor=agency.alice, clip=room_clip, id=uuid7(), frame_in=20, frame_out=20, body="Is this too dark?"
    )
    page = enter_room(agency.bob, "?queue=1").page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Play", exact=True))
    for key in ("Shift+ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    page.wait_for_function("() => document.querySelector('frame-player').presentedFrame === 12")
    page.keyboard.press("d")
    take_tool(page, "Box")
    for key in ("Enter", *["Shift+ArrowRight"] * 4, *["Shift+ArrowDown"] * 4, "Enter"):
        page.keyboard.press(key)
    assert drawn(page) == ["box"]
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.get_by_label("Your note")).to_be_focused()
    page.keyboard.type("The lamp is cut.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-composer-part=said]")).to_contain_text("Sent, on frame 13")
    written = Annotation.objects.get(clip=room_clip, body="The lamp is cut.")
    assert (written.frame_in, [shape.kind for shape in written.shapes.all()]) == (12, ["box"])
    asked = page.locator(f"#note-{note.pk}")
    tab_to(page, asked.locator("[data-seek]"), "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('frame-player').presentedFrame === 20")
    tab_to(page, asked.get_by_role("button", name="Reply"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your note")).to_be_focused()
    page.keyboard.type("No, it is right.")
    page.keyboard.press("Control+Enter")
    expect(asked).to_contain_text("No, it is right.")
    tab_to(page, asked.get_by_role("button", name="Resolve"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(asked).to_have_attribute("data-state", "resolved")
    decide_and_go_on(page, room_clip, waiting)


def decide_and_go_on(page: Page, first: Clip, following: Clip) -> None:
    """He asks for changes on the first clip, approves the one that opens next, and nothing waits any more."""
    tab_to(page, page.locator("summary").filter(has_text="Needs work"), "Shift+Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Motion")
    page.keyboard.press("Tab")
    page.keyboard.type("The lamp.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Ask for changes")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/clips/{following.pk}/**")
    settled(page)
    said = Decision.objects.get(clip=first)
    assert (said.verdict, said.reason_kind, said.reason) == ("changes_requested", "motion", "The lamp.")
    tab_to(page, page.get_by_role("button", name="Approve"))
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text(": approved. The ledger keeps it.")
    assert Decision.objects.get(clip=following).verdict == "approved"


def test_the_notes_are_a_transcript_for_screen_readers(enter_room: Enter, agency: Agency, room_clip: Clip) -> None:
    first = write_annotation(
        actor=agency.alice, clip=room_clip, id=uuid7(), frame_in=10, frame_out=14, body="The horizon is crooked.",
        category="picture",
    )  # fmt: skip
    write_annotation(
        actor=agency.bob, clip=room_clip, id=uuid7(), frame_in=10, frame_out=14, body="So it is.", parent=first
    )
    resolve_annotation(actor=agency.bob, annotation=first)
    write_annotation(actor=agency.bob, clip=room_clip, id=uuid7(), frame_in=48, frame_out=48, body="A click.")
    page = enter_room(agency.lena).page
    expect(page.get_by_role("region", name="Notes 1 open")).to_be_visible()
    expect(page.locator("[data-threads]")).to_match_aria_snapshot(
        """
        - list:
          - listitem:
            - article "Note by Alice on frame 11":
              - heading "Frame 11 to 15, Alice, resolved" [level=3]
              - text: Alice
              - button "00:00:00:10 and on"
              - paragraph: The horizon is crooked.
              - time
              - text: Resolved by Bob Picture Agency only
              - button "Reply"
              - button "Open again"
              - list:
                - listitem:
                  - text: Bob
                  - time
                  - paragraph: So it is.
          - listitem:
            - article "Note by Bob on frame 49":
              - heading "Frame 49, Bob, open" [level=3]
              - text: Bob
              - button "00:00:02:00"
              - paragraph: A click.
              - time
              - text: Agency only
              - button "Reply"
              - button "Resolve"
        """
    )
