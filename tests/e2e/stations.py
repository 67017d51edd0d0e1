"""A day by script goes from station to station; each is looked at on a desk and on a phone, in the dark and in the light.

With SORAHUB_SCREENSHOTS=folder each station is kept as four pictures.
"""

import os
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.hub import DESKTOP, PHONE
from tests.e2e.soundness import ALL_BUT_SIZES, ALL_RULES, AXE, violations

ASKED = os.environ.get("SORAHUB_SCREENSHOTS", "")


def look(page: Page, name: str, *, whole: bool = False) -> None:
    """Make sure that everybody can use this station; keep pictures if asked to, of the ``whole`` page or of what is in sight."""
    page.evaluate(AXE)
    rules = ALL_BUT_SIZES if page.locator("details[data-menu][open]").count() else ALL_RULES
    for where, size in (("desk", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size(size)
        page.evaluate("scrollTo(0, 0)")  # the bar at the top lies on what scrolls beneath it
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            found = violations(page, rules)
            assert found == [], f"{name}, {where}, {theme}: {found}"
            if ASKED:
                Path(ASKED).mkdir(parents=True, exist_ok=True)
                page.screenshot(path=Path(ASKED) / f"{name}-{where}-{theme}.png", full_page=whole)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}, {where}"
    page.set_viewport_size(DESKTOP)
