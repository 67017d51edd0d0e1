"""Launching by the form as it lives in a browser: another model's fields, shots in rows, references that count themselves."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.hub import Hub, Watched
from tests.e2e.soundness import ALL_RULES, AXE, violations

Enter = Callable[..., Watched]


@pytest.fixture
def form(hub: Hub, enter: Enter) -> Page:
    """The launch form of a prompt of Aurora."""
    page = enter("alice", f"/projects/{hub.facts['projects']['AURORA']}/").page
    page.goto(page.locator("a[href^='/shots/']:not([href*='new'])").first.get_attribute("href") or "")
    page.get_by_role("link", name="Generate", exact=True).first.click()
    page.wait_for_url("**/generate/")
    return page


def choose(page: Page, words: str) -> None:
    """Choose a model by its words; wait until its own fields are there."""
    value = page.locator("[name=model] option", has_text=words).first.get_attribute("value")
    with page.expect_response("**/generate/preview/"):
        page.locator("[name=model]").select_option(value)


def faults(page: Page) -> list[str]:
    """What axe finds, seen from the top: what the bar at the top covers while one scrolls is no fault."""
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(AXE)
    return violations(page, ALL_RULES)


def test_shots_are_added_moved_and_summed_against_the_length(form: Page) -> None:
    choose(form, "Kling 3.0 (embedded service), from words")
    form.get_by_text("Split it into shots").click()
    expect(form.locator(".shots__row:visible")).to_have_count(1)
    form.locator("[name=shots-0-words]").fill("A gull lands on the boat")
    form.locator("[name=shots-0-seconds]").fill("2")
    form.get_by_role("button", name="Add a shot").click()
    form.locator("[name=shots-1-words]").fill("It takes off again")
    form.locator("[name=shots-1-seconds]").fill("1")
    expect(form.locator("[data-sum]")).to_have_text("3 of 4 s: they must add up")
    expect(form.locator("#id_shots_error")).to_contain_text("must add up to 4")
    form.locator("[name=shots-1-seconds]").fill("2")
    expect(form.locator("#id_shots_error")).to_be_empty()
    form.get_by_role("button", name="Earlier").nth(1).click()
    expect(form.locator("[name=shots-0-words]")).to_have_value("It takes off again")
    expect(form.get_by_role("button", name="Launch")).to_be_enabled()
    assert faults(form) == []


def test_references_are_added_picked_and_refused_beside_their_place(form: Page, tmp_path: Path) -> None:
    picture = tmp_path / "harbour.png"
    Image.new("RGB", (1280, 720), "teal").save(picture)
    choose(form, "Seedance 2.0 (embedded service), from references")
    expect(form.locator("#id_references_error")).to_contain_text("Add an image or a video to refer to.")
    form.get_by_role("link", name="Add a reference").click()
    form.locator("[name=file]").set_input_files(picture)
    form.get_by_label("Where it comes from").fill("Client archive")
    form.get_by_label("Under which right it is used").fill("Order 7")
    form.get_by_role("button", name="Keep").click()
    form.wait_for_url("**/generate/?model=*")
    form.get_by_role("checkbox", name="harbour.png").check()
    expect(form.locator("#id_references_error")).to_be_empty()
    expect(form.get_by_role("button", name="Launch")).to_be_enabled()
    assert faults(form) == []


def test_a_question_is_answered_even_when_the_page_renews_itself_meanwhile(form: Page) -> None:
    form.get_by_role("link", name="Change the words").click()
    form.locator("[name=text]").fill("A lighthouse that is stopped sandbox:never-finishes")
    form.get_by_role("button", name="Save and choose a model").click()
    form.wait_for_url("**/generate/**")
    choose(form, "Example (embedded service), from words")
    form.get_by_role("button", name="Launch").click()
    form.wait_for_url("**/generations/**")
    expect(form.get_by_text("The provider works on it.")).to_be_visible()
    form.get_by_role("button", name="Cancel", exact=True).click()
    form.evaluate("document.querySelectorAll('confirm-action').forEach(each => each.remove())")
    form.get_by_role("button", name="Cancel it").click()
    expect(form.get_by_text("Asked the provider to cancel it.")).to_be_visible()
