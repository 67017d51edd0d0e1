"""Where this machine's Chromium is."""

import os
import shutil
from functools import cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/usr/bin/chromium",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


@cache
def chromium() -> Path | None:
    """The Chromium named by SORAHUB_CHROMIUM, else one on PATH or in a usual place, else None."""
    named = os.environ.get("SORAHUB_CHROMIUM")
    candidates = [named] if named else [*filter(None, map(shutil.which, NAMES)), *PLACES]
    return next((Path(each) for each in candidates if os.access(each, os.X_OK)), None)
