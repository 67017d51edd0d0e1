"""The scripts of the review room are asked for together."""

import re
from pathlib import Path

from django.contrib.staticfiles import finders

from reviews.templatetags.modules import module_preloads, modules_of

ENTRY = "sorahub/js/review.js"


def test_every_module_that_the_room_needs_is_named_once() -> None:
    names = modules_of(ENTRY)
    assert len(set(names)) == len(names)
    assert {"sorahub/js/player.js", "sorahub/js/composer.js", "sorahub/js/elements.js"} <= set(names)
    assert ENTRY not in names
    read = [Path(str(finders.find(name))).read_text(encoding="utf-8") for name in (ENTRY, *names)]
    imported = {f"sorahub/js/{one}" for text in read for one in re.findall(r'from "\./([\w-]+\.js)"', text)}
    assert imported <= set(names)


def test_they_are_linked_for_the_browser_to_fetch_at_once() -> None:
    links = str(module_preloads(ENTRY))
    assert links.count('<link rel="modulepreload" href="') == len(modules_of(ENTRY))
