"""The PDF of notes: marks where they lie in the picture, letters of any script, many pages."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typst
from PIL import Image, ImageChops
from pypdf import PdfReader

from reviews.evidence import certificate
from reviews.interchange import svg
from reviews.interchange.sheet import Heading, compile_sheet, page_size
from reviews.interchange.values import Reel
from sorahub.lib.timecode import Rate
from tests.reviews.interchange import reels

HEADING = Heading(
    "Notes on SC010",
    "North · Aurora",
    "Frames count from 0.",
    "For review only",
    "Alice",
    datetime(2026, 3, 1, tzinfo=UTC),
)
INCH = 25.4


def pdf(clip: Reel, folder: Path) -> bytes:
    """Set the sheet with blue pictures."""
    pictures = {}
    for thread in clip.threads:
        path = folder / f"{thread.note.frame_in}.jpg"
        Image.new("RGB", (clip.width // 4, clip.height // 4), (0, 0, 200)).save(path)
        pictures[clip.sha256, thread.note.frame_in] = path
    return compile_sheet(HEADING, [clip], pictures, folder)


def painted(folder: Path, wide: float) -> Image.Image:
    """Return the same page as pixels, so many that this many millimetres are 1440 of them."""
    made = typst.compile(
        folder / "sheet.typ", root=folder, font_paths=certificate.fonts(), format="png", ppi=1440 / wide * INCH
    )
    with Image.open(io.BytesIO(made if isinstance(made, bytes) else made[0])) as image:
        return image.convert("RGB")


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (640, 480)])
def test_a_mark_lies_within_a_pixel_of_its_place(tmp_path: Path, size: tuple[int, int]) -> None:
    """A filled box and a rimmed line, measured in the page as painted; the picture's longer side is 1440 pixels there."""
    lit = reels.mark("highlight", points=[[0.25, 0.25], [0.75, 0.5]], colour="#00ff00")
    line = reels.mark("line", points=[[0.1, 0.75], [0.9, 0.75]], stroke=0.01, colour="#ff0000")
    clip = reels.reel(Rate(24), reels.note(3, marks=(lit, line)), width=size[0], height=size[1])
    pdf(clip, tmp_path)
    page = painted(tmp_path, max(page_size(clip)))
    left, top, right, bottom = bounds(page, "b", least=140)
    wide, high = right - left, bottom - top
    assert (wide, high) == pytest.approx([1440 * side / max(size) for side in size], abs=1.01)
    edge = max(0.0015 * size[1], 1) / 2 * wide / size[0]
    wanted = (left + 0.25 * wide - edge, top + 0.25 * high - edge, left + 0.75 * wide + edge, top + 0.5 * high + edge)
    assert bounds(page, "g", least=50) == pytest.approx(wanted, abs=1)
    red = bounds(page, "r", least=120)
    assert ((red[1] + red[3]) / 2, red[3] - red[1]) == pytest.approx((top + 0.75 * high, 0.01 * high), abs=1)
    assert (red[0], red[2]) == pytest.approx(
        (left + 0.1 * wide - 0.005 * high, left + 0.9 * wide + 0.005 * high), abs=1
    )


def bounds(page: Image.Image, channel: str, *, least: int) -> tuple[int, int, int, int]:
    """Return the rectangle round the pixels that are of this colour: the channel's share of what is not grey."""
    bands = dict(zip("rgb", page.split(), strict=True))
    own = bands.pop(channel)
    one, other = bands.values()
    found = ImageChops.subtract(own, ImageChops.lighter(one, other)).point(lambda value: 255 if value >= least else 0)
    box = found.getbbox()
    assert box is not None
    return box


def test_letters_of_any_script_are_there_or_written_out(tmp_path: Path) -> None:
    words = "Gänse 北京 日本語 한국어 Привет Ελλάδα 🎬"
    text = reels.mark("text", text="ここ", stroke=0.08)
    clip = reels.reel(Rate(24), reels.note(3, body=words, marks=(text,)))
    found = PdfReader(io.BytesIO(pdf(clip, tmp_path))).pages[0].extract_text()
    for each in ["Gänse 北京 日本語 한국어 Привет Ελλάδα", "[U+1F3AC]", "ここ"]:
        assert each in found


def test_a_long_thread_goes_on_over_pages_and_markup_is_words(tmp_path: Path) -> None:
    long = '#image("x") $x$ *no* @here <label>\n' + "Word. " * 3000
    data = pdf(reels.reel(Rate(24), reels.note(3, body=long), reels.note(5)), tmp_path)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    assert len(pages) > 3
    assert '#image("x") $x$ *no* @here <label>' in pages[0]
    assert "frame 5" in " ".join(pages[-1].split())


@pytest.mark.parametrize(("colour", "shown"), [("red", "#ff0000"), ("#123456", "#123456"), ("no-such", svg.FALLBACK)])
def test_a_colour_is_a_code_or_one_of_csss_names(colour: str, shown: str) -> None:
    assert svg.hex_colour(colour) == shown
