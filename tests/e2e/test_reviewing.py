"""Judging clips in a real Chromium: notes and drawings live between two people, guests, decisions, keys alone."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.e2e.hub import Hub, Watched, seek, settled

Enter = Callable[..., Watched]
MOST_TABS = 60


def draw(page: Page, tool: str) -> None:
    """Draw one mark over the picture with a tool of the toolbar, and leave the drawing mode."""
    page.locator("frame-player").focus()
    page.keyboard.press("d")
    toolbar = page.get_by_role("toolbar", name="Drawing")
    toolbar.get_by_role("button", name=tool).click()
    box = page.locator("annotation-layer").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.55 * box["height"], steps=8)
    page.mouse.up()
    page.keyboard.press("Escape")


def write(page: Page, words: str) -> None:
    """Write a note and send it by key."""
    page.get_by_label("Your note").fill(words)
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-composer-part=said]")).to_contain_text("Sent, on frame")


def note(page: Page, words: str) -> Locator:
    """The item of the list with these words."""
    return page.locator("[data-threads] > [data-note]").filter(has_text=words)


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the wanted control has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"{MOST_TABS} times Tab did not reach {wanted}")


def test_notes_with_drawings_arrive_live_and_are_answered_and_resolved(uploaded: str, enter: Enter) -> None:
    alice, bob = settled(enter("alice", uploaded).page), settled(enter("bob", uploaded).page)
    alice.evaluate("window.neverReloaded = true")
    seek(bob, 5)
    draw(bob, "Pen")
    write(bob, "Follow this ridge line.")
    for frame, key in ((20, "i"), (30, "o")):
        seek(bob, frame)
        bob.locator("frame-player").focus()
        bob.keyboard.press(key)
    draw(bob, "Arrow")
    write(bob, "The jacket turns grey here.")
    expect(note(alice, "Follow this ridge line.")).to_be_visible()
    expect(note(alice, "The jacket turns grey here.")).to_be_visible()
    note(alice, "The jacket turns grey here.").get_by_role("button", name="Reply").click()
    write(alice, "It will be yellow in the next take.")
    expect(note(bob, "It will be yellow in the next take.")).to_contain_text("The jacket turns grey here.")
    note(bob, "Follow this ridge line.").get_by_role("button", name="Resolve").click()
    expect(note(alice, "Follow this ridge line.")).to_have_attribute("data-state", "resolved")
    assert alice.evaluate("window.neverReloaded") is True
    settled(bob).reload()
    settled(bob)
    arrow = bob.locator("annotation-layer [data-kind=arrow]")
    seen = {}
    for frame in (19, 20, 30, 31):
        seek(bob, frame)
        seen[frame] = arrow.count()
    assert seen == {19: 0, 20: 1, 30: 1, 31: 0}
    expect(note(bob, "Follow this ridge line.")).to_have_attribute("data-state", "resolved")
    expect(bob.locator("[data-open-count]")).to_have_text("1")


def test_a_guest_sees_the_clip_with_a_watermark_and_nothing_of_how_it_was_made(hub: Hub, enter: Enter) -> None:
    clip = hub.facts["clips"][0]
    bob = settled(enter("bob", f"/clips/{clip}/").page)
    write(bob, "Between us: the horizon is crooked.")
    page = settled(enter("dora", f"/clips/{clip}/").page)
    assert "guest_proxy" in str(page.locator("frame-player").get_attribute("data-src"))
    expect(note(page, "Lovely light here.")).to_be_visible()
    expect(note(page, "the horizon is crooked")).to_have_count(0)
    expect(page.get_by_label("Who sees it")).to_have_count(0)
    assert "harbour at dawn" not in page.content()
    for path in (f"/clips/{clip}/original", f"/generations/{hub.facts['generations'][0]}/"):
        assert page.request.get(path).status == 404


def test_carol_of_the_other_client_finds_nothing_of_it(hub: Hub, enter: Enter) -> None:
    page = enter("carol").page
    clip, project = hub.facts["clips"][0], hub.facts["projects"]["AURORA"]
    for path in (f"/clips/{clip}/", f"/clips/{clip}/renditions/poster", f"/projects/{project}/"):
        assert page.request.get(path).status == 404


def test_a_reviewer_asks_for_changes_with_a_reason_and_the_producer_finds_it_at_home(hub: Hub, enter: Enter) -> None:
    clip = hub.facts["clips"][2]
    bob = enter("bob", f"/clips/{clip}/").page
    bob.get_by_text("Needs work", exact=True).click()
    bob.get_by_role("button", name="Ask for changes").click()
    expect(bob.get_by_role("alert")).to_contain_text("Say what should change")
    bob.get_by_label("What should change").fill("The steam hides the cup.")
    bob.get_by_role("button", name="Ask for changes").click()
    expect(bob.locator("#messages")).to_contain_text("The ledger keeps it.")
    expect(bob.get_by_text("You: changes requested")).to_be_visible()
    home = enter("alice").page
    again = home.get_by_role("region", name="Needs another take")
    again.get_by_role("link", name="The cup").click()
    home.wait_for_url(f"**/clips/{clip}/")
    expect(home.locator("main")).to_contain_text("The steam hides the cup.")


def test_from_home_to_an_approval_by_keys_alone(uploaded: str, enter: Enter) -> None:
    page = enter("bob").page
    tab_to(page, page.locator(f"main a[href*='{uploaded.split('/clips/')[1]}']").first)
    page.keyboard.press("Enter")
    page.wait_for_url("**/clips/**")
    settled(page)
    tab_to(page, page.get_by_role("button", name="Approve"))
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text(": approved. The ledger keeps it.")
    expect(page.get_by_text("You: approved")).to_be_visible()
