"""Marks on paper are the browser's: the same shape drawn by both, every number of its outline compared."""

import random
import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, Route

from reviews.interchange import svg
from reviews.interchange.values import Mark
from sorahub.lib.ids import uuid7

pytestmark = pytest.mark.browser

SIZES = [(1440, 810), (390, 219), (608, 1080)]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
LOOKS = """async ([shapes, sizes]) => {
  const { lookOf } = await import("/static/sorahub/js/shapes.js");
  return sizes.flatMap(([width, height]) => shapes.map((shape) => {
    const { path = "", x, y, size, rim, line, fill } = lookOf(shape, width, height);
    return { path, x, y, size, rim, line, fill };
  }));
}"""


def serve(route: Route) -> None:
    """Answer with the product's own modules; the page itself is empty."""
    path = route.request.url.split("hub.test", 1)[1]
    if not path.startswith("/static/"):
        route.fulfill(content_type="text/html", body="<!doctype html><title>Empty</title>")
        return
    found = finders.find(path.removeprefix("/static/"))
    assert isinstance(found, str), path
    route.fulfill(content_type="text/javascript", path=found)


def shapes() -> list[dict[str, Any]]:
    """Thirty of each kind, from a fixed seed: strokes with and without pressure, dots, and marks from edge to edge."""
    chance = random.Random(4)
    made: list[dict[str, Any]] = []
    for kind in ("pen", "arrow", "line", "box", "ellipse", "highlight", "text"):
        for number in range(30):
            count = {"pen": chance.choice([1, 2, 3, 40, 300]), "text": 1}.get(kind, 2)
            points = [[round(chance.random(), 5), round(chance.random(), 5)] for _ in range(count)]
            if kind == "pen" and number % 2:
                points = [[*point, round(chance.random(), 3)] for point in points]
            if number == 0:
                points[0][:2] = [0, 0]
                points[-1][:2] = [1, 1]
            stroke = round(chance.uniform(0.002, 0.08), 5)
            shape = {
                "id": str(uuid7()),
                "kind": kind,
                "schema": 1,
                "points": points,
                "stroke": stroke,
                "colour": "#ff5a4f",
            }
            made.append(shape | ({"text": "Hier"} if kind == "text" else {}))
    return made


def test_every_outline_on_paper_is_the_browsers(page: Page) -> None:
    page.route("http://hub.test/**", serve)
    page.goto("http://hub.test/")
    drawn = shapes()
    looks = page.evaluate(LOOKS, [drawn, SIZES])
    pairs = [(shape, width, height) for width, height in SIZES for shape in drawn]
    for (shape, width, height), look in zip(pairs, looks, strict=True):
        mark = Mark(**{**shape, "id": uuid7()})
        if mark.kind == "text":
            assert svg.text_place(mark, width, height) == pytest.approx((look["x"], look["y"], look["size"]), abs=1e-6)
            continue
        ours, theirs = svg.path_of(mark, width, height), look["path"]
        assert NUMBER.sub("#", ours) == NUMBER.sub("#", theirs)
        apart = [abs(float(a) - float(b)) for a, b in zip(NUMBER.findall(ours), NUMBER.findall(theirs), strict=True)]
        assert max(apart) <= 0.0101, (mark.kind, width)
        parts = re.findall(r'stroke-width="([^"]+)"', svg.picture([mark], width, height))
        widths = ([look["line"] + look["rim"]] if look["rim"] else []) + ([look["line"]] if look["line"] else [])
        assert [float(each) for each in parts] == pytest.approx(widths, abs=1e-4)
