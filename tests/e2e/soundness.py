"""What must hold on every page: nothing that axe-core finds, nothing lost at 320 px or at 200 %, focus seen, nothing in motion unasked."""

from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.e2e.hub import DESKTOP, PHONE

AXE = Axe().axe_script
LAYOUT = Path(__file__).with_name("faults.js").read_text(encoding="utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ALL_RULES = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
ALL_BUT_SIZES = {**ALL_RULES, "rules": {"target-size": {"enabled": False}}}  # an open menu lies on what is beneath it
BY_SIZE = {"runOnly": {"type": "rule", "values": ["color-contrast", "target-size"]}, "resultTypes": ["violations"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
# Brought to their end rather than waited for: a transition that is replaced meanwhile, or a browser that draws no frame, never ends.
# A message that comes up is half transparent until it has arrived. What turns for ever has no end to be brought to.
MOTION_ENDED = """() => {
    const passing = () => document.getAnimations().filter(one => Number.isFinite(one.effect.getComputedTiming().endTime));
    for (let turn = 0; turn < 3; turn += 1) passing().forEach(one => one.finish());
}"""
NARROW: ViewportSize = {"width": 320, "height": 640}
DOUBLED: ViewportSize = {"width": 720, "height": 450}  # what a window of 1440 by 900 holds at 200 %
UNFOLD = (
    "document.querySelectorAll('details:not([open])').forEach(one => { one.open = true; one.dataset.unfolded = '' })"
)
FOLD = "document.querySelectorAll('[data-unfolded]').forEach(one => { one.open = false; delete one.dataset.unfolded })"


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe finds on the page once what comes up has arrived, each with the elements it means."""
    page.evaluate(MOTION_ENDED)
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


def every_fault(page: Page) -> list[str]:
    """All that is wrong with a page, in both themes, on a desk, on a phone, at 320 px and at 200 %."""
    page.evaluate(AXE)
    page.evaluate(LAYOUT)
    faults = [*_told("desk, dark", violations(page, ALL_RULES)), *_told("desk", page.evaluate("layoutFaults()"))]
    page.emulate_media(color_scheme="light")
    faults += _told("desk, light", violations(page, COLOURS))
    for size in (PHONE, DOUBLED, NARROW):
        page.set_viewport_size(size)
        page.evaluate(MOTION_ENDED)
        faults += _told(f"{size['width']} px", page.evaluate("layoutFaults()"))
    faults += _told("320 px, light, unfolded", _unfolded(page))
    page.emulate_media(color_scheme="dark")
    faults += _told("320 px, dark", violations(page, BY_SIZE))  # all other rules were asked at 320 px a moment ago
    faults += _by_keyboard(page) + _at_rest(page)
    return faults


def _told(where: str, faults: list[str]) -> list[str]:
    return [f"{where}: {fault}" for fault in faults]


def _unfolded(page: Page) -> list[str]:
    """What is wrong once all that folds is open, menus included."""
    page.evaluate(UNFOLD)
    faults = violations(page, ALL_BUT_SIZES)
    if (width := page.evaluate("document.documentElement.scrollWidth")) > NARROW["width"]:
        faults.append(f"{width} px wide")
    page.evaluate(FOLD)
    return faults


def _by_keyboard(page: Page) -> list[str]:
    """Whose focus is not seen, in a narrow window, on a phone, in a low window and on a desk."""
    faults = []
    for size in (NARROW, PHONE, DOUBLED, DESKTOP):
        page.set_viewport_size(size)
        page.keyboard.press("Shift")  # from now on the focus is shown as it is to people at a keyboard
        faults += _told(f"focus at {size['width']} px", page.evaluate("focusFaults()"))
    return faults


def _at_rest(page: Page) -> list[str]:
    """What moves for somebody who asked for reduced motion."""
    page.emulate_media(reduced_motion="reduce")
    faults = _told("reduced motion", page.evaluate("motionFaults()"))
    page.emulate_media(reduced_motion=None)
    return faults
