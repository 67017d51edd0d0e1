"""What SoraHub's pages ask of a browser: the Chromium that judges them must have it."""

import pytest
from playwright.sync_api import Page

ABILITIES = {
    "plays the clips we make": "document.createElement('video').canPlayType('video/mp4; codecs=\"avc1.64001f, mp4a.40.2\"')",
    "tells which frame is on screen": "'requestVideoFrameCallback' in HTMLVideoElement.prototype",
    "receives live events": "'EventSource' in window",
    "draws with a pen": "'setPointerCapture' in Element.prototype",
}


@pytest.mark.parametrize("ability", ABILITIES)
def test_the_browser_can_do_what_the_pages_need(page: Page, ability: str) -> None:
    assert page.evaluate(f"Boolean({ABILITIES[ability]})") is True
